//! The search: one automaton over all words that can have to do with a secret, and for
//! each hit the recogniser that looks around it.

use std::borrow::Cow;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::commands::{self, PROGRAMS};
use super::pairs;
use super::pem;
use super::scan::{MARKER, Span, byte_before, is_alnum};
use super::tokens::{self, SHAPES};
use super::url::{self, HOOKS};

/// The version of the rules. Rows that a lower version wrote can be scrubbed again.
pub const REDACTION_VERSION: u32 = 1;

/// Passes until nothing is found any more: a replaced secret can uncover a neighbour.
const PASSES_MAX: usize = 8;

/// What a hit of the automaton may be.
#[derive(Debug, Clone, Copy)]
enum Clue {
    KeyWord,
    Shape(usize),
    Program(usize),
    Hook,
    Scheme,
    DriverLogin,
    PrivateKey,
    EncodedPem,
    WebToken,
    TelegramBot,
    SendGrid,
    Twilio,
    DiscordBot,
    Bearer,
    Basic,
    IdentifiedBy,
    AccessList,
    WifiPassphrase,
}

/// Parts of words that keys of secrets are made of.
const KEY_WORDS: &[&str] = &[
    "pass",
    "pwd",
    "secret",
    "token",
    "key",
    "cred",
    "auth",
    "psk",
    "cookie",
    "dsn",
    "connstr",
    "connection",
    "conn_str",
    "sig",
    "otp",
    "pmk",
    "sessid",
    "sessionid",
    "connect.sid",
    "pw",
    "wps_pin",
    "wps-pin",
    "community",
];

const FIXED: &[(&str, Clue)] = &[
    ("://", Clue::Scheme),
    ("@tcp(", Clue::DriverLogin),
    ("@unix(", Clue::DriverLogin),
    ("private key-----", Clue::PrivateKey),
    ("private key block-----", Clue::PrivateKey),
    ("LS0tLS1CRUdJTi", Clue::EncodedPem),
    ("eyJ", Clue::WebToken),
    (":AA", Clue::TelegramBot),
    ("SG.", Clue::SendGrid),
    ("bearer ", Clue::Bearer),
    ("basic ", Clue::Basic),
    ("identified by", Clue::IdentifiedBy),
    (
        "identified with mysql_native_password by",
        Clue::IdentifiedBy,
    ),
    (" on >", Clue::AccessList),
    ("wpa_passphrase", Clue::WifiPassphrase),
];

struct Needles {
    automaton: AhoCorasick,
    clues: Vec<Clue>,
}

static NEEDLES: LazyLock<Needles> = LazyLock::new(|| {
    let mut words: Vec<String> = Vec::new();
    let mut clues = Vec::new();
    let mut add = |word: &str, clue: Clue| {
        words.push(word.to_owned());
        clues.push(clue);
    };
    KEY_WORDS.iter().for_each(|word| add(word, Clue::KeyWord));
    FIXED.iter().for_each(|(word, clue)| add(word, *clue));
    SHAPES
        .iter()
        .enumerate()
        .for_each(|(index, shape)| add(shape.start, Clue::Shape(index)));
    PROGRAMS
        .iter()
        .enumerate()
        .for_each(|(index, program)| add(program.name, Clue::Program(index)));
    HOOKS.iter().for_each(|hook| add(hook, Clue::Hook));
    "0123456789abcdef"
        .chars()
        .for_each(|digit| add(&format!("SK{digit}"), Clue::Twilio));
    discord_starts()
        .iter()
        .for_each(|start| add(start, Clue::DiscordBot));
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::DFA))
        .match_kind(MatchKind::Standard)
        .build(&words)
        .expect("a few hundred short words fit into an automaton");
    Needles { automaton, clues }
});

/// How base64 of two digits starts: the number of a Discord bot.
fn discord_starts() -> Vec<String> {
    let pairs = ["MT", "Mj", "Mz", "ND", "NT", "Nj", "Nz", "OD", "OT"];
    let thirds = "AEIMQUYcgk";
    pairs
        .iter()
        .flat_map(|pair| thirds.chars().map(move |third| format!("{pair}{third}")))
        .collect()
}

