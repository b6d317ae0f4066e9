//! What a question is about.

use std::collections::BTreeMap;

use super::{AnswerError, Sources};
use crate::{
    knowledge::{
        identifiers::nameable,
        known_issues,
        relevance::{Rarity, stems},
        signature::{Prepared, v1},
    },
    model::{HOUR_MS, SignatureId, Timestamp},
    store::evidence::{Evidence, EvidenceError, SignatureView},
};

/// What a question was taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Nothing was named: the worst that is not resolved.
    Worst,
    /// A service.
    Service(String),
    /// A file, by its stored paths.
    File(Vec<String>),
    /// A soak: a folder of logs.
    Soak(String),
    /// A signature.
    Signature(String),
    /// Words, or a line of a log.
    Text,
}

impl Target {
    /// Its kind in a word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Worst => "worst",
            Self::Service(_) => "service",
            Self::File(_) => "file",
            Self::Soak(_) => "soak",
            Self::Signature(_) => "signature",
            Self::Text => "text",
        }
    }
}

/// What was found for a question.
#[derive(Clone, Debug)]
pub struct Found {
    /// What it was taken for.
    pub target: Target,
    /// The failure, where there is one.
    pub failure: Option<SignatureView>,
    /// Other failures there, worst first.
    pub also: Vec<SignatureView>,
    /// The contents meant, for files and soaks.
    pub file_ids: Vec<i64>,
}

/// Failures that are named beside the one that is answered.
const ALSO_MAX: usize = 5;

/// The least share of a question's words that a failure must have.
const WORDS_MIN: f64 = 0.60;

/// Failures among which the worst is chosen by their counts.
const WORST_OF: usize = 50;

/// How far back counts go when the worst is chosen.
const RECENT_HOURS: i64 = 7 * 24;

pub(super) fn find(sources: &Sources<'_>, input: &str) -> Result<Found, AnswerError> {
    let input = input.trim();
    let evidence = sources.evidence;
    let failures = evidence.failure_list(sources.now.millis())?;
    if input.is_empty() {
        let ranked = worst(sources, &failures, None)?;
        return Ok(first_of(Target::Worst, ranked, Vec::new()));
    }
    if input.parse::<SignatureId>().is_ok() {
        let id = evidence.signature_resolve(&input.to_lowercase())?;
        let failure = match failures.iter().find(|one| one.signature_id == id) {
            Some(failure) => Some(failure.clone()),
            None => evidence.failure_mentioned(&id, sources.now.millis())?,
        };
        let target = Target::Signature(id);
        return Ok(Found {
            target,
            failure,
            also: Vec::new(),
            file_ids: Vec::new(),
        });
    }
    if let Some(service) = service(sources, input)? {
        let ranked = worst(sources, &failures, Some(&service))?;
        return Ok(first_of(Target::Service(service), ranked, Vec::new()));
    }
    if let Some((target, file_ids)) = files(evidence, input)? {
        let counts = evidence.failure_counts_in(&file_ids, sources.now.millis())?;
        let ranked = by_count(&failures, &counts);
        return Ok(first_of(target, ranked, file_ids));
    }
    Ok(Found {
        target: Target::Text,
        failure: by_text(&failures, input),
        also: Vec::new(),
        file_ids: Vec::new(),
    })
}

fn first_of(target: Target, ranked: Vec<SignatureView>, file_ids: Vec<i64>) -> Found {
    let mut ranked = ranked.into_iter();
    let failure = ranked.next();
    Found {
        target,
        failure,
        also: ranked.take(ALSO_MAX).collect(),
        file_ids,
    }
}

/// A service of the stack by key or alias, or one that has lines in the evidence.
fn service(sources: &Sources<'_>, input: &str) -> Result<Option<String>, AnswerError> {
    let known = sources.stack.services.iter().find(|(name, profile)| {
        name.as_str() == input || profile.aliases.iter().any(|alias| alias == input)
    });
    if let Some((name, _)) = known {
        return Ok(Some(name.as_str().to_owned()));
    }
    let bare = input.strip_prefix("wicap-").unwrap_or(input);
    let names = sources.evidence.service_names()?;
    Ok(names
        .into_iter()
        .find(|name| !name.is_empty() && (name == input || name == bare)))
}

