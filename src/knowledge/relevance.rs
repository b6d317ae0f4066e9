//! How much two texts are about the same thing: words weighed by how rare they are.

use std::collections::{BTreeMap, BTreeSet};

/// Fewest letters of a stem.
const STEM_CHARS_MIN: usize = 3;

/// Most stems that are read of a text.
const STEMS_MAX: usize = 40;

/// Words that say nothing about what a text is about.
const COMMON: [&str; 80] = [
    "error",
    "exception",
    "fail",
    "failure",
    "warn",
    "warning",
    "info",
    "critical",
    "wicap",
    "line",
    "log",
    "src",
    "the",
    "and",
    "because",
    "for",
    "with",
    "from",
    "after",
    "before",
    "into",
    "that",
    "this",
    "was",
    "were",
    "has",
    "have",
    "had",
    "not",
    "now",
    "are",
    "but",
    "its",
    "can",
    "could",
    "cannot",
    "will",
    "would",
    "does",
    "did",
    "been",
    "when",
    "while",
    "why",
    "what",
    "how",
    "all",
    "any",
    "fix",
    "fixed",
    "resolv",
    "solv",
    "work",
    "success",
    "successful",
    "verifi",
    "verify",
    "pass",
    "commit",
    "still",
    "again",
    "see",
    "try",
    "run",
    "runtime",
    "value",
    "type",
    "last",
    "most",
    "recent",
    "call",
    "traceback",
    "none",
    "null",
    "true",
    "fals",
    "help",
    "keep",
    "get",
    "set",
];

/// The stems of a text, each once, in the order of the text. Numbers, masks and common words are
/// left out.
#[must_use]
pub fn stems(text: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for word in words(text) {
        let Some(stem) = stem(&word) else { continue };
        if found.len() < STEMS_MAX && seen.insert(stem.clone()) {
            found.push(stem);
        }
    }
    found
}

/// Words in lower case; `ConnectionError` is two, `<n>` is none.
fn words(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut word = String::new();
    let mut is_mask = false;
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let opens_mask = c == '<'
            && chars
                .peek()
                .is_some_and(|next| next.is_ascii_lowercase() || *next == '*');
        let is_edge = c.is_uppercase() && before.is_lowercase();
        if opens_mask || !c.is_alphanumeric() || is_edge {
            all.push(std::mem::take(&mut word));
        }
        if is_mask {
            is_mask = c != '>' && !c.is_whitespace();
        } else if opens_mask {
            is_mask = true;
        } else if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    all.push(word);
    all.retain(|word| !word.is_empty());
    all
}

/// A word without its ending; `None` for what is no word.
fn stem(word: &str) -> Option<String> {
    let is_number = word.bytes().any(|b| b.is_ascii_digit());
    if is_number && !matches!(word, "403" | "401" | "503" | "500" | "502" | "504" | "404") {
        return None;
    }
    let bare = match word.strip_prefix("re") {
        Some(rest) if rest.starts_with("connect") => rest,
        Some(_) | None => word,
    };
    // `initialise` and `initialize` are one.
    let american = bare.replace("isation", "ization").replace("alis", "aliz");
    let bare = american.as_str();
    let endings = ["ions", "ion", "ings", "ing", "ed", "es", "s"];
    let cut = endings.iter().find_map(|ending| {
        let rest = bare.strip_suffix(ending)?;
        let is_plural = *ending != "s" || !rest.ends_with(['s', 'i', 'u']);
        (rest.chars().count() > STEM_CHARS_MIN && is_plural).then_some(rest)
    });
    // `dropped` and `drops` are one.
    let cut = cut.map(|rest| match rest.as_bytes() {
        [.., a, b] if a == b && b"bdgmnprt".contains(b) => &rest[..rest.len() - 1],
        _ => rest,
    });
    // `caches` ends in `es`, so `cache` has to end without its `e`.
    let stem = cut
        .or_else(|| {
            let rest = bare.strip_suffix('e')?;
            (rest.chars().count() > STEM_CHARS_MIN).then_some(rest)
        })
        .unwrap_or(bare);
    let is_common = COMMON.contains(&stem) || COMMON.contains(&bare);
    (stem.chars().count() >= STEM_CHARS_MIN && !is_common).then(|| stem.to_owned())
}

