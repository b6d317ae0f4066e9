//! A bundle that was given as a document, by a person or another program.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{
    bundle::{Bundle, Cluster, Git, Happening, Incident, LogSummary},
    order::Clocks,
};
use crate::{
    knowledge::{
        recommend::{Facts, Failure, Place, answer},
        report::{GitContext, GitEvidence},
    },
    model::Timestamp,
};

impl Bundle {
    /// Takes from a document what has the right shape; everything else counts as empty.
    #[must_use]
    pub fn of_parts(mut parts: Map<String, Value>) -> Self {
        let mut summary = parts.remove("log_summary").unwrap_or_default();
        let mut clusters = |name: &str| -> Vec<Cluster> {
            let listed = summary.get_mut(name).map(Value::take);
            list(listed.map(counted))
        };
        let log_summary = LogSummary {
            error: clusters("error"),
            docker_fail: clusters("docker_fail"),
            pytest_fail: clusters("pytest_fail"),
        };
        Self {
            target: parts
                .get("target")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            log_summary,
            related_sessions: list(parts.remove("related_sessions")),
            git_commits: list(parts.remove("git_commits")),
        }
    }
}

fn list<T: DeserializeOwned>(value: Option<Value>) -> Vec<T> {
    let Some(Value::Array(items)) = value else {
        return Vec::new();
    };
    let objects = items.into_iter().filter(Value::is_object);
    let read = objects.map(serde_json::from_value);
    read.filter_map(Result::ok).collect()
}

/// Counts may be written as text.
fn counted(mut clusters: Value) -> Value {
    for cluster in clusters.as_array_mut().into_iter().flatten() {
        let count = cluster.get("count");
        let number = count.and_then(|count| {
            let written = || count.as_str()?.trim().parse::<i64>().ok();
            let whole = || count.as_f64().map(|number| number as i64);
            count.as_i64().or_else(written).or_else(whole)
        });
        if let (Some(fields), Some(number)) = (cluster.as_object_mut(), number) {
            fields.insert("count".to_owned(), number.into());
        }
    }
    clusters
}

impl Incident {
    /// An incident of which nothing is known but its bundle: known issues are looked up, the rest is
    /// left empty.
    #[must_use]
    pub fn of_bundle(bundle: Bundle, now: &Timestamp) -> Self {
        let mut timeline: Vec<Happening> = clusters(&bundle)
            .filter_map(|(_, cluster)| happening(cluster))
            .collect();
        for commit in &bundle.git_commits {
            let at: Option<Timestamp> = commit.date.parse().ok();
            timeline.extend(at.map(|at| Happening {
                at_ms: at.millis(),
                kind: "commit",
                place: commit.hash.chars().take(12).collect(),
                text: commit.subject.clone(),
            }));
        }
        timeline.sort_by(|a, b| (a.at_ms, &a.place).cmp(&(b.at_ms, &b.place)));
        let clocks = Clocks {
            n_events: clusters(&bundle).count(),
            n_without: clusters(&bundle)
                .filter(|(_, cluster)| happening(cluster).is_none())
                .count(),
            ..Clocks::default()
        };
        let first = timeline.iter().find(|one| one.kind == "log");
        let began = first.map(|one| Timestamp::from_millis(one.at_ms).to_string());
        Self {
            generated: now.to_string(),
            began,
            git: git_of(&bundle),
            answer: Some(answer(&facts(&bundle, now))),
            movers: Vec::new(),
            order_unknown: clocks.doubt(),
            timeline,
            rates: Vec::new(),
            ledger: Vec::new(),
            scripts: Vec::new(),
            bundle,
        }
    }
}

/// Where the sessions of a bundle were in the history.
#[must_use]
pub fn git_of(bundle: &Bundle) -> GitContext {
    GitContext::of(bundle.related_sessions.iter().map(|session| {
        let Git {
            repo_url,
            branch,
            commit_hash,
        } = &session.git;
        GitEvidence {
            source: if session.source.contains("rollout") {
                "codex"
            } else {
                "antigravity"
            },
            id: &session.session_id,
            repo_url: repo_url.as_deref(),
            branch: branch.as_deref(),
            commit_hash: commit_hash.as_deref(),
        }
    }))
}

fn clusters(bundle: &Bundle) -> impl Iterator<Item = (&'static str, &Cluster)> {
    let by_category = bundle.log_summary.by_category().into_iter();
    by_category.flat_map(|(category, clusters)| {
        let named = clusters.iter().map(move |cluster| (category, cluster));
        named.collect::<Vec<_>>()
    })
}

fn happening(cluster: &Cluster) -> Option<Happening> {
    let at: Timestamp = cluster.last.as_deref()?.parse().ok()?;
    Some(Happening {
        at_ms: at.millis(),
        kind: "log",
        place: format!("{}:{}", cluster.file, cluster.line),
        text: cluster.snippet.clone(),
    })
}

/// The most frequent failure, as far as a bundle tells of it.
fn facts(bundle: &Bundle, now: &Timestamp) -> Facts {
    let worst = clusters(bundle).max_by_key(|(_, cluster)| cluster.count);
    let failure = worst.map(|(category, cluster)| Failure {
        signature_id: cluster.signature.clone(),
        category: category.to_owned(),
        template: cluster.snippet.clone(),
        example: cluster.snippet.clone(),
        n_events: cluster.count,
        places: vec![Place {
            path: cluster.file.clone(),
            line: cluster.line,
            at_ms: happening(cluster).map(|one| one.at_ms),
            text: cluster.snippet.clone(),
        }],
        ..Failure::default()
    });
    Facts {
        input: bundle.target.clone(),
        failure,
        now_ms: now.millis(),
        ..Facts::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn read(text: &str) -> Bundle {
        Bundle::of_parts(serde_json::from_str(text).unwrap())
    }

    #[test]
    fn what_has_the_wrong_shape_counts_as_empty() {
        let bundle = read(
            r#"{"target": 7, "log_summary": {"error": [{"count": "12", "snippet": "a"}, 3, {"count": 2.0}],
            "docker_fail": "x"}, "related_sessions": {}, "git_commits": [{"hash": "a1"}, []]}"#,
        );
        assert_eq!("", bundle.target);
        let counts: Vec<i64> = bundle
            .log_summary
            .error
            .iter()
            .map(|one| one.count)
            .collect();
        assert_eq!([12, 2][..], counts[..]);
        assert!(bundle.log_summary.docker_fail.is_empty() && bundle.related_sessions.is_empty());
        assert_eq!(1, bundle.git_commits.len());
        assert_eq!(Bundle::default(), read("{}"));
    }

    #[test]
    fn a_bundle_alone_makes_an_incident_with_its_known_issue() {
        let bundle = read(
            r#"{"target": "t", "log_summary": {"error": [{"count": 3, "file": "redis.log", "line": 2,
            "last": "2026-03-04T05:00:00.000Z", "snippet": "OSError: [Errno 28] No space left on device"},
            {"count": 1, "snippet": "Error: gone"}]}}"#,
        );
        let incident = Incident::of_bundle(bundle, &Timestamp::from_millis(0));
        assert_eq!("disk_full", incident.answer.unwrap().best.unwrap().id);
        assert_eq!(Some("2026-03-04T05:00:00.000Z"), incident.began.as_deref());
        assert_eq!("redis.log:2", incident.timeline[0].place);
        assert_eq!(
            Some("1 of 2 events without a clock"),
            incident.order_unknown.as_deref()
        );
    }
}