/// Contents whose path ends in what was asked, or that stand in a folder of that name.
fn files(evidence: &Evidence, input: &str) -> Result<Option<(Target, Vec<i64>)>, EvidenceError> {
    let wanted = input.trim_end_matches('/').trim_start_matches("./");
    if wanted.contains(char::is_whitespace) || wanted.is_empty() {
        return Ok(None);
    }
    let all = evidence.file_list()?;
    let by_end = |path: &str| {
        path == wanted
            || path
                .strip_suffix(wanted)
                .is_some_and(|before| before.ends_with('/'))
    };
    let in_folder = |path: &str| {
        let inside = [wanted, "/"].concat();
        path.starts_with(&inside) || path.contains(&["/", inside.as_str()].concat())
    };
    let pick = |is_wanted: &dyn Fn(&str) -> bool| {
        let wanted = all.iter().filter(|file| is_wanted(&file.path));
        wanted
            .map(|file| (file.file_id, file.path.clone()))
            .unzip::<_, _, Vec<i64>, Vec<String>>()
    };
    let (ids, mut paths) = pick(&by_end);
    if !ids.is_empty() {
        paths.dedup();
        return Ok(Some((Target::File(paths), ids)));
    }
    let (ids, _) = pick(&in_folder);
    Ok((!ids.is_empty()).then(|| (Target::Soak(wanted.to_owned()), ids)))
}

/// Failures of the stack that nobody reports as ended since, worst first: how often in the week
/// before the newest, a critical one counting as two errors.
fn worst(
    sources: &Sources<'_>,
    failures: &[SignatureView],
    service: Option<&str>,
) -> Result<Vec<SignatureView>, AnswerError> {
    let mut all: Vec<&SignatureView> = failures.iter().filter(|one| !one.is_network()).collect();
    let now_ms = sources.now.millis();
    if service.is_some() {
        let keys: Vec<i64> = all.iter().map(|one| one.key).collect();
        let there = sources
            .evidence
            .failure_counts(&keys, service, (i64::MIN, now_ms))?;
        all.retain(|one| there.contains_key(&one.key));
    }
    let newest_ms = all.iter().filter_map(|one| one.last_ms).max();
    let from_hour = newest_ms.map_or(i64::MIN, |newest| newest.div_euclid(HOUR_MS) - RECENT_HOURS);
    let hour = |one: &SignatureView| one.last_ms.map_or(-1, |last| last.div_euclid(HOUR_MS));
    let is_recent = |one: &SignatureView| hour(one) >= from_hour;
    all.sort_by_key(|one| {
        std::cmp::Reverse((
            is_recent(one),
            weight(&one.level),
            one.n_events,
            one.signature_id.clone(),
        ))
    });
    all.truncate(WORST_OF);
    let keys: Vec<i64> = all.iter().map(|one| one.key).collect();
    let counts = sources
        .evidence
        .failure_counts(&keys, service, (from_hour, now_ms))?;
    let harm = |one: &SignatureView| {
        let n = counts.get(&one.key).copied().unwrap_or(0);
        n * i64::from(weight(&one.level))
    };
    all.sort_by_key(|one| std::cmp::Reverse((harm(one), one.last_ms, one.signature_id.clone())));
    let mut ranked = Vec::new();
    let mut resolved = Vec::new();
    for one in all {
        let is_over = sources
            .evidence
            .failure_is_over(one.key, one.last_ms, now_ms)?;
        if is_over {
            resolved.push(one.clone())
        } else {
            ranked.push(one.clone())
        }
    }
    if ranked.is_empty() && service.is_some() {
        ranked = resolved;
    }
    Ok(ranked)
}

/// How much one event of a level counts.
fn weight(level: &str) -> u8 {
    match level {
        "critical" => 8,
        "error" => 4,
        _ => 1,
    }
}

