//! The answer: every proposal, the surest first.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    answer::{Answer, AnswerKind, Evidence, Proposal, Reason},
    counts::{commands, tally},
    facts::{Deed, Facts, Failure},
    fixes::{self, WeighedEnd},
    network,
};
use crate::knowledge::{
    confidence::{self, Breakdown, Tally},
    known_issues::{self, KnownIssue, Remedy},
    severity::Level,
    signature::Prepared,
};

/// What the controller did before is never surer than this.
const LEDGER_CONFIDENCE_MAX: f64 = 0.45;

/// Places that are shown of one kind.
const PLACES_MAX: usize = 3;

/// Answers from the facts; the same facts give the same answer.
#[must_use]
pub fn answer(facts: &Facts) -> Answer {
    let weighed = fixes::weigh(facts);
    let good: Vec<&WeighedEnd<'_>> = weighed.iter().filter(|one| is_fix(one)).collect();
    let tally = tally(facts, &weighed, &good);
    let (confidence, breakdown) = confidence::calibrate(&tally);
    let mut proposals = known(facts);
    let mut fix = past_fix(&good, &tally, confidence);
    if let (Some(fix), Some(rule)) = (&mut fix, proposals.first()) {
        // Whoever follows the fix should know the cause, and what to leave.
        fix.cause.clone_from(&rule.cause);
        fix.avoid.extend(rule.avoid.iter().cloned());
        fix.checks.clone_from(&rule.checks);
    }
    proposals.extend(fix);
    proposals.extend(ledger(facts));
    network::weigh_in(facts, &mut proposals);
    for proposal in &mut proposals {
        let places = places(facts.failure.as_ref());
        proposal.evidence.splice(0..0, places);
    }
    // A weaker memory never stands before something surer.
    proposals.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let missing = missing(facts, &weighed, &proposals);
    let mut proposals = proposals.into_iter();
    let best = proposals.next();
    let commands = commands(facts, best.as_ref(), &good);
    let sessions: BTreeSet<&str> = good.iter().map(|one| one.end.session_id.as_str()).collect();
    Answer {
        best,
        others: proposals.collect(),
        breakdown: if good.is_empty() {
            Breakdown::default()
        } else {
            breakdown
        },
        sessions: sessions.into_iter().map(str::to_owned).collect(),
        commands,
        missing,
    }
}

/// Whether an end tells what was done, not only that a check passed.
fn is_fix(one: &WeighedEnd<'_>) -> bool {
    let lower = one.end.text.to_lowercase();
    let deeds = ["fixed", "resolved", "solved", "success", "works"];
    one.end.is_good && (!one.end.is_written || deeds.iter().any(|deed| lower.contains(deed)))
}

/// Rules that match the failure's lines, else those that the words of the question fit.
fn known(facts: &Facts) -> Vec<Proposal> {
    let mut found: Vec<(&KnownIssue, f64, String)> = Vec::new();
    let mut add = |issue: &'static KnownIssue, part: f64, why: String| {
        if !found.iter().any(|(known, _, _)| known.id == issue.id) {
            found.push((issue, part, why));
        }
    };
    let failure = facts.failure.as_ref();
    let lines = failure.into_iter().flat_map(|failure| {
        let places = failure.places.iter().map(|place| place.text.as_str());
        [failure.example.as_str()].into_iter().chain(places)
    });
    for line in lines.chain(facts.words.as_deref()) {
        for issue in known_issues::in_line(line) {
            add(
                issue,
                1.0,
                "its pattern matches the message of the line".to_owned(),
            );
        }
    }
    if found.is_empty()
        && let Some(words) = facts.words.as_ref().filter(|words| !is_news(words))
    {
        let mut most = f64::MAX;
        for (issue, share) in known_issues::in_words(words) {
            let percent = (share * 100.0).round();
            // One that fits the words less is not surer, however sure its rule is of its lines.
            most = most.min(f64::from(issue.percent) * share);
            found.push((
                issue,
                most / f64::from(issue.percent),
                format!("it has {percent} % of the weight of the words asked for"),
            ));
        }
    }
    found
        .into_iter()
        .map(|(issue, part, why)| from_rule(issue, part, why))
        .collect()
}

