//! The reference and the template, made from the tables.

use super::{
    Paths, Settings,
    keys::{self, Row, SERVICE_ROWS},
    slot::{Shape, Slot},
    stack,
    vars::VARIABLES,
};
use crate::model::{ControlMode, Policy, ServiceName, ServiceProfile};

const REFERENCE_HEAD: &str = "\
# Configuration

This page is made from the tables in `src/config`; a test holds it to them.

Nothing has to be configured. A value comes from the first of these that has one:

1. the command line,
2. the environment,
3. the file that `--config FILE` or WICAP_ASSIST_CONFIG names, else `wicap-assist.toml` in
   the watched repository,
4. `wicap-assist.toml` in the data folder,
5. the built-in default.

`wicap-assist config init` writes a file in which every setting stands as a comment,
`config show` prints every value with its origin, and `config check` tells all mistakes
together, each with its file and line. A mistake, an unknown name included, is never
skipped: the program ends with code 2 and does nothing.

A duration is a number with a unit (`250ms`, `10s`, `5m`, `1h30m`, `2d`), or a plain number
of seconds. A switch is on as `1`, `true`, `yes`, `on` or `enabled`, and off as `0`, `false`,
`no`, `off` or `disabled`. A list is an array in a file, and separated by commas elsewhere.
";

const STACK_HEAD: &str = "\
## The stack

Services are described in `[stack.services.NAME]`, where NAME is the key in the compose
file. Services of the project that nobody describes are watched with the defaults below.

What a file says comes on top of a profile:

- The profile `wicap` knows WiCAP's services. A file changes single values of a service and
  leaves the rest of it as it is.
- The profile `none` knows nothing: the file describes everything.
- A file whose `stack.project` is anything but `wicap` starts from `none`, unless it says
  `profile = \"wicap\"`. A project named by `--project` or WICAP_ASSIST_PROJECT changes no
  profile. If nobody names a profile, that of WiCAP is used only for a project that shows
  more than half of its core services.

```toml
[stack]
project = \"shop\"

[stack.services.db]
core = true

[stack.services.web]
depends_on = [\"db\"]
probe = { url = \"http://127.0.0.1:8000/health\", status = 200, timeout = \"2s\" }
```
";

const TEMPLATE_HEAD: &str = "\
# Configuration of wicap-assist.
#
# Every setting stands here as a comment with its default. Take away the `# ` before a
# table and a setting to change it; `wicap-assist config check` finds mistakes, and
# `wicap-assist config show` says where each value comes from.
";

/// Writes the reference of every variable and every setting, as Markdown.
pub fn reference() -> String {
    let mut defaults = Settings::built_in(Paths::default());
    let mut text = format!("{REFERENCE_HEAD}\n## Settings\n\n");
    text.push_str("| name | default | flag | meaning |\n|---|---|---|---|\n");
    for row in keys::rows() {
        let flags: Vec<String> = row.flags.iter().map(|flag| format!("`{flag}`")).collect();
        let name = if row.is_in_file() {
            format!("`{}`", row.name)
        } else {
            format!("{} (not in a file)", row.name)
        };
        let default = default_of(row, &mut defaults);
        line(&mut text, &[&name, &default, &flags.join(", "), row.help]);
    }
    text.push_str("\n## Environment variables\n\n| name | sets | meaning |\n|---|---|---|\n");
    for variable in VARIABLES {
        let sets = variable.sets.map(|name| format!("`{name}`"));
        line(
            &mut text,
            &[variable.name, &sets.unwrap_or_default(), variable.help],
        );
    }
    text.push_str("\nAn empty variable counts as unset.\n\n");
    text.push_str(STACK_HEAD);
    text.push_str("\n| name | default | meaning |\n|---|---|---|\n");
    let mut service = ServiceProfile::default();
    for row in SERVICE_ROWS {
        let default = service_default(row.name, (row.slot)(&mut service).show());
        line(&mut text, &[&format!("`{}`", row.name), &default, row.help]);
    }
    text.push_str("\nThe profile `wicap`, in full:\n\n```toml\n");
    text.push_str(&wicap_services(""));
    text.push_str("```\n");
    text
}

