//! Many readers, one writer.
//!
//! Worker threads read and parse pieces of files; their results are taken in an order that depends
//! on the files alone, so that the number of threads changes nothing but the time. Where several
//! sources are read, each gets as far through its bytes as the others: some give the workers more to
//! do and some the writer, and both are at work all the time.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    sync::{
        Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use super::{
    IngestError,
    content::hash,
    documents,
    gather::{Gatherer, Standing},
    logs,
    opening::Lane,
    order::{Job, Order, Slot},
    packed,
    reading::Reading,
    records::{self, RecordSegment},
    segment::{self, Bytes},
    source::Source,
    wash::Wash,
};
use crate::store::evidence::Item;

/// Pieces that are handed out before their results are taken: workers have something to do while
/// rows are stored.
const PIECES_AHEAD: usize = 96;

/// What may have been found and not been taken yet, in bytes, before workers wait.
const FOUND_AHEAD: usize = 8 << 20;

/// What was found in a piece.
#[derive(Debug)]
pub(super) enum Parsed {
    Log(logs::LogSegment),
    Records(RecordSegment),
}

impl Parsed {
    /// Parses the lines of a source.
    pub(super) fn of(source: Source, bytes: &[u8], is_last: bool, wash: &Wash) -> Self {
        match source {
            Source::Network | Source::Codex => {
                Self::Records(records::scan(source, bytes, is_last, wash))
            }
            Source::Soak
            | Source::SoakResult
            | Source::Harness
            | Source::Antigravity
            | Source::Changelog
            | Source::Git
            | Source::Container
            | Source::Import => Self::Log(logs::scan(bytes, is_last, wash)),
        }
    }

    /// About how much memory it takes, in bytes.
    fn weight(&self) -> usize {
        match self {
            Self::Log(segment) => segment.weight(),
            Self::Records(segment) => segment.weight(),
        }
    }

    /// Bytes of complete lines.
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Log(segment) => segment.length,
            Self::Records(segment) => segment.length,
        }
    }
}

/// What was found and not taken yet, in bytes.
#[derive(Debug, Default)]
struct Backlog {
    bytes: Mutex<usize>,
    has_room: Condvar,
    is_over: AtomicBool,
}

impl Backlog {
    /// Waits until there is room for more; whether more is wanted at all.
    fn wait(&self) -> bool {
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = |bytes: &mut usize| *bytes >= FOUND_AHEAD && !self.is_over();
        let waited = self.has_room.wait_while(bytes, is_full);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        !self.is_over()
    }

    fn add(&self, n: usize) {
        *self.bytes.lock().unwrap_or_else(PoisonError::into_inner) += n;
    }

    fn take(&self, n: usize) {
        *self.bytes.lock().unwrap_or_else(PoisonError::into_inner) -= n;
        self.has_room.notify_all();
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }
}

/// Lets the workers go at the end, however it comes.
struct LetGo<'a>(&'a Backlog);

impl Drop for LetGo<'_> {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::Relaxed);
        self.0.take(0);
    }
}

struct Done {
    number: u64,
    outcome: Outcome,
    worked: Duration,
}

/// What became of a piece.
type Outcome = io::Result<(Parsed, Standing)>;

/// How an ingest is driven.
#[derive(Clone, Copy)]
pub(super) struct Drive<'a> {
    pub(super) jobs: usize,
    pub(super) stop: &'a AtomicBool,
    /// Told how many bytes were read.
    pub(super) progress: &'a (dyn Fn(u64) + Sync),
}

/// Reads everything that the lanes have to give. Returns whether it was stopped before the end.
pub(super) fn run(
    gatherer: &mut Gatherer<'_>,
    lanes: &mut [Lane],
    drive: &Drive<'_>,
) -> Result<bool, IngestError> {
    let (job_tx, job_rx) = mpsc::channel::<Job>();
    let (done_tx, done_rx) = mpsc::channel::<Done>();
    let job_rx = Mutex::new(job_rx);
    let backlog = Backlog::default();
    let wash = gatherer.wash;
    thread::scope(|scope| {
        let _let_go = LetGo(&backlog);
        for _ in 0..drive.jobs.max(1) {
            let (job_rx, done_tx, backlog) = (&job_rx, done_tx.clone(), &backlog);
            scope.spawn(move || work(job_rx, &done_tx, (backlog, wash)));
        }
        drop(done_tx);
        let mut order = Order::new(lanes);
        let mut slots = VecDeque::new();
        let mut done: BTreeMap<u64, Done> = BTreeMap::new();
        let was_stopped = loop {
            if drive.stop.load(Ordering::Relaxed) {
                break true;
            }
            while slots.len() < PIECES_AHEAD {
                match order.next(gatherer, lanes, &job_tx)? {
                    Some(slot) => slots.push_back(slot),
                    None => break,
                }
            }
            let Some(slot) = slots.pop_front() else {
                break false;
            };
            let began = Instant::now();
            let (lane, at) = slot.place();
            let reading = &mut lanes[lane].readings[at];
            let worked = match slot {
                Slot::Whole(_) => {
                    whole(gatherer, reading, drive)?;
                    began.elapsed()
                }
                Slot::Piece(number, _, is_last) => {
                    let piece = loop {
                        if let Some(piece) = done.remove(&number) {
                            break piece;
                        }
                        let arrived = done_rx.recv().expect("a worker answers every job");
                        done.insert(arrived.number, arrived);
                    };
                    let began = Instant::now();
                    backlog.take(weight_of(&piece.outcome));
                    take(gatherer, reading, piece.outcome, (is_last, drive))?;
                    piece.worked + began.elapsed()
                }
            };
            let source = reading.target.source.name();
            gatherer.report.source(source).worked += worked;
        };
        drop(job_tx);
        gatherer.flush()?;
        Ok(was_stopped)
    })
}

