use regex::Regex;
use url::Url;

use super::net;
use crate::knowledge::spelling::nearest;

/// The least length of a password or secret that WiCAP accepts.
const SECRET_CHARS_MIN: usize = 12;
/// The longest name of a network interface that Linux has.
const INTERFACE_BYTES_MAX: usize = 15;
/// Words with which examples fill in what the operator has to.
const PLACEHOLDERS: [&str; 9] = [
    "your_",
    "your-",
    "changeme",
    "change_me",
    "change-me",
    "placeholder",
    "replace",
    "<",
    "xxxx",
];
/// What WiCAP takes for a yes or no.
const BOOLEANS: [&str; 10] = [
    "true", "false", "1", "0", "yes", "no", "y", "n", "on", "off",
];

/// What a key may hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Any text of one line.
    Text,
    /// A password of at least 12 characters that is no placeholder.
    Secret,
    /// A key or token without blanks; may be empty.
    Token,
    /// `name=value,…` or a JSON object; may be empty, and may hold keys.
    Headers,
    /// Yes or no.
    Bool,
    /// A whole number.
    Integer {
        /// The least.
        min: i64,
        /// The most.
        max: i64,
    },
    /// A number.
    Decimal {
        /// The least.
        min: f64,
        /// The most.
        max: f64,
    },
    /// Whole numbers with commas between them.
    Integers {
        /// The least.
        min: i64,
        /// The most.
        max: i64,
    },
    /// One of these words.
    Word(&'static [&'static str]),
    /// Some of these words, with commas between them.
    Words(&'static [&'static str]),
    /// `host`, `host,port`, `host:port`, `tcp:host,port` or `host\INSTANCE`.
    SqlHost,
    /// A database or user name.
    SqlName,
    /// Addresses, networks and host names with commas between them.
    Allowlist,
    /// `redis://` or `rediss://` with a host.
    RedisUrl,
    /// `http://` or `https://` with a host; may be empty where it is optional.
    HttpUrl,
    /// Origins with commas between them; may be empty.
    Origins,
    /// A file or folder.
    Path,
    /// A network interface, or `auto`.
    Interface,
    /// A MAC address; may be empty.
    Mac,
    /// A regular expression; may be empty.
    Pattern,
    /// A serial device by its path, or `auto`.
    Device,
    /// A path under `/dev` with `*`.
    DeviceGlob,
    /// A serial number; may be empty.
    Serial,
}

impl Kind {
    /// Says why `value` does not fit. Never shows the value of a secret.
    pub fn check(self, value: &str) -> Result<(), String> {
        if value.chars().any(char::is_control) {
            return Err("has a control character or more than one line".to_owned());
        }
        match self {
            Self::Text => Ok(()),
            Self::Secret => secret(value),
            Self::Token => holds(!value.contains(char::is_whitespace), "has a blank in it"),
            Self::Headers => headers(value),
            Self::Bool => word(&BOOLEANS, &value.to_ascii_lowercase()),
            Self::Integer { min, max } => integer(value, min, max),
            Self::Decimal { min, max } => decimal(value, min, max),
            Self::Integers { min, max } => each(value, |one| integer(one, min, max)),
            Self::Word(words) => word(words, value),
            Self::Words(words) => each(value, |one| word(words, one)),
            Self::SqlHost => net::sql_address(value).map(drop),
            Self::SqlName => sql_name(value),
            Self::Allowlist => net::allowlist(value).map(drop),
            Self::RedisUrl => redis_url(value),
            Self::HttpUrl if value.is_empty() => Ok(()),
            Self::HttpUrl => http_url(value),
            Self::Origins if value.is_empty() => Ok(()),
            Self::Origins => each(value, http_url),
            Self::Path => holds(!value.trim().is_empty(), "is empty, and must be a path"),
            Self::Interface => interface(value),
            Self::Mac => mac(value),
            Self::Pattern => pattern(value),
            Self::Device => device(value),
            Self::DeviceGlob => {
                let is_glob = value.is_empty() || value.starts_with("/dev/");
                holds(
                    is_glob,
                    "must be a path under /dev, such as /dev/serial/by-id/*nRF*",
                )
            }
            Self::Serial => {
                let is_plain =
                    |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
                holds(
                    value.chars().all(is_plain),
                    "is no serial number (letters, digits, `-`, `_`)",
                )
            }
        }
    }

