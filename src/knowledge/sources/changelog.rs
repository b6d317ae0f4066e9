//! A changelog in the manner of Keep a Changelog.

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Number of its line, from 1.
    pub line: usize,
    /// The release it belongs to.
    pub release: String,
    /// The day in the release's heading, `YYYY-MM-DD`.
    pub day: Option<String>,
    /// The section in lower case (`added`, `fixed`, `security`, …).
    pub section: String,
    /// The entry, with its continued lines.
    pub text: String,
}

/// Most characters of one entry.
const TEXT_CHARS_MAX: usize = 600;

/// Reads all entries. Whatever heading it is, it ends the section before.
#[must_use]
pub fn read(text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut release: Option<(String, Option<String>)> = None;
    let mut section: Option<String> = None;
    let mut is_open = false;
    for (at, line) in text.lines().enumerate() {
        let bare = line.trim();
        if let Some(heading) = bare.strip_prefix("## ") {
            release = Some(release_of(heading));
            section = None;
            is_open = false;
        } else if let Some(heading) = bare.strip_prefix("### ") {
            section = Some(heading.trim().trim_end_matches(':').to_lowercase());
            is_open = false;
        } else if bare.starts_with('#') || bare.starts_with("---") || bare.is_empty() {
            is_open = false;
        } else if let Some(item) = bare.strip_prefix("- ").or_else(|| bare.strip_prefix("* ")) {
            is_open = false;
            if let (Some((tag, day)), Some(section)) = (&release, &section) {
                entries.push(Entry {
                    line: at + 1,
                    release: tag.clone(),
                    day: day.clone(),
                    section: section.clone(),
                    text: item_of(item),
                });
                is_open = true;
            }
        } else if is_open
            && line.starts_with([' ', '\t'])
            && let Some(entry) = entries.last_mut()
            && entry.text.chars().count() + bare.chars().count() < TEXT_CHARS_MAX
        {
            entry.text.push(' ');
            entry.text.push_str(bare);
        }
    }
    entries
}

/// `[1.4.0] - 2026-03-01`, `1.0.0`, `[Unreleased]`, `[2026-02-11] - Title`.
fn release_of(heading: &str) -> (String, Option<String>) {
    let heading = heading.trim();
    let tag = match heading
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        Some((tag, _)) => tag,
        None => heading.split_whitespace().next().unwrap_or(heading),
    };
    let day = heading
        .split(|c: char| !(c.is_ascii_digit() || c == '-'))
        .map(|word| word.trim_matches('-'))
        .find(|word| is_day(word));
    (tag.to_owned(), day.map(str::to_owned))
}

fn is_day(word: &str) -> bool {
    word.len() == 10
        && word.bytes().enumerate().all(|(at, b)| match at {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        })
}

/// `**Title**: text` as `Title: text`.
fn item_of(item: &str) -> String {
    let text = match item
        .strip_prefix("**")
        .and_then(|rest| rest.split_once("**"))
    {
        Some((title, rest)) => {
            let rest = rest.trim_start_matches([':', ' ', '—', '–']);
            if rest.is_empty() {
                title.to_owned()
            } else {
                [title, ": ", rest].concat()
            }
        }
        None => item.to_owned(),
    };
    text.chars().take(TEXT_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_heading_ends_what_was_before() {
        let text = "## [1.1.0] - 2026-03-01\n### Added\n- plain\n  - nested\n- **Pool**: fixed size\n* star\n\
            ### Security\n- leak\n  goes on\n## 1.0.0\n- orphan\n## [0.9.0]\n- no section\n### fixed\n- lower\n";
        let seen: Vec<String> = read(text)
            .into_iter()
            .map(|e| {
                format!(
                    "{} {} {} {}",
                    e.release,
                    e.day.unwrap_or_default(),
                    e.section,
                    e.text
                )
            })
            .collect();
        assert_eq!(
            vec![
                "1.1.0 2026-03-01 added plain",
                "1.1.0 2026-03-01 added nested",
                "1.1.0 2026-03-01 added Pool: fixed size",
                "1.1.0 2026-03-01 added star",
                "1.1.0 2026-03-01 security leak goes on",
                "0.9.0  fixed lower",
            ],
            seen
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "((## |### |- |  |\\[)?\\PC{0,30}\n){0,20}") {
            let n_lines = text.lines().count();
            for entry in read(&text) {
                proptest::prop_assert!(entry.line >= 1 && entry.line <= n_lines);
            }
        }
    }
}
