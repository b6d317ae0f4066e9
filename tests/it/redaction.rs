//! Secrets of known shapes vanish from outside text, and what looks like one stays.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use wicap_assist::model::{BLOCK_BYTES_MAX, LINE_CHARS_MAX, Redacted, redact};

const SECRETS: &str = include_str!("../data/redaction/secrets.txt");
const LOOKALIKES: &str = include_str!("../data/redaction/lookalikes.txt");

/// The texts of a data file, placeholders filled.
fn texts(file: &str) -> Vec<String> {
    let is_text = |line: &&str| {
        !line.is_empty() && *line != "#" && !line.starts_with("# ") && !line.starts_with("## ")
    };
    file.lines().filter(is_text).map(filled).collect()
}

/// Fills `{a36}` and its like with characters that depend on their place alone.
fn filled(line: &str) -> String {
    let mut text = String::new();
    let mut seed = 7_u64;
    let mut rest = line;
    while let Some(open) = rest.find('{') {
        text.push_str(&rest[..open]);
        rest = &rest[open..];
        let close = rest.find('}').unwrap_or(0);
        match made(rest.get(1..close).unwrap_or(""), &mut seed) {
            Some(made) => {
                text.push_str(&made);
                rest = &rest[close + 1..];
            }
            None => {
                text.push('{');
                rest = &rest[1..];
            }
        }
    }
    text.push_str(rest);
    text.replace('⏎', "\n")
}

fn made(placeholder: &str, seed: &mut u64) -> Option<String> {
    let alphabet: &[u8] = match placeholder.chars().next()? {
        'a' => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        'h' => b"0123456789abcdef",
        'U' => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        'd' => b"123456789",
        'w' => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-",
        'b' => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        _ => return None,
    };
    let length: usize = placeholder[1..].parse().ok()?;
    let letters = (0..length).map(|at| {
        *seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        // The first and the last letter are plain, so that the token is one word.
        let size = if at == 0 || at + 1 == length {
            alphabet.len().min(10)
        } else {
            alphabet.len()
        };
        char::from(alphabet[(*seed >> 33) as usize % size])
    });
    Some(letters.collect())
}

/// A secret's text: as it comes in, as it must come out, and what must be gone.
struct Planted {
    raw: String,
    clean: String,
    secrets: Vec<String>,
}

fn planted(text: &str) -> Planted {
    let mut planted = Planted {
        raw: String::new(),
        clean: String::new(),
        secrets: Vec::new(),
    };
    for (index, part) in text.split(['«', '»']).enumerate() {
        planted.raw.push_str(part);
        if index % 2 == 0 {
            planted.clean.push_str(part);
        } else {
            planted.clean.push_str("<redacted>");
            planted.secrets.push(part.to_owned());
        }
    }
    planted
}

fn all_planted() -> Vec<Planted> {
    texts(SECRETS).iter().map(|text| planted(text)).collect()
}

#[test]
fn every_known_shape_vanishes_and_its_context_stays() {
    let all = all_planted();
    assert!(all.len() >= 200, "only {} shapes", all.len());
    let failures: Vec<String> = all
        .iter()
        .filter(|planted| redact(&planted.raw) != planted.clean)
        .map(|planted| {
            format!(
                "   raw {}\n  want {}\n   got {}",
                planted.raw,
                planted.clean,
                redact(&planted.raw)
            )
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {}\n{}",
        failures.len(),
        all.len(),
        failures.join("\n")
    );
}

#[test]
fn what_only_looks_like_a_secret_stays() {
    let all = texts(LOOKALIKES);
    assert!(all.len() >= 200, "only {} look-alikes", all.len());
    let failures: Vec<String> = all
        .iter()
        .filter(|text| redact(text) != text.as_str())
        .map(|text| format!("  {text}\n  {}", redact(text)))
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {}\n{}",
        failures.len(),
        all.len(),
        failures.join("\n")
    );
}

#[test]
fn redacting_twice_changes_nothing() {
    for planted in all_planted() {
        let once = redact(&planted.raw).into_owned();
        assert_eq!(redact(&once), once);
        let line = Redacted::from_raw(&planted.raw);
        assert_eq!(Redacted::from_raw(line.as_str()), line);
    }
}