    /// Writes a value that passed the check the way WiCAP's documents do.
    pub fn normal(self, value: &str) -> String {
        match self {
            Self::Bool => is_true(value).to_string(),
            Self::Mac => value.to_ascii_lowercase().replace('-', ":"),
            Self::Allowlist => {
                let parts = value
                    .split(',')
                    .map(str::trim)
                    .filter(|part| !part.is_empty());
                let mut kept: Vec<&str> = Vec::new();
                for part in parts {
                    if !kept.contains(&part) {
                        kept.push(part);
                    }
                }
                kept.join(",")
            }
            Self::Text
            | Self::Secret
            | Self::Token
            | Self::Headers
            | Self::Integer { .. }
            | Self::Decimal { .. }
            | Self::Integers { .. }
            | Self::Word(_)
            | Self::Words(_)
            | Self::SqlHost
            | Self::SqlName
            | Self::RedisUrl
            | Self::HttpUrl
            | Self::Origins
            | Self::Path
            | Self::Interface
            | Self::Pattern
            | Self::Device
            | Self::DeviceGlob
            | Self::Serial => value.to_owned(),
        }
    }
}

/// Whether WiCAP takes a text for a yes.
pub(super) fn is_true(value: &str) -> bool {
    let word = value.trim().to_ascii_lowercase();
    matches!(&*word, "1" | "true" | "yes" | "y" | "on")
}

/// Whether a text is what an example had in place of a value.
pub(super) fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    PLACEHOLDERS.iter().any(|word| lower.contains(word))
}

fn holds(is_so: bool, why: &str) -> Result<(), String> {
    match is_so {
        true => Ok(()),
        false => Err(why.to_owned()),
    }
}

fn each(value: &str, check: impl Fn(&str) -> Result<(), String>) -> Result<(), String> {
    value.split(',').try_for_each(|one| check(one.trim()))
}

fn secret(value: &str) -> Result<(), String> {
    if is_placeholder(value) {
        return Err("is still the placeholder of an example".to_owned());
    }
    let n_chars = value.chars().count();
    let why = format!("has {n_chars} characters, at least {SECRET_CHARS_MIN} are needed");
    holds(n_chars >= SECRET_CHARS_MIN, &why)
}

fn headers(value: &str) -> Result<(), String> {
    let value = value.trim();
    if value.starts_with('{') {
        let read = serde_json::from_str::<std::collections::BTreeMap<String, String>>(value);
        return holds(read.is_ok(), "is no JSON object of texts");
    }
    let pairs = || value.split(',').filter(|pair| !pair.trim().is_empty());
    let is_pair = |pair: &str| {
        pair.split_once('=')
            .is_some_and(|(name, _)| !name.trim().is_empty())
    };
    holds(
        pairs().all(is_pair),
        "must be `name=value` pairs with commas between them",
    )
}

fn integer(value: &str, min: i64, max: i64) -> Result<(), String> {
    let is_inside = value
        .trim()
        .parse()
        .is_ok_and(|n: i64| (min..=max).contains(&n));
    holds(
        is_inside,
        &format!("`{value}` is no whole number from {min} to {max}"),
    )
}

fn decimal(value: &str, min: f64, max: f64) -> Result<(), String> {
    let is_inside = value
        .trim()
        .parse()
        .is_ok_and(|n: f64| (min..=max).contains(&n));
    holds(
        is_inside,
        &format!("`{value}` is no number from {min} to {max}"),
    )
}

