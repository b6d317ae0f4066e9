//! Which keys name a secret. A key is judged by its word parts, never by a substring.

/// What a key that names a secret is, as far as its value is read differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyKind {
    /// `password`, `passphrase`: also takes a quoted value without a separator.
    Password,
    /// `pass`, `pw`: a short number is a count ("pass: 52").
    Pass,
    /// `secret`, `psk`, `credential`.
    Secret,
    /// `token`: a short number is a count or a position.
    Token,
    /// `api_key`, `private_key`: a path is a file name.
    Key,
    /// `auth`: secret only when the value is an encoded login.
    Auth,
    /// `dsn`, `connection_string`: its parts are judged one by one when it has parts.
    ConnectionString,
    /// `Authorization`, `Proxy-Authorization`.
    Authorization,
    /// `Cookie`, `Set-Cookie`.
    Cookie,
    /// `requirepass`, `masterauth`: the value follows after a blank.
    Directive,
    /// `sig`, `signature`, `key`: secret only as a parameter of a URL.
    Parameter,
}

/// Longest key, in bytes, that is judged; longer ones are judged by their last bytes.
pub(super) const KEY_BYTES_MAX: usize = 128;

/// Words that make a key secret wherever they stand in it.
const SECRET_WORDS: &[&str] = &[
    "secret",
    "psk",
    "credential",
    "credentials",
    "pmk",
    "passcode",
    "passkey",
    "otp",
    "privkey",
    "secretkey",
    "privatekey",
    "connect.sid",
    "phpsessid",
    "jsessionid",
    "sessid",
    "cred",
    "creds",
];

const PASSWORD_WORDS: &[&str] = &["password", "passwords", "passwd", "pwd", "passphrase"];

const DIRECTIVES: &[&str] = &["requirepass", "masterauth", "sshpass", "pgpass", "authpass"];

/// Ends of run-together words: `pgpassword`, `clientsecret`, `dbpasswd`.
const SECRET_ENDS: &[&str] = &["password", "passwd", "passphrase", "secret", "apikey"];

/// What makes `key` a secret when it stands before it.
const KEY_QUALIFIERS: &[&str] = &[
    "api",
    "secret",
    "private",
    "access",
    "auth",
    "encryption",
    "encrypt",
    "decryption",
    "signing",
    "sign",
    "master",
    "session",
    "service",
    "account",
    "storage",
    "shared",
    "deploy",
    "deployment",
    "license",
    "client",
    "webhook",
    "wep",
    "admin",
    "hmac",
    "aes",
    "fernet",
    "jwt",
    "cipher",
    "crypto",
    "app",
    "application",
    "subscription",
    "functions",
    "rsa",
    "ssh",
    "ssl",
    "tls",
    "agent",
    "ingest",
    "write",
    "instrumentation",
    "integration",
    "preshared",
    "token",
    "root",
    "vault",
    "unseal",
    "recovery",
    "activation",
    "stripe",
    "openai",
    "anthropic",
    "google",
    "sendgrid",
    "datadog",
    "dd",
    "mailgun",
    "azure",
    "aws",
    "gcp",
    "github",
    "cookie",
    "passphrase",
    "password",
    "maps",
    "bot",
    "internal",
    "wpa",
    "wireguard",
    "wg",
    "dsa",
    "ecdsa",
    "ed25519",
];

/// What makes `…token` as one word a secret.
const TOKEN_QUALIFIERS: &[&str] = &[
    "api", "auth", "access", "refresh", "session", "bearer", "identity", "registry", "id", "user",
    "bot", "csrf", "xsrf", "security", "device", "deploy", "job", "admin", "private", "login",
    "secret", "oauth", "github", "npm", "vault", "slack", "service", "webhook", "join", "root",
];

/// What makes a `token` an unit of text, a place in a list or a kind of word.
const TOKEN_COUNTERS: &[&str] = &[
    "max",
    "min",
    "n",
    "num",
    "total",
    "avg",
    "mean",
    "count",
    "used",
    "prompt",
    "completion",
    "remaining",
    "eos",
    "bos",
    "pad",
    "unk",
    "sep",
    "cls",
    "mask",
    "special",
    "next",
    "page",
    "continuation",
    "continue",
    "sync",
    "unexpected",
    "stop",
    "per",
    "first",
    "last",
    "current",
    "previous",
    "prev",
    "cancellation",
    "cancel",
    "lock",
    "fencing",
    "output",
    "input",
];

