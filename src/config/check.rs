//! What must hold between settings.

use std::time::Duration;

use super::{
    ActionList, Mistake, Settings, keys::SERVICES, layer::Entry, parse::duration_text,
    settings::EngineAddress, stack,
};

const DAY: Duration = Duration::from_secs(86_400);

/// Finds thresholds in turns that stand beside the duration that they mean.
pub(super) fn said_twice(file: &[Entry]) -> Vec<Mistake> {
    let mut wrong = Vec::new();
    for entry in file {
        let Some(turns) = entry.row_set().and_then(|row| row.turns) else {
            continue;
        };
        let duration = turns.writes()[0];
        if file.iter().any(|other| other.sets(duration)) {
            let text = format!("`{}` and `{duration}` say the same; keep one", entry.name());
            wrong.push(Mistake::new(&entry.origin, text));
        }
    }
    wrong
}

/// Brings names into their final form and finds what does not hold together.
pub(super) fn together(settings: &mut Settings, told: &[Mistake]) -> Vec<Mistake> {
    let mut wrong = probes(settings, told);
    for (name, text) in stack::settle(&mut settings.stack) {
        wrong.push(Mistake::new(
            settings.origin(&name),
            format!("`{name}`: {text}"),
        ));
    }
    for list in [&mut settings.control.allow, &mut settings.control.deny] {
        let named: ActionList = std::mem::take(list);
        *list = named.canonical(&settings.stack);
    }
    wrong.extend(engine(settings));
    wrong.extend(policy(settings));
    wrong
}

/// A probe without a URL is taken away, and told unless the URL itself was.
fn probes(settings: &mut Settings, told: &[Mistake]) -> Vec<Mistake> {
    let mut without = Vec::new();
    for (name, profile) in &mut settings.stack.services {
        if profile
            .probe
            .take_if(|probe| probe.url.is_empty())
            .is_some()
        {
            without.push(format!("{SERVICES}{name}.probe"));
        }
    }
    let is_told = |name: &String| {
        let quoted = format!("`{name}.url`");
        told.iter().any(|mistake| mistake.text.starts_with(&quoted))
    };
    without.retain(|name| !is_told(name));
    let mistake = |name: &String| {
        let below = settings.origins.range(name.clone()..).next();
        let origin = below.map_or_else(|| settings.origin(name), |(_, origin)| origin);
        Mistake::new(origin, format!("`{name}`: a probe needs a `url`"))
    };
    without.iter().map(mistake).collect()
}

fn engine(settings: &Settings) -> Option<Mistake> {
    let engine = &settings.engine;
    let is_tcp = matches!(engine.address, EngineAddress::Tcp(_));
    let is_bare = is_tcp && engine.is_tls && engine.cert_folder.is_none();
    let text = "TLS needs a folder with certificates; set DOCKER_CERT_PATH or `engine.cert_path`";
    is_bare.then(|| Mistake::new(settings.origin("engine.tls_verify"), text))
}

fn policy(settings: &Settings) -> Vec<Mistake> {
    let policy = &settings.policy;
    let pairs = [
        (
            ("policy.verify_min", policy.verify_min),
            ("policy.verify_max", policy.verify_max),
        ),
        (
            ("policy.backoff_first", policy.backoff_first),
            ("policy.backoff_max", policy.backoff_max),
        ),
    ];
    let mut wrong = Vec::new();
    for ((low_name, low), (high_name, high)) in pairs {
        if low > high {
            let (low, high) = (duration_text(low), duration_text(high));
            let text = format!("`{low_name}` ({low}) is longer than `{high_name}` ({high})");
            let by = [low_name, high_name]
                .into_iter()
                .find(|name| settings.origins.contains_key(*name));
            wrong.push(Mistake::new(settings.origin(by.unwrap_or(low_name)), text));
        }
    }
    if policy.budget_window > DAY {
        let name = "policy.budget_window";
        let text = format!("`{name}` is longer than a day");
        wrong.push(Mistake::new(settings.origin(name), text));
    }
    wrong
}
