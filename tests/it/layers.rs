//! Holds the source tree to the rooms, bans and sizes of the architecture.

mod read;

use std::{collections::BTreeSet, fs, path::Path};

use read::{
    Function, Source, crate_paths, foreign_crates, functions, names_crate, sources, text_files,
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
        crates: &["jiff", "aho_corasick"],
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
        crates: &["serde_json", "tracing"],
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
        crates: &["tokio", "tracing"],
    },
];

/// The room on top: it may use everything, and nobody may use it.
const TOP: [&str; 1] = ["cli"];

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
fn every_crate_of_the_table_is_used() {
    let sources = sources();
    let mut wrong = Vec::new();
    for room in ROOMS {
        for name in room.crates {
            let mut own = sources.iter().filter(|source| source.room == room.name);
            if !own.any(|source| names_crate(&source.code, name)) {
                wrong.push(format!("{} does not use {name}", room.name));
            }
        }
    }
    assert_none(wrong);
}

#[test]
fn every_dependency_has_its_reason() {
    let text = fs::read_to_string(Path::new(ROOT).join("docs/DEPENDENCIES.md")).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| "));
    let names = rows.filter_map(|row| Some(row.split_once(" |")?.0.split(", ")));
    let told: BTreeSet<String> = names.flatten().map(|name| name.replace('-', "_")).collect();
    let mut known: BTreeSet<String> = foreign_crates().into_iter().collect();
    // The heading of the table.
    known.insert("crate".to_owned());
    assert_eq!(known, told);
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

#[track_caller]
fn assert_none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

fn paths_where(is_wrong: impl Fn(&Source) -> bool) -> Vec<String> {
    let wrong = sources().into_iter().filter(is_wrong);
    wrong.map(|source| source.path).collect()
}
