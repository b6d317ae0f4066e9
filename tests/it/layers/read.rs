//! Reads sources as the checks need them: rooms, crates and functions.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use super::{LEFT_BEHIND, ROOT};

/// One source file without its tests and comments.
pub(super) struct Source {
    pub(super) path: String,
    pub(super) room: String,
    pub(super) code: String,
}

pub(super) fn sources() -> Vec<Source> {
    let rust = |path: &PathBuf| path.extension().is_some_and(|ext| ext == "rs");
    let source = |path: PathBuf| {
        let path = path.strip_prefix(ROOT).unwrap().to_owned();
        let room = path.iter().nth(1).unwrap().to_str().unwrap();
        Source {
            room: room.trim_end_matches(".rs").to_owned(),
            code: code(&fs::read_to_string(Path::new(ROOT).join(&path)).unwrap()),
            path: path.display().to_string(),
        }
    };
    files_below(&Path::new(ROOT).join("src"))
        .into_iter()
        .filter(rust)
        .map(source)
        .collect()
}

/// Drops the tests, which stand last, and empties the lines of comments and those
/// that begin with a text, in which a name is only a word.
fn code(text: &str) -> String {
    let before_tests = text.split("#[cfg(test)]\nmod ").next().unwrap_or(text);
    let lines = before_tests.lines();
    let kept = lines.map(|line| {
        let start = line.trim_start();
        if start.starts_with("//") || start.starts_with('"') {
            ""
        } else {
            line
        }
    });
    kept.collect::<Vec<_>>().join("\n")
}

pub(super) fn text_files() -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(ROOT).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let kept = names.filter(|name| !LEFT_BEHIND.contains(&name.as_str()));
    let kept: Vec<PathBuf> = kept.map(|name| Path::new(ROOT).join(name)).collect();
    kept.into_iter().flat_map(|path| files_below(&path))
}

fn files_below(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).unwrap();
    let mut below: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    below.sort();
    below.iter().flat_map(|path| files_below(path)).collect()
}

/// Returns the dependencies of `Cargo.toml` by the names that code uses.
pub(super) fn foreign_crates() -> Vec<String> {
    let text = fs::read_to_string(Path::new(ROOT).join("Cargo.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    let dependencies = manifest["dependencies"].as_table().unwrap().keys();
    dependencies.map(|name| name.replace('-', "_")).collect()
}

/// Returns the rooms that `crate::…` paths and `use crate::{…}` groups name.
pub(super) fn crate_paths(code: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for (at, found) in code.match_indices("crate::") {
        // `some_crate::` is another word.
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &code[at + found.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            rooms.insert(word(rest));
            continue;
        };
        rooms.extend(split_top_level(group).iter().map(|item| word(item.trim())));
    }
    rooms.remove("");
    rooms
}

fn word(text: &str) -> String {
    let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
    text.chars().take_while(is_word).collect()
}

pub(super) fn names_crate(code: &str, name: &str) -> bool {
    let is_edge = |c: Option<char>| !c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':');
    let path = format!("{name}::");
    let in_path = code
        .match_indices(&path)
        .any(|(at, _)| is_edge(code[..at].chars().next_back()) || code[..at].ends_with("(::"));
    in_path || code.contains(&format!("use {name};"))
}

/// Splits up to the bracket that closes the one before `text`, at its own commas.
fn split_top_level(text: &str) -> Vec<String> {
    let text = text.replace("->", "");
    let mut depth = 0usize;
    let mut items = vec![String::new()];
    for c in text.chars() {
        match c {
            '(' | '[' | '{' | '<' => depth += 1,
            ')' | ']' | '}' | '>' if depth == 0 => break,
            ')' | ']' | '}' | '>' => depth -= 1,
            ',' if depth == 0 => {
                items.push(String::new());
                continue;
            }
            _ => (),
        }
        items.last_mut().unwrap().push(c);
    }
    items.retain(|item| !item.trim().is_empty());
    items
}

pub(super) struct Function {
    pub(super) name: String,
    pub(super) n_lines: usize,
    pub(super) n_parameters: usize,
}

/// Finds the functions of formatted code: one ends at the first closing brace
/// under its beginning.
pub(super) fn functions(code: &str) -> Vec<Function> {
    let lines: Vec<&str> = code.lines().collect();
    let mut found = Vec::new();
    for (row, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else {
            continue;
        };
        let indent = &line[..line.len() - line.trim_start().len()];
        let end = format!("{indent}}}");
        let is_short = line.ends_with('}') || line.ends_with(';');
        let n_more = lines[row..].iter().position(|line| **line == *end);
        let signature = lines[row..].join("\n");
        let after_name = signature.split_once(&format!("fn {name}")).unwrap().1;
        let after_generics = skip_generics(after_name);
        found.push(Function {
            name,
            n_lines: if is_short { 1 } else { 1 + n_more.unwrap_or(0) },
            n_parameters: split_top_level(after_generics.strip_prefix('(').unwrap_or("")).len(),
        });
    }
    found
}

fn function_name(line: &str) -> Option<String> {
    const MODIFIERS: [&str; 5] = ["pub", "const", "async", "unsafe", "extern"];
    let (before, after) = line.trim_start().split_once("fn ")?;
    let is_modifier = |part: &str| MODIFIERS.contains(&part) || part.starts_with("pub(");
    let mut parts = before.split_whitespace();
    let name = word(after);
    (parts.all(is_modifier) && !name.is_empty()).then_some(name)
}

fn skip_generics(text: &str) -> &str {
    if !text.starts_with('<') {
        return text;
    }
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            '>' if text[..at].ends_with('-') => (),
            '>' => depth -= 1,
            _ => (),
        }
        if depth == 0 {
            return &text[at + 1..];
        }
    }
    text
}

#[test]
fn the_reader_of_sources_sees_what_it_should() {
    let code =
        "use crate::{\n    model::{A, B},\n    store,\n};\nfn f() { crate::control::x(); }\n";
    let used: Vec<String> = crate_paths(code).into_iter().collect();
    assert_eq!(["control", "model", "store"], used[..]);
    assert!(names_crate("let x = toml::Value::from(1);", "toml"));
    assert!(names_crate("use toml;", "toml"));
    assert!(!names_crate("let x = my_toml::Value;", "toml"));
    let code = "fn a(x: &BTreeMap<u8, u8>, f: fn(u8, u8) -> u8) -> u8 {\n    1\n}\nfn b() {}\n";
    let found: Vec<(String, usize, usize)> = functions(code)
        .into_iter()
        .map(|one| (one.name, one.n_lines, one.n_parameters))
        .collect();
    assert_eq!([("a".to_owned(), 3, 2), ("b".to_owned(), 1, 0)], found[..]);
}