/// A line that its program or its status calls no failure.
fn is_news(line: &str) -> bool {
    let mut prepared = Prepared::default();
    prepared.read(line.as_bytes());
    let level = prepared.head().level;
    level.is_some_and(|level| level < Level::Warning) && !prepared.severity().is_failure()
}

fn from_rule(issue: &'static KnownIssue, part: f64, why: String) -> Proposal {
    let own = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| (*text).to_owned())
            .collect::<Vec<_>>()
    };
    let helps = match issue.remedy {
        Remedy::Person => {
            "no action of the controller helps; a person has to change something".to_owned()
        }
        Remedy::Wait => "it passes by itself".to_owned(),
        Remedy::Restart(service) => format!("a restart of {service} helps, once the cause is gone"),
        Remedy::Bounce => "everything down and up again helps, once the cause is gone".to_owned(),
    };
    Proposal {
        kind: AnswerKind::KnownIssue,
        id: issue.id.to_owned(),
        action: sentence(issue.fix),
        cause: Some(issue.cause.to_owned()),
        steps: own(issue.fix),
        avoid: own(issue.avoid),
        confidence: (f64::from(issue.percent) * part).round() / 100.0,
        reasons: vec![
            reason(true, format!("known issue `{}`: {why}", issue.id)),
            reason(true, helps),
        ],
        evidence: vec![Evidence {
            kind: "rule",
            place: issue.id.to_owned(),
            at_ms: None,
            text: issue.title.to_owned(),
            why,
        }],
        checks: issue.check.to_vec(),
    }
}

