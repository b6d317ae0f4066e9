//! Settings that are words, and the small languages of addresses and log filters.

use std::path::PathBuf;

use super::{ColorChoice, LogFilter, LogFormat, LogLevel, Profile, parse, settings::EngineAddress};
use crate::model::Criticality;

pub(super) const FORMATS: [(&str, LogFormat); 2] =
    [("text", LogFormat::Text), ("json", LogFormat::Json)];
pub(super) const COLORS: [(&str, ColorChoice); 3] = [
    ("auto", ColorChoice::Auto),
    ("always", ColorChoice::Always),
    ("never", ColorChoice::Never),
];
pub(super) const PROFILES: [(&str, Profile); 2] =
    [("wicap", Profile::Wicap), ("none", Profile::Empty)];
pub(super) const CRITICALITIES: [(&str, Criticality); 2] = [
    ("critical", Criticality::Critical),
    ("warn", Criticality::Warn),
];
pub(super) const LEVELS: [(&str, LogLevel); 6] = [
    ("off", LogLevel::Off),
    ("error", LogLevel::Error),
    ("warn", LogLevel::Warn),
    ("info", LogLevel::Info),
    ("debug", LogLevel::Debug),
    ("trace", LogLevel::Trace),
];

pub(super) fn pick<T: Copy>(all: &[(&str, T)], text: &str) -> Result<T, String> {
    let found = all.iter().find(|(word, _)| *word == text);
    let words = || all.iter().map(|(word, _)| *word);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let list: Vec<&str> = words().collect();
        let guess = parse::did_you_mean(text, words());
        format!("`{text}` is none of {}{guess}", list.join(", "))
    })
}

pub(super) fn name_of<T: Copy + PartialEq>(all: &[(&str, T)], value: T) -> String {
    let found = all.iter().find(|(_, one)| *one == value);
    found.map_or_else(String::new, |(word, _)| (*word).to_owned())
}

pub(super) fn engine_address(text: &str) -> Result<EngineAddress, String> {
    if let Some(path) = text.strip_prefix("unix://") {
        if !path.starts_with('/') {
            return Err(format!(
                "`{text}` needs an absolute path: `unix:///var/run/docker.sock`"
            ));
        }
        return Ok(EngineAddress::Unix(PathBuf::from(path)));
    }
    if text.contains('@') {
        // It may stand behind a password, so nothing of it is repeated.
        let text = "is not an engine address (unix:///PATH or tcp://HOST:PORT, no user)";
        return Err(format!("this {text}"));
    }
    let Some(address) = text.strip_prefix("tcp://") else {
        return Err(format!(
            "`{text}` is not an engine address (unix:///PATH or tcp://HOST:PORT)"
        ));
    };
    let address = address.trim_end_matches('/');
    let port = address
        .rsplit_once(':')
        .filter(|(host, _)| !host.is_empty());
    match port.map(|(_, port)| port.parse::<u16>()) {
        Some(Ok(port)) if port > 0 => Ok(EngineAddress::Tcp(address.to_owned())),
        _ => Err(format!(
            "`{text}` needs a host and a port: `tcp://127.0.0.1:2376`"
        )),
    }
}

/// Reads `info`, or `warn,wicap_assist=debug`.
pub(super) fn log_filter(text: &str) -> Result<LogFilter, String> {
    let mut filter = LogFilter {
        default: LogLevel::Error,
        targets: Vec::new(),
    };
    let level = |word: &str| pick(&LEVELS, &word.trim().to_ascii_lowercase());
    for directive in text.split(',').map(str::trim).filter(|one| !one.is_empty()) {
        match directive.split_once('=') {
            Some((target, word)) => {
                let target = target.trim();
                let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '-');
                if target.is_empty() || !target.chars().all(is_legal) {
                    return Err(format!("`{directive}` is not LEVEL or TARGET=LEVEL"));
                }
                filter.targets.push((target.to_owned(), level(word)?));
            }
            None => filter.default = level(directive)?,
        }
    }
    Ok(filter)
}

pub(super) fn filter_text(filter: &LogFilter) -> String {
    let targets = filter.targets.iter();
    let targets = targets.map(|(target, level)| format!("{target}={}", name_of(&LEVELS, *level)));
    let all: Vec<String> = std::iter::once(name_of(&LEVELS, filter.default))
        .chain(targets)
        .collect();
    all.join(",")
}
