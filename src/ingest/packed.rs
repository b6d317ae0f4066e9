//! Rotated logs that were packed: unpacked as a stream, and read on from where they were read to.

use std::{
    io::{self, Read},
    sync::atomic::Ordering,
};

use super::{
    content::{WINDOW, hash},
    documents::ReadError,
    gather::{Gatherer, Standing},
    logs::line_end,
    pipeline::{Drive, Parsed, apply},
    reading::Reading,
    segment::SEGMENT_BYTES,
};
use crate::knowledge::triage::begins_with_date;

/// How far before the end of a piece a good place to cut it is looked for.
const CUT_LOOK: usize = 64 << 10;

/// Most bytes of a line that is held as a whole.
const HELD_MAX: usize = 8 << 20;

/// Reads what a packed file has more than was read of it.
pub(super) fn read(
    gatherer: &mut Gatherer<'_>,
    reading: &mut Reading,
    drive: &Drive<'_>,
) -> Result<(), ReadError> {
    let file = reading.file()?.try_clone()?;
    let mut source = reading.packing.open(file)?;
    let mut ends = Ends::default();
    let mut held = skip(&mut source, reading.progress.offset, &mut ends)?;
    let segment = usize::try_from(SEGMENT_BYTES).unwrap_or(usize::MAX);
    loop {
        let broken = fill(&mut source, &mut held, segment).err();
        let is_end = held.len() < segment || broken.is_some();
        let cut = if is_end { held.len() } else { cut(&held) };
        let parsed = Parsed::of(reading.target.source, &held[..cut], true, gatherer.wash);
        ends.add(&held[..cut]);
        let offset = reading.progress.offset;
        let end = offset + i64::try_from(cut).unwrap_or(0);
        reading.progress.head = (
            i64::try_from(ends.head.len()).unwrap_or(0),
            hash(&ends.head),
        );
        reading.progress.tail_hash = hash(&ends.tail);
        (drive.progress)(cut as u64);
        let standing = Standing {
            offset,
            end,
            is_last: is_end,
            part: None,
            head: None,
            tail: None,
        };
        apply(gatherer, reading, parsed, &standing)?;
        held.drain(..cut);
        if let Some(error) = broken {
            let place = (reading.progress.offset, reading.progress.lines + 1);
            gatherer.reject(
                reading,
                place,
                &format!("the packing is broken: {error}"),
                "",
            )?;
        }
        if is_end || drive.stop.load(Ordering::Relaxed) {
            return Ok(());
        }
    }
}

/// The start of a content, and the end of what has been read of it.
#[derive(Debug, Default)]
struct Ends {
    head: Vec<u8>,
    tail: Vec<u8>,
}

impl Ends {
    fn add(&mut self, bytes: &[u8]) {
        let wanted = WINDOW.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..wanted]);
        let last = &bytes[bytes.len().saturating_sub(WINDOW)..];
        self.tail.extend_from_slice(last);
        let excess = self.tail.len().saturating_sub(WINDOW);
        self.tail.drain(..excess);
    }
}

/// Unpacks what was read before; returns an empty buffer to go on with.
fn skip(source: &mut dyn Read, offset: i64, ends: &mut Ends) -> io::Result<Vec<u8>> {
    let mut left = u64::try_from(offset).unwrap_or(0);
    let mut buffer = vec![0; 64 << 10];
    while left > 0 {
        let wanted = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        match source.read(&mut buffer[..wanted]) {
            Ok(0) => break,
            Ok(n) => {
                ends.add(&buffer[..n]);
                left -= n as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
            Err(error) => return Err(error),
        }
    }
    Ok(Vec::new())
}

/// Fills `held` up to `length` bytes, or further while there is no line end in it.
fn fill(source: &mut dyn Read, held: &mut Vec<u8>, length: usize) -> io::Result<()> {
    let mut buffer = vec![0; 64 << 10];
    while held.len() < length || line_end(held, 0, false).is_none() && held.len() < HELD_MAX {
        match source.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => held.extend_from_slice(&buffer[..n]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Where to cut: before the last line that begins with a date, else after the last line.
fn cut(held: &[u8]) -> usize {
    let mut at = held.len().saturating_sub(CUT_LOOK);
    let (mut last_line, mut last_date) = (None, None);
    if at > 0 {
        match line_end(held, at, false) {
            Some((_, next)) => at = next,
            None => at = held.len(),
        }
    }
    while let Some((end, next)) = line_end(held, at, false) {
        if at > 0 && begins_with_date(&held[at..end]) {
            last_date = Some(at);
        }
        last_line = Some(next);
        at = next;
    }
    last_date.or(last_line).unwrap_or_else(|| first_line(held))
}

fn first_line(held: &[u8]) -> usize {
    let mut at = 0;
    while let Some((_, next)) = line_end(held, at, false) {
        at = next;
    }
    if at == 0 { held.len() } else { at }
}
