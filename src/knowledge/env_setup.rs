//! A new `.env` on its way from questions to a document.

use std::{collections::BTreeMap, net::IpAddr};

use regex::Regex;
use url::Url;

use super::{
    env_file::EnvFile,
    env_rules::{EnvRule, Section, allowlist, default_of, is_asked, is_loopback_host, rules},
};
use crate::model::host::{Host, UiBinding};

/// Keys that some services read in place of others; both get the same value.
const ALIASES: [(&str, &str); 2] = [
    ("WICAP_SQL_HOST", "WICAP_SQL_SERVER"),
    ("WICAP_SQL_USER", "WICAP_SQL_USERNAME"),
];
const LIST: &str = "WICAP_INTERNAL_ALLOWLIST";

/// What the questions are asked about.
#[derive(Clone, Debug)]
pub struct Ground {
    /// The host.
    pub host: Host,
    /// How the dashboard is reached.
    pub ui: UiBinding,
}

/// A file, and the answers given so far.
#[derive(Clone, Debug)]
pub struct Draft {
    file: EnvFile,
    existing: BTreeMap<String, String>,
    answers: BTreeMap<String, String>,
}

impl Draft {
    /// Starts from a file, which may be empty.
    pub fn new(file: EnvFile, environment: &BTreeMap<String, String>) -> Self {
        let mut existing = file.resolve(environment).values;
        existing.retain(|_, value| !value.trim().is_empty());
        for (key, alias) in ALIASES {
            if let Some(value) = existing.get(alias).cloned() {
                existing.entry(key.to_owned()).or_insert(value);
            }
        }
        Self {
            file,
            existing,
            answers: BTreeMap::new(),
        }
    }

    /// Whether a key is to be asked for, by the answers so far.
    pub fn is_asked(&self, rule: &EnvRule, wants_tuning: bool) -> bool {
        is_asked(rule, &self.answers, wants_tuning)
    }

    /// Returns the value that the file has for a key.
    pub fn existing(&self, key: &str) -> Option<&str> {
        self.existing.get(key).map(String::as_str)
    }

    /// Returns an answer.
    pub fn answered(&self, key: &str) -> Option<&str> {
        self.answers.get(key).map(String::as_str)
    }

    /// Returns what to propose: what the file has, if that is any good, else what suits
    /// the host. The second value says why what the file has is not proposed.
    pub fn proposal(&self, rule: &EnvRule, ground: &Ground) -> (Option<String>, Option<String>) {
        let default = || default_of(rule, &self.answers, &ground.host, ground.ui);
        let Some(existing) = self.existing(rule.key) else {
            return (default(), None);
        };
        match rule
            .kind
            .check(existing)
            .err()
            .or_else(|| self.clash(rule, existing))
        {
            None => (Some(existing.to_owned()), None),
            Some(why) => (default(), Some(why)),
        }
    }

    /// A value that is fine by itself, and does not go with the answers.
    fn clash(&self, rule: &EnvRule, value: &str) -> Option<String> {
        let interface = self.answered("WICAP_INTERFACE")?;
        let is_exclusion = rule.key == "WICAP_INTERFACE_EXCLUDE_REGEX";
        let is_excluded = Regex::new(value).is_ok_and(|regex| regex.is_match(interface));
        let clashes = is_exclusion && interface != "auto" && is_excluded;
        clashes.then(|| format!("excludes `{interface}`"))
    }

    /// Takes an answer. Returns what was added to it.
    ///
    /// # Errors
    ///
    /// Fails if the value does not fit, with the reason.
    pub fn answer(&mut self, rule: &EnvRule, value: &str) -> Result<Vec<String>, String> {
        if value.is_empty() && rule.is_required {
            return Err("is needed".to_owned());
        }
        let is_cleared = value.is_empty() && rule.default.is_none_or(str::is_empty);
        if !is_cleared {
            rule.kind.check(value)?;
        }
        let mut value = if is_cleared {
            String::new()
        } else {
            rule.kind.normal(value)
        };
        let mut notes = Vec::new();
        if rule.key == LIST {
            for loopback in ["127.0.0.1", "::1"] {
                notes.extend(allow(&mut value, loopback));
            }
        }
        self.answers.insert(rule.key.to_owned(), value);
        Ok(notes)
    }

