//! Paths of files in a text.

/// Endings of files that are paths without a folder as well.
const ENDINGS: [&str; 17] = [
    "py", "json", "yaml", "yml", "service", "log", "sh", "md", "toml", "sql", "js", "ts", "conf",
    "env", "html", "rs", "cfg",
];

/// Every path in a line.
pub(super) fn paths(line: &str) -> Vec<String> {
    let words = line.split(|c: char| {
        c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | '=' | ',')
    });
    let mut found = Vec::new();
    for word in words {
        let word = word.trim_matches(|c: char| {
            matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | ';' | '!' | '?' | '*')
        });
        let word = word.trim_end_matches(['.', ':']);
        let word = word.strip_prefix("file://").unwrap_or(word);
        let (path, _) = word
            .split_once(".py:")
            .map_or((word, ""), |(path, _)| (&word[..path.len() + 3], ""));
        if is_path(path) && !found.iter().any(|known| known == path) {
            found.push(path.to_owned());
        }
    }
    found
}

fn is_path(word: &str) -> bool {
    let is_plain = word.len() >= 4
        && word.len() <= 300
        && word.bytes().all(|b| b.is_ascii_graphic())
        && !word.contains("://")
        && !word.contains("sessions/20");
    let has_ending = word.rsplit_once('.').is_some_and(|(stem, ending)| {
        ENDINGS.contains(&ending) && stem.bytes().any(|b| b.is_ascii_alphanumeric())
    });
    let is_placed = word.starts_with("./") || word.starts_with("../") || word.starts_with("/home/");
    let is_absolute = word.starts_with('/') && word.matches('/').count() >= 2 && has_ending;
    is_plain && (is_placed || is_absolute || has_ending && !word.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &[&str]) {
        assert_eq!(expected, paths(line), "{line}");
    }

    #[test]
    fn every_path_of_a_line_is_seen() {
        check("edit src/a.py", &["src/a.py"]);
        check("a.py and b.py changed", &["a.py", "b.py"]);
        check("see /etc/wicap.service", &["/etc/wicap.service"]);
        check("see docs/a.md and a.yml", &["docs/a.md", "a.yml"]);
        check("  File \"/opt/a.py\", line 3, in run", &["/opt/a.py"]);
        check("see http://h/a.md or ./run", &["./run"]);
    }
}
