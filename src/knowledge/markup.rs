//! Text of others inside HTML and XML.

/// Text for an element or an attribute. Characters that neither of them can hold, and those that
/// steer a terminal, become blanks.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => safe.push(' '),
            other if other.is_control() => safe.push(' '),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_stays_text() {
        let text = "<a title=\"x\" class='y'>\n&amp;\u{1b}[0m\u{ffff}";
        let expected = "&lt;a title=&quot;x&quot; class=&#39;y&#39;&gt; &amp;amp; [0m ";
        assert_eq!(expected, escaped(text));
    }

    proptest::proptest! {
        #[test]
        fn nothing_opens_an_element(text in "\\PC{0,60}") {
            proptest::prop_assert!(!escaped(&text).contains(['<', '>', '"', '\'']));
        }
    }
}