    /// Sets a key that no rule knows.
    pub fn put(&mut self, key: &str, value: &str) {
        self.answers.insert(key.to_owned(), value.to_owned());
    }

    /// Lets this host's own address in where the dashboard is called under it. Returns
    /// what was added.
    pub fn allow_own_address(&mut self, host: &Host) -> Option<String> {
        let url = Url::parse(self.answered("WICAP_UI_URL")?).ok()?;
        let address = host
            .address
            .filter(|_| !url.host_str().is_some_and(is_loopback_host))?;
        let list = self.answers.get_mut(LIST)?;
        allow(list, &address.to_string())
    }

    /// Writes the document: answers that differ are set in place or put below a heading
    /// at the end, everything else keeps its bytes.
    pub fn finish(&self) -> EnvFile {
        let mut file = self.file.clone();
        file.drop_shadowed();
        let mut heading = None;
        for rule in rules() {
            if let Some(value) = self.answers.get(rule.key) {
                self.write(&mut file, rule.key, value, (rule.section, &mut heading));
            }
            let alias = ALIASES.iter().find(|(key, _)| *key == rule.key);
            if let (Some((_, alias)), Some(value)) = (alias, self.answers.get(rule.key)) {
                self.write(&mut file, alias, value, (rule.section, &mut heading));
            }
        }
        let is_known = |key: &String| rules().any(|rule| rule.key == key);
        for (key, value) in self.answers.iter().filter(|(key, _)| !is_known(key)) {
            file.set(key, value);
        }
        file
    }

    fn write(
        &self,
        file: &mut EnvFile,
        key: &str,
        value: &str,
        (section, heading): (Option<Section>, &mut Option<Section>),
    ) {
        let is_there = file.get(key).is_some();
        let is_kept = is_there && self.existing(key) == Some(value);
        if is_kept || (value.is_empty() && !is_there) {
            return;
        }
        if !is_there && section != *heading {
            *heading = section;
            file.push_comment(section.map_or("Further keys", Section::title));
        }
        file.set(key, value);
    }
}