/// Writes a file in which every setting stands as a comment with its default.
pub fn template() -> String {
    let mut defaults = Settings::built_in(Paths::default());
    let mut text = TEMPLATE_HEAD.to_owned();
    let mut table = "";
    for row in keys::rows().filter(|row| row.is_in_file()) {
        let (of, name) = row.name.split_once('.').unwrap_or(("", row.name));
        if of != table {
            text.push_str(&format!("\n# [{of}]\n"));
            table = of;
        }
        comment(&mut text, row.help);
        let note = mode_note(row);
        if !note.is_empty() {
            comment(&mut text, &note);
        }
        let slot = (row.slot)(&mut defaults);
        match slot.show() {
            Some(value) => text.push_str(&format!("# {name} = {}\n", toml(&slot, &value))),
            None if matches!(slot, Slot::Budget(_)) => text.push_str(&format!("# {name} = 0\n")),
            None => comment(&mut text, &format!("`{name}` is not set by default")),
        }
    }
    text.push_str("\n# The services of the profile `wicap`.\n");
    text.push_str(&wicap_services("# "));
    text
}

fn line(text: &mut String, cells: &[&str]) {
    text.push_str(&format!("| {} |\n", cells.join(" | ")));
}

/// Sentences as comment lines of at most 90 letters.
fn comment(text: &mut String, sentence: &str) {
    let mut line = String::from("##");
    for word in sentence.split(' ') {
        if line.len() + 1 + word.len() > 90 {
            text.push_str(&line);
            text.push('\n');
            line = String::from("##");
        }
        line.push(' ');
        line.push_str(word);
    }
    text.push_str(&line);
    text.push('\n');
}

fn default_of(row: &Row, defaults: &mut Settings) -> String {
    let value = (row.slot)(defaults)
        .show()
        .filter(|value| !value.is_empty());
    let value = value.filter(|_| row.phase != keys::Phase::Place);
    let note = mode_note(row);
    match value {
        Some(value) if note.is_empty() => format!("`{value}`"),
        Some(value) => format!("`{value}`; {note}"),
        None => String::new(),
    }
}

/// What another mode has as its default, if it differs.
fn mode_note(row: &Row) -> String {
    let mut settings = Settings::built_in(Paths::default());
    let usual = (row.slot)(&mut settings).show();
    settings.policy = Policy::for_mode(ControlMode::Autonomous, keys::INTERVAL);
    match (row.slot)(&mut settings).show() {
        Some(other) if Some(&other) != usual.as_ref() => format!("in autonomous mode `{other}`"),
        Some(_) | None => String::new(),
    }
}

fn service_default(name: &str, shown: Option<String>) -> String {
    let shown = shown.or_else(|| match name {
        "probe.status" => Some("200".to_owned()),
        "probe.timeout" => Some("2s".to_owned()),
        _ => None,
    });
    let shown = shown.filter(|value| !value.is_empty());
    shown.map_or_else(String::new, |value| format!("`{value}`"))
}

fn wicap_services(prefix: &str) -> String {
    let services = stack::wicap().into_iter();
    let tables = services.map(|(name, mut profile)| service_table(prefix, &name, &mut profile));
    tables.collect::<Vec<_>>().join("\n")
}

fn service_table(prefix: &str, name: &ServiceName, profile: &mut ServiceProfile) -> String {
    let mut text = format!("{prefix}[stack.services.{name}]\n");
    let mut probe = Vec::new();
    for row in SERVICE_ROWS {
        let slot = (row.slot)(profile);
        let Some(value) = slot.show() else {
            continue;
        };
        let value = toml(&slot, &value);
        match row.name.strip_prefix("probe.") {
            Some(field) => probe.push(format!("{field} = {value}")),
            None => text.push_str(&format!("{prefix}{} = {value}\n", row.name)),
        }
    }
    if !probe.is_empty() {
        text.push_str(&format!("{prefix}probe = {{ {} }}\n", probe.join(", ")));
    }
    text
}

fn toml(slot: &Slot<'_>, value: &str) -> String {
    match slot.shape() {
        Shape::Bare => value.to_owned(),
        Shape::Quoted => quoted(value),
        Shape::List => {
            let entries = value.split(',').filter(|entry| !entry.is_empty());
            let entries: Vec<String> = entries.map(quoted).collect();
            format!("[{}]", entries.join(", "))
        }
    }
}

fn quoted(value: &str) -> String {
    toml::Value::from(value).to_string()
}