fn by_count(failures: &[SignatureView], counts: &BTreeMap<i64, i64>) -> Vec<SignatureView> {
    let n = |one: &SignatureView| counts.get(&one.key).copied().unwrap_or(0);
    let mut there: Vec<&SignatureView> = failures.iter().filter(|one| n(one) > 0).collect();
    let harm = |one: &SignatureView| n(one) * i64::from(weight(&one.level));
    there.sort_by_key(|one| {
        std::cmp::Reverse((!one.is_network(), harm(one), one.signature_id.clone()))
    });
    there.into_iter().cloned().collect()
}

/// The failure that a text is a line of; else the one that has most of its words.
///
/// # Errors
///
/// Fails if the evidence cannot be read.
pub fn failure_of(
    evidence: &Evidence,
    text: &str,
    now: Timestamp,
) -> Result<Option<SignatureView>, EvidenceError> {
    let failures = evidence.failure_list(now.millis())?;
    Ok(by_text(&failures, text))
}

fn by_text(failures: &[SignatureView], text: &str) -> Option<SignatureView> {
    by_line(failures, text).or_else(|| by_words(failures, text))
}

/// The failure whose masked form this line has.
fn by_line(failures: &[SignatureView], line: &str) -> Option<SignatureView> {
    let mut prepared = Prepared::default();
    prepared.read(line.as_bytes());
    let message = String::from_utf8_lossy(prepared.message()).into_owned();
    let mut named = Prepared::default();
    named.name_as(&nameable(prepared.message()), 0);
    let masked = String::from_utf8_lossy(named.masked().text()).into_owned();
    let old = [v1::signature(line), v1::signature(&message)];
    let is_it = |one: &SignatureView| {
        one.template == masked
            || one.example == line
            || old.contains(&one.v1)
            || one.template == line
    };
    let fit = |one: &SignatureView| {
        if is_it(one) {
            return Some(usize::MAX);
        }
        n_alike(&one.template, &masked)
    };
    let same = failures.iter().filter_map(|one| Some((fit(one)?, one)));
    same.max_by_key(|(fit, one)| (*fit, one.n_events, one.signature_id.clone()))
        .map(|(_, one)| one.clone())
}

/// How many words a masked message has as the template says, where all the others are left open by
/// it and are fewer.
fn n_alike(template: &str, masked: &str) -> Option<usize> {
    let (mut n_same, mut n_open) = (0, 0);
    let (mut words, mut said) = (template.split(' '), masked.split(' '));
    loop {
        match (words.next(), said.next()) {
            (None, None) => return (n_same > n_open).then_some(n_same),
            (Some(word), Some(said)) if word == said => n_same += 1,
            (Some("<*>"), Some(_)) => n_open += 1,
            _ => return None,
        }
    }
}

/// The failure that has most of the words asked for.
fn by_words(failures: &[SignatureView], input: &str) -> Option<SignatureView> {
    let question = stems(input);
    if question.is_empty() {
        return None;
    }
    let lower: Vec<String> = failures
        .iter()
        .map(|one| one.template.to_lowercase())
        .collect();
    let counts = question.iter().map(|stem| {
        let n = lower
            .iter()
            .filter(|text| text.contains(stem.as_str()))
            .count();
        (stem.clone(), n as u64)
    });
    let rarity = Rarity::new(failures.len() as u64, counts.collect());
    let may_be = |text: &str| question.iter().any(|stem| text.contains(stem.as_str()));
    let mut best: Option<(f64, f64, &SignatureView)> = None;
    for (one, _) in failures.iter().zip(&lower).filter(|(_, text)| may_be(text)) {
        let own = stems(&one.template);
        let share = rarity.coverage(&question, &own);
        if share < WORDS_MIN {
            continue;
        }
        let is_known = !known_issues::in_line(&one.example).is_empty();
        let likeness = rarity.likeness(&question, &own) + if is_known { 0.05 } else { 0.0 };
        let is_better = best.is_none_or(|(share_then, likeness_then, then)| {
            (share, likeness, one.n_events) > (share_then, likeness_then, then.n_events)
        });
        if is_better {
            best = Some((share, likeness, one));
        }
    }
    best.map(|(_, _, one)| one.clone())
}
