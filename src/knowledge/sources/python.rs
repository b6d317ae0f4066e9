//! Python scripts: the commands they start, told from their tokens. No code is run, and a script that
//! does not parse gives what can be told.

/// What a script holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// Command lines, in order.
    pub commands: Vec<String>,
    /// Variables it reads.
    pub variables: Vec<String>,
    /// Whether it has a loop.
    pub has_loop: bool,
    /// Whether it asserts something.
    pub has_assert: bool,
    /// Whether it waits.
    pub has_sleep: bool,
}

/// Functions that start a command with their first argument, by their last name.
const STARTERS: [&str; 8] = [
    "run",
    "Popen",
    "call",
    "check_call",
    "check_output",
    "system",
    "getoutput",
    "create_subprocess_shell",
];

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Name(String),
    Text(String),
    Sign(char),
}

/// Reads a script.
#[must_use]
pub fn read(text: &str) -> Script {
    let tokens = tokens(text);
    let mut script = Script::default();
    for (at, token) in tokens.iter().enumerate() {
        let Token::Name(name) = token else { continue };
        let is_called = tokens.get(at + 1) == Some(&Token::Sign('('));
        let of = owner(&tokens, at);
        match name.as_str() {
            "for" | "while" => script.has_loop = true,
            "assert" => script.has_assert = true,
            "sleep" if is_called => script.has_sleep = true,
            "getenv" if is_called => script.variables.extend(text_at(&tokens, at + 2)),
            "get" if is_called && of == Some("environ") => {
                script.variables.extend(text_at(&tokens, at + 2));
            }
            "environ" if tokens.get(at + 1) == Some(&Token::Sign('[')) => {
                script.variables.extend(text_at(&tokens, at + 2));
            }
            name if is_called && STARTERS.contains(&name) && is_starter(of, name, &tokens) => {
                if let Some(command) = argument(&tokens, at + 2) {
                    script.commands.push(command);
                }
            }
            _ => (),
        }
    }
    script
        .variables
        .retain(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
    script.variables.sort();
    script.variables.dedup();
    dedup(&mut script.commands);
    script
}

fn dedup(commands: &mut Vec<String>) {
    let mut seen = Vec::new();
    commands.retain(|command| {
        let is_new = !seen.contains(command);
        if is_new {
            seen.push(command.clone());
        }
        is_new
    });
}

/// The name before the dot before `at`.
fn owner(tokens: &[Token], at: usize) -> Option<&str> {
    if at < 2 || tokens[at - 1] != Token::Sign('.') {
        return None;
    }
    match &tokens[at - 2] {
        Token::Name(name) => Some(name),
        Token::Text(_) | Token::Sign(_) => None,
    }
}

/// `subprocess.run`, `os.system`, or a bare name that was imported from `subprocess`.
fn is_starter(of: Option<&str>, name: &str, tokens: &[Token]) -> bool {
    match of {
        Some("subprocess" | "sp" | "asyncio") => true,
        Some("os") => name == "system",
        Some(_) => false,
        None => imported(tokens, name),
    }
}

fn imported(tokens: &[Token], name: &str) -> bool {
    let from = Token::Name("from".to_owned());
    tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| **token == from)
        .any(|(at, _)| {
            let module = tokens.get(at + 1) == Some(&Token::Name("subprocess".to_owned()));
            let names = tokens.iter().skip(at + 3).take(20);
            let listed = names.take_while(|token| !matches!(token, Token::Sign('\n')));
            module
                && listed
                    .into_iter()
                    .any(|token| *token == Token::Name(name.to_owned()))
        })
}

fn text_at(tokens: &[Token], at: usize) -> Option<String> {
    match tokens.get(at)? {
        Token::Text(text) => Some(text.clone()),
        Token::Name(_) | Token::Sign(_) => None,
    }
}

