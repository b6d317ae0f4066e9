//! The README tells the truth: its commands exist, and so do the tests it names.

use std::{fs, path::Path};

use wicap_assist::cli::Cli;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// `WICAP_ASSIST_BLESS=1` writes the table anew.
#[test]
fn the_command_table_is_the_command_line() {
    const OPEN: &str = "<!-- commands: made from the command line, held by a test -->\n";
    let path = Path::new(ROOT).join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(OPEN).unwrap();
    let (table, after) = rest.split_once("<!-- end -->").unwrap();
    let expected = command_table();
    if std::env::var_os("WICAP_ASSIST_BLESS").is_some() {
        fs::write(
            &path,
            format!("{before}{OPEN}{expected}<!-- end -->{after}"),
        )
        .unwrap();
        return;
    }
    assert_eq!(expected, table);
}

fn command_table() -> String {
    let command = Cli::description();
    let rows = command
        .get_subcommands()
        .filter(|command| command.get_name() != "help");
    let rows = rows.map(|command| {
        let about = command
            .get_about()
            .map(ToString::to_string)
            .unwrap_or_default();
        format!(
            "| `{}` | {} |\n",
            command.get_name(),
            about.trim_end_matches('.')
        )
    });
    format!(
        "| command | what it does |\n|---|---|\n{}",
        rows.collect::<String>()
    )
}

#[test]
fn every_test_that_it_names_exists() {
    let readme = fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let (_, rest) = readme.split_once("## What it will never do").unwrap();
    let (table, _) = rest.split_once("\n## ").unwrap();
    let sources = all_sources();
    let mut n_named = 0;
    for line in table
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains('`'))
    {
        let held_by = line.rsplit_once("| ").unwrap().1;
        let (_, held_by) = line
            .trim_end_matches('|')
            .rsplit_once(" | ")
            .unwrap_or(("", held_by));
        for name in held_by.split('`').skip(1).step_by(2) {
            let name = name.rsplit("::").next().unwrap();
            assert!(
                sources.contains(&format!("fn {name}(")),
                "no test `{name}`: {line}"
            );
            n_named += 1;
        }
    }
    assert!(n_named >= 15, "{n_named} tests named");
}

fn all_sources() -> String {
    fn read(folder: &Path, text: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, text);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                text.push_str(&fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut text = String::new();
    read(&Path::new(ROOT).join("tests"), &mut text);
    read(&Path::new(ROOT).join("src"), &mut text);
    text
}
