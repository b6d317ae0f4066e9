//! How a row becomes a hash.

use crate::{model::Envelope, store::Digest};

/// How anybody can compute the hash of a row from an export.
pub const HASH_RECIPE: &str = "\
The hash of a row is SHA-256 over eleven netstrings, one after the other, in this \
order: seq, at_ms, session, project, actor_user, actor_host, actor_pid, kind, body, \
input, prev. A netstring is the number of bytes in decimal, `:`, the bytes, `,`. \
Numbers are written in decimal, digests as 64 lower-case hexadecimal digits, the \
body byte for byte as exported; an absent input is the empty netstring `0:,`. The \
first row of a ledger names 64 zeros as prev, every other row the hash of the row \
before it. An input is the text whose own SHA-256 is its digest.";

/// A row of the ledger with what chains it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The event and who wrote it.
    pub envelope: Envelope,
    /// The event as stored: JSON, byte for byte what was hashed.
    pub body: String,
    /// The input of the decision, see [`Ledger::input_get`](super::Ledger::input_get).
    pub input: Option<Digest>,
    /// The hash of the row before; [`Digest::GENESIS`] in the first row.
    pub prev: Digest,
    /// The hash of this row, as stored.
    pub hash: Digest,
}

/// Everything that the hash of a row covers, as it is stored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a> {
    pub(super) seq: i64,
    pub(super) at_ms: i64,
    pub(super) session: i64,
    pub(super) project: &'a [u8],
    pub(super) actor_user: &'a [u8],
    pub(super) actor_host: &'a [u8],
    pub(super) actor_pid: i64,
    pub(super) kind: &'a [u8],
    pub(super) body: &'a [u8],
    pub(super) input: Option<Digest>,
    pub(super) prev: Digest,
}

impl Fields<'_> {
    /// Computes the hash; `scratch` only saves allocations.
    pub(super) fn hash(&self, scratch: &mut Vec<u8>) -> Digest {
        scratch.clear();
        self.encode(scratch);
        Digest::of(scratch)
    }

    /// Writes all fields so that no two rows are written alike.
    fn encode(&self, out: &mut Vec<u8>) {
        number(out, self.seq);
        number(out, self.at_ms);
        number(out, self.session);
        netstring(out, self.project);
        netstring(out, self.actor_user);
        netstring(out, self.actor_host);
        number(out, self.actor_pid);
        netstring(out, self.kind);
        netstring(out, self.body);
        match self.input {
            Some(input) => netstring(out, &input.hex()),
            None => netstring(out, b""),
        }
        netstring(out, &self.prev.hex());
    }
}

fn number(out: &mut Vec<u8>, number: i64) {
    let mut digits = [0; 20];
    let start = decimal(&mut digits, number.unsigned_abs(), number < 0);
    netstring(out, &digits[start..]);
}

fn netstring(out: &mut Vec<u8>, bytes: &[u8]) {
    let mut digits = [0; 20];
    let start = decimal(&mut digits, bytes.len() as u64, false);
    out.extend_from_slice(&digits[start..]);
    out.push(b':');
    out.extend_from_slice(bytes);
    out.push(b',');
}

/// Writes a number to the end of `digits` and returns where it starts. Formatting
/// through `fmt` costs a fifth of the time of a whole verification.
fn decimal(digits: &mut [u8; 20], mut rest: u64, is_negative: bool) -> usize {
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + u8::try_from(rest % 10).expect("a digit is below ten");
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if is_negative {
        start -= 1;
        digits[start] = b'-';
    }
    start
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample() -> Fields<'static> {
        Fields {
            seq: 41,
            at_ms: -7,
            session: 1,
            project: b"wicap",
            actor_user: b"root",
            actor_host: b"edge",
            actor_pid: 12,
            kind: b"service_seen",
            body: br#"{"event":"service_seen","service":"ui"}"#,
            input: None,
            prev: Digest::GENESIS,
        }
    }

    #[test]
    fn the_encoding_is_what_the_recipe_says() {
        let mut out = Vec::new();
        sample().encode(&mut out);
        let expected = format!(
            "2:41,2:-7,1:1,5:wicap,4:root,4:edge,2:12,12:service_seen,\
             39:{{\"event\":\"service_seen\",\"service\":\"ui\"}},0:,64:{},",
            "0".repeat(64)
        );
        assert_eq!(expected, String::from_utf8(out).unwrap());
    }

    #[test]
    fn a_moved_field_boundary_changes_the_hash() {
        let moved = Fields {
            project: b"wica",
            actor_user: b"proot",
            ..sample()
        };
        let mut scratch = Vec::new();
        assert_ne!(sample().hash(&mut scratch), moved.hash(&mut scratch));
    }

    /// Reads netstrings back. That this is possible is the proof that no two
    /// lists of fields are written alike.
    fn decode(mut rest: &[u8]) -> Vec<Vec<u8>> {
        let mut fields = Vec::new();
        while !rest.is_empty() {
            let colon = rest.iter().position(|&byte| byte == b':').unwrap();
            let length: usize = str::from_utf8(&rest[..colon]).unwrap().parse().unwrap();
            fields.push(rest[colon + 1..colon + 1 + length].to_vec());
            assert_eq!(b',', rest[colon + 1 + length]);
            rest = &rest[colon + length + 2..];
        }
        fields
    }

    proptest! {
        #[test]
        fn every_encoding_can_be_read_back(
            numbers in any::<[i64; 4]>(),
            texts in prop::array::uniform5(prop::collection::vec(any::<u8>(), 0..40)),
            input in any::<Option<[u8; 32]>>(),
            prev in any::<[u8; 32]>(),
        ) {
            let digest = |bytes: [u8; 32]| Digest::from_slice(&bytes).unwrap();
            let fields = Fields {
                seq: numbers[0], at_ms: numbers[1], session: numbers[2], actor_pid: numbers[3],
                project: &texts[0], actor_user: &texts[1], actor_host: &texts[2],
                kind: &texts[3], body: &texts[4],
                input: input.map(digest), prev: digest(prev),
            };
            let mut out = Vec::new();
            fields.encode(&mut out);
            let hex = |bytes: [u8; 32]| digest(bytes).hex().to_vec();
            let decimal = |at: usize| numbers[at].to_string().into_bytes();
            let expected = vec![
                decimal(0), decimal(1), decimal(2),
                texts[0].clone(), texts[1].clone(), texts[2].clone(), decimal(3),
                texts[3].clone(), texts[4].clone(),
                input.map(hex).unwrap_or_default(), hex(prev),
            ];
            prop_assert_eq!(expected, decode(&out));
        }
    }
}