/// Last words that say that the value is about a secret, not the secret.
const DESCRIPTIONS: &[&str] = &[
    "id",
    "ids",
    "name",
    "names",
    "file",
    "files",
    "filename",
    "path",
    "paths",
    "dir",
    "directory",
    "url",
    "uri",
    "endpoint",
    "host",
    "port",
    "length",
    "len",
    "size",
    "count",
    "counts",
    "max",
    "min",
    "limit",
    "ttl",
    "expiry",
    "expires",
    "expired",
    "expire",
    "expiration",
    "exp",
    "age",
    "type",
    "types",
    "kind",
    "format",
    "policy",
    "required",
    "optional",
    "enabled",
    "disabled",
    "valid",
    "invalid",
    "status",
    "state",
    "version",
    "algorithm",
    "algo",
    "alg",
    "field",
    "fields",
    "header",
    "hint",
    "label",
    "index",
    "position",
    "prefix",
    "bits",
    "usage",
    "used",
    "mode",
    "rotation",
    "updated",
    "changed",
    "created",
    "rotated",
    "at",
    "time",
    "date",
    "timeout",
    "env",
    "var",
    "variable",
    "strength",
    "entropy",
    "attempts",
    "retries",
    "error",
    "errors",
    "failed",
    "failure",
    "failures",
    "fingerprint",
    "thumbprint",
    "checksum",
    "budget",
    "provider",
    "manager",
    "service",
    "store",
    "server",
    "engine",
    "source",
    "ref",
    "refs",
    "arn",
    "scope",
    "scopes",
    "grant",
    "issuer",
    "audience",
    "method",
    "plugin",
    "scheme",
    "realm",
    "set",
    "present",
    "missing",
    "ok",
    "match",
    "matches",
    "seconds",
    "secs",
    "sec",
    "s",
    "ms",
    "minutes",
    "mins",
    "hours",
    "days",
    "stdin",
    "prompt",
    "reset",
    "rotator",
    "handler",
    "validator",
    "checker",
    "reader",
    "loader",
    "factory",
    "worker",
    "daemon",
    "exporter",
    "operator",
    "controller",
    "module",
    "test",
    "tests",
    "spec",
    "helper",
    "util",
    "utils",
    "py",
    "rs",
    "js",
    "ts",
    "go",
    "java",
    "yml",
    "yaml",
    "json",
    "toml",
    "txt",
    "log",
    "md",
    "sh",
    "conf",
    "ini",
    "html",
    "sql",
    "db",
    "com",
    "org",
    "net",
    "io",
    "rate",
    "per",
    "strategy",
    "mgmt",
    "authentication",
    "lookup",
    "digits",
    "chars",
    "bytes",
    "only",
    "free",
    "auth",
    "authority",
    "verify",
    "check",
    "less",
    "process",
    "detected",
    "found",
    "scan",
    "scanner",
    "scanning",
    "ring",
    "map",
];

/// Last words that change nothing: `API_KEY_PROD`, `token_2`, `password.value`.
const NEUTRAL_ENDS: &[&str] = &[
    "prod",
    "production",
    "dev",
    "staging",
    "live",
    "old",
    "new",
    "value",
    "raw",
    "plain",
    "text",
    "str",
    "string",
    "b64",
    "base64",
    "encoded",
    "enc",
    "primary",
    "secondary",
    "default",
    "v",
    "current",
    "previous",
    "backup",
    "override",
    "data",
    "hash",
    "hex",
];

/// Judges a key; `None` for one that names no secret.
pub(super) fn classify(key: &[u8]) -> Option<KeyKind> {
    let key = String::from_utf8_lossy(&key[key.len().saturating_sub(KEY_BYTES_MAX)..]);
    let parts = word_parts(&key);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let last = *parts.last()?;
    if is_authorization(&parts) {
        return Some(KeyKind::Authorization);
    }
    if matches!(last, "cookie" | "cookies") {
        return Some(KeyKind::Cookie);
    }
    if is_connection_string(&parts) {
        return Some(KeyKind::ConnectionString);
    }
    if is_session_cookie(&key) {
        return Some(KeyKind::Secret);
    }
    if DESCRIPTIONS.contains(&last) {
        return (last == "auth").then_some(KeyKind::Auth);
    }
    anywhere(&parts).or_else(|| at_the_end(&parts))
}

/// Splits at punctuation, at camel humps and between letters and digits, in lower case.
fn word_parts(key: &str) -> Vec<String> {
    let bytes = key.as_bytes();
    let mut parts: Vec<String> = Vec::new();
    let mut is_open = false;
    for (at, &byte) in bytes.iter().enumerate() {
        if !byte.is_ascii_alphanumeric() {
            is_open = false;
            continue;
        }
        let joins = is_open && !is_hump(bytes, at);
        let letter = char::from(byte.to_ascii_lowercase());
        match parts.last_mut() {
            Some(part) if joins => part.push(letter),
            _ => parts.push(letter.to_string()),
        }
        is_open = true;
    }
    parts
}

/// Whether a new word starts at `at` although no punctuation stands before it.
fn is_hump(bytes: &[u8], at: usize) -> bool {
    let (before, here) = (bytes[at - 1], bytes[at]);
    let next_is_lower = bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase);
    (before.is_ascii_lowercase() && here.is_ascii_uppercase())
        || (before.is_ascii_uppercase() && here.is_ascii_uppercase() && next_is_lower)
        || before.is_ascii_digit() != here.is_ascii_digit()
}

fn is_authorization(parts: &[&str]) -> bool {
    matches!(parts, [.., "authorization"])
}

