//! What the controller did before, as the predecessor tells memories: with points and their reasons.

use serde::Serialize;

use super::facts::{Deed, Facts};
use crate::{knowledge::relevance::stems, model::DAY_MS};

/// Points of a word in common.
const WORD_POINTS: f64 = 10.0;

/// Points for an action that is so many days old at most.
const RECENCY: [(i64, f64); 3] = [(1, 6.0), (7, 4.0), (30, 2.0)];

/// Memories that are told.
const MEMORIES_MAX: usize = 3;

/// Where the points of a memory come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct RankComponents {
    /// Words in common.
    pub token_match: f64,
    /// How long ago.
    pub recency_bonus: f64,
    /// How it ended.
    pub outcome_bonus: f64,
}

/// An action that is remembered.
#[derive(Clone, Debug, PartialEq)]
pub struct Memory<'a> {
    /// What was done.
    pub deed: &'a Deed,
    /// The words in common, in the order of the question.
    pub matched_tokens: Vec<String>,
    /// The points by their reasons.
    pub rank: RankComponents,
}

impl Memory<'_> {
    /// All points.
    #[must_use]
    pub fn score(&self) -> f64 {
        self.rank.token_match + self.rank.recency_bonus + self.rank.outcome_bonus
    }

    /// How it ended, in the predecessor's words.
    #[must_use]
    pub fn status(&self) -> &'static str {
        match self.deed.verdict.as_deref() {
            Some("met") => "executed_ok",
            Some("unmet") => "executed_fail",
            Some(_) => "inconclusive",
            None => "open",
        }
    }
}

/// The memories of these facts, best first; only what helped or at least is close enough to speak
/// of.
#[must_use]
pub fn memories(facts: &Facts) -> Vec<Memory<'_>> {
    let subject = subject(facts);
    let mut found: Vec<Memory<'_>> = facts
        .deeds
        .iter()
        .map(|deed| memory(deed, &subject, facts.now_ms))
        .filter(|one| !one.matched_tokens.is_empty() && one.score() > 0.0)
        .collect();
    found.sort_by(|a, b| {
        let by_score = b.score().total_cmp(&a.score());
        by_score.then_with(|| (b.deed.at_ms, b.deed.seq).cmp(&(a.deed.at_ms, a.deed.seq)))
    });
    found.truncate(MEMORIES_MAX);
    found
}

fn subject(facts: &Facts) -> Vec<String> {
    let mut words = names(&facts.input);
    if let Some(failure) = &facts.failure {
        words.extend(failure.services.iter().cloned());
        words.extend(stems(&failure.template));
    }
    let mut seen = std::collections::BTreeSet::new();
    words.retain(|word| seen.insert(word.clone()));
    words
}

fn names(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric() && c != '-');
    words
        .filter(|word| word.len() > 1)
        .map(str::to_owned)
        .collect()
}

fn memory<'a>(deed: &'a Deed, subject: &[String], now_ms: i64) -> Memory<'a> {
    let text = [deed.service.as_str(), " ", &deed.action, " ", &deed.why].concat();
    let own: Vec<String> = text
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric() && c != '-')
        .map(str::to_owned)
        .collect();
    let matched_tokens: Vec<String> = subject
        .iter()
        .filter(|word| own.contains(word))
        .cloned()
        .collect();
    let days = now_ms.saturating_sub(deed.at_ms).max(0) / DAY_MS;
    let recency = RECENCY.iter().find(|(most, _)| days < *most);
    let outcome_bonus = match deed.verdict.as_deref() {
        Some("met") => 4.0,
        Some("unmet") => -3.0,
        Some(_) | None => 0.0,
    };
    Memory {
        deed,
        rank: RankComponents {
            token_match: WORD_POINTS * matched_tokens.len() as f64,
            recency_bonus: recency.map_or(0.0, |(_, points)| *points),
            outcome_bonus,
        },
        matched_tokens,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::recommend::Failure;

    fn deed(seq: u64, service: &str, at_ms: i64, verdict: Option<&str>) -> Deed {
        Deed {
            seq,
            at_ms,
            service: service.to_owned(),
            action: format!("restart_service:{service}"),
            why: "probe_http".to_owned(),
            attempt: 1,
            verdict: verdict.map(str::to_owned),
        }
    }

    #[test]
    fn what_helped_lately_comes_first() {
        let now_ms = 40 * DAY_MS;
        let facts = Facts {
            input: "UI push failed".to_owned(),
            failure: Some(Failure {
                template: "UI push failed".to_owned(),
                services: vec!["ui".to_owned()],
                ..Failure::default()
            }),
            deeds: vec![
                deed(1, "ui", now_ms - 31 * DAY_MS, Some("met")),
                deed(2, "ui", now_ms - 2 * DAY_MS, Some("unmet")),
                deed(3, "ui", now_ms - 3 * DAY_MS, Some("met")),
                deed(4, "scout", now_ms, Some("met")),
                deed(5, "ui", now_ms, None),
            ],
            now_ms,
            ..Facts::default()
        };
        let found = memories(&facts);
        let seen: Vec<(u64, f64, &str)> = found
            .iter()
            .map(|one| (one.deed.seq, one.score(), one.status()))
            .collect();
        assert_eq!(
            [
                (3, 18.0, "executed_ok"),
                (5, 16.0, "open"),
                (1, 14.0, "executed_ok")
            ][..],
            seen[..]
        );
        assert_eq!(["ui"][..], found[0].matched_tokens[..]);
    }
}
