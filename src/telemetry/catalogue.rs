//! What `docs/EVENTS.md` says of each event.

use std::fmt::Write;

use super::{
    codes::codes,
    entries::{Entry, entry},
    examples::examples,
    ndjson_line,
};
use crate::store::HASH_RECIPE;

const HEAD: &str = "\
# Events

Made from the code; `WICAP_ASSIST_BLESS=1 cargo test --test it events` writes it anew.

Everything that is seen, decided and done is one event. `wicap-assist live --json` and
`wicap-assist ledger list --json` write one JSON object a line. Names and fields are
added, never renamed. Each object begins with

| field | meaning |
|---|---|
| `event` | the name |
| `seq` | the row of the ledger, counted from 1 without gaps |
| `at` | when it happened, UTC: a finding has the time of its observation, an action the wall clock of the moment |
| `project` | the compose project |

and ends with `text`, one plain sentence for people. Findings, `held` and
`action_denied` are edges: written when they begin, change their reason or end, never
once a turn. A field in *italics* may be absent.
";

/// Returns the text of `docs/EVENTS.md`.
pub fn events_markdown() -> String {
    let mut out = HEAD.to_owned();
    let mut last = "";
    let all = examples();
    for example in &all {
        let name = example.kind.name();
        if name != last {
            let lines: Vec<String> = all
                .iter()
                .filter(|other| other.kind.name() == name)
                .map(ndjson_line)
                .collect();
            section(&mut out, name, entry(&example.kind), &lines);
        }
        last = name;
    }
    out.push_str("\n# Codes\n");
    for (title, meanings) in codes() {
        write!(out, "\n## {title}\n\n| code | meaning |\n|---|---|\n").expect("a text grows");
        for (code, meaning) in meanings {
            writeln!(out, "| `{code}` | {meaning} |").expect("a text grows");
        }
    }
    write!(
        out,
        "\n# The chain\n\n`wicap-assist ledger export` writes the rows as they are stored.\n\n{HASH_RECIPE}\n"
    )
    .expect("a text grows");
    out
}

fn section(out: &mut String, name: &str, entry: &Entry, lines: &[String]) {
    let objects: Vec<serde_json::Value> = lines
        .iter()
        .map(|line| serde_json::from_str(line).expect("a line is an object"))
        .collect();
    write!(out, "\n## `{name}`\n\n{}\n", entry.when).expect("a text grows");
    if !entry.fields.is_empty() {
        out.push_str("\n| field | meaning |\n|---|---|\n");
    }
    for (field, meaning) in entry.fields {
        let is_always = objects.iter().all(|object| object.get(*field).is_some());
        let field = match is_always {
            true => format!("`{field}`"),
            false => format!("*`{field}`*"),
        };
        writeln!(out, "| {field} | {meaning} |").expect("a text grows");
    }
    write!(out, "\n```json\n{}\n```\n", lines.join("\n")).expect("a text grows");
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::EventKind;

    #[test]
    fn every_event_has_an_example() {
        // The error of a name that does not exist lists those that do.
        let error = serde_json::from_str::<EventKind>("{\"event\":\"?\"}").unwrap_err();
        let error = error.to_string();
        let known: BTreeSet<&str> = error.split('`').skip(3).step_by(2).collect();
        let shown = examples();
        let shown: BTreeSet<&str> = shown.iter().map(|example| example.kind.name()).collect();
        assert!(known.len() > 10, "{error}");
        assert_eq!(known, shown);
    }

    #[test]
    fn every_field_is_explained_and_every_explained_field_is_shown() {
        let all = examples();
        for example in &all {
            let name = example.kind.name();
            let mut shown = BTreeSet::new();
            for other in all.iter().filter(|other| other.kind.name() == name) {
                let line: serde_json::Value = serde_json::from_str(&ndjson_line(other)).unwrap();
                shown.extend(line.as_object().unwrap().keys().cloned());
            }
            let common = ["event", "seq", "at", "project", "text"];
            let own = entry(&example.kind).fields.iter().map(|(field, _)| *field);
            let explained: BTreeSet<String> =
                common.into_iter().chain(own).map(str::to_owned).collect();
            assert_eq!(explained, shown, "{name}");
        }
    }

    #[test]
    fn examples_read_back_as_they_were() {
        for example in examples() {
            let line = ndjson_line(&example);
            assert_eq!(example.kind, serde_json::from_str(&line).unwrap(), "{line}");
        }
    }
}
