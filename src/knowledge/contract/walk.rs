use serde_json::{Map, Value};

use super::{
    ContractMistake,
    json::below,
    shape::{ENTRIES_MAX, Kind, Shape},
};
use crate::knowledge::{env_file::is_key, hostname::is_host, spelling::nearest};

/// The most characters of a text.
const TEXT_CHARS_MAX: usize = 1000;

/// Holds a value against what it must be, and goes on after a mistake.
pub(super) fn walk(value: &Value, kind: &Kind, pointer: &str, found: &mut Vec<ContractMistake>) {
    let message = match (kind, value) {
        (Kind::Object(shape), Value::Object(map)) => {
            return walk_object(map, shape, pointer, found);
        }
        (Kind::List { of, min }, Value::Array(items)) => {
            for (at, item) in items.iter().enumerate() {
                walk(item, of, &below(pointer, &at.to_string()), found);
            }
            match items.len() {
                n if n < *min => Some("the list is empty".to_owned()),
                n if n > ENTRIES_MAX => {
                    Some(format!("{n} entries, at most {ENTRIES_MAX} are allowed"))
                }
                _ => None,
            }
        }
        (Kind::Bool, Value::Bool(_)) => None,
        (Kind::Integer { min, max }, Value::Number(number)) => {
            let is_inside = number.as_u64().is_some_and(|n| (*min..=*max).contains(&n));
            (!is_inside).then(|| format!("{number} is no whole number from {min} to {max}"))
        }
        (_, Value::String(text)) => text_mistake(kind, text),
        (_, value) => Some(wrong_type(kind, value)),
    };
    found.extend(message.map(|message| ContractMistake::new(pointer, message)));
}

fn walk_object(
    map: &Map<String, Value>,
    shape: &Shape,
    pointer: &str,
    found: &mut Vec<ContractMistake>,
) {
    for field in shape.fields {
        match map.get(field.name) {
            Some(value) => walk(value, &field.kind, &below(pointer, field.name), found),
            None if field.is_required => {
                let message = format!("`{}` is missing", field.name);
                found.push(ContractMistake::new(pointer, message));
            }
            None => (),
        }
    }
    let names = || shape.fields.iter().map(|field| field.name);
    for key in map.keys().filter(|key| names().all(|name| name != *key)) {
        let message = match nearest(key, names()) {
            Some(name) => format!("unknown key `{key}`; did you mean `{name}`?"),
            None => {
                let known: Vec<&str> = names().collect();
                format!("unknown key `{key}`; known are {}", known.join(", "))
            }
        };
        found.push(ContractMistake::new(&below(pointer, key), message));
    }
}

fn text_mistake(kind: &Kind, text: &str) -> Option<String> {
    if text.chars().count() > TEXT_CHARS_MAX {
        return Some(format!("longer than {TEXT_CHARS_MAX} characters"));
    }
    if text.contains('\0') {
        return Some("contains a zero byte".to_owned());
    }
    match kind {
        Kind::Text => text
            .trim()
            .is_empty()
            .then(|| "the text is blank".to_owned()),
        Kind::Word(words) => word_mistake(words, text),
        Kind::Service => (!is_service(text))
            .then(|| format!("`{text}` is no service name (letters, digits, `.`, `_` and `-`)")),
        Kind::Host => (!is_host(text)).then(|| format!("`{text}` is no host name or address")),
        Kind::Url => url_mistake(text),
        Kind::Path => path_mistake(text),
        Kind::Key => (!is_key(text))
            .then(|| format!("`{text}` is no key (letters, digits and `_`, no digit first)")),
        Kind::Bool | Kind::Integer { .. } | Kind::Object(_) | Kind::List { .. } => {
            Some(wrong_type(kind, &Value::from(text)))
        }
    }
}

fn word_mistake(words: &[&str], text: &str) -> Option<String> {
    if words.contains(&text) {
        return None;
    }
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    let list = quoted.join(", ");
    Some(match (words.len(), nearest(text, words.iter().copied())) {
        (1, _) => format!("`{text}` is not {list}"),
        (_, Some(word)) => format!("`{text}` is none of {list}; did you mean `{word}`?"),
        (_, None) => format!("`{text}` is none of {list}"),
    })
}

fn is_service(text: &str) -> bool {
    text.parse::<crate::model::ServiceName>().is_ok()
}

fn url_mistake(text: &str) -> Option<String> {
    let url = match url::Url::parse(text) {
        Ok(url) => url,
        Err(error) => return Some(format!("this is no address: {error}")),
    };
    if !matches!(url.scheme(), "http" | "https") {
        let scheme = url.scheme();
        return Some(format!(
            "the scheme is `{scheme}`, only http and https are asked"
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some(
            "the address carries a user or password; a contract is no place for them".to_owned(),
        );
    }
    if url.port() == Some(0) {
        return Some("port 0 is no port".to_owned());
    }
    let is_plain = text.chars().all(|c| !c.is_whitespace() && !c.is_control());
    (!is_plain).then(|| "the address has a blank in it".to_owned())
}

fn path_mistake(text: &str) -> Option<String> {
    let segments = || text.split('/');
    let why = if text.trim().is_empty() {
        "the path is empty"
    } else if text.starts_with('/') || text.starts_with('~') {
        "the path is absolute; it must be relative to the repository"
    } else if segments().any(|segment| segment == "..") {
        "`..` leads out of the repository"
    } else if text.contains('\\') {
        "paths are written with `/`"
    } else if text.chars().any(char::is_control) {
        "the path has a control character"
    } else if segments().all(|segment| segment.is_empty() || segment == ".") {
        "the path names the repository itself"
    } else {
        return None;
    };
    Some(why.to_owned())
}

fn wrong_type(kind: &Kind, value: &Value) -> String {
    let wanted = match kind {
        Kind::Bool => "true or false",
        Kind::Integer { .. } => "a whole number",
        Kind::Object(_) => "an object",
        Kind::List { .. } => "a list",
        Kind::Text
        | Kind::Word(_)
        | Kind::Service
        | Kind::Host
        | Kind::Url
        | Kind::Path
        | Kind::Key => "a text",
    };
    let got = match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    format!("must be {wanted}, is {got}")
}
