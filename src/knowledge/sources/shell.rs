//! Shell scripts: the commands they run, as far as they can be told without running them.

/// Words that begin or join commands and are none themselves.
const KEYWORDS: [&str; 18] = [
    "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac",
    "function", "{", "}", "!", "time", "in",
];

/// Builtins that only set something.
const SETTERS: [&str; 9] = [
    "export", "local", "readonly", "declare", "set", "unset", "shift", "trap", "return",
];

/// One command of a script, as its words.
pub type Words = Vec<String>;

/// What a script holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// Its commands, in order.
    pub commands: Vec<Words>,
    /// Variables it reads or sets.
    pub variables: Vec<String>,
    /// Whether it has a loop.
    pub has_loop: bool,
}

/// Splits a command line into words as a shell does: quotes, escapes, comments.
///
/// Returns nothing for a line whose quotes are not closed.
#[must_use]
pub fn words(line: &str) -> Option<Words> {
    let tokens = tokens(line)?;
    Some(
        tokens
            .into_iter()
            .filter_map(|token| match token {
                Token::Word(word) => Some(word),
                Token::Break | Token::Line => None,
            })
            .collect(),
    )
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    /// `;`, `&&`, `||`, `|`, `&`, brackets.
    Break,
    /// The end of a line.
    Line,
}

/// Reads a script.
#[must_use]
pub fn read(text: &str) -> Script {
    let joined = without_here_documents(&text.replace("\\\n", " "));
    let mut script = Script::default();
    for line in whole_lines(&joined) {
        variables(&line, &mut script.variables);
        let Some(tokens) = tokens(&line) else {
            continue;
        };
        let mut command: Words = Vec::new();
        for token in tokens.into_iter().chain([Token::Line]) {
            match token {
                Token::Word(word) => command.push(word),
                Token::Break | Token::Line => take(std::mem::take(&mut command), &mut script),
            }
        }
    }
    script.variables.sort();
    script.variables.dedup();
    script
}

fn take(mut command: Words, script: &mut Script) {
    loop {
        let Some(first) = command.first() else { return };
        if matches!(first.as_str(), "for" | "while" | "until") {
            script.has_loop = true;
        }
        if first == "for" || first == "case" || first == "function" {
            return;
        }
        if !KEYWORDS.contains(&first.as_str()) {
            break;
        }
        command.remove(0);
    }
    let is_assignment =
        |word: &String| is_variable(word.split('=').next().unwrap_or("")) && word.contains('=');
    while command.first().is_some_and(is_assignment) {
        command.remove(0);
    }
    let first = command.first().map(String::as_str).unwrap_or_default();
    let is_none = first.is_empty()
        || SETTERS.contains(&first)
        || first.ends_with("()")
        || matches!(
            first,
            "[" | "[["
                | "(("
                | "true"
                | "false"
                | "exit"
                | "break"
                | "continue"
                | "echo"
                | "printf"
                | ":"
        );
    if !is_none && !script.commands.contains(&command) {
        script.commands.push(command);
    }
}

fn tokens(line: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => word.get_or_insert_default().extend(chars.next()),
            '\'' => quoted(&mut chars, word.get_or_insert_default(), '\'')?,
            '"' => quoted(&mut chars, word.get_or_insert_default(), '"')?,
            '`' => quoted(&mut chars, word.get_or_insert_default(), '`')?,
            '$' if chars.peek() == Some(&'(') => {
                substitution(&mut chars, word.get_or_insert_default())?
            }
            '#' if word.is_none() => break,
            ' ' | '\t' => tokens.extend(word.take().map(Token::Word)),
            '\n' => {
                tokens.extend(word.take().map(Token::Word));
                tokens.push(Token::Line);
            }
            ';' | '|' | '(' | ')' => {
                tokens.extend(word.take().map(Token::Word));
                tokens.push(Token::Break);
            }
            '&' => {
                // `2>&1` and `&>` are no breaks.
                let is_redirection = word.as_ref().is_some_and(|word| word.ends_with(['>', '<']))
                    || chars.peek() == Some(&'>');
                if is_redirection {
                    word.get_or_insert_default().push('&');
                } else {
                    tokens.extend(word.take().map(Token::Word));
                    tokens.push(Token::Break);
                }
            }
            other => word.get_or_insert_default().push(other),
        }
    }
    tokens.extend(word.take().map(Token::Word));
    Some(tokens)
}