fn word(words: &[&str], value: &str) -> Result<(), String> {
    let list = words.join(", ");
    match (
        words.contains(&value),
        nearest(value, words.iter().copied()),
    ) {
        (true, _) => Ok(()),
        (false, Some(close)) => Err(format!(
            "`{value}` is none of {list}; did you mean `{close}`?"
        )),
        (false, None) => Err(format!("`{value}` is none of {list}")),
    }
}

fn sql_name(value: &str) -> Result<(), String> {
    // These end a value in the connection string that WiCAP puts together.
    let is_plain = !value.contains([';', '{', '}', '=']);
    let is_sized = (1..=128).contains(&value.chars().count());
    holds(
        is_plain && is_sized,
        "must have 1 to 128 characters and none of `;={}`",
    )
}

fn redis_url(value: &str) -> Result<(), String> {
    let url = Url::parse(value).map_err(|error| format!("is no address: {error}"))?;
    holds(
        matches!(url.scheme(), "redis" | "rediss"),
        "must start with redis:// or rediss://",
    )?;
    holds(
        url.host_str().is_some_and(|host| !host.is_empty()),
        "names no host",
    )?;
    holds(url.port() != Some(0), "port 0 is no port")?;
    let database = url.path().trim_start_matches('/');
    let is_number = database.is_empty() || database.parse::<u16>().is_ok();
    holds(
        is_number,
        "the database after the last `/` must be a number",
    )
}

fn http_url(value: &str) -> Result<(), String> {
    let url = Url::parse(value).map_err(|error| format!("is no address: {error}"))?;
    holds(
        matches!(url.scheme(), "http" | "https"),
        "must start with http:// or https://",
    )?;
    let has_user = !url.username().is_empty() || url.password().is_some();
    holds(!has_user, "must carry no user or password")?;
    holds(url.port() != Some(0), "port 0 is no port")?;
    let is_plain = !value.contains(char::is_whitespace);
    holds(is_plain, "has a blank in it")
}

fn interface(value: &str) -> Result<(), String> {
    let is_legal = |c: char| c.is_ascii_graphic() && !matches!(c, '/' | ':');
    let is_sized = (1..=INTERFACE_BYTES_MAX).contains(&value.len());
    let is_name = is_sized && value.chars().all(is_legal) && !matches!(value, "." | "..");
    let why = format!(
        "`{value}` is no interface name (1 to {INTERFACE_BYTES_MAX} characters) and not `auto`"
    );
    holds(is_name, &why)
}

fn mac(value: &str) -> Result<(), String> {
    let parts: Vec<&str> = value.split([':', '-']).collect();
    let is_pair = |part: &&str| part.len() == 2 && part.chars().all(|c| c.is_ascii_hexdigit());
    let is_address = parts.len() == 6 && parts.iter().all(is_pair);
    let is_null = is_address && parts.iter().all(|part| *part == "00");
    let why = format!("`{value}` is no MAC address such as aa:bb:cc:dd:ee:ff");
    holds(value.is_empty() || (is_address && !is_null), &why)
}

fn pattern(value: &str) -> Result<(), String> {
    let because = |error: regex::Error| {
        let text = error.to_string();
        let last = text.lines().last().unwrap_or_default();
        let reason = last.strip_prefix("error: ").unwrap_or(last);
        format!("`{value}` is no regular expression: {reason}")
    };
    Regex::new(value).map(drop).map_err(because)
}

fn device(value: &str) -> Result<(), String> {
    let is_usb_port = value.starts_with("COM") || value.starts_with("tty");
    let is_device = value == "auto" || value.starts_with("/dev/");
    let has_way_out = value.split('/').any(|segment| segment == "..");
    let why = match is_usb_port {
        true => format!(
            "`{value}` is no path; write /dev/{value}, or better its name in /dev/serial/by-id"
        ),
        false => format!("`{value}` is neither `auto` nor a path under /dev"),
    };
    holds(is_device && !has_way_out, &why)
}