/// How rare stems are, from 0 (in every text) to 1 (in one or none).
#[derive(Clone, Debug, Default)]
pub struct Rarity {
    n_texts: u64,
    counts: BTreeMap<String, u64>,
}

impl Rarity {
    /// A measure over `n_texts` texts, with the number of texts that have each stem.
    #[must_use]
    pub fn new(n_texts: u64, counts: BTreeMap<String, u64>) -> Self {
        Self { n_texts, counts }
    }

    /// A measure over these texts, each given by its stems.
    #[must_use]
    pub fn of_texts(texts: &[Vec<String>]) -> Self {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for stem in texts.iter().flatten() {
            *counts.entry(stem.clone()).or_default() += 1;
        }
        Self::new(texts.len() as u64, counts)
    }

    /// The weight of a stem.
    #[must_use]
    pub fn weight(&self, stem: &str) -> f64 {
        let n_texts = self.n_texts.max(1) as f64;
        let n_with = self.counts.get(stem).copied().unwrap_or(0) as f64;
        let inverse = ((n_texts + 1.0) / (n_with + 0.5)).ln() / (n_texts + 1.0).ln().max(1.0);
        inverse.clamp(0.0, 1.0)
    }

    /// How much of the weight of both texts is shared, 0 to 1 (the cosine).
    #[must_use]
    pub fn likeness(&self, one: &[String], other: &[String]) -> f64 {
        let shared = self.sum(one.iter().filter(|stem| other.contains(stem)));
        let (a, b) = (self.sum(one.iter()), self.sum(other.iter()));
        if a <= 0.0 || b <= 0.0 {
            0.0
        } else {
            shared / (a * b).sqrt()
        }
    }

    /// How much of the weight of `question` the other text has, 0 to 1.
    #[must_use]
    pub fn coverage(&self, question: &[String], text: &[String]) -> f64 {
        let whole = self.sum(question.iter());
        let shared = self.sum(question.iter().filter(|stem| text.contains(stem)));
        if whole <= 0.0 { 0.0 } else { shared / whole }
    }

    fn sum<'a>(&self, stems: impl Iterator<Item = &'a String>) -> f64 {
        stems.map(|stem| self.weight(stem).powi(2)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_are_one() {
        let expected = ["redis", "read", "connect", "refus", "stream", "retry"];
        let text = "Redis read failed: ConnectionError: Error 111 connecting to <ip>. Connection refused. (stream=<n>, retry=7)";
        assert_eq!(expected[..], stems(text)[..]);
        assert_eq!(["redis", "connect"][..], stems("Fixed redis reconnect")[..]);
        assert_eq!(["status", "403"][..], stems("status 403")[..]);
        assert_eq!(
            stems("initialise, servers differ"),
            stems("initializes server differs")
        );
        assert_eq!(stems("dropped, stopping late"), stems("drops, stops late"));
        assert!(stems("the error failed again <n> 0xff").is_empty());
    }

    #[test]
    fn rare_words_count_more() {
        let texts: Vec<Vec<String>> = ["redis down", "redis up", "redis slow", "disk full"]
            .iter()
            .map(|text| stems(text))
            .collect();
        let rarity = Rarity::of_texts(&texts);
        assert!(rarity.weight("disk") > rarity.weight("redis"));
        let question = stems("the disk is full");
        assert!(rarity.likeness(&question, &texts[3]) > 0.9);
        assert!(rarity.likeness(&question, &texts[0]) < 0.01);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC{0,200}", other in "\\PC{0,80}") {
            let (one, other) = (stems(&text), stems(&other));
            let rarity = Rarity::of_texts(&[one.clone(), other.clone()]);
            let likeness = rarity.likeness(&one, &other);
            proptest::prop_assert!((0.0..=1.0001).contains(&likeness));
        }
    }
}