fn quoted(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    word: &mut String,
    quote: char,
) -> Option<()> {
    loop {
        match chars.next()? {
            c if c == quote => return Some(()),
            '\\' if quote != '\'' => word.push(chars.next()?),
            c => word.push(c),
        }
    }
}

/// `$( … )` stays one piece of a word.
fn substitution(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    word: &mut String,
) -> Option<()> {
    word.push('$');
    let mut depth = 0_usize;
    loop {
        let c = chars.next()?;
        word.push(c);
        match c {
            '(' => depth += 1,
            ')' => {
                depth -= 1;
                if depth == 0 {
                    return Some(());
                }
            }
            _ => (),
        }
    }
}

/// Lines, with those whose quotes go on over several lines in one.
fn whole_lines(text: &str) -> Vec<String> {
    /// Lines that one command may have.
    const LINES_MAX: usize = 40;
    let mut whole = Vec::new();
    let mut held = String::new();
    let mut n_held = 0;
    for line in text.lines() {
        if n_held > 0 {
            held.push('\n');
        }
        held.push_str(line);
        n_held += 1;
        if tokens(&held).is_some() || n_held >= LINES_MAX {
            whole.push(std::mem::take(&mut held));
            n_held = 0;
        }
    }
    whole.extend((n_held > 0).then_some(held));
    whole
}

/// Drops the bodies of here-documents.
fn without_here_documents(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        let Some((before, rest)) = line.split_once("<<") else {
            continue;
        };
        if rest.starts_with('<') || before.trim_start().starts_with('#') {
            continue;
        }
        let word = rest
            .trim_start_matches('-')
            .split_whitespace()
            .next()
            .unwrap_or("");
        let end = word.trim_matches(['"', '\'', '\\']);
        if end.is_empty() || !end.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            continue;
        }
        for body in lines.by_ref() {
            if body.trim() == end {
                break;
            }
        }
    }
    out
}

/// `$NAME`, `${NAME…}`, `export NAME=`, `NAME=…`.
fn variables(line: &str, found: &mut Vec<String>) {
    let is_comment = line.trim_start().starts_with('#');
    for (at, _) in line.match_indices('$').filter(|_| !is_comment) {
        let rest = line[at + 1..].trim_start_matches('{');
        found.extend(name_at(rest));
    }
    let bare = line.trim_start();
    let bare = bare
        .strip_prefix("export ")
        .or_else(|| bare.strip_prefix("env "))
        .unwrap_or(bare);
    for word in bare.split_whitespace() {
        match word.split_once('=') {
            Some((name, _)) if is_variable(name) => found.push(name.to_owned()),
            _ => break,
        }
    }
}

fn name_at(text: &str) -> Option<String> {
    let length = text
        .bytes()
        .take_while(|b| b.is_ascii_alphanumeric() || *b == b'_')
        .count();
    let name = &text[..length];
    is_variable(name).then(|| name.to_owned())
}

fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let seen: Vec<String> = read(text)
            .commands
            .iter()
            .map(|words| words.join(" "))
            .collect();
        assert_eq!(expected, seen, "{text}");
    }

    #[test]
    fn commands_are_told_from_what_holds_them() {
        check(
            "set -e\nexport A=1\nB=2 python3 x.py # go\n",
            &["python3 x.py"],
        );
        check("docker ps && sleep 1 || exit 1", &["docker ps", "sleep 1"]);
        check("if true; then rm -f x; fi", &["rm -f x"]);
        check(
            "for i in $(seq 1 10); do\n  docker logs ui\ndone",
            &["docker logs ui"],
        );
        check(
            "docker compose logs \\\n  --tail=200 > \"$LOG/x\" 2>&1",
            &["docker compose logs --tail=200 > $LOG/x 2>&1"],
        );
    }

    #[test]
    fn quotes_and_documents_are_no_commands() {
        check(
            "python3 - <<'EOF'\nrm -rf /\nEOF\nls",
            &["python3 - <<EOF", "ls"],
        );
        check("echo 'rm -rf /' # ; reboot", &[]);
        check("grep \"a; b\" x.log", &["grep a; b x.log"]);
    }

    #[test]
    fn variables_and_loops_are_seen() {
        let script = read("export A=${B:-1}\nwhile true; do sleep $C; done\n");
        assert_eq!(vec!["A", "B", "C"], script.variables);
        assert!(script.has_loop);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "([a-z$(){}'\"\\\\;&|<>#=` \n]{0,200})") {
            let _ = read(&text);
            let _ = words(&text);
        }
    }
}
