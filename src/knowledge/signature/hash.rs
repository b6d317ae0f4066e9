//! Hashes of tokens and ids.
//!
//! Contexts and learned places are stored, so a change of any hash here changes stored ids: raise
//! the version of the state with it (`tests/it/signature_engine.rs` holds two ids fast).

use sha2::{Digest, Sha256};

use crate::model::SignatureId;

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
    if text.len() < 8 {
        return mix(hash, short(text));
    }
    let (words, _) = text.as_chunks::<8>();
    for word in words {
        hash = mix(hash, u64::from_le_bytes(*word));
    }
    // The last eight bytes may overlap the word before them; the length tells such texts apart.
    let last = text.last_chunk::<8>().copied().unwrap_or_default();
    mix(hash, u64::from_le_bytes(last))
}

/// Up to seven bytes as one word.
#[inline]
fn short(text: &[u8]) -> u64 {
    if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        return u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32;
    }
    text.iter().fold(0, |word, b| word << 8 | u64::from(*b))
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
