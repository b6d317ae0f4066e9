//! Entries of all layers are put into their slots, the layer that wins last.

use std::path::Path;

use super::{
    Env, Flags, Mistake, Origin, Profile, Resolved, Settings, Shown, check, file,
    keys::{self, Phase, SERVICE_ROWS, SERVICES},
    layer::{Entry, Target},
    paths,
    slot::Raw,
    stack, vars,
};
use crate::model::Policy;

/// Settings in the making.
pub(super) struct Draft {
    settings: Settings,
    mistakes: Vec<Mistake>,
    /// The layers, the one that wins last.
    layers: Vec<Vec<Entry>>,
}

impl Draft {
    /// Reads every layer.
    pub(super) fn new(flags: &Flags, env: &Env) -> Self {
        let (paths, origins, mut mistakes) = paths::find(flags, env);
        mistakes.extend(vars::misspelt(env));
        let mut layers = Vec::new();
        for path in paths.files.iter().rev() {
            let (mut entries, wrong) = file::read(path);
            // A threshold in turns is coarser than the durations beside it.
            entries.sort_by_key(|entry| entry.row_set().is_none_or(|row| row.turns.is_none()));
            mistakes.extend(check::said_twice(&entries));
            mistakes.extend(wrong);
            layers.push(entries);
        }
        layers.push(vars::entries(env));
        layers.push(flags.entries());
        let mut settings = Settings::built_in(paths);
        settings.engine.cert_folder = env.folder("HOME").map(|home| home.join(".docker"));
        settings.engine.inherited = vars::for_compose(env);
        settings.origins = origins;
        Self {
            settings,
            mistakes,
            layers,
        }
    }

    /// Puts everything in its place and checks what must hold together.
    pub(super) fn finish(mut self) -> Resolved {
        let (first, second): (Vec<Entry>, Vec<Entry>) = std::mem::take(&mut self.layers)
            .into_iter()
            .flatten()
            .filter(|entry| !entry.is_during(Phase::Place))
            .partition(|entry| entry.is_during(Phase::First));
        first.iter().for_each(|entry| self.apply(entry));
        let policy = &self.settings.policy;
        self.settings.policy = Policy::for_mode(self.settings.control.mode, policy.interval);
        self.start_from_profile(&first);
        second.iter().for_each(|entry| self.apply(entry));
        let wrong = check::together(&mut self.settings, &self.mistakes);
        self.mistakes.extend(wrong);
        self.mistakes
            .sort_by(|a, b| rank(&a.origin).cmp(&rank(&b.origin)));
        Resolved {
            settings: self.settings,
            mistakes: self.mistakes,
        }
    }

    fn apply(&mut self, entry: &Entry) {
        let result = match &entry.target {
            Target::Row(row) => (row.slot)(&mut self.settings).set(&entry.raw),
            Target::Service(name, row) => {
                let services = &mut self.settings.stack.services;
                (row.slot)(services.entry(name.clone()).or_default()).set(&entry.raw)
            }
            Target::Named(name) => {
                let services = &mut self.settings.stack.services;
                services.entry(name.clone()).or_default();
                Ok(())
            }
        };
        // A kill switch that cannot be read is in force as well: it is pulled.
        if result.is_ok() || entry.sets("control.kill_switch") {
            let turns = entry.row_set().and_then(|row| row.turns);
            let also = turns.map_or(&[][..], |turns| turns.writes());
            let names = also.iter().map(|name| (*name).to_owned());
            for name in names.chain([entry.name()]) {
                self.settings.origins.insert(name, entry.origin.clone());
            }
        }
        if let Err(text) = result {
            let text = match entry.origin {
                Origin::File { .. } => format!("`{}`: {text}", entry.name()),
                Origin::Flag(_) | Origin::Variable(_) | Origin::Default => text,
            };
            self.mistakes.push(Mistake::new(&entry.origin, text));
        }
    }

    /// A file that names another project than WiCAP starts from nothing, unless a
    /// file says `profile`.
    fn start_from_profile(&mut self, first: &[Entry]) {
        let settings = &mut self.settings;
        let in_file = |entry: &&Entry| matches!(entry.origin, Origin::File { .. });
        let mut by_files = first.iter().rev().filter(in_file);
        let project = by_files.find(|entry| entry.sets("stack.project"));
        let other = project.filter(|entry| entry.raw != Raw::Text(stack::WICAP.to_owned()));
        if let (Profile::Assumed, Some(entry)) = (settings.profile, other) {
            settings.profile = Profile::Empty;
            let name = "stack.profile".to_owned();
            settings.origins.insert(name, entry.origin.clone());
        }
        if settings.profile == Profile::Empty {
            settings.stack.services.clear();
        }
    }
}

/// Lists every value with its origin.
pub(super) fn shown(settings: &Settings) -> Vec<Shown> {
    let mut copy = settings.clone();
    let one = |name: String, value: Option<String>| Shown {
        source: settings.origin(&name).to_string(),
        name,
        value,
    };
    let mut list = Vec::new();
    for row in keys::rows().filter(|row| row.turns.is_none()) {
        list.push(one(row.name.to_owned(), (row.slot)(&mut copy).show()));
    }
    for (service, profile) in &mut copy.stack.services {
        for row in SERVICE_ROWS {
            let value = (row.slot)(profile).show();
            if value.is_some() {
                list.push(one(format!("{SERVICES}{service}.{}", row.name), value));
            }
        }
    }
    list
}

/// Mistakes are told file by file in the order of their lines, then variables,
/// then flags.
fn rank(origin: &Origin) -> (u8, &Path, usize) {
    match origin {
        Origin::File { path, line } => (0, path, *line),
        Origin::Variable(_) => (1, Path::new(""), 0),
        Origin::Flag(_) => (2, Path::new(""), 0),
        Origin::Default => (3, Path::new(""), 0),
    }
}
