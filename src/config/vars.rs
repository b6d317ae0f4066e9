use std::{collections::BTreeMap, ffi::OsString};

use super::{Env, Mistake, Origin, keys, layer::Entry, parse, slot::Raw};

/// The variable that pulls the kill switch.
pub const KILL_SWITCH_VARIABLE: &str = "WICAP_ASSIST_AUTONOMOUS_KILL_SWITCH";

/// What the compose program gets as it is, beside the address of the engine.
const FOR_COMPOSE: [&str; 3] = ["PATH", "HOME", "DOCKER_CONFIG"];

/// What the names of our own variables begin with.
const OURS: &str = "WICAP_ASSIST_";

/// One environment variable.
pub(super) struct Variable {
    /// Its name.
    pub(super) name: &'static str,
    /// The setting that it sets; its default is the variable's default.
    pub(super) sets: Option<&'static str>,
    /// Turns its text into a value of that setting.
    pub(super) read: fn(&str) -> &str,
    /// What is to be known beyond the setting.
    pub(super) help: &'static str,
}

const fn variable(name: &'static str, sets: &'static str, help: &'static str) -> Variable {
    Variable {
        name,
        sets: Some(sets),
        read: as_written,
        help,
    }
}

const fn only_read(name: &'static str, help: &'static str) -> Variable {
    Variable {
        name,
        sets: None,
        read: as_written,
        help,
    }
}

/// Every variable that the program reads.
pub(super) const VARIABLES: &[Variable] = &[
    variable("WICAP_ASSIST_DATA_DIR", "data_dir", ""),
    variable("WICAP_REPO_ROOT", "repo_root", ""),
    variable("WICAP_ASSIST_CONFIG", "config", ""),
    variable("WICAP_ASSIST_PROJECT", "stack.project", ""),
    variable("DOCKER_HOST", "engine.host", ""),
    Variable {
        name: "DOCKER_TLS_VERIFY",
        sets: Some("engine.tls_verify"),
        read: |_| "true",
        help: "Any text means yes, as for Docker's own client",
    },
    variable("DOCKER_CERT_PATH", "engine.cert_path", ""),
    variable(
        "WICAP_ASSIST_DENY_ACTIONS",
        "control.deny_actions",
        "Separated by commas",
    ),
    variable(
        "WICAP_ASSIST_RUNTIME_PLANE_ENABLED",
        "control.runtime_plane_enabled",
        "",
    ),
    variable(
        "WICAP_ASSIST_TOOL_POLICY_PLANE_ENABLED",
        "control.tool_policy_plane_enabled",
        "",
    ),
    variable(
        "WICAP_ASSIST_ELEVATED_PLANE_ENABLED",
        "control.elevated_plane_enabled",
        "",
    ),
    variable(
        "WICAP_ASSIST_ACTION_BUDGET_MAX",
        "control.action_budget_max",
        "",
    ),
    variable(
        "WICAP_ASSIST_ELEVATED_ACTION_BUDGET_MAX",
        "control.elevated_action_budget_max",
        "",
    ),
    variable(
        KILL_SWITCH_VARIABLE,
        "control.kill_switch",
        "Read once, at the start",
    ),
    variable("WICAP_ASSIST_LOG_FORMAT", "log.format", ""),
    variable("RUST_LOG", "log.filter", ""),
    Variable {
        name: "NO_COLOR",
        sets: Some("color"),
        read: |_| "never",
        help: "Any text means `never`",
    },
    only_read(
        "HOME",
        "The home folder: `~` in paths, `~/apps/wicap`, `~/.docker`",
    ),
    only_read("PATH", "Where the compose program is; handed on to it"),
    only_read("DOCKER_CONFIG", "Handed on to the compose program"),
    only_read(
        "XDG_STATE_HOME",
        "The state folder of the user, `~/.local/state` if unset",
    ),
];

fn as_written(text: &str) -> &str {
    text
}

/// Returns the variables that are handed on to the compose program.
pub(super) fn for_compose(env: &Env) -> BTreeMap<String, OsString> {
    let value = |name: &str| Some((name.to_owned(), env.vars.get(name)?.clone()));
    FOR_COMPOSE.into_iter().filter_map(value).collect()
}

/// Returns what the environment sets.
pub(super) fn entries(env: &Env) -> Vec<Entry> {
    let mut entries = Vec::new();
    for variable in VARIABLES {
        let Some(row) = variable.sets.and_then(keys::row_of) else {
            continue;
        };
        let raw = match env.text(variable.name) {
            Ok(None) => continue,
            Ok(Some(text)) => Raw::Text((variable.read)(text).to_owned()),
            Err(_) => Raw::Other("text that is not UTF-8"),
        };
        entries.push(Entry::row(row, raw, Origin::variable(variable.name)));
    }
    entries
}

/// Finds variables that are almost ours. A kill switch with a typing error in its
/// name would otherwise do nothing, in silence.
pub(super) fn misspelt(env: &Env) -> Vec<Mistake> {
    let known = || VARIABLES.iter().map(|variable| variable.name);
    let mut mistakes = Vec::new();
    for name in env.vars.keys().filter(|name| name.starts_with(OURS)) {
        if known().any(|one| one == name) {
            continue;
        }
        if let Some(near) = parse::nearest_within(name, known(), 2) {
            let text = format!("is not a variable of ours; did you mean `{near}`?");
            let origin = Origin::Variable(name.clone().into());
            mistakes.push(Mistake::new(&origin, text));
        }
    }
    mistakes
}
