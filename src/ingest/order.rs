//! In which order the parts of many files are handed out, and taken.

use std::{
    fs::File,
    sync::{Arc, mpsc},
};

use super::{
    IngestError,
    gather::Gatherer,
    identify::Packing,
    opening::Lane,
    pipeline::unreadable,
    reading::Reading,
    segment::{self, Piece},
    source::Source,
};

/// A piece of a file that a worker reads.
pub(super) struct Job {
    pub(super) number: u64,
    pub(super) file: Arc<File>,
    pub(super) piece: Piece,
    pub(super) source: Source,
    pub(super) is_final: bool,
}

/// Which reading of which lane.
pub(super) type Place = (usize, usize);

/// What is to be taken next.
pub(super) enum Slot {
    /// The result of a job, for a reading; whether it is the last of the file.
    Piece(u64, Place, bool),
    /// A file that is read by the writer itself.
    Whole(Place),
}

impl Slot {
    pub(super) fn place(&self) -> Place {
        match self {
            Self::Piece(_, place, _) | Self::Whole(place) => *place,
        }
    }
}

/// The pieces of one file.
type Pieces = std::iter::Peekable<Box<dyn Iterator<Item = Piece>>>;

/// How far a lane was handed out.
#[derive(Default)]
struct Cursor {
    next_reading: usize,
    /// What is left of the reading before it.
    pieces: Option<Pieces>,
}

impl Cursor {
    /// Up to where the lane was handed out when its next part is, in bytes; nothing at its end.
    fn peek(&mut self, lane: &Lane) -> Option<i64> {
        loop {
            let current = self.next_reading.checked_sub(1);
            if let Some((at, pieces)) = current.zip(self.pieces.as_mut()) {
                if let Some(piece) = pieces.peek() {
                    return Some(lane.readings[at].bytes_before + piece.to);
                }
                self.pieces = None;
            }
            let reading = lane.readings.get(self.next_reading)?;
            if is_whole(reading) {
                return Some(reading.bytes_before + reading.stat.size);
            }
            let from = reading.progress.offset;
            let hash_from = reading.parts.next_start();
            let pieces: Box<dyn Iterator<Item = Piece>> =
                Box::new(segment::pieces(from, hash_from, reading.stat.size));
            self.pieces = Some(pieces.peekable());
            self.next_reading += 1;
        }
    }
}

/// Whether the writer reads it by itself.
fn is_whole(reading: &Reading) -> bool {
    !reading.target.source.is_lines() || reading.packing != Packing::Plain
}

/// Goes through the lanes and hands out their pieces.
pub(super) struct Order {
    cursors: Vec<Cursor>,
    number: u64,
}

impl Order {
    pub(super) fn new(lanes: &[Lane]) -> Self {
        Self {
            cursors: lanes.iter().map(|_| Cursor::default()).collect(),
            number: 0,
        }
    }

    /// Hands out the next part; nothing when all were.
    pub(super) fn next(
        &mut self,
        gatherer: &mut Gatherer<'_>,
        lanes: &mut [Lane],
        jobs: &mpsc::Sender<Job>,
    ) -> Result<Option<Slot>, IngestError> {
        while let Some(at) = self.hindmost(lanes) {
            let cursor = &mut self.cursors[at];
            let readings = &mut lanes[at].readings;
            let Some(pieces) = &mut cursor.pieces else {
                cursor.next_reading += 1;
                return Ok(Some(Slot::Whole((at, cursor.next_reading - 1))));
            };
            let place = cursor.next_reading - 1;
            let Some(piece) = pieces.next() else { continue };
            let is_last = pieces.peek().is_none();
            let reading = &mut readings[place];
            let file = match reading.file() {
                Ok(file) if reading.is_as_found(&file) => file,
                // It was moved or cut off since it was found; the next run sees that.
                Ok(_) => {
                    cursor.pieces = None;
                    continue;
                }
                Err(error) => {
                    unreadable(gatherer, reading, &error)?;
                    cursor.pieces = None;
                    continue;
                }
            };
            self.number += 1;
            let job = Job {
                number: self.number,
                file,
                piece,
                source: reading.target.source,
                is_final: reading.is_final,
            };
            // Workers live as long as this sender.
            let _ = jobs.send(job);
            return Ok(Some(Slot::Piece(self.number, (at, place), is_last)));
        }
        Ok(None)
    }

    /// The lane that is the least far, by the places in its files alone: an ingest that goes on
    /// where another was cut off takes the same parts in the same order.
    fn hindmost(&mut self, lanes: &[Lane]) -> Option<usize> {
        let parts = self.cursors.iter_mut().zip(lanes).enumerate();
        let ends = parts.filter_map(|(at, (cursor, lane))| Some((at, cursor.peek(lane)?, lane)));
        let first = ends.reduce(|first, next| {
            let is_behind = i128::from(next.1) * i128::from(first.2.bytes)
                < i128::from(first.1) * i128::from(next.2.bytes);
            if is_behind { next } else { first }
        });
        first.map(|(at, _, _)| at)
    }
}
