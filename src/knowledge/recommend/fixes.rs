//! Which of the things that ended well are about this failure.

use serde::Serialize;

use super::facts::{Facts, Failure, PastEnd};
use crate::{
    knowledge::relevance::{Rarity, stems},
    model::DAY_MS,
};

/// The least likeness of the words, whatever else speaks for it.
const TEXT_MIN: f64 = 0.16;

/// The least relevance of an end that counts.
const SCORE_MIN: f64 = 0.30;

/// The least weight of one shared word: a word that is everywhere links nothing.
const WORD_WEIGHT_MIN: f64 = 0.20;

/// Records after the failure within which an end is about it.
const NEAR_RECORDS: i64 = 40;

/// Days after the failure at which the nearness in time is half.
const HALF_DAYS: f64 = 7.0;

/// How much an end is about a failure, in parts from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Relevance {
    /// Shared rare words.
    pub text: f64,
    /// The failure was stated in the same session before it.
    pub session: f64,
    /// Near in time, and not before the failure was ever seen.
    pub time: f64,
    /// It speaks of a service of the failure.
    pub service: f64,
    /// A commit stands behind it.
    pub git: f64,
    /// All together.
    pub score: f64,
}

/// An end with its relevance.
#[derive(Clone, Debug, PartialEq)]
pub struct WeighedEnd<'a> {
    /// The end.
    pub end: &'a PastEnd,
    /// How relevant.
    pub relevance: Relevance,
    /// The words they share, rarest first.
    pub shared: Vec<String>,
}

/// Weighs everything that ended somehow against what is asked; what does not reach the minimum, and
/// what its own session takes back later, is left out. The most relevant come first, of equal ones
/// the newest.
#[must_use]
pub fn weigh<'a>(facts: &'a Facts) -> Vec<WeighedEnd<'a>> {
    let rarity = Rarity::new(facts.n_statements, facts.stem_counts.clone());
    let subject = subject(facts);
    let is_known = |end: &&PastEnd| end.at_ms.is_none_or(|at_ms| at_ms <= facts.now_ms);
    let known_ends = || facts.ends.iter().filter(is_known);
    let mut found: Vec<WeighedEnd<'a>> = known_ends()
        .filter_map(|end| one(facts, end, (&rarity, &subject)))
        .collect();
    let is_bad = |end: &&PastEnd| !end.is_good && words(end, (&rarity, &subject)).is_some();
    let bad: Vec<(i64, i64)> = known_ends()
        .filter(is_bad)
        .map(|end| (end.session_key, end.nth))
        .collect();
    found.retain(|one| !one.end.is_good || !is_taken_back(one.end, &bad));
    found.sort_by(|a, b| {
        let by_score = b.relevance.score.total_cmp(&a.relevance.score);
        by_score.then_with(|| {
            (b.end.at_ms, &b.end.text, b.end.line).cmp(&(a.end.at_ms, &a.end.text, a.end.line))
        })
    });
    found
}

/// Whether its session says later that the same is still bad.
fn is_taken_back(end: &PastEnd, bad: &[(i64, i64)]) -> bool {
    bad.iter()
        .any(|(session, nth)| *session == end.session_key && *nth > end.nth)
}

/// The stems that an end is held against: what the failure says, or what was asked.
pub(super) fn subject(facts: &Facts) -> Vec<String> {
    let mut text = facts.words.clone().unwrap_or_default();
    if let Some(failure) = &facts.failure {
        text = [text.as_str(), " ", &failure.template, " ", &failure.example].concat();
    }
    stems(&text)
}

/// How alike the words of an end are to what is asked, and which they share, rarest first; `None`
/// where they are about something else.
fn words(end: &PastEnd, (rarity, subject): (&Rarity, &[String])) -> Option<(f64, Vec<String>)> {
    let said = stems(&end.text);
    let mut shared: Vec<String> = said
        .iter()
        .filter(|stem| subject.contains(stem))
        .cloned()
        .collect();
    shared.sort_by(|a, b| {
        rarity
            .weight(b)
            .total_cmp(&rarity.weight(a))
            .then_with(|| a.cmp(b))
    });
    let text = rarity.likeness(subject, &said);
    let is_specific = shared
        .first()
        .is_some_and(|stem| rarity.weight(stem) >= WORD_WEIGHT_MIN);
    (text >= TEXT_MIN && is_specific).then_some((text, shared))
}

