//! Hashes that tell whether a file still begins with what was read.

use std::{fs::File, io, os::unix::fs::FileExt};

/// How many bytes at the start of a file, and before the end of what was read, are compared.
pub(super) const WINDOW: usize = 4096;

/// A part of a file is read again rather than ended below this size.
const PART_BYTES: i64 = 1 << 20;

const SEEDS: [u64; 4] = [
    0x9e37_79b9_7f4a_7c15,
    0xc2b2_ae3d_27d4_eb4f,
    0x1656_67b1_9e37_79f9,
    0x27d4_eb2f_1656_67c5,
];

/// A hash of bytes that is fast, and the same everywhere; it does not resist an attacker.
pub(super) fn hash(bytes: &[u8]) -> i64 {
    let mut lanes = SEEDS;
    let (blocks, rest) = bytes.as_chunks::<32>();
    for block in blocks {
        let (words, _) = block.as_chunks::<8>();
        for (lane, word) in lanes.iter_mut().zip(words) {
            *lane = (*lane ^ u64::from_le_bytes(*word))
                .wrapping_mul(SEEDS[1])
                .rotate_left(31);
        }
    }
    let mut tail = [0; 32];
    tail[..rest.len()].copy_from_slice(rest);
    let (words, _) = tail.as_chunks::<8>();
    let mut sum = bytes.len() as u64;
    for (lane, word) in lanes.iter().zip(words) {
        sum = (sum ^ lane ^ u64::from_le_bytes(*word))
            .wrapping_mul(SEEDS[2])
            .rotate_left(29);
    }
    let sum = (sum ^ (sum >> 33)).wrapping_mul(SEEDS[3]);
    (sum ^ (sum >> 29)).cast_signed()
}

/// The parts of a content: where each ends, and its hash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parts(Vec<(i64, i64)>);

impl Parts {
    /// Reads what [`Parts::to_bytes`] wrote.
    pub(super) fn from_bytes(bytes: &[u8]) -> Self {
        let (words, _) = bytes.as_chunks::<8>();
        let numbers: Vec<i64> = words.iter().map(|word| i64::from_le_bytes(*word)).collect();
        let (pairs, _) = numbers.as_chunks::<2>();
        Self(pairs.iter().map(|pair| (pair[0], pair[1])).collect())
    }

    /// The form that is stored.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        self.0
            .iter()
            .flat_map(|(end, hash)| [end.to_le_bytes(), hash.to_le_bytes()].concat())
            .collect()
    }

    /// Where the next part starts: the last one is read again while it is small.
    pub(super) fn next_start(&self) -> i64 {
        match self.0.as_slice() {
            [] => 0,
            [(end, _)] if *end < PART_BYTES => 0,
            [.., (start, _), (end, _)] if end - start < PART_BYTES => *start,
            [.., (end, _)] => *end,
        }
    }

    /// Adds the part from [`Parts::next_start`] to `end`.
    pub(super) fn put(&mut self, end: i64, hash: i64) {
        let start = self.next_start();
        while self.0.last().is_some_and(|(end, _)| *end > start) {
            self.0.pop();
        }
        if end > start {
            self.0.push((end, hash));
        }
    }

    /// Whether `file` still has this content.
    pub(super) fn fit(&self, file: &File) -> io::Result<bool> {
        let mut start = 0;
        let mut buffer = Vec::new();
        for (end, expected) in &self.0 {
            if read_range(file, (start, *end), &mut buffer)? != end - start
                || hash(&buffer) != *expected
            {
                return Ok(false);
            }
            start = *end;
        }
        Ok(true)
    }
}

/// Reads the bytes of a range into `buffer`; returns how many there were.
pub(super) fn read_range(
    file: &File,
    (start, end): (i64, i64),
    buffer: &mut Vec<u8>,
) -> io::Result<i64> {
    let length = usize::try_from(end - start).unwrap_or(0);
    buffer.resize(length, 0);
    let mut done = 0;
    while done < length {
        let at = u64::try_from(start).unwrap_or(0) + done as u64;
        match file.read_at(&mut buffer[done..], at) {
            Ok(0) => break,
            Ok(n) => done += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
            Err(error) => return Err(error),
        }
    }
    buffer.truncate(done);
    Ok(i64::try_from(done).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn one_changed_byte_changes_the_hash() {
        let bytes: Vec<u8> = (0..1000_u32).map(|n| n.to_le_bytes()[0]).collect();
        let before = hash(&bytes);
        for at in [0, 1, 31, 32, 500, 991, 999] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_ne!(before, hash(&changed), "{at}");
        }
        assert_ne!(hash(b""), hash(b"\0"));
    }

    #[test]
    fn parts_stay_few_while_a_file_grows() {
        let mut parts = Parts::default();
        let mut file = tempfile::tempfile().unwrap();
        let mut buffer = Vec::new();
        let mut end = 0;
        for step in 0..150_u32 {
            let piece = vec![step.to_le_bytes()[0]; 40_000];
            file.write_all(&piece).unwrap();
            end += 40_000;
            let start = parts.next_start();
            read_range(&file, (start, end), &mut buffer).unwrap();
            parts.put(end, hash(&buffer));
            assert!(parts.fit(&file).unwrap());
        }
        assert!(parts.0.len() <= 6, "{}", parts.0.len());
        assert_eq!(parts, Parts::from_bytes(&parts.to_bytes()));
        file.write_at(b"x", 1_234_567).unwrap();
        assert!(!parts.fit(&file).unwrap());
    }
}
