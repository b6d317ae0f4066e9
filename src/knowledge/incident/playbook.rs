use std::fmt::Write as _;

use super::text::{quoted, slug};
use crate::knowledge::{
    recommend::{Answer, Failure},
    shell::Risk,
};

/// Characters of a signature in a file's name.
const SLUG_CHARS: usize = 64;

/// Most lines of a section.
const LINES_MAX: usize = 8;

/// A playbook ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Playbook {
    /// Name of its file.
    pub file: String,
    /// The text.
    pub text: String,
    /// Its line in the index.
    pub entry: String,
}

/// Writes a playbook for a failure. The lines of the category, the signature and the first fix step
/// are read by programs.
#[must_use]
pub fn playbook(failure: &Failure, answer: &Answer) -> Playbook {
    let words: Vec<&str> = failure.template.split_whitespace().collect();
    let template = words.join(" ");
    // Two failures may begin with the same letters.
    let short: String = failure.signature_id.chars().take(8).collect();
    let file = format!(
        "{}-{}-{short}.md",
        failure.category,
        slug(&template, SLUG_CHARS, "failure")
    );
    let mut text = String::new();
    // Writing into a string cannot fail.
    let _ = write(failure, answer, (&template, &mut text));
    let entry = format!(
        "- [{file}]({file}) | seen={} | {}",
        failure.n_events,
        quoted(&template)
    );
    Playbook { file, text, entry }
}

fn write(
    failure: &Failure,
    answer: &Answer,
    (template, out): (&str, &mut String),
) -> std::fmt::Result {
    let title: Vec<&str> = template.split(' ').take(8).collect();
    let category = failure.category.replace('_', " ");
    writeln!(
        out,
        "# Playbook: {category} - {}\n\n## Trigger\n",
        quoted(&title.join(" "))
    )?;
    writeln!(
        out,
        "- Category: {}\n- Signature: {template}",
        failure.category
    )?;
    writeln!(
        out,
        "- Signature id: {}\n- Seen: {} events",
        failure.signature_id, failure.n_events
    )?;
    let example = failure
        .places
        .first()
        .map_or("(none)", |place| place.path.as_str());
    writeln!(
        out,
        "- Example file: {}\n\n## Quick checks\n",
        quoted(example)
    )?;
    let safe = || {
        answer
            .commands
            .iter()
            .filter(|command| command.judgement.risk == Risk::Safe)
    };
    for command in safe().take(5) {
        let note = if command.origin == "untrusted" {
            " (untrusted: from a past session)"
        } else {
            ""
        };
        writeln!(out, "- {}{note}", quoted(&command.step))?;
    }
    if safe().next().is_none() {
        writeln!(out, "- `docker compose ps`")?;
    }
    fix_steps(answer, out)?;
    writeln!(out, "\n## Verify\n")?;
    let mut verify: Vec<&str> = safe()
        .map(|command| command.step.as_str())
        .take(2)
        .collect();
    if verify.is_empty() {
        verify.push("wicap-assist recommend");
    }
    for step in verify {
        writeln!(out, "- {}", quoted(step))?;
    }
    writeln!(out, "\n## Notes\n")?;
    for session in answer.sessions.iter().take(LINES_MAX) {
        writeln!(out, "- Related session: {}", quoted(session))?;
    }
    for missing in answer.missing.iter().take(LINES_MAX) {
        writeln!(out, "- Not known: {missing}")?;
    }
    Ok(())
}

fn fix_steps(answer: &Answer, out: &mut String) -> std::fmt::Result {
    writeln!(out, "\n## Fix steps\n")?;
    match &answer.best {
        Some(best) => {
            for (at, step) in best
                .steps
                .iter()
                .chain([&best.action])
                .take(LINES_MAX)
                .enumerate()
            {
                let step: Vec<&str> = step.split_whitespace().collect();
                writeln!(out, "{}. {}", at + 1, step.join(" "))?;
            }
            writeln!(
                out,
                "\nConfidence: {:.2} ({})",
                best.confidence,
                best.kind.name()
            )?;
            if let Some(cause) = &best.cause {
                writeln!(out, "\nCause: {cause}")?;
            }
            for avoid in &best.avoid {
                writeln!(out, "\nDo not: {avoid}")?;
            }
        }
        None => writeln!(
            out,
            "1. No fix is known: read the example file around the failure, make the smallest change that explains it, and run the check again."
        )?,
    }
    Ok(())
}
