use std::{collections::BTreeMap, iter::Peekable, str::CharIndices};

use super::Quote;

/// How deep defaults may nest: `${A:-${B:-c}}` is two.
const DEPTH_MAX: usize = 16;

/// The values of a file as the programs that it configures see them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    /// Each key with its last value.
    pub values: BTreeMap<String, String>,
    /// Keys whose values name variables that nobody set, with the variable's name.
    /// Compose puts nothing there.
    pub unset: Vec<(String, String)>,
    /// Keys whose values cannot be resolved, with the reason.
    pub failed: Vec<(String, String)>,
}

/// What names in a value stand for.
pub(super) struct Scope<'a> {
    pub(super) outer: &'a BTreeMap<String, String>,
    pub(super) inner: &'a BTreeMap<String, String>,
}

/// One value on its way: the names that stood for nothing are collected.
struct Expansion<'a> {
    scope: Option<&'a Scope<'a>>,
    unset: Vec<String>,
    depth: usize,
}

/// Decodes a value without replacing variables.
pub(super) fn literal(source: &str, quote: Quote) -> String {
    let mut expansion = Expansion {
        scope: None,
        unset: Vec::new(),
        depth: 0,
    };
    expansion.text(source, quote).unwrap_or_default()
}

/// Decodes a value and replaces its variables; also returns the names that are unset.
pub(super) fn resolve(
    source: &str,
    quote: Quote,
    scope: &Scope<'_>,
) -> Result<(String, Vec<String>), String> {
    let mut expansion = Expansion {
        scope: Some(scope),
        unset: Vec::new(),
        depth: 0,
    };
    let value = expansion.text(source, quote)?;
    Ok((value, expansion.unset))
}

/// Whether a value contains a `$` that readers replace.
pub(super) fn is_dynamic(source: &str, quote: Quote) -> bool {
    match quote {
        Quote::Single => false,
        Quote::None => source.contains('$'),
        Quote::Double => source.replace("\\\\", "").replace("\\$", "").contains('$'),
    }
}

impl Expansion<'_> {
    fn text(&mut self, source: &str, quote: Quote) -> Result<String, String> {
        if quote == Quote::Single {
            return Ok(source.to_owned());
        }
        let mut text = String::with_capacity(source.len());
        let mut chars = source.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' if quote == Quote::Double => text.push_str(&unescaped(&mut chars)),
                '$' if self.scope.is_some() => {
                    let (value, length) = self.variable(&source[at + 1..], quote)?;
                    text.push_str(&value);
                    while chars.next_if(|&(next, _)| next < at + 1 + length).is_some() {}
                }
                c => text.push(c),
            }
        }
        Ok(text)
    }

    /// Reads what follows a `$`: its value and its length.
    fn variable(&mut self, rest: &str, quote: Quote) -> Result<(String, usize), String> {
        if rest.starts_with('$') {
            return Ok(("$".to_owned(), 1));
        }
        if let Some(inner) = rest.strip_prefix('{') {
            let end = closing_brace(inner).ok_or("`${` is never closed")?;
            return Ok((self.braced(&inner[..end], quote)?, end + 2));
        }
        match name_length(rest) {
            0 => Ok(("$".to_owned(), 0)),
            length => Ok((self.lookup(&rest[..length]), length)),
        }
    }

    /// Replaces `NAME`, `NAME:-word`, `NAME:?word` or `NAME:+word`.
    fn braced(&mut self, inner: &str, quote: Quote) -> Result<String, String> {
        let name = &inner[..name_length(inner)];
        let operator = &inner[name.len()..];
        if name.is_empty() {
            return Err(format!("`${{{inner}}}` names no variable"));
        }
        if operator.is_empty() {
            return Ok(self.lookup(name));
        }
        let (counts_empty, operator) = match operator.strip_prefix(':') {
            Some(operator) => (false, operator),
            None => (true, operator),
        };
        let known = self
            .known(name)
            .filter(|value| counts_empty || !value.is_empty());
        match (operator.chars().next(), known) {
            (Some('-' | '?'), Some(value)) => Ok(value),
            (Some('-'), None) | (Some('+'), Some(_)) => self.word(&operator[1..], quote),
            (Some('+'), None) => Ok(String::new()),
            (Some('?'), None) => Err(format!("`{name}` is required: {}", &operator[1..])),
            _ => Err(format!("`${{{inner}}}` is no form that compose knows")),
        }
    }

    fn word(&mut self, word: &str, quote: Quote) -> Result<String, String> {
        if self.depth == DEPTH_MAX {
            return Err(format!("defaults nest deeper than {DEPTH_MAX}"));
        }
        self.depth += 1;
        let text = self.text(word, quote);
        self.depth -= 1;
        text
    }

    fn lookup(&mut self, name: &str) -> String {
        self.known(name).unwrap_or_else(|| {
            self.unset.push(name.to_owned());
            String::new()
        })
    }

    /// The environment outranks the file, as in compose.
    fn known(&self, name: &str) -> Option<String> {
        let scope = self.scope?;
        let value = scope.outer.get(name).or_else(|| scope.inner.get(name));
        value.cloned()
    }
}

/// Reads what follows a backslash in double quotes; unknown escapes stay as written.
fn unescaped(chars: &mut Peekable<CharIndices<'_>>) -> String {
    match chars.next().map(|(_, c)| c) {
        Some('n') => "\n".to_owned(),
        Some('r') => "\r".to_owned(),
        Some('t') => "\t".to_owned(),
        Some(c @ ('"' | '\\' | '$' | '\'')) => c.to_string(),
        Some(c) => format!("\\{c}"),
        None => "\\".to_owned(),
    }
}

fn closing_brace(inner: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in inner.char_indices() {
        match c {
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            '{' if inner[..at].ends_with('$') => depth += 1,
            _ => (),
        }
    }
    None
}

fn name_length(text: &str) -> usize {
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_legal = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match starts_well {
        true => text.find(|c| !is_legal(c)).unwrap_or(text.len()),
        false => 0,
    }
}