fn is_connection_string(parts: &[&str]) -> bool {
    matches!(
        parts,
        [.., "dsn" | "connstr" | "connectionstring"]
            | [.., "connection" | "conn", "string" | "str"]
    )
}

fn is_session_cookie(key: &str) -> bool {
    ["phpsessid", "jsessionid", "connect.sid", "sessionid"]
        .iter()
        .any(|known| key.eq_ignore_ascii_case(known))
}

/// Words that are secret in any place of the key.
fn anywhere(parts: &[&str]) -> Option<KeyKind> {
    if parts.iter().any(|part| DIRECTIVES.contains(part)) {
        return Some(KeyKind::Directive);
    }
    if parts.iter().any(|part| PASSWORD_WORDS.contains(part)) {
        return Some(KeyKind::Password);
    }
    let is_secret = |part: &&str| {
        SECRET_WORDS.contains(part)
            || (*part != "nopassword" && SECRET_ENDS.iter().any(|end| part.ends_with(end)))
    };
    if parts.iter().any(is_secret) || ends_in(parts, &["wps", "pin"]) {
        return Some(KeyKind::Secret);
    }
    ends_in(parts, &["auth", "pass"]).then_some(KeyKind::Directive)
}

/// Words that are secret only where the value is named: at the end of the key.
fn at_the_end(parts: &[&str]) -> Option<KeyKind> {
    let is_neutral =
        |part: &&str| NEUTRAL_ENDS.contains(part) || part.bytes().all(|byte| byte.is_ascii_digit());
    let tail = parts
        .iter()
        .rev()
        .take_while(|part| is_neutral(part))
        .count();
    let (last, before) = parts[..parts.len() - tail].split_last()?;
    match *last {
        "pass" | "pw" => Some(KeyKind::Pass),
        "token" => is_credential_token(before).then_some(KeyKind::Token),
        "tokens" => before
            .last()
            .is_some_and(|word| ["api", "auth", "access", "refresh"].contains(word))
            .then_some(KeyKind::Token),
        "key" | "keys" => before
            .iter()
            .any(|word| KEY_QUALIFIERS.contains(word))
            .then_some(KeyKind::Key)
            .or((*last == "key" && before.is_empty()).then_some(KeyKind::Parameter)),
        "sig" | "signature" | "sas" => Some(KeyKind::Parameter),
        "community" => before.contains(&"snmp").then_some(KeyKind::Secret),
        word => is_joined(word).then_some(KeyKind::Key),
    }
}

fn is_credential_token(before: &[&str]) -> bool {
    before
        .last()
        .is_none_or(|word| !TOKEN_COUNTERS.contains(word))
}

/// Run-together words: `accesstoken`, `accountkey`.
fn is_joined(word: &str) -> bool {
    let token = word.strip_suffix("token");
    let key = word.strip_suffix("key");
    token.is_some_and(|start| TOKEN_QUALIFIERS.contains(&start))
        || key.is_some_and(|start| {
            KEY_QUALIFIERS.contains(&start) || matches!(start, "sharedaccess" | "secretaccess")
        })
}

fn ends_in(parts: &[&str], end: &[&str]) -> bool {
    parts.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(key: &str, expected: Option<KeyKind>) {
        assert_eq!(classify(key.as_bytes()), expected, "{key}");
    }

    #[test]
    fn words_inside_other_words_are_not_secret() {
        for key in [
            "monkey",
            "keyboard",
            "tokenizer",
            "secretary",
            "passwordless",
            "max_tokens",
            "n_tokens",
            "primary_key",
            "public_key",
            "cache_key",
            "sort_key",
            "key_id",
            "passed",
            "bypass",
            "compass",
            "key_mgmt",
            "WICAP_INTERNAL_SECRET_REQUIRED",
            "token_count",
            "secretName",
            "password_file",
            "tokens",
            "unexpected token",
            "author",
            "hotkey",
        ] {
            check(key, None);
        }
    }

    #[test]
    fn keys_of_every_spelling_are_secret() {
        for key in [
            "api_key",
            "apikey",
            "secretKey",
            "API_KEY_PROD",
            "private_key",
            "AccountKey",
        ] {
            assert!(classify(key.as_bytes()).is_some(), "{key}");
        }
        check("AUTH_TOKEN", Some(KeyKind::Token));
        check("accesstoken", Some(KeyKind::Key));
        check("db-password", Some(KeyKind::Password));
        check("PGPASSWORD", Some(KeyKind::Secret));
        check("X-WICAP-SECRET", Some(KeyKind::Secret));
        check("Proxy-Authorization", Some(KeyKind::Authorization));
        check("requirepass", Some(KeyKind::Directive));
        check("smtp_pass", Some(KeyKind::Pass));
        check("wep_key0", Some(KeyKind::Key));
    }

    #[test]
    fn camel_humps_and_digits_split_words() {
        assert_eq!(word_parts("myAPIKey2"), ["my", "api", "key", "2"]);
        assert_eq!(
            word_parts("X-Amz-Security-Token"),
            ["x", "amz", "security", "token"]
        );
    }
}
