use std::{collections::BTreeMap, net::IpAddr};

use regex::Regex;
use url::Url;

use super::{
    Allowed, EnvRule, Finding, allowlist, is_loopback_host, is_secret_key, kind::is_true,
    nearest_key, rule, rules,
};
use crate::{
    knowledge::env_file::{EnvFile, Resolved},
    model::{Reading, host::Host},
};

/// Says what is wrong with a file and how it sits on this host. Pure: probes of the
/// network come on top.
pub fn check_values(
    file: &EnvFile,
    environment: &BTreeMap<String, String>,
    host: &Host,
) -> Vec<Finding> {
    let resolved = file.resolve(environment);
    let values = &resolved.values;
    let mut found = document(file);
    found.extend(unresolved(&resolved));
    for rule in rules() {
        found.extend(one_key(rule, values.get(rule.key)));
    }
    found.extend(unknown_keys(values));
    found.extend(aliases(values));
    found.extend(capture(values, host));
    found.extend(dashboard(values, host));
    found.extend(bluetooth(values, host));
    found.extend(otlp(values));
    found.sort();
    found.dedup();
    found
}

/// Values that name variables which are not there. What looks like a variable in a
/// secret may be the secret, so it is not repeated.
fn unresolved(resolved: &Resolved) -> Vec<Finding> {
    let quote = "put the value in single quotes if the `$` is meant";
    let failed = resolved.failed.iter().map(|(key, why)| {
        let text = match is_secret_key(key) {
            true => format!("has a `$` that cannot be replaced; {quote}"),
            false => why.clone(),
        };
        Finding::error("unresolvable", key, text)
    });
    let unset = resolved
        .unset
        .iter()
        .map(|(key, name)| match is_secret_key(key) {
            true => {
                let text =
                    format!("names a variable that is not set, so a part of it is lost; {quote}");
                Finding::error("unset_variable", key, text)
            }
            false => {
                let text = format!("`${name}` is not set, so nothing stands there; {quote}");
                Finding::warning("unset_variable", key, text)
            }
        });
    failed.chain(unset).collect()
}

fn document(file: &EnvFile) -> Vec<Finding> {
    let mut found = Vec::new();
    for mistake in file.mistakes() {
        let text = format!("line {}: {}", mistake.line, mistake.why);
        found.push(Finding::error("unreadable_line", "", text));
    }
    for (key, lines) in file.duplicates() {
        let lines: Vec<String> = lines.iter().map(usize::to_string).collect();
        let text = format!(
            "is set more than once, on lines {}; only the last counts",
            lines.join(", ")
        );
        found.push(Finding::error("duplicate_key", key, text));
    }
    for one in file
        .assignments()
        .filter(|one| one.is_dynamic && is_secret_key(one.key))
    {
        let text = "has a `$` that compose replaces; put the value in single quotes";
        found.push(Finding::warning("secret_with_variable", one.key, text));
    }
    found
}

fn one_key(rule: &EnvRule, value: Option<&String>) -> Option<Finding> {
    let value = value
        .map(|value| value.trim())
        .filter(|value| !value.is_empty());
    match value {
        None if rule.is_required => {
            let text = format!("is missing: {}", rule.help);
            Some(Finding::error("missing_key", rule.key, text))
        }
        None => None,
        Some(value) => {
            let why = rule.kind.check(value).err()?;
            Some(Finding::error("invalid_value", rule.key, why))
        }
    }
}

fn unknown_keys(values: &BTreeMap<String, String>) -> Vec<Finding> {
    let unknown = values
        .keys()
        .filter(|key| key.starts_with("WICAP_") && rule(key).is_none());
    let close = unknown.filter_map(|key| Some((key, nearest_key(key)?)));
    // A key that only resembles one which is set as well is a key of its own.
    let typos = close.filter(|(_, near)| !values.contains_key(*near));
    typos
        .map(|(key, near)| {
            let text = format!("is no key that WiCAP reads; did you mean `{near}`?");
            Finding::warning("unknown_key", key, text)
        })
        .collect()
}

