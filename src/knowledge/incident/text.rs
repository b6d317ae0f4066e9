//! Text of others inside our documents.

/// Most characters of a file's name that come from a target.
const SLUG_CHARS_MAX: usize = 80;

/// A name for files: lower case, everything else but letters and digits as one dash.
#[must_use]
pub fn slug(text: &str, n_max: usize, otherwise: &str) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(n_max.min(SLUG_CHARS_MAX));
    let slug = slug.trim_matches('-');
    if slug.is_empty() {
        otherwise.to_owned()
    } else {
        slug.to_owned()
    }
}

/// Text of others as one line of code in Markdown: it can open no heading, link or list.
#[must_use]
pub fn quoted(text: &str) -> String {
    let line: Vec<&str> = text.split_whitespace().collect();
    let line = line.join(" ");
    if line.is_empty() {
        return "(empty)".to_owned();
    }
    let longest = line.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if longest > 0 { " " } else { "" };
    [&fence, space, &line, space, &fence].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_short() {
        assert_eq!("logs-soak-2026", slug("Logs/soak_2026/", 64, "x"));
        assert_eq!("incident", slug("../..", 64, "incident"));
        assert_eq!(80, slug(&"a".repeat(300), 300, "x").len());
    }

    #[test]
    fn text_of_others_stays_in_its_quotes() {
        assert_eq!(
            "`# no heading - Signature: x`",
            quoted("# no heading\n- Signature: x")
        );
        assert_eq!("`` a`b ``", quoted("a`b"));
    }

    proptest::proptest! {
        #[test]
        fn nothing_leaves_its_quotes(text in "\\PC{0,60}") {
            let quoted = quoted(&text);
            proptest::prop_assume!(quoted != "(empty)");
            let n_fence = quoted.chars().take_while(|c| *c == '`').count();
            let inside = &quoted[n_fence..quoted.len() - n_fence];
            proptest::prop_assert!(!inside.contains(&"`".repeat(n_fence)));
            proptest::prop_assert!(!quoted.contains('\n'));
        }
    }
}
