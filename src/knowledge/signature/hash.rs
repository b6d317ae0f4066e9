//! Hashes of tokens: fast inside one process, stable for ids.

use sha2::{Digest, Sha256};

use crate::model::signature::SignatureId;

/// What every masked value hashes to, whatever its type.
pub(super) const WILD: u64 = 0x9e37_79b9_7f4a_7c15;

const MULTIPLY: u64 = 0xf135_7aea_2e62_a9c5;

/// Mixes one word into a running hash.
#[inline]
pub(super) fn mix(hash: u64, word: u64) -> u64 {
    let wide = u128::from(hash ^ word).wrapping_mul(u128::from(MULTIPLY));
    ((wide >> 64) as u64 ^ wide as u64).rotate_left(23)
}

/// Hash of a byte string, eight bytes at a time.
#[inline]
pub(super) fn bytes(text: &[u8]) -> u64 {
    let mut hash = MULTIPLY ^ text.len() as u64;
    let (words, rest) = text.as_chunks::<8>();
    for word in words {
        hash = mix(hash, u64::from_le_bytes(*word));
    }
    let mut tail = [0; 8];
    tail[..rest.len()].copy_from_slice(rest);
    mix(hash, u64::from_le_bytes(tail))
}

/// The id of a founding form: SHA-256 over the context and the masked text, first eight bytes.
pub(super) fn founding_id(context: u64, masked: &[u8]) -> SignatureId {
    let mut digest = Sha256::new();
    digest.update(context.to_be_bytes());
    digest.update(masked);
    let sum = digest.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&sum[..8]);
    SignatureId(u64::from_be_bytes(first))
}