fn aliases(values: &BTreeMap<String, String>) -> Vec<Finding> {
    let pairs = [
        ("WICAP_SQL_HOST", "WICAP_SQL_SERVER"),
        ("WICAP_SQL_USER", "WICAP_SQL_USERNAME"),
    ];
    let differ = pairs.iter().filter(|(key, alias)| {
        let alias = values.get(*alias).filter(|value| !value.is_empty());
        alias.is_some() && alias != values.get(*key)
    });
    differ
        .map(|(key, alias)| {
            let text = format!("differs from `{alias}`; services read one or the other");
            Finding::error("alias_differs", key, text)
        })
        .collect()
}

fn capture(values: &BTreeMap<String, String>, host: &Host) -> Vec<Finding> {
    const KEY: &str = "WICAP_INTERFACE";
    let text = |key: &str| values.get(key).map_or("", |value| value.trim());
    let interface = text(KEY);
    let is_overridden = is_true(text("WICAP_ALLOW_MANAGEMENT_INTERFACE"));
    let exclusion = text("WICAP_INTERFACE_EXCLUDE_REGEX");
    let excludes = |name: &str| Regex::new(exclusion).is_ok_and(|regex| regex.is_match(name));
    let mut found = Vec::new();
    if interface.is_empty() {
        return found;
    }
    if interface == "auto" {
        let Reading::Known(management) = &host.management else {
            return found;
        };
        let at_risk = management.iter().find(|name| {
            let is_radio = host.radios().contains(&name.as_str());
            is_radio && (exclusion.is_empty() || !excludes(name))
        });
        if let Some(name) = at_risk.filter(|_| !is_overridden) {
            let text = format!(
                "does not exclude `{name}`, which carries the default route, and `auto` may take it"
            );
            let key = "WICAP_INTERFACE_EXCLUDE_REGEX";
            found.push(Finding::error("management_interface", key, text));
        }
        return found;
    }
    if !exclusion.is_empty() && excludes(interface) {
        let text = format!("excludes `{interface}`, which is the capture interface");
        let key = "WICAP_INTERFACE_EXCLUDE_REGEX";
        found.push(Finding::error("excluded_interface", key, text));
    }
    if !is_overridden
        && let Reading::Known(names) = &host.management
        && names.iter().any(|name| name == interface)
    {
        let text = format!(
            "`{interface}` carries the default route: capturing on it cuts this host off. \
             Choose another, or set WICAP_ALLOW_MANAGEMENT_INTERFACE=true"
        );
        found.push(Finding::error("management_interface", KEY, text));
    }
    if !is_overridden && let Reading::Unknown(why) = &host.management {
        let text = format!("cannot tell whether `{interface}` carries the default route: {why}");
        found.push(Finding::error("management_unknown", KEY, text));
    }
    if let Reading::Known(all) = &host.interfaces {
        found.extend(presence(all, interface, text("WICAP_INTERFACE_MAC")));
    }
    found
}

fn presence(
    all: &BTreeMap<String, crate::model::host::Interface>,
    interface: &str,
    mac: &str,
) -> Option<Finding> {
    let Some(seen) = all.get(interface) else {
        let names: Vec<&str> = all.keys().map(String::as_str).collect();
        let text = format!(
            "`{interface}` is not on this host; there are {}",
            names.join(", ")
        );
        return Some(Finding::warning(
            "no_such_interface",
            "WICAP_INTERFACE",
            text,
        ));
    };
    if !seen.is_wireless {
        let text = format!("`{interface}` is no radio");
        return Some(Finding::warning("not_wireless", "WICAP_INTERFACE", text));
    }
    let own = seen.mac.as_deref()?;
    let differs = !mac.is_empty() && !own.eq_ignore_ascii_case(&mac.replace('-', ":"));
    differs.then(|| {
        let text = format!("`{interface}` has another address on this host");
        Finding::warning("mac_differs", "WICAP_INTERFACE_MAC", text)
    })
}

