//! Playbooks: Markdown with three lines that programs read.

use super::signature::v1;

/// What programs read of a playbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Playbook {
    /// `- Category: …`
    pub category: String,
    /// `- Signature: …`
    pub signature: String,
    /// The first numbered line below `## Fix steps`.
    pub first_step: Option<String>,
}

impl Playbook {
    /// Reads a playbook; `None` where the category or the signature is not said. Only the lines
    /// before the first heading of the second level that is not `Trigger` can say them.
    pub fn parse(text: &str) -> Option<Self> {
        let (mut category, mut signature, mut first_step) = (None, None, None);
        let mut section = "";
        for line in text.lines() {
            if let Some(heading) = line.strip_prefix("## ") {
                section = heading.trim();
            }
            match section {
                "" | "Trigger" => {
                    category = category.or_else(|| line.strip_prefix("- Category: "));
                    signature = signature.or_else(|| line.strip_prefix("- Signature: "));
                }
                "Fix steps" => first_step = first_step.or_else(|| numbered(line)),
                _ => (),
            }
        }
        let said = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Some(Self {
            category: category.and_then(said)?,
            signature: signature.and_then(said)?,
            first_step: first_step.and_then(said),
        })
    }

    /// Whether it is about a failure: by its id, its template, or what the predecessor called it.
    pub fn is_about(&self, category: &str, names: [&str; 3]) -> bool {
        let bare = self.signature.trim_matches('`');
        self.category == category
            && (names.contains(&bare)
                || names.contains(&v1::signature(bare).as_str())
                || bare.split_whitespace().next() == Some(names[0]))
    }
}

/// `1. Do this` without its number.
fn numbered(line: &str) -> Option<&str> {
    let (number, text) = line.trim_start().split_once(". ")?;
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    is_number.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Playbook: Error - redis timeout\n\n## Trigger\n- Category: error\n\
        - Signature: redis timeout <n>\n- Seen: 5 events\n\n## Quick checks\n- `docker ps`\n\n\
        ## Fix steps\nFirst look.\n1. Run `docker restart`.\n2. Wait.\n\n\
        ## Notes\n- Signature: not this one\n";

    #[test]
    fn three_lines_are_read() {
        let playbook = Playbook::parse(TEXT).unwrap();
        assert_eq!("error", playbook.category);
        assert_eq!("redis timeout <n>", playbook.signature);
        assert_eq!(
            Some("Run `docker restart`."),
            playbook.first_step.as_deref()
        );
        assert_eq!(None, Playbook::parse("# Playbook\n- Category: error\n"));
    }

    #[test]
    fn a_playbook_is_about_one_failure_of_one_category() {
        let playbook = Playbook::parse(TEXT).unwrap();
        let names = [
            "0011223344556677",
            "redis timeout <num>",
            "redis timeout <n>",
        ];
        assert!(playbook.is_about("error", names));
        assert!(!playbook.is_about("docker_fail", names));
        assert!(!playbook.is_about("error", ["a", "b", "c"]));
    }
}
