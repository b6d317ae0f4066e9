use std::collections::BTreeMap;

use super::{EnvRule, Section, kind::is_true};
use crate::model::{
    Reading,
    host::{Host, UiBinding},
};

/// Where the dashboard listens unless compose publishes it elsewhere.
const UI_PORT: u16 = 8080;
/// The fewest hexadecimal digits that make a serial number.
const SERIAL_DIGITS_MIN: usize = 8;

/// Whether the wizard asks for a key, by what was answered so far: what only matters
/// when something is switched on is asked then.
pub fn is_asked(rule: &EnvRule, answers: &BTreeMap<String, String>, wants_tuning: bool) -> bool {
    let answer = |key: &str| answers.get(key).map_or("", String::as_str);
    match rule.section {
        None => false,
        Some(Section::Tuning) => wants_tuning,
        Some(Section::Bluetooth) => {
            rule.key == "WICAP_BT_ENABLED" || is_true(answer("WICAP_BT_ENABLED"))
        }
        Some(Section::Otlp) => {
            let is_off = matches!(
                answer("WICAP_OTLP_PROFILE"),
                "" | "disabled" | "off" | "none"
            );
            rule.key == "WICAP_OTLP_PROFILE" || !is_off
        }
        Some(Section::Capture) => is_asked_of_capture(rule, answer("WICAP_INTERFACE")),
        Some(Section::Boot | Section::Ui) => true,
    }
}

fn is_asked_of_capture(rule: &EnvRule, interface: &str) -> bool {
    match rule.key {
        // The rail itself asks for the override.
        "WICAP_ALLOW_MANAGEMENT_INTERFACE" => false,
        "WICAP_INTERFACE_MAC" => interface != "auto",
        "WICAP_INTERFACE_REGEX" => interface == "auto",
        _ => true,
    }
}

/// Returns what the wizard proposes for a key that the file does not have.
pub fn default_of(
    rule: &EnvRule,
    answers: &BTreeMap<String, String>,
    host: &Host,
    ui: UiBinding,
) -> Option<String> {
    let answer = |key: &str| answers.get(key).map(String::as_str);
    let found = match rule.key {
        "WICAP_UI_URL" => Some(ui_url(host, ui)),
        "WICAP_CAPTURE_DIR" => answer("WICAP_CAPTURES_DIR").map(str::to_owned),
        "WICAP_INTERNAL_ALLOWLIST" => Some(allowlist(host, ui)),
        "WICAP_INTERFACE" => host.capture_radio().map(str::to_owned),
        "WICAP_INTERFACE_MAC" => answer("WICAP_INTERFACE").and_then(|name| mac(host, name)),
        "WICAP_INTERFACE_REGEX" if answer("WICAP_INTERFACE") == Some("auto") => {
            let has_usb = host.radios().iter().any(|name| name.starts_with("wlx"));
            Some(if has_usb { "^wlx.*$" } else { "^wl.*$" }.to_owned())
        }
        "WICAP_INTERFACE_EXCLUDE_REGEX" => Some(exclusion(host, answer("WICAP_INTERFACE"))),
        "WICAP_BT_INTERFACE" => host.serial_devices.first().cloned(),
        "WICAP_BT_SERIAL" => answer("WICAP_BT_INTERFACE").and_then(serial),
        _ => None,
    };
    found.or_else(|| rule.default.map(str::to_owned))
}

fn ui_url(host: &Host, ui: UiBinding) -> String {
    let is_local = ui == UiBinding::HostNetwork;
    match (host.address, ui) {
        (Some(address), UiBinding::Published(port)) => url_of(&address.to_string(), port),
        (Some(address), _) if !is_local => url_of(&address.to_string(), UI_PORT),
        (_, UiBinding::Published(port)) => url_of("127.0.0.1", port),
        (_, _) => url_of("127.0.0.1", UI_PORT),
    }
}

fn url_of(host: &str, port: u16) -> String {
    match host.contains(':') {
        true => format!("http://[{host}]:{port}"),
        false => format!("http://{host}:{port}"),
    }
}

/// Loopback, and the host's own address where the dashboard is called under it.
fn allowlist(host: &Host, ui: UiBinding) -> String {
    let loopback = "127.0.0.1,::1".to_owned();
    match host.address.filter(|_| ui != UiBinding::HostNetwork) {
        Some(address) => format!("{loopback},{address}"),
        None => loopback,
    }
}

fn mac(host: &Host, name: &str) -> Option<String> {
    match &host.interfaces {
        Reading::Known(all) => all.get(name)?.mac.clone(),
        Reading::Unknown(_) => None,
    }
}

/// Excludes built-in radios and whatever carries the host's own traffic, but never the
/// interface that was chosen.
fn exclusion(host: &Host, chosen: Option<&str>) -> String {
    let management = match &host.management {
        Reading::Known(names) => names.as_slice(),
        Reading::Unknown(_) => &[],
    };
    let kept = management
        .iter()
        .filter(|name| Some(name.as_str()) != chosen);
    let mut parts: Vec<String> = kept.map(|name| regex::escape(name)).collect();
    if chosen.is_none_or(|name| !name.starts_with("wlo")) {
        parts.push("wlo[0-9]+".to_owned());
    }
    parts.sort();
    match parts.len() {
        0 => String::new(),
        1 => format!("^{}$", parts[0]),
        _ => format!("^({})$", parts.join("|")),
    }
}

/// The serial number in a device's name: its last long run of hexadecimal digits.
fn serial(device: &str) -> Option<String> {
    let name = device.rsplit('/').next()?;
    let runs = name.split(|c: char| !c.is_ascii_hexdigit());
    let mut long = runs.filter(|run| run.len() >= SERIAL_DIGITS_MIN);
    long.next_back().map(str::to_ascii_uppercase)
}