fn dashboard(values: &BTreeMap<String, String>, host: &Host) -> Vec<Finding> {
    const LIST: &str = "WICAP_INTERNAL_ALLOWLIST";
    let mut found = Vec::new();
    // An entry that cannot be read is reported by its own rule.
    let list = values.get(LIST).map_or("", |value| value.trim());
    let Ok(entries) = allowlist(list) else {
        return found;
    };
    if entries.is_empty() {
        let text = "is empty, and WiCAP then lets every address in";
        return vec![Finding::error("empty_allowlist", LIST, text)];
    }
    for name in entries.iter().filter_map(|entry| match entry {
        Allowed::Name(name) if !is_loopback_host(name) => Some(name),
        Allowed::Name(_) | Allowed::Network(..) => None,
    }) {
        let text =
            format!("`{name}` is a name; callers are compared by address, so it lets nobody in");
        found.push(Finding::warning("allowlist_name", LIST, text));
    }
    for entry in &entries {
        if matches!(entry, Allowed::Network(_, 0)) {
            let text = "lets every address in";
            found.push(Finding::warning("open_allowlist", LIST, text));
        }
    }
    let url = values
        .get("WICAP_UI_URL")
        .and_then(|url| Url::parse(url.trim()).ok())
        .filter(|url| matches!(url.scheme(), "http" | "https"));
    let Some(ui_host) = url.as_ref().and_then(Url::host_str) else {
        return found;
    };
    let covers = |address: IpAddr| entries.iter().any(|entry| entry.covers(address));
    if is_loopback_host(ui_host) {
        let loopback = [
            IpAddr::from([127, 0, 0, 1]),
            IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
        ];
        if !loopback.into_iter().any(covers) {
            let text = "lacks loopback, from which WiCAP's services call WICAP_UI_URL";
            found.push(Finding::error("loopback_not_allowed", LIST, text));
        }
    } else if let Some(address) = host.address.filter(|address| !covers(*address)) {
        let text = format!("lacks {address}, from which WiCAP's services call WICAP_UI_URL");
        found.push(Finding::error("host_not_allowed", LIST, text));
    }
    found
}

fn bluetooth(values: &BTreeMap<String, String>, host: &Host) -> Vec<Finding> {
    let text = |key: &str| values.get(key).map_or("", |value| value.trim());
    if !is_true(text("WICAP_BT_ENABLED")) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let device = text("WICAP_BT_INTERFACE");
    let by_id = "/dev/serial/by-id/";
    if device.starts_with(by_id) && !host.serial_devices.iter().any(|one| one == device) {
        let text = format!("`{device}` is not plugged in; WiCAP then falls back to `auto`");
        found.push(Finding::warning(
            "no_such_device",
            "WICAP_BT_INTERFACE",
            text,
        ));
    }
    if device.starts_with("/dev/tty") {
        let text =
            format!("`{device}` may be another device after a reboot; use its name in {by_id}");
        found.push(Finding::warning(
            "unstable_device",
            "WICAP_BT_INTERFACE",
            text,
        ));
    }
    if matches!(device, "" | "auto") && host.serial_devices.is_empty() {
        let text = format!("is on, and there is no device in {by_id}");
        found.push(Finding::warning("no_device", "WICAP_BT_ENABLED", text));
    }
    if host.is_bluetooth_blocked {
        let text = "is on, and rfkill blocks a Bluetooth radio of this host";
        found.push(Finding::warning(
            "bluetooth_blocked",
            "WICAP_BT_ENABLED",
            text,
        ));
    }
    found
}

fn otlp(values: &BTreeMap<String, String>) -> Vec<Finding> {
    const KEY: &str = "WICAP_OTLP_HTTP_ENDPOINT";
    let text = |key: &str| values.get(key).map_or("", |value| value.trim());
    let profile = text("WICAP_OTLP_PROFILE");
    let endpoint = text(KEY);
    if matches!(profile, "" | "disabled" | "off" | "none") {
        return Vec::new();
    }
    let Ok(url) = Url::parse(endpoint) else {
        let text = format!("is needed by the profile `{profile}`");
        return vec![Finding::error("missing_endpoint", KEY, text)];
    };
    let is_local = url.host_str().is_some_and(is_loopback_host);
    let is_plain = url.scheme() == "http" && !is_local;
    let keys = [
        "WICAP_OTLP_AUTH_BEARER",
        "WICAP_OTLP_API_KEY",
        "WICAP_OTLP_HEADERS",
    ];
    let has_key = keys.iter().any(|key| !text(key).is_empty());
    let is_foreign = matches!(profile, "vendor" | "cloud");
    let mut found = Vec::new();
    if is_plain && (is_foreign || has_key) {
        let text = "must be https: keys would cross the network in the clear";
        found.push(Finding::error("plain_endpoint", KEY, text));
    }
    if is_foreign && !has_key && !is_local {
        let text = format!("the profile `{profile}` needs a bearer token, an API key or headers");
        found.push(Finding::error(
            "missing_authorization",
            "WICAP_OTLP_PROFILE",
            text,
        ));
    }
    found
}