/// Replaces every secret in `text` by `<redacted>`; borrows when there is none.
///
/// Line breaks, lengths and everything that is not recognised as a secret stay. Redacting
/// twice gives the same text as redacting once. Takes time linear in the text.
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut current = Cow::Borrowed(text);
    for _ in 0..PASSES_MAX {
        let spans = find(current.as_bytes());
        if spans.is_empty() {
            break;
        }
        current = Cow::Owned(replaced(&current, spans));
    }
    current
}

/// The spans of all secrets, in no order, possibly overlapping.
fn find(text: &[u8]) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let (mut done, mut key_end) = (0, 0);
    for hit in NEEDLES.automaton.find_overlapping_iter(text) {
        let clue = NEEDLES.clues[hit.pattern().as_usize()];
        let hit = Span {
            start: hit.start(),
            end: hit.end(),
        };
        if hit.start < done {
            continue;
        }
        let from = spans.len();
        match clue {
            Clue::KeyWord if hit.start < key_end => (),
            Clue::KeyWord => {
                let key = pairs::identifier(text, hit);
                key_end = key.end;
                spans.extend(pairs::secrets(text, key));
                if spans.len() == from
                    && key.end - key.start == 4
                    && &text[hit.start..hit.end][..2] != b"pa"
                {
                    spans.extend(commands::auth_command(text, hit));
                }
            }
            other => spans.extend(look(text, other, hit)),
        }
        done = spans[from..]
            .iter()
            .map(|span| span.end)
            .fold(done, usize::max);
    }
    spans
}

/// Asks the recogniser of one clue.
fn look(text: &[u8], clue: Clue, hit: Span) -> Vec<Span> {
    let is_inner = byte_before(text, hit.start).is_some_and(is_alnum);
    let found = match clue {
        Clue::KeyWord => None,
        Clue::Shape(index) => tokens::provider_token(text, hit.start, index),
        Clue::Program(index) => return commands::arguments(text, hit, index),
        Clue::Hook => url::hook(text, hit.end),
        Clue::Scheme => url::login(text, hit.start),
        Clue::DriverLogin => url::driver_login(text, hit.start),
        Clue::PrivateKey => pem::private_key(text, hit),
        Clue::EncodedPem => pem::encoded_private_key(text, hit),
        Clue::WebToken => tokens::web_token(text, hit.start),
        Clue::TelegramBot => tokens::telegram_bot(text, hit.start),
        Clue::SendGrid => tokens::sendgrid(text, hit.start),
        Clue::Twilio => tokens::twilio(text, hit.start),
        Clue::DiscordBot => tokens::discord_bot(text, hit.start),
        Clue::Bearer if !is_inner => tokens::bearer(text, hit.end),
        Clue::Basic if !is_inner => tokens::basic(text, hit.end),
        Clue::Bearer | Clue::Basic => None,
        Clue::IdentifiedBy => commands::identified_by(text, hit.end),
        Clue::AccessList => commands::access_list(text, hit.end),
        Clue::WifiPassphrase => commands::wifi_passphrase(text, hit.end),
    };
    found.into_iter().collect()
}

/// The text with one marker for each group of spans that touch.
fn replaced(text: &str, mut spans: Vec<Span>) -> String {
    spans.sort_unstable_by_key(|span| (span.start, span.end));
    let mut clean = String::with_capacity(text.len());
    let mut copied = 0;
    let mut spans = spans.into_iter().peekable();
    while let Some(mut span) = spans.next() {
        while let Some(next) = spans.next_if(|next| next.start <= span.end) {
            span.end = span.end.max(next.end);
        }
        let start = (copied..=span.start)
            .rev()
            .find(|&at| text.is_char_boundary(at));
        let end = (span.end..=text.len()).find(|&at| text.is_char_boundary(at));
        clean.push_str(&text[copied..start.unwrap_or(copied)]);
        clean.push_str(MARKER);
        copied = end.unwrap_or(text.len());
    }
    clean.push_str(&text[copied..]);
    clean
}