/// Adds an address to an allow-list that does not cover it.
fn allow(list: &mut String, address: &str) -> Option<String> {
    let ip: IpAddr = address.parse().ok()?;
    let entries = allowlist(list).ok()?;
    if entries.iter().any(|entry| entry.covers(ip)) {
        return None;
    }
    if !list.is_empty() {
        list.push(',');
    }
    list.push_str(address);
    Some(address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        knowledge::env_rules::{Finding, check_values, rule},
        model::{Reading, host::Interface},
    };

    fn ground(management: &[&str]) -> Ground {
        let radio = |name: &str| {
            let interface = Interface {
                mac: Some("00:c0:ca:11:22:33".to_owned()),
                is_wireless: name.starts_with("wl"),
            };
            (name.to_owned(), interface)
        };
        let names = ["eth0", "wlan0", "wlx00c0ca112233"];
        Ground {
            host: Host {
                interfaces: Reading::Known(names.into_iter().map(radio).collect()),
                management: Reading::Known(management.iter().map(|&n| n.to_owned()).collect()),
                address: Some("192.168.1.9".parse().unwrap()),
                ..Host::unseen()
            },
            ui: UiBinding::Published(8080),
        }
    }

    /// Answers every question with what is proposed, and the required ones besides.
    fn filled(draft: &mut Draft, ground: &Ground, given: &[(&str, &str)]) {
        for rule in rules() {
            let given = given.iter().find(|(key, _)| *key == rule.key);
            if given.is_none() && !draft.is_asked(rule, true) {
                continue;
            }
            let (proposal, _) = draft.proposal(rule, ground);
            let value = given.map(|(_, value)| (*value).to_owned()).or(proposal);
            draft.answer(rule, &value.unwrap_or_default()).unwrap();
        }
        draft.allow_own_address(&ground.host);
    }

    const NEEDED: &[(&str, &str)] = &[
        ("WICAP_SQL_HOST", "db.lan,1433"),
        ("WICAP_SQL_DATABASE", "wicap"),
        ("WICAP_SQL_USER", "wicap"),
        ("WICAP_SQL_PASSWORD", "p#a$s 'w\"ord\\12"),
        ("WICAP_INTERNAL_SECRET", "0123456789abcdef"),
    ];

    #[test]
    fn default_answers_pass_their_own_check_on_every_host() {
        for management in [
            &["eth0"][..],
            &["wlan0"],
            &["wlan0", "wlx00c0ca112233"],
            &[],
        ] {
            for ui in [
                UiBinding::HostNetwork,
                UiBinding::Published(80),
                UiBinding::Unknown,
            ] {
                let ground = Ground {
                    ui,
                    ..ground(management)
                };
                let mut draft = Draft::new(EnvFile::default(), &BTreeMap::new());
                filled(&mut draft, &ground, NEEDED);
                let found = check_values(&draft.finish(), &BTreeMap::new(), &ground.host);
                assert_eq!(Vec::<Finding>::new(), found, "{management:?} {ui:?}");
            }
        }
    }

    #[test]
    fn what_was_written_is_kept_byte_for_byte_by_a_second_run() {
        let ground = ground(&["eth0"]);
        let mut first = Draft::new(EnvFile::default(), &BTreeMap::new());
        filled(&mut first, &ground, NEEDED);
        let written = first.finish();
        let mut second = Draft::new(EnvFile::parse(&written.to_string()), &BTreeMap::new());
        filled(&mut second, &ground, &[]);
        assert_eq!(written.to_string(), second.finish().to_string());
    }

    #[test]
    fn an_override_of_the_rail_is_valid_and_not_excluded() {
        let ground = ground(&["wlan0"]);
        let mut draft = Draft::new(EnvFile::default(), &BTreeMap::new());
        let chosen = [
            ("WICAP_INTERFACE", "wlan0"),
            ("WICAP_ALLOW_MANAGEMENT_INTERFACE", "true"),
        ];
        filled(&mut draft, &ground, &[NEEDED, &chosen].concat());
        let found = check_values(&draft.finish(), &BTreeMap::new(), &ground.host);
        assert_eq!(Vec::<Finding>::new(), found);
    }

    #[test]
    fn the_management_interface_without_an_override_is_refused() {
        let ground = ground(&["wlan0"]);
        let mut draft = Draft::new(EnvFile::default(), &BTreeMap::new());
        filled(
            &mut draft,
            &ground,
            &[NEEDED, &[("WICAP_INTERFACE", "wlan0")]].concat(),
        );
        let found = check_values(&draft.finish(), &BTreeMap::new(), &ground.host);
        let codes: Vec<&str> = found.iter().map(|finding| finding.code).collect();
        assert_eq!(vec!["management_interface"], codes);
    }

    #[test]
    fn old_values_that_are_no_good_are_not_proposed_again() {
        let file = EnvFile::parse("WICAP_SQL_PASSWORD=short\nWICAP_BANDS=9ghz\n");
        let draft = Draft::new(file, &BTreeMap::new());
        let ground = ground(&["eth0"]);
        let (proposal, why) = draft.proposal(rule("WICAP_BANDS").unwrap(), &ground);
        assert_eq!(Some("2.4ghz"), proposal.as_deref());
        assert!(why.unwrap().contains("9ghz"));
        let (proposal, why) = draft.proposal(rule("WICAP_SQL_PASSWORD").unwrap(), &ground);
        assert_eq!(None, proposal);
        assert!(!why.unwrap().contains("short "));
    }

    #[test]
    fn an_alias_seeds_its_key_and_follows_it() {
        let file = EnvFile::parse("WICAP_SQL_SERVER=old.lan\n");
        let mut draft = Draft::new(file, &BTreeMap::new());
        assert_eq!(Some("old.lan"), draft.existing("WICAP_SQL_HOST"));
        draft
            .answer(rule("WICAP_SQL_HOST").unwrap(), "new.lan")
            .unwrap();
        let values = draft.finish().literals();
        assert_eq!(values["WICAP_SQL_HOST"], "new.lan");
        assert_eq!(values["WICAP_SQL_SERVER"], "new.lan");
    }
}