fn work(
    jobs: &Mutex<mpsc::Receiver<Job>>,
    done: &mpsc::Sender<Done>,
    (backlog, wash): (&Backlog, &Wash),
) {
    let mut bytes = Bytes::default();
    // Whoever has a job does not wait any more, so that the next piece always comes.
    while backlog.wait() {
        let job = match jobs.lock() {
            Ok(jobs) => jobs.recv(),
            Err(_) => return,
        };
        let Ok(job) = job else { return };
        let began = Instant::now();
        let outcome = parse(&job, &mut bytes, wash);
        backlog.add(weight_of(&outcome));
        let piece = Done {
            number: job.number,
            outcome,
            worked: began.elapsed(),
        };
        if done.send(piece).is_err() {
            return;
        }
    }
}

fn weight_of(outcome: &Outcome) -> usize {
    outcome.as_ref().map_or(0, |(parsed, _)| parsed.weight())
}

fn parse(job: &Job, bytes: &mut Bytes, wash: &Wash) -> Outcome {
    let piece = &job.piece;
    segment::read(&job.file, piece, bytes)?;
    let is_last = piece.to >= piece.file_end;
    // What lies before a cut is complete, even if it ends in half a line end.
    let is_complete = !is_last || job.is_final;
    let lines = &bytes.buffer[bytes.first..bytes.end];
    let parsed = Parsed::of(job.source, lines, is_complete, wash);
    let end = bytes.first + parsed.length();
    let hash_first = if piece.is_exact {
        usize::try_from(piece.hash_from - bytes.start).unwrap_or(0)
    } else {
        bytes.first
    };
    let to_file = |at: usize| bytes.start + i64::try_from(at).unwrap_or(0);
    let part = (to_file(end), hash(&bytes.buffer[hash_first.min(end)..end]));
    let standing = Standing {
        offset: to_file(bytes.first),
        end: to_file(end),
        is_last,
        part: Some(part),
        head: bytes.head(end),
        tail: bytes.tail(end),
    };
    Ok((parsed, standing))
}

fn take(
    gatherer: &mut Gatherer<'_>,
    reading: &mut Reading,
    outcome: Outcome,
    (is_last, drive): (bool, &Drive<'_>),
) -> Result<(), IngestError> {
    match outcome {
        // What was read may be of two contents; the next run reads it as what it is by then.
        Ok((_, standing)) if reading.was_cut_off(standing.end) => (),
        Ok((parsed, standing)) => {
            (drive.progress)(u64::try_from(standing.end - reading.progress.offset).unwrap_or(0));
            apply(gatherer, reading, parsed, &standing)?;
        }
        Err(error) => unreadable(gatherer, reading, &error)?,
    }
    if is_last {
        reading.close();
    }
    Ok(())
}

/// Takes what was found in a piece.
pub(super) fn apply(
    gatherer: &mut Gatherer<'_>,
    reading: &mut Reading,
    parsed: Parsed,
    standing: &Standing,
) -> Result<(), IngestError> {
    if let Some(from) = reading.provisional.take() {
        let file_id = reading.file_id;
        gatherer.batch.items.push(Item::Forget { file_id, from });
    }
    match parsed {
        Parsed::Log(segment) => gatherer.log(reading, segment, standing),
        Parsed::Records(segment) => gatherer.records(reading, segment, standing),
    }
}

/// A file that the writer reads itself: a packed log, or a document.
fn whole(
    gatherer: &mut Gatherer<'_>,
    reading: &mut Reading,
    drive: &Drive<'_>,
) -> Result<(), IngestError> {
    let read = if reading.target.source.is_lines() {
        packed::read(gatherer, reading, drive)
    } else {
        documents::read(gatherer, reading)
    };
    reading.close();
    match read {
        Ok(()) => gatherer.flush_when_due(),
        Err(documents::ReadError::Io(error)) => unreadable(gatherer, reading, &error),
        Err(documents::ReadError::Ingest(error)) => Err(error),
    }
}

/// Puts a whole file into quarantine.
pub(super) fn unreadable(
    gatherer: &mut Gatherer<'_>,
    reading: &Reading,
    error: &io::Error,
) -> Result<(), IngestError> {
    let reason = format!("the file cannot be read: {error}");
    gatherer.reject(reading, (reading.progress.offset, 0), &reason, "")
}
