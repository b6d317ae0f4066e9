//! Holds the source tree to the rooms, bans and sizes of the architecture.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A room of the house: the rooms and the foreign crates that it may use. No row
/// names a later one, so there are no circles.
struct Room {
    name: &'static str,
    rooms: &'static [&'static str],
    crates: &'static [&'static str],
}

const ROOMS: &[Room] = &[
    Room {
        name: "model",
        rooms: &[],
        crates: &["jiff", "regex", "aho_corasick"],
    },
    Room {
        name: "knowledge",
        rooms: &["model"],
        crates: &[
            "regex",
            "memchr",
            "aho_corasick",
            "serde_json",
            "sha2",
            "url",
        ],
    },
    Room {
        name: "control",
        rooms: &["model", "knowledge"],
        crates: &[],
    },
    Room {
        name: "ports",
        rooms: &["model", "control"],
        crates: &[],
    },
    Room {
        name: "config",
        rooms: &["model"],
        crates: &["toml", "rustix"],
    },
    Room {
        name: "store",
        rooms: &["model"],
        crates: &["rusqlite", "serde_json", "sha2", "rustix"],
    },
    Room {
        name: "ingest",
        rooms: &["model", "knowledge", "store"],
        crates: &[
            "serde_json",
            "memchr",
            "flate2",
            "zstd",
            "gix",
            "notify",
            "jiff",
            "rustix",
            "sha2",
        ],
    },
    Room {
        name: "world",
        rooms: &["model", "control", "ports", "config"],
        crates: &[
            "bollard",
            "futures_util",
            "redis",
            "reqwest",
            "rustix",
            "rustls",
            "serde_saphyr",
            "serde_json",
            "tokio",
            "tracing",
            "webpki_roots",
        ],
    },
    Room {
        name: "telemetry",
        rooms: &["model", "store", "config"],
        crates: &["opentelemetry_otlp", "serde_json", "tracing"],
    },
    Room {
        name: "runtime",
        rooms: &[
            "model",
            "knowledge",
            "control",
            "ports",
            "config",
            "store",
            "ingest",
            "telemetry",
        ],
        crates: &["futures_util", "tokio", "tracing"],
    },
];

/// The rooms on top: they may use everything, and nobody may use them.
const TOP: [&str; 2] = ["cli", "serve"];

/// Crates that only describe types, allowed in every room.
const EVERYWHERE: [&str; 2] = ["serde", "thiserror"];

/// Rooms that do no IO, read no clock and no environment, and are not async.
const PURE: [&str; 3] = ["model", "knowledge", "control"];

const BANNED_IN_PURE: [&str; 10] = [
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "std::env",
    "env::var",
    "std::fs",
    "async fn",
    "HashMap",
    "HashSet",
];

/// What only one place may name: the text, and the beginnings of the paths.
const RESERVED: &[(&str, &[&str])] = &[
    ("env::var", &["src/config/env.rs"]),
    ("env::current_dir(", &["src/config/env.rs"]),
    ("rusqlite::", &["src/store/"]),
    ("bollard::", &["src/world/docker"]),
    ("println!", &["src/cli/"]),
    ("print!", &["src/cli/"]),
    ("io::stdout", &["src/cli/"]),
    ("io::stderr", &["src/cli/"]),
];

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;
const PARAMETERS_MAX: usize = 5;

/// What may stand in the first folder of the repository.
const TOP_LEVEL: &[&str] = &[
    ".cargo",
    ".ci",
    ".dockerignore",
    ".git",
    ".gitattributes",
    ".gitignore",
    ".rustfmt.toml",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "Dockerfile",
    "LICENSE",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "clippy.toml",
    "compose.assistant.yml",
    "deny.toml",
    "docs",
    "rust-toolchain.toml",
    "scripts",
    "src",
    "tests",
];

/// What builds and runs leave behind; never committed, never looked at.
const LEFT_BEHIND: [&str; 4] = [".git", "target", ".cache", "data"];

/// Paths of the machines on which the program is made. They are put together
/// here, so that this file does not hold them.
const MACHINE_PATHS: [&str; 3] = [
    concat!("/wo", "rk/"),
    concat!("/tmp/", "wt"),
    concat!("/ro", "ot/"),
];

#[test]
fn rooms_use_only_what_is_below_them() {
    let crates = foreign_crates();
    let mut wrong = Vec::new();
    for source in sources() {
        let Some(room) = ROOMS.iter().find(|room| room.name == source.room) else {
            continue;
        };
        for used in crate_paths(&source.code) {
            if used != room.name && !room.rooms.contains(&used.as_str()) {
                wrong.push(format!("{}: {} may not use {used}", source.path, room.name));
            }
        }
        for name in &crates {
            let is_allowed =
                room.crates.contains(&name.as_str()) || EVERYWHERE.contains(&name.as_str());
            if !is_allowed && names_crate(&source.code, name) {
                wrong.push(format!("{}: {} may not use {name}", source.path, room.name));
            }
        }
    }
    assert_none(wrong);
}

