//! The README tells the truth: its commands exist, and so do the tests it names.

use std::{fs, path::Path};

use wicap_assist::cli::Cli;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn the_command_table_is_the_command_line() {
    let readme = fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let (_, rest) = readme.split_once("<!-- commands: ").unwrap();
    let (table, _) = rest.split_once("<!-- end -->").unwrap();
    let rows: Vec<&str> = table
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    let command = Cli::description();
    let expected: Vec<String> = command
        .get_subcommands()
        .filter(|command| command.get_name() != "help")
        .map(|command| {
            let about = command
                .get_about()
                .map(ToString::to_string)
                .unwrap_or_default();
            format!(
                "| `{}` | {} |",
                command.get_name(),
                about.trim_end_matches('.')
            )
        })
        .collect();
    assert_eq!(expected, rows);
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
