//! Artifacts of a conversation: tasks, a walkthrough, a plan.

use crate::knowledge::outcome::{self, TestCounts, Verdict};

/// One thing that an artifact states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// `- [x] text`
    Completed(String),
    /// `- [/] text`
    InProgress(String),
    /// `- [ ] text`
    Pending(String),
    /// A closing count of tests.
    Tests(TestCounts, String),
    /// `render_diffs(file:///PATH)`
    Changed(String),
}

impl Mark {
    /// The stored name and the text.
    #[must_use]
    pub fn kind_and_text(&self) -> (&'static str, &str) {
        match self {
            Self::Completed(text) => ("completed_task", text),
            Self::InProgress(text) => ("in_progress_task", text),
            Self::Pending(text) => ("pending_task", text),
            Self::Tests(_, text) => ("test_result", text),
            Self::Changed(text) => ("file_changed", text),
        }
    }
}

/// The first heading of a document.
#[must_use]
pub fn title(text: &str) -> Option<&str> {
    text.lines()
        .find_map(|line| line.strip_prefix("# "))
        .map(str::trim)
        .filter(|title| !title.is_empty())
}

/// Reads the marks of an artifact: number of the line, and what it states.
#[must_use]
pub fn marks(text: &str) -> Vec<(usize, Mark)> {
    let lines = text.lines().enumerate();
    lines
        .filter_map(|(at, line)| mark(line.trim()).map(|mark| (at + 1, mark)))
        .collect()
}

fn mark(line: &str) -> Option<Mark> {
    if let Some(rest) = line
        .strip_prefix("- [")
        .or_else(|| line.strip_prefix("* ["))
    {
        let (state, text) = rest.split_once(']')?;
        let text = text.trim().to_owned();
        return match state {
            "x" | "X" => Some(Mark::Completed(text)),
            "/" => Some(Mark::InProgress(text)),
            " " | "" => Some(Mark::Pending(text)),
            _ => None,
        };
    }
    if let Some((_, rest)) = line.split_once("render_diffs(file:///") {
        let (path, _) = rest.split_once(')')?;
        return Some(Mark::Changed(["/", path].concat()));
    }
    outcome::test_counts(line).map(|counts| Mark::Tests(counts, line.to_owned()))
}

/// Reads how things ended by a walkthrough: number of the line, how, and the line.
#[must_use]
pub fn outcomes(text: &str) -> Vec<(usize, Verdict, &str)> {
    let lines = text
        .lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line.trim()));
    lines
        .filter(|(_, line)| !line.starts_with('#') && line.split_whitespace().count() > 1)
        .filter_map(|(at, line)| Some((at, outcome::verdict(line)?, line)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_artifact_states_its_marks() {
        let text = "# Title\n- [x] one\n- [/] two\n- [ ] three\n52 passed, 0 failed\nrender_diffs(file:///home/a.py)\n";
        let kinds: Vec<(usize, String)> = marks(text)
            .iter()
            .map(|(at, mark)| {
                (
                    *at,
                    format!("{} {}", mark.kind_and_text().0, mark.kind_and_text().1),
                )
            })
            .collect();
        assert_eq!(
            vec![
                (2, "completed_task one".to_owned()),
                (3, "in_progress_task two".to_owned()),
                (4, "pending_task three".to_owned()),
                (5, "test_result 52 passed, 0 failed".to_owned()),
                (6, "file_changed /home/a.py".to_owned()),
            ],
            kinds
        );
        assert_eq!(Some("Title"), title(text));
    }

    #[test]
    fn a_walkthrough_tells_how_it_ended() {
        let text =
            "# Passed\n52 passed, 0 failed\nno regression found\nRedis: still failing\nopen it\n";
        let seen: Vec<(usize, Verdict)> = outcomes(text)
            .into_iter()
            .map(|(at, verdict, _)| (at, verdict))
            .collect();
        assert_eq!(
            vec![(2, Verdict::Pass), (3, Verdict::Pass), (4, Verdict::Fail)],
            seen
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "((- \\[.\\] |render_diffs\\(file:///)?\\PC{0,30}\n){0,20}") {
            let _ = (title(&text), marks(&text), outcomes(&text));
        }
    }
}