#[test]
fn every_room_is_in_the_table() {
    let known: BTreeSet<&str> = ROOMS.iter().map(|room| room.name).chain(TOP).collect();
    let sources = sources();
    let rooms = sources.iter().map(|source| source.room.as_str());
    let unknown = rooms.filter(|room| !known.contains(room) && !["main", "lib"].contains(room));
    assert_none(unknown.map(str::to_owned).collect());
    for (row, room) in ROOMS.iter().enumerate() {
        let below: Vec<&str> = ROOMS[..row].iter().map(|room| room.name).collect();
        assert!(
            room.rooms.iter().all(|name| below.contains(name)),
            "{} names a later room",
            room.name
        );
    }
}

#[test]
fn nobody_climbs_out_of_a_room_by_super() {
    let climbing = |source: &Source| source.code.contains("super::super::");
    assert_none(paths_where(climbing));
}

#[test]
fn pure_rooms_touch_nothing() {
    let mut wrong = Vec::new();
    for source in sources() {
        if !PURE.contains(&source.room.as_str()) {
            continue;
        }
        for ban in BANNED_IN_PURE {
            if source.code.contains(ban) {
                wrong.push(format!("{}: {ban} in a pure room", source.path));
            }
        }
    }
    assert_none(wrong);
}

#[test]
fn each_door_to_the_outside_has_one_place() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (text, places) in RESERVED {
            let is_place = places.iter().any(|place| source.path.starts_with(place));
            if !is_place && source.code.contains(text) {
                wrong.push(format!("{}: {text} belongs into {places:?}", source.path));
            }
        }
    }
    assert_none(wrong);
}

#[test]
fn nothing_is_silenced_and_nothing_is_unwrapped() {
    let allow = [concat!("#[", "allow"), concat!("#![", "allow")];
    let mut wrong = paths_where(|source| source.code.contains(".unwrap()"));
    for path in text_files().filter(|path| path.extension().is_some_and(|ext| ext == "rs")) {
        let text = fs::read_to_string(&path).unwrap();
        if allow.iter().any(|allow| text.contains(allow)) {
            wrong.push(path.display().to_string());
        }
    }
    assert_none(wrong);
}

#[test]
fn files_and_functions_fit_in_the_head() {
    let mut wrong = Vec::new();
    for source in sources() {
        let n_lines = source.code.lines().count();
        if n_lines > FILE_LINES_MAX {
            wrong.push(format!("{}: {n_lines} lines", source.path));
        }
        for function in functions(&source.code) {
            let Function {
                name,
                n_lines,
                n_parameters,
            } = function;
            if n_lines > FUNCTION_LINES_MAX {
                wrong.push(format!("{}: {name} has {n_lines} lines", source.path));
            }
            if n_parameters > PARAMETERS_MAX {
                wrong.push(format!(
                    "{}: {name} has {n_parameters} parameters",
                    source.path
                ));
            }
        }
    }
    assert_none(wrong);
}

#[test]
fn the_first_folder_holds_what_it_should() {
    let entries = fs::read_dir(ROOT).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let unknown = names.filter(|name| {
        !TOP_LEVEL.contains(&name.as_str()) && !LEFT_BEHIND.contains(&name.as_str())
    });
    assert_none(unknown.collect());
}

#[test]
fn no_file_names_the_machine_it_was_made_on() {
    let mut wrong = Vec::new();
    for path in text_files() {
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        for machine_path in MACHINE_PATHS {
            if text.contains(machine_path) {
                wrong.push(format!("{}: {machine_path}", path.display()));
            }
        }
    }
    assert_none(wrong);
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

#[track_caller]
fn assert_none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// One source file without its tests and comments.
struct Source {
    path: String,
    room: String,
    code: String,
}

fn sources() -> Vec<Source> {
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

fn paths_where(is_wrong: impl Fn(&Source) -> bool) -> Vec<String> {
    let wrong = sources().into_iter().filter(is_wrong);
    wrong.map(|source| source.path).collect()
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

fn text_files() -> impl Iterator<Item = PathBuf> {
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
fn foreign_crates() -> Vec<String> {
    let text = fs::read_to_string(Path::new(ROOT).join("Cargo.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    let dependencies = manifest["dependencies"].as_table().unwrap().keys();
    dependencies.map(|name| name.replace('-', "_")).collect()
}

/// Returns the rooms that `crate::…` paths and `use crate::{…}` groups name.
fn crate_paths(code: &str) -> BTreeSet<String> {
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

fn names_crate(code: &str, name: &str) -> bool {
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

struct Function {
    name: String,
    n_lines: usize,
    n_parameters: usize,
}

/// Finds the functions of formatted code: one ends at the first closing brace
/// under its beginning.
fn functions(code: &str) -> Vec<Function> {
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
