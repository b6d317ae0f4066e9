use std::collections::BTreeMap;

/// The shortest word that tells one failure from another.
const WORD_CHARS_MIN: usize = 4;

/// Words of a failure that are looked for.
const WORDS_MAX: usize = 8;

/// The words of a failure that tell it from others, each once, in their order; what stands for
/// something variable is none.
pub fn words(template: &str) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('<') {
        take(before, &mut list);
        rest = match behind.split_once('>') {
            Some((_, after)) => after,
            None => "",
        };
    }
    take(rest, &mut list);
    list.truncate(WORDS_MAX);
    list
}

fn take(text: &str, list: &mut Vec<String>) {
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        let word = word.to_lowercase();
        let has_letter = word.chars().any(char::is_alphabetic);
        if word.chars().count() >= WORD_CHARS_MIN && has_letter && !list.contains(&word) {
            list.push(word);
        }
    }
}

/// How many sessions have a word, and which.
#[derive(Clone, Debug)]
pub struct Weighed {
    /// The sessions that have it.
    pub sessions: Vec<i64>,
    /// Whether there were more than were looked at: then the word tells nothing.
    pub is_common: bool,
}

/// How much of the failure each session speaks of, from 0 to 1: the share of the weight of its
/// words, where a word weighs more the fewer sessions have it.
pub fn relevance(words: &[Weighed], n_sessions: usize) -> BTreeMap<i64, f64> {
    let weight = |word: &Weighed| match word.is_common || word.sessions.is_empty() {
        true => 0.0,
        false => (1.0 + n_sessions.max(1) as f64 / word.sessions.len() as f64).ln(),
    };
    // A word that no session has still belongs to the failure.
    let unknown = (1.0 + n_sessions.max(1) as f64).ln();
    let whole: f64 = words
        .iter()
        .map(|word| match word.sessions.is_empty() {
            true => unknown,
            false => weight(word),
        })
        .sum();
    let mut found: BTreeMap<i64, f64> = BTreeMap::new();
    for word in words {
        for session in &word.sessions {
            *found.entry(*session).or_default() += weight(word);
        }
    }
    if whole > 0.0 {
        found.values_mut().for_each(|value| *value /= whole);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_does_not_vary() {
        let found = words("redis timeout <num> on <host>:<num> redis after 5 tries <unclosed x");
        assert_eq!(vec!["redis", "timeout", "after", "tries"], found);
    }

    #[test]
    fn a_rare_word_weighs_more() {
        let word = |sessions: &[i64]| Weighed {
            sessions: sessions.to_vec(),
            is_common: false,
        };
        let found = relevance(&[word(&[1, 2, 3, 4]), word(&[1]), word(&[])], 8);
        assert!(found[&1] > 2.0 * found[&2], "{found:?}");
        assert!(found[&1] < 1.0);
        let common = Weighed {
            sessions: vec![9],
            is_common: true,
        };
        assert_eq!(0.0, relevance(&[common, word(&[1])], 8)[&9]);
    }
}