fn one<'a>(
    facts: &'a Facts,
    end: &'a PastEnd,
    measure: (&Rarity, &[String]),
) -> Option<WeighedEnd<'a>> {
    let (text, shared) = words(end, measure)?;
    let session = match end.after_failure {
        Some(0..=NEAR_RECORDS) => 1.0,
        Some(_) => 0.5,
        None => 0.0,
    };
    let failure = facts.failure.as_ref();
    let time = failure.map_or(0.5, |failure| nearness(failure, end.at_ms));
    let service = f64::from(failure.is_none_or(|failure| {
        failure.services.is_empty() || speaks_of(&failure.services, &end.text)
    }));
    let git = f64::from(end.commit.is_some());
    // Words alone may reach the minimum, everything else together may not.
    let score = 0.55 * text.min(1.0) + 0.18 * session + 0.09 * time + 0.09 * service + 0.09 * git;
    let relevance = Relevance {
        text,
        session,
        time,
        service,
        git,
        score,
    };
    (score >= SCORE_MIN).then_some(WeighedEnd {
        end,
        relevance,
        shared,
    })
}

/// 1 while the failure goes on and shortly after; 0 before it was first seen.
fn nearness(failure: &Failure, at_ms: Option<i64>) -> f64 {
    let (Some(first), Some(last), Some(at)) = (failure.first_ms, failure.last_ms, at_ms) else {
        return 0.3;
    };
    if at < first.saturating_sub(DAY_MS) {
        return 0.0;
    }
    let days = at.saturating_sub(last).max(0) as f64 / DAY_MS as f64;
    1.0 / (1.0 + days / HALF_DAYS)
}

fn speaks_of(services: &[String], text: &str) -> bool {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
    services
        .iter()
        .any(|service| words.contains(&service.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(text: &str) -> PastEnd {
        PastEnd {
            session_key: 1,
            session_id: "s".to_owned(),
            path: "p".to_owned(),
            line: 4,
            nth: 7,
            at_ms: Some(2_000),
            is_good: true,
            is_written: false,
            text: text.to_owned(),
            after_failure: Some(2),
            commit: None,
        }
    }

    fn facts(line: &str, said: &str) -> Facts {
        Facts {
            failure: Some(Failure {
                template: line.to_owned(),
                services: vec!["processor".to_owned()],
                first_ms: Some(1_000),
                last_ms: Some(1_500),
                ..Failure::default()
            }),
            ends: vec![end(said)],
            n_statements: 1_000,
            now_ms: 9_000,
            ..Facts::default()
        }
    }

    #[test]
    fn a_fix_is_about_what_it_speaks_of() {
        let line = "Redis read failed: ConnectionError connecting to <ip>";
        let facts = facts(
            line,
            "Fixed redis reconnect in src/wicap/processor/queue.py",
        );
        let found = weigh(&facts);
        assert_eq!(1, found.len());
        assert_eq!(["connect", "redis"][..], found[0].shared[..]);
        assert_eq!(1.0, found[0].relevance.session);
    }

    #[test]
    fn a_fix_of_something_else_in_the_same_session_is_none() {
        for said in [
            "Fixed wicap sidebar colour",
            "Resolved: the build of the docs works now",
            "Success: error pages look better",
        ] {
            let facts = facts("UI push failed: 403 Client not allowed", said);
            assert!(weigh(&facts).is_empty(), "{said}");
        }
    }

    #[test]
    fn what_the_same_session_takes_back_is_no_fix() {
        let mut facts = facts("sql deadlock", "fixed the sql deadlock");
        let mut bad = end("still broken: the sql deadlock");
        (bad.is_good, bad.nth) = (false, 6);
        facts.ends.push(bad);
        assert!(weigh(&facts).iter().any(|one| one.end.is_good));
        facts.ends[1].nth = 8;
        assert!(weigh(&facts).iter().all(|one| !one.end.is_good));
        facts.ends[1].session_key = 2;
        assert!(weigh(&facts).iter().any(|one| one.end.is_good));
    }

    #[test]
    fn what_is_said_later_than_now_is_not_known() {
        let mut facts = facts("sql deadlock", "fixed the sql deadlock");
        assert_eq!(1, weigh(&facts).len());
        facts.now_ms = 1_999;
        assert!(weigh(&facts).is_empty());
    }
}
