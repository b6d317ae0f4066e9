//! Whose line it is.

/// Names of files and folders that are names of services.
const KNOWN: [(&str, &str); 14] = [
    ("ui", "ui"),
    ("processor", "processor"),
    ("scout", "scout"),
    ("redis", "redis"),
    ("watcher", "processor"),
    ("intel-worker", "intel-worker"),
    ("intel_worker", "intel-worker"),
    ("otel", "otel"),
    ("otelcol", "otel"),
    ("btsniff", "ble"),
    ("ble", "ble"),
    ("scheduler", "scheduler"),
    ("kernel", "kernel"),
    ("wicap-ui", "ui"),
];

/// The service of a line: by its prefix or logger, else by the file it stands in.
pub(super) fn service_of(written_by: Option<&str>, path: &str) -> String {
    if let Some(name) = written_by.and_then(known) {
        return name;
    }
    let parts = path.rsplit('/').take(2);
    for part in parts {
        let stem = part.split_once('.').map_or(part, |(stem, _)| stem);
        if let Some((_, service)) = KNOWN.iter().find(|(name, _)| *name == stem) {
            return (*service).to_owned();
        }
    }
    match written_by {
        Some(name) if is_name(name) => name.to_lowercase(),
        Some(_) | None => String::new(),
    }
}

/// `wicap-ui`, `[SCOUT]`, `wicap.processor.sql`: the part that names a service of the stack.
fn known(name: &str) -> Option<String> {
    let lower = name.trim().to_lowercase();
    let (is_ours, rest) = match lower
        .strip_prefix("wicap-")
        .or_else(|| lower.strip_prefix("wicap."))
    {
        Some(rest) => (true, rest),
        None => (false, lower.as_str()),
    };
    let first = rest.split(['.', '#']).next().unwrap_or(rest);
    let first = first.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
    if let Some((_, service)) = KNOWN.iter().find(|(known, _)| *known == first) {
        return Some((*service).to_owned());
    }
    let is_container = is_ours && lower.starts_with("wicap-") && is_name(first);
    is_container.then(|| first.to_owned())
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 40
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        && name.bytes().any(|b| b.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(written_by: Option<&str>, path: &str, expected: &str) {
        assert_eq!(expected, service_of(written_by, path));
    }

    #[test]
    fn a_line_belongs_to_who_wrote_it() {
        check(Some("wicap-ui"), "logs_soak_1/compose.log", "ui");
        check(Some("SCOUT"), "wicap.log", "scout");
        check(Some("wicap.processor.sql"), "wicap.log", "processor");
        check(Some("wicap-grafana-1"), "wicap.log", "grafana");
        check(
            Some("wicap.ml.ghost_hunter"),
            "logs_soak_1/processor.log",
            "processor",
        );
        check(Some("alembic"), "wicap.log", "alembic");
        check(None, "wicap-ui/ui.log", "ui");
        check(None, "logs_soak_1/docker/docker_fail_iter_1.log", "");
    }
}