/// The first argument: a text, or a list of texts up to the first that is none.
fn argument(tokens: &[Token], mut at: usize) -> Option<String> {
    while tokens.get(at) == Some(&Token::Sign('\n')) {
        at += 1;
    }
    if tokens.get(at) == Some(&Token::Name("args".to_owned()))
        && tokens.get(at + 1) == Some(&Token::Sign('='))
    {
        at += 2;
    }
    if let Some(text) = text_at(tokens, at) {
        return Some(on_one_line(&text)).filter(|text| !text.is_empty());
    }
    if !matches!(tokens.get(at)?, Token::Sign('[' | '(')) {
        return None;
    }
    let mut words: Vec<&str> = Vec::new();
    for token in &tokens[at + 1..] {
        match token {
            Token::Text(text) => words.push(text),
            Token::Sign(',' | '\n') => (),
            Token::Name(_) | Token::Sign(_) => break,
        }
    }
    Some(on_one_line(&words.join(" "))).filter(|text| !text.is_empty())
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = chars.get(at).copied() {
        if c == '#' {
            while chars.get(at).is_some_and(|c| *c != '\n') {
                at += 1;
            }
        } else if c == '"' || c == '\'' {
            let (text, next) = string(&chars, at);
            tokens.push(Token::Text(text));
            at = next;
        } else if c.is_alphabetic() || c == '_' {
            let length = chars[at..]
                .iter()
                .take_while(|c| c.is_alphanumeric() || **c == '_')
                .count();
            let name: String = chars[at..at + length].iter().collect();
            at += length;
            let is_prefix = name.len() <= 2 && name.chars().all(|c| "rbfuRBFU".contains(c));
            if !(is_prefix && matches!(chars.get(at), Some('"' | '\''))) {
                tokens.push(Token::Name(name));
            }
        } else {
            if !c.is_whitespace() || c == '\n' {
                tokens.push(Token::Sign(c));
            }
            at += 1;
        }
    }
    tokens
}

/// The string that starts at `at`, with one quote or three, and where it ends.
fn string(chars: &[char], at: usize) -> (String, usize) {
    let quote = chars[at];
    let is_long = chars.get(at + 1) == Some(&quote) && chars.get(at + 2) == Some(&quote);
    let width = if is_long { 3 } else { 1 };
    let mut text = String::new();
    let mut next = at + width;
    while let Some(c) = chars.get(next).copied() {
        let is_end = c == quote
            && (!is_long
                || (chars.get(next + 1) == Some(&quote) && chars.get(next + 2) == Some(&quote)));
        if is_end {
            return (text, next + width);
        }
        if c == '\n' && !is_long {
            // An unclosed string ends with its line.
            return (text, next);
        }
        if c == '\\' {
            next += 1;
            text.extend(chars.get(next));
        } else {
            text.push(c);
        }
        next += 1;
    }
    (text, chars.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(expected, read(text).commands, "{text}");
    }

    #[test]
    fn started_commands_are_seen() {
        check(
            "import subprocess\nsubprocess.run([\"docker\", \"ps\"])",
            &["docker ps"],
        );
        check(
            "subprocess.run(args=['python', 'a.py', x, 'z'])",
            &["python a.py"],
        );
        check(
            "import os\nos.system(\"docker compose down\")",
            &["docker compose down"],
        );
        check(
            "from subprocess import run\nrun('ls -l', shell=True)",
            &["ls -l"],
        );
        check(
            "def broken(:\n    subprocess.run(['docker', 'ps'])",
            &["docker ps"],
        );
        check(
            "self.run('x')\n# subprocess.run('y')\n'''subprocess.run('z')'''",
            &[],
        );
    }

    #[test]
    fn variables_loops_and_waits_are_seen() {
        let script = read(
            "for i in range(3):\n  time.sleep(int(os.getenv('GAP', '1')))\nx = os.environ['A']\ny = os.environ.get(\"B\")\nassert x",
        );
        assert_eq!(vec!["A", "B", "GAP"], script.variables);
        assert!(script.has_loop && script.has_sleep && script.has_assert);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "(subprocess.run\\(|['\"\\[\\](),.a-z\\\\ \n#]{0,10}){0,30}") {
            let _ = read(&text);
        }
    }
}