#[test]
fn a_secret_inside_a_json_string_vanishes() {
    let mut failures = Vec::new();
    // The lines of a YAML block are told from others by their line breaks.
    let is_block = |planted: &Planted| planted.raw.contains(": |\n");
    for planted in all_planted()
        .into_iter()
        .filter(|planted| !is_block(planted))
    {
        let outer = serde_json::json!({ "log": planted.raw, "stream": "stderr" }).to_string();
        let clean = redact(&outer);
        let left = planted
            .secrets
            .iter()
            .filter(|secret| secret.len() > 3 && !secret.contains(['"', '\n', '\\']));
        failures.extend(
            left.filter(|secret| clean.contains(*secret))
                .map(|_| format!("  {outer}\n  {clean}")),
        );
    }
    assert!(
        failures.is_empty(),
        "{}\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn an_event_read_back_is_the_event_that_was_written() {
    for planted in all_planted() {
        let block = Redacted::block(&planted.raw, 2_048);
        let json = serde_json::to_string(&block).expect("a string is JSON");
        assert_eq!(
            serde_json::from_str::<Redacted>(&json).expect("it was written by us"),
            block
        );
    }
}

/// Texts of 100 kB that repeat what makes a recogniser look around.
#[test]
fn a_hostile_text_takes_linear_time() {
    let mut parts = vec![
        "password=\"".to_owned(),
        "-----BEGIN PRIVATE KEY-----".to_owned(),
        "-----END PRIVATE KEY-----\n".to_owned(),
        "mysql -p ".to_owned(),
        "://a:b/@".to_owned(),
        "AUTH ".to_owned(),
        "eyJ".to_owned(),
        "key:".to_owned(),
        "a".to_owned(),
        "\\".to_owned(),
        "password: [".to_owned(),
        "token ".to_owned(),
        "secret=,".to_owned(),
        "Authorization: ".to_owned(),
        "cookie: ".to_owned(),
        "MTIz".to_owned(),
        "\u{1b}[".to_owned(),
        "@".to_owned(),
        "password\n-".to_owned(),
        "_key".to_owned(),
        "LS0tLS1CRUdJTi".to_owned(),
        "identified by '".to_owned(),
        "password: \n- ".to_owned(),
        "user on >".to_owned(),
        "\"password\",".to_owned(),
        "password: {a:".to_owned(),
        "bearer ".to_owned(),
        "basic YTpi".to_owned(),
        "&quot;password&quot;:".to_owned(),
        "wpa_passphrase ".to_owned(),
        "password: |\n ".to_owned(),
        "$6$".to_owned(),
        "@tcp(".to_owned(),
        "password='".to_owned(),
    ];
    parts.extend(
        all_planted()
            .into_iter()
            .step_by(20)
            .map(|planted| planted.raw),
    );
    for part in parts {
        let text = part.repeat(100_000 / part.len());
        let start = Instant::now();
        let _ = redact(&text);
        // Without optimisation, on a busy machine: quadratic time would be minutes.
        assert!(
            start.elapsed() < Duration::from_secs(15),
            "{part:?} took {:?}",
            start.elapsed()
        );
    }
}

/// Pieces that the recognisers react to, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let known = prop::sample::select(
        all_planted()
            .into_iter()
            .map(|planted| planted.raw)
            .collect::<Vec<_>>(),
    );
    let bits = prop::sample::select(vec![
        "password",
        "=",
        ":",
        "\"",
        "'",
        "\\",
        " ",
        "\n",
        "://",
        "@",
        "{",
        "[",
        "]",
        "}",
        ",",
        ";",
        "&",
        "<redacted>",
        "…",
        "token",
        "--",
        "-p",
        "mysql ",
        "Authorization: ",
        "Bearer ",
        "Cookie: ",
        "eyJ",
        "AUTH ",
        "ä",
        "\u{1b}[1m",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "%3D",
        "value",
        "key",
        "|",
        ">",
        "<",
        "$",
        "(",
        ")",
    ]);
    let piece = prop_oneof![4 => bits.prop_map(str::to_owned), 1 => known, 1 => ".{0,8}"];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_text_can_be_redacted_and_twice_is_once(text in pieces()) {
        let once = redact(&text).into_owned();
        prop_assert_eq!(&redact(&once), &once);
        let line = Redacted::from_raw(&text);
        prop_assert!(line.as_str().chars().count() <= LINE_CHARS_MAX);
        prop_assert!(!line.as_str().chars().any(char::is_control));
        prop_assert_eq!(&Redacted::from_raw(line.as_str()), &line);
        let block = Redacted::block(&text, 64);
        prop_assert!(block.as_str().len() <= 64);
        prop_assert_eq!(&Redacted::from(block.to_string()), &block);
    }

    #[test]
    fn any_bytes_can_be_redacted(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let text = String::from_utf8_lossy(&bytes);
        let _ = redact(&text);
        let _ = Redacted::block(&text, BLOCK_BYTES_MAX);
    }

    #[test]
    fn a_planted_secret_vanishes_from_any_context(
        before in "([a-z]{1,8} ){0,6}", after in "( [a-z]{1,8}){0,6}", secret in "[A-Za-z][A-Za-z0-9]{14}[0-9]",
        form in prop::sample::select(vec![
            "password=§", "{\"token\": \"§\"}", "--api-key §", "redis://u:§@h:1/0", "Authorization: Bearer §",
            "X-WICAP-SECRET: §", "WICAP_SQL_PASSWORD=§", "https://h/?access_token=§&n=1", "Pwd=§;Uid=x", "psk=\"§\"",
            "mysql -u root -p§ db", "redis-cli -a § ping", "{\\\"secret\\\":\\\"§\\\"}", "ghp_§§", "client_secret: §",
        ]),
    ) {
        let text = format!("{before}{}{after}", form.replace('§', &secret));
        let clean = redact(&text);
        prop_assert!(!clean.contains(&secret), "{}", clean);
        prop_assert!(clean.starts_with(&before), "{}", clean);
        prop_assert!(clean.ends_with(&after), "{}", clean);
    }
}
