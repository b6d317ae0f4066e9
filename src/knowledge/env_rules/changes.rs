use url::Url;

use super::rule;
use crate::knowledge::env_file::EnvFile;

/// What stands in place of a secret.
const MASK: &str = "********";
/// Words that make the value of any key a secret.
const SECRET_WORDS: [&str; 10] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "TOKEN",
    "API_KEY",
    "APIKEY",
    "BEARER",
    "CREDENTIAL",
    "PRIVATE_KEY",
];

/// How one key differs between two files, with secrets masked.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// The key.
    pub key: String,
    /// Its value before; `None` if it was not there.
    pub before: Option<String>,
    /// Its value now; `None` if it is gone.
    pub after: Option<String>,
}

/// Returns what differs, in the order of the new file; what is gone comes last.
pub fn changes(before: &EnvFile, after: &EnvFile) -> Vec<Change> {
    let (old, new) = (before.literals(), after.literals());
    let mut keys: Vec<String> = Vec::new();
    let both = after.assignments().chain(before.assignments());
    for key in both.map(|one| one.key.to_owned()) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let shown = |key: &str, value: Option<&String>| value.map(|value| mask(key, value));
    let differs = keys.into_iter().filter(|key| old.get(key) != new.get(key));
    differs
        .map(|key| Change {
            before: shown(&key, old.get(&key)),
            after: shown(&key, new.get(&key)),
            key,
        })
        .collect()
}

/// Whether the value of `key` must never be shown.
pub fn is_secret_key(key: &str) -> bool {
    let upper = key.to_ascii_uppercase();
    let is_named_so = SECRET_WORDS.iter().any(|word| upper.contains(word));
    match rule(key) {
        Some(rule) => rule.is_secret(),
        None => is_named_so || upper.ends_with("_KEY") || upper.ends_with("_PASS"),
    }
}

/// Returns a value as it may be shown: a secret as stars of one length, an address
/// without its user and password, other values as they are.
pub fn mask(key: &str, value: &str) -> String {
    if is_secret_key(key) && !value.is_empty() {
        return MASK.to_owned();
    }
    let has_user = |url: &Url| !url.username().is_empty() || url.password().is_some();
    match Url::parse(value) {
        Ok(mut url) if has_user(&url) => {
            let is_masked = url.set_username(MASK).is_ok() && url.set_password(None).is_ok();
            if is_masked {
                url.to_string()
            } else {
                MASK.to_owned()
            }
        }
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_shown_and_its_length_neither() {
        check("WICAP_SQL_PASSWORD", "correct horse", MASK);
        check("WICAP_SQL_PASSWORD", "correct horse battery", MASK);
        check("WICAP_SQL_PASSWORD", "", "");
        check("WICAP_OTLP_HEADERS", "x-api-key=1", MASK);
        check("MY_GITHUB_TOKEN", "abc", MASK);
        check("STRIPE_KEY", "abc", MASK);
        check("WICAP_REDIS_QUEUE_KEY", "wicap:events", "wicap:events");
        check(
            "WICAP_REDIS_URL",
            "redis://:pw@h:6380/0",
            "redis://********@h:6380/0",
        );
        check(
            "DATABASE_URL",
            "postgres://u:pw@h/db",
            "postgres://********@h/db",
        );
        check("WICAP_INTERFACE", "wlan1", "wlan1");
    }

    #[test]
    fn a_change_of_a_secret_shows_that_it_changed() {
        let before = EnvFile::parse("A=1\nWICAP_SQL_PASSWORD=old-password-1\nGONE=x\n");
        let after = EnvFile::parse("A=1\nWICAP_SQL_PASSWORD=new-password-2\nB=2\n");
        let found = changes(&before, &after);
        let shown: Vec<_> = found
            .iter()
            .map(|change| {
                (
                    &*change.key,
                    change.before.as_deref(),
                    change.after.as_deref(),
                )
            })
            .collect();
        let expected = vec![
            ("WICAP_SQL_PASSWORD", Some(MASK), Some(MASK)),
            ("B", None, Some("2")),
            ("GONE", Some("x"), None),
        ];
        assert_eq!(expected, shown);
    }

    #[track_caller]
    fn check(key: &str, value: &str, expected: &str) {
        assert_eq!(expected, mask(key, value), "{key}");
    }
}