fn past_fix(good: &[&WeighedEnd<'_>], tally: &Tally, confidence: f64) -> Option<Proposal> {
    let best = good.first()?;
    let sessions = tally.fix_sessions;
    let mut reasons = vec![reason(true, format!("{sessions} session(s) report it"))];
    let verified = tally.verified_sessions;
    reasons.push(reason(
        verified > 0,
        format!("{verified} of them checked and saw a good end"),
    ));
    if tally.passes + tally.fails > 0 {
        let text = format!(
            "{} written verification(s) passed, {} failed",
            tally.passes, tally.fails
        );
        reasons.push(reason(tally.fails == 0, text));
    }
    match tally.recurrences {
        0 if !tally.is_in_logs => reasons.push(reason(
            false,
            "no log shows the failure: nobody would have seen it come back".to_owned(),
        )),
        0 => reasons.push(reason(
            true,
            "the failure was not seen after the newest fix".to_owned(),
        )),
        n => reasons.push(reason(
            false,
            format!("the failure came back in {n} episode(s) after the newest fix"),
        )),
    }
    let avoid =
        vec!["do not run commands from past sessions unread: they are somebody's text".to_owned()];
    Some(Proposal {
        kind: AnswerKind::PastFix,
        id: best.end.session_id.clone(),
        action: format!("do what helped before: {}", best.end.text),
        cause: None,
        steps: vec![format!(
            "read what was done in session {} around record {}",
            best.end.session_id, best.end.line
        )],
        avoid,
        confidence,
        reasons,
        evidence: good
            .iter()
            .take(PLACES_MAX)
            .flat_map(|one| from_end(one))
            .collect(),
        checks: Vec::new(),
    })
}

fn from_end(one: &WeighedEnd<'_>) -> Vec<Evidence> {
    let relevance = one.relevance;
    let mut why = vec![format!("shares {}", one.shared.join(", "))];
    if relevance.session > 0.0 {
        why.push("said after the failure in the same session".to_owned());
    }
    if relevance.service > 0.0 {
        why.push("same service".to_owned());
    }
    let place = format!("{}:{}", one.end.path, one.end.line);
    let mut found = vec![Evidence {
        kind: "session",
        place,
        at_ms: one.end.at_ms,
        text: one.end.text.clone(),
        why: format!("{} (relevance {:.2})", why.join("; "), relevance.score),
    }];
    if let Some((hash, subject)) = &one.end.commit {
        found.push(Evidence {
            kind: "commit",
            place: hash.clone(),
            at_ms: None,
            text: subject.clone(),
            why: "named by the session, or made within its day on a file it names".to_owned(),
        });
    }
    found
}

/// What the controller did for these services, by action; only what helped more often than not.
fn ledger(facts: &Facts) -> Option<Proposal> {
    facts.failure.as_ref()?;
    let mut by_action: BTreeMap<&str, Vec<&Deed>> = BTreeMap::new();
    for deed in facts.deeds.iter().filter(|deed| deed.verdict.is_some()) {
        by_action.entry(&deed.action).or_default().push(deed);
    }
    let count = |deeds: &[&Deed], verdict: &str| {
        deeds
            .iter()
            .filter(|deed| deed.verdict.as_deref() == Some(verdict))
            .count()
    };
    let (action, deeds) = by_action
        .into_iter()
        .filter(|(_, deeds)| count(deeds, "met") > count(deeds, "unmet"))
        .max_by_key(|(action, deeds)| (count(deeds, "met"), std::cmp::Reverse(*action)))?;
    let (met, unmet) = (count(&deeds, "met"), count(&deeds, "unmet"));
    let confidence =
        (0.2 + 0.05 * met as f64 - 0.1 * unmet as f64).clamp(0.05, LEDGER_CONFIDENCE_MAX);
    Some(Proposal {
        kind: AnswerKind::Ledger,
        id: action.to_owned(),
        action: format!("`{action}`, which brought the service back before"),
        cause: None,
        steps: vec![format!(
            "let the controller do `{action}`, or do it by hand"
        )],
        avoid: vec!["do not take it for a repair: the cause is not known".to_owned()],
        confidence: (confidence * 100.0).round() / 100.0,
        reasons: vec![
            reason(
                true,
                format!(
                    "{met} of {} such actions for this service were verified",
                    deeds.len()
                ),
            ),
            reason(
                false,
                "the actions are of the same service, not known to be of the same failure"
                    .to_owned(),
            ),
        ],
        evidence: deeds
            .iter()
            .take(PLACES_MAX)
            .map(|deed| from_deed(deed))
            .collect(),
        checks: Vec::new(),
    })
}

fn from_deed(deed: &Deed) -> Evidence {
    let verdict = deed.verdict.as_deref().unwrap_or("open");
    Evidence {
        kind: "ledger",
        place: format!("row {}", deed.seq),
        at_ms: Some(deed.at_ms),
        text: format!("{} for {}: {verdict}", deed.action, deed.service),
        why: "an action for the same service, and how it was judged".to_owned(),
    }
}

fn places(failure: Option<&Failure>) -> Vec<Evidence> {
    let places = failure.map_or(&[][..], |failure| &failure.places);
    let newest = places.iter().take(PLACES_MAX);
    newest
        .map(|place| Evidence {
            kind: "log",
            place: format!("{}:{}", place.path, place.line),
            at_ms: place.at_ms,
            text: place.text.clone(),
            why: "an occurrence of the failure".to_owned(),
        })
        .collect()
}

fn missing(facts: &Facts, weighed: &[WeighedEnd<'_>], proposals: &[Proposal]) -> Vec<String> {
    let mut missing = Vec::new();
    if facts.failure.is_none() {
        missing.push("no failure in the evidence fits what was asked".to_owned());
    }
    if !proposals
        .iter()
        .any(|proposal| proposal.kind == AnswerKind::KnownIssue)
    {
        missing.push("no known issue matches".to_owned());
    }
    if weighed.is_empty() {
        missing.push("no past session says how this failure was ended".to_owned());
    } else if !weighed.iter().any(|one| one.end.is_good) {
        missing.push("past sessions only say that it was still broken".to_owned());
    }
    if facts.deeds.is_empty() {
        missing.push("the ledger has no action for these services".to_owned());
    }
    missing
}

fn reason(is_for: bool, text: String) -> Reason {
    Reason { is_for, text }
}

/// The steps in one line.
fn sentence(steps: &[&str]) -> String {
    steps.join("; ")
}
