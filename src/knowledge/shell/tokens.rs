//! Words and operators of a command line.

/// Most characters of a command line that are read.
const CHARS_MAX: usize = 2_000;

/// A part of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A word, without its quotes.
    Word(String),
    /// `;`, `&`, `&&`, `||`, `|`, `|&`, or the end of a line.
    Then(&'static str),
    /// `>`, `>>`, `<` and their kin: the next word is a file.
    Redirect(&'static str),
}

/// Why a command line is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// A quote that is not closed.
    #[error("a quote is not closed")]
    OpenQuote,
    /// `$(…)`, a backtick, `<(…)`: what runs is not in the line.
    #[error("it runs the output of another command")]
    Substitution,
    /// `$NAME`, `~`, `*`, `{a,b}`: what it means depends on the place.
    #[error("what it means depends on variables or files")]
    Expansion,
    /// `(…)`, `{ …; }`, `<<`, `!`: not a plain command.
    #[error("it is no plain command")]
    Grammar,
    /// Longer than is read, or with control characters.
    #[error("it is too long or has control characters")]
    Odd,
}

/// Splits a line as a POSIX shell would. What depends on anything but the line itself is refused.
///
/// # Errors
///
/// With the first thing that is not plain.
pub fn split(line: &str) -> Result<Vec<Part>, Unreadable> {
    if line.chars().count() > CHARS_MAX
        || line
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\t'))
    {
        return Err(Unreadable::Odd);
    }
    let mut reader = Reader::default();
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let n_read = match c {
            '\'' => reader.single_quoted(rest)?,
            '"' => reader.double_quoted(rest)?,
            '\\' => reader.escaped(rest)?,
            '`' => return Err(Unreadable::Substitution),
            '$' => return Err(dollar(rest)),
            ' ' | '\t' => reader.end_word(1),
            '#' if reader.word.is_none() => break,
            '(' | ')' | '!' if reader.word.is_none() || c != '!' => {
                return Err(Unreadable::Grammar);
            }
            '*' | '?' | '[' | '{' | '}' => return Err(Unreadable::Expansion),
            '~' if reader.word.is_none() => return Err(Unreadable::Expansion),
            ';' | '&' | '|' | '<' | '>' | '\n' => reader.operator(rest)?,
            other => reader.push(other),
        };
        rest = rest.get(n_read..).unwrap_or("");
    }
    reader.end_word(0);
    Ok(reader.parts)
}

fn dollar(rest: &str) -> Unreadable {
    match rest.as_bytes().get(1) {
        Some(b'(') => Unreadable::Substitution,
        Some(_) | None => Unreadable::Expansion,
    }
}

#[derive(Default)]
struct Reader {
    parts: Vec<Part>,
    word: Option<String>,
}

impl Reader {
    fn push(&mut self, c: char) -> usize {
        self.word.get_or_insert_default().push(c);
        c.len_utf8()
    }

    fn end_word(&mut self, n_read: usize) -> usize {
        if let Some(word) = self.word.take() {
            self.parts.push(Part::Word(word));
        }
        n_read
    }

    fn single_quoted(&mut self, rest: &str) -> Result<usize, Unreadable> {
        let inside = &rest[1..];
        let end = inside.find('\'').ok_or(Unreadable::OpenQuote)?;
        self.word.get_or_insert_default().push_str(&inside[..end]);
        Ok(end + 2)
    }

    fn double_quoted(&mut self, rest: &str) -> Result<usize, Unreadable> {
        self.word.get_or_insert_default();
        let mut chars = rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => return Ok(at + 1),
                '$' => return Err(dollar(&rest[at..])),
                '`' => return Err(Unreadable::Substitution),
                '\\' => {
                    let (_, next) = chars.next().ok_or(Unreadable::OpenQuote)?;
                    if !matches!(next, '"' | '\\' | '$' | '`') {
                        self.push('\\');
                    }
                    self.push(next);
                }
                other => {
                    self.push(other);
                }
            }
        }
        Err(Unreadable::OpenQuote)
    }

    fn escaped(&mut self, rest: &str) -> Result<usize, Unreadable> {
        let next = rest[1..].chars().next().ok_or(Unreadable::OpenQuote)?;
        if next != '\n' {
            self.push(next);
        }
        Ok(1 + next.len_utf8())
    }

    fn operator(&mut self, rest: &str) -> Result<usize, Unreadable> {
        for refused in ["<<", "<(", ">("] {
            if rest.starts_with(refused) {
                return Err(if refused == "<<" {
                    Unreadable::Grammar
                } else {
                    Unreadable::Substitution
                });
            }
        }
        // `2>` and `1>` name a stream, not a word.
        if rest.starts_with(['<', '>'])
            && self
                .word
                .as_deref()
                .is_some_and(|word| matches!(word, "0" | "1" | "2"))
        {
            self.word = None;
        }
        self.end_word(0);
        for text in ["&>>", "&>", ">>", ">&", "<&", ">|", "<>", ">", "<"] {
            if rest.starts_with(text) {
                self.parts.push(Part::Redirect(text));
                return Ok(text.len());
            }
        }
        for text in ["&&", "||", "|&", ";;", ";", "&", "|", "\n"] {
            if rest.starts_with(text) {
                self.parts.push(Part::Then(text));
                return Ok(text.len());
            }
        }
        Err(Unreadable::Grammar)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &str) {
        let text = match split(line) {
            Ok(parts) => parts
                .iter()
                .map(|part| match part {
                    Part::Word(word) => format!("[{word}]"),
                    Part::Then(text) | Part::Redirect(text) => (*text).to_owned(),
                })
                .collect(),
            Err(error) => error.to_string(),
        };
        assert_eq!(expected, text, "{line}");
    }

    #[test]
    fn words_are_those_of_a_shell() {
        check(
            "docker logs wicap-ui --tail 200",
            "[docker][logs][wicap-ui][--tail][200]",
        );
        check(r#"grep "a b" 'c;d' e\ f # no"#, "[grep][a b][c;d][e f]");
        check("ls;reboot", "[ls];[reboot]");
        check("a&&b||c|d&", "[a]&&[b]||[c]|[d]&");
        check("cat x >/etc/passwd 2>&1", "[cat][x]>[/etc/passwd]>&[1]");
        check(r#""""#, "[]");
    }

    #[test]
    fn what_is_not_plain_is_refused() {
        check("echo $(rm -rf /)", "it runs the output of another command");
        check("echo `id`", "it runs the output of another command");
        check("diff <(a) b", "it runs the output of another command");
        check("rm $HOME/x", "what it means depends on variables or files");
        check("rm *", "what it means depends on variables or files");
        check("(cd x)", "it is no plain command");
        check("cat <<EOF", "it is no plain command");
        check("echo 'a", "a quote is not closed");
    }

    proptest::proptest! {
        #[test]
        fn any_line_is_read_or_refused(line in "\\PC{0,80}") {
            let _ = split(&line);
        }

        #[test]
        fn a_quoted_word_is_one_word(word in "[a-z ;|&$<>*]{1,20}") {
            let parts = split(&format!("'{word}'")).unwrap();
            proptest::prop_assert_eq!(vec![Part::Word(word)], parts);
        }
    }
}
