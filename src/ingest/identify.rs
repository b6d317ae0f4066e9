//! Which stored content a file is: the same, one that grew, one that was moved, or a new one.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{File, Metadata},
    io::{self, Read},
    os::unix::fs::{FileExt, MetadataExt},
    path::Path,
};

use super::{
    content::{Parts, WINDOW, hash},
    discover::{Target, family},
    run::now_ms,
};
use crate::store::evidence::{FileRow, FileState};

/// How long a rotated file must have been left alone before it counts as complete, in
/// milliseconds: it may be a copy that is still being made.
const FRESH_MS_MAX: u64 = 2_000;

/// Earlier contents of a path that what is written there now may be a rewrite of.
const BEFORE_MAX: usize = 8;

/// What the file system says about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stat {
    pub(super) device: i64,
    pub(super) inode: i64,
    pub(super) size: i64,
    pub(super) mtime_ns: i64,
    pub(super) ctime_ns: i64,
}

impl Stat {
    pub(super) fn of(meta: &Metadata) -> Self {
        let ns =
            |seconds: i64, nanos: i64| seconds.saturating_mul(1_000_000_000).saturating_add(nanos);
        Self {
            device: meta.dev().cast_signed(),
            inode: meta.ino().cast_signed(),
            size: i64::try_from(meta.len()).unwrap_or(i64::MAX),
            mtime_ns: ns(meta.mtime(), meta.mtime_nsec()),
            ctime_ns: ns(meta.ctime(), meta.ctime_nsec()),
        }
    }

    pub(super) fn mtime_ms(&self) -> i64 {
        self.mtime_ns / 1_000_000
    }

    /// Whether it was written a moment ago.
    pub(super) fn is_fresh(&self) -> bool {
        now_ms().abs_diff(self.mtime_ms()) < FRESH_MS_MAX
    }

    fn is_as_read(&self, row: &FileRow) -> bool {
        row.state == FileState::Present
            && (row.device, row.inode) == (self.device, self.inode)
            && row.progress.stat == (self.size, self.mtime_ns, self.ctime_ns)
    }
}

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    Gzip,
    Zstd,
}

impl Packing {
    pub(super) fn of(name: &str) -> Self {
        match Path::new(name)
            .extension()
            .and_then(|ending| ending.to_str())
        {
            Some("gz") => Self::Gzip,
            Some("zst") => Self::Zstd,
            _ => Self::Plain,
        }
    }

    /// The content of a packed file, unpacked.
    pub(super) fn open(self, file: File) -> io::Result<Box<dyn Read>> {
        Ok(match self {
            Self::Plain => Box::new(file),
            Self::Gzip => Box::new(flate2::read::MultiGzDecoder::new(file)),
            Self::Zstd => Box::new(zstd::stream::read::Decoder::new(file)?),
        })
    }
}

/// What a file is.
#[derive(Clone, Debug)]
pub(super) enum Identity {
    /// Read to its end, and not touched since.
    Unchanged,
    /// A content that was read up to somewhere.
    Known(Box<FileRow>),
    /// A content that was never read; perhaps what was read before under its name was rewritten.
    New {
        /// The content that it takes the place of.
        replaces: Option<i64>,
    },
    /// A copy of a log that is still there, made a moment ago: the log is about to be cut off, and
    /// then the copy is the content that was read.
    Copy,
}

/// The contents that were read before.
#[derive(Debug)]
pub(super) struct Library {
    rows: Vec<FileRow>,
    claimed: BTreeSet<i64>,
    /// Every content that was read under a path, the latest last.
    by_path: BTreeMap<String, Vec<usize>>,
}

impl Library {
    pub(super) fn new(rows: Vec<FileRow>) -> Self {
        let mut by_path: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, row) in rows.iter().enumerate() {
            // Later generations come later.
            by_path.entry(row.path.clone()).or_default().push(at);
        }
        Self {
            rows,
            claimed: BTreeSet::new(),
            by_path,
        }
    }

    /// First pass: the file that is what it was, or has grown. A file that is being written anew
    /// may have been read while it was short: it is the content of which it holds the most.
    pub(super) fn same(&mut self, target: &Target, stat: &Stat) -> io::Result<Option<Identity>> {
        let mut rows: Vec<&FileRow> = self
            .under(&target.name)
            .filter(|row| row.source == target.source.name())
            .filter(|row| !self.claimed.contains(&row.file_id))
            .collect();
        rows.sort_by_key(|row| std::cmp::Reverse((row.progress.offset, row.file_id)));
        // Every file holds an empty content: that tells nothing where there was another.
        let has_content = rows.iter().any(|row| row.progress.offset > 0);
        rows.retain(|row| !has_content || row.progress.offset > 0);
        let mut found = None;
        if let Some(row) = rows.iter().find(|row| stat.is_as_read(row)) {
            found = Some((row.file_id, Identity::Unchanged));
        } else {
            for row in rows {
                if holds(target, stat, row)? {
                    found = Some((row.file_id, Identity::Known(Box::new(row.clone()))));
                    break;
                }
            }
        }
        let Some((file_id, identity)) = found else {
            return Ok(None);
        };
        self.claimed.insert(file_id);
        Ok(Some(identity))
    }

    /// Every content that was read under a path, the latest first.
    fn under(&self, path: &str) -> impl Iterator<Item = &FileRow> {
        let list = self.by_path.get(path).into_iter().flatten();
        list.rev().map(|at| &self.rows[*at])
    }

    /// The content that is under a path, or was there last.
    fn current(&self, path: &str) -> Option<&FileRow> {
        let is_present = |row: &&FileRow| row.state == FileState::Present;
        let has_content = |row: &&FileRow| row.progress.offset > 0;
        self.under(path)
            .find(|row| is_present(row) && has_content(row))
            .or_else(|| self.under(path).find(has_content))
            .or_else(|| self.under(path).find(is_present))
            .or_else(|| self.under(path).next())
    }

    /// Second pass: a content that has moved here, or a new one.
    pub(super) fn other(&mut self, target: &Target, stat: &Stat) -> io::Result<Identity> {
        let (base, _) = family(&target.name);
        let is_kin = |row: &&FileRow| {
            row.source == target.source.name()
                && row.progress.offset > 0
                && ((row.device, row.inode) == (stat.device, stat.inode)
                    || family(&row.path).0 == base)
        };
        let candidates: Vec<FileRow> = self
            .rows
            .iter()
            .filter(|row| !self.claimed.contains(&row.file_id))
            .filter(is_kin)
            .cloned()
            .collect();
        for row in candidates.into_iter().rev() {
            if holds(target, stat, &row)? {
                self.claimed.insert(row.file_id);
                return Ok(Identity::Known(Box::new(row)));
            }
        }
        if self.is_copy(target, stat)? {
            return Ok(Identity::Copy);
        }
        let replaces = self
            .current(&target.name)
            .filter(|row| {
                !self.claimed.contains(&row.file_id) && row.source == target.source.name()
            })
            .map(|row| row.file_id);
        Ok(Identity::New { replaces })
    }

    /// Contents that a path had before the one that it has now, the latest first.
    pub(super) fn before(&self, target: &Target, now: &Identity) -> Vec<i64> {
        let generation = match now {
            Identity::Unchanged | Identity::Copy => 0,
            Identity::Known(row) if row.path == target.name => row.generation,
            // One that was moved here is no rewrite of what was here.
            Identity::Known(_) => 0,
            Identity::New { replaces } => replaces.map_or(0, |_| i64::MAX),
        };
        self.under(&target.name)
            .filter(|row| row.generation < generation && row.progress.offset > 0)
            .filter(|row| !self.claimed.contains(&row.file_id))
            .map(|row| row.file_id)
            .take(BEFORE_MAX)
            .collect()
    }

    /// Whether a rotated file that was just written begins as a log of its family. One that is too
    /// short to tell may as well.
    fn is_copy(&self, target: &Target, stat: &Stat) -> io::Result<bool> {
        let (base, age) = family(&target.name);
        let is_plain = Packing::of(&target.name) == Packing::Plain;
        if age == 0 || !is_plain || !stat.is_fresh() {
            return Ok(false);
        }
        let file = File::open(&target.path)?;
        for row in &self.rows {
            let head = &row.progress.head;
            let is_kin = head.0 > 0 && family(&row.path).0 == base;
            if is_kin && (stat.size < head.0 || hash(&window(&file, 0, head.0)?) == head.1) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The stored content of a document, whatever it holds now.
    pub(super) fn document(&mut self, target: &Target, stat: &Stat) -> Option<Identity> {
        let row = self.current(&target.name)?;
        if row.source != target.source.name() {
            return None;
        }
        let identity = if stat.is_as_read(row) {
            Identity::Unchanged
        } else {
            Identity::Known(Box::new(row.clone()))
        };
        let file_id = row.file_id;
        self.claimed.insert(file_id);
        Some(identity)
    }

    /// Contents of a source that are present no more.
    pub(super) fn unclaimed(&self, source: &str) -> impl Iterator<Item = &FileRow> {
        self.rows.iter().filter(move |row| {
            row.source == source
                && row.state == FileState::Present
                && !self.claimed.contains(&row.file_id)
        })
    }
}

/// Whether a file begins with what was read of a content.
fn holds(target: &Target, stat: &Stat, row: &FileRow) -> io::Result<bool> {
    if row.progress.offset == 0 {
        return Ok(true);
    }
    let file = File::open(&target.path)?;
    match Packing::of(&target.name) {
        Packing::Plain => holds_plain(&file, stat, row),
        packing @ (Packing::Gzip | Packing::Zstd) => match packing.open(file) {
            Ok(reader) => Ok(holds_packed(reader, row)),
            Err(_) => Ok(false),
        },
    }
}

fn holds_plain(file: &File, stat: &Stat, row: &FileRow) -> io::Result<bool> {
    let progress = &row.progress;
    if stat.size < progress.offset {
        return Ok(false);
    }
    let head = window(file, 0, progress.head.0)?;
    let tail_len = progress.offset.min(i64::try_from(WINDOW).unwrap_or(0));
    let tail = window(file, progress.offset - tail_len, tail_len)?;
    if hash(&head) != progress.head.1 || hash(&tail) != progress.tail_hash {
        return Ok(false);
    }
    // It has not grown, and was touched: perhaps something in its middle was changed.
    let has_grown = stat.size > progress.stat.0;
    Ok(has_grown || Parts::from_bytes(&progress.parts).fit(file)?)
}

/// Reads on to where the content was read to; a broken packing holds nothing.
fn holds_packed(mut reader: Box<dyn Read>, row: &FileRow) -> bool {
    let progress = &row.progress;
    let Ok(offset) = u64::try_from(progress.offset) else {
        return false;
    };
    let tail_len = offset.min(WINDOW as u64);
    let mut head = Vec::new();
    let mut tail: Vec<u8> = Vec::new();
    let mut taken = reader.by_ref().take(offset);
    let mut buffer = vec![0; 64 << 10];
    let mut total = 0;
    loop {
        match taken.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => {
                let head_len = usize::try_from(progress.head.0).unwrap_or(0);
                let wanted = head_len.saturating_sub(head.len()).min(n);
                head.extend_from_slice(&buffer[..wanted]);
                tail.extend_from_slice(&buffer[..n]);
                let excess = tail.len().saturating_sub(WINDOW);
                tail.drain(..excess);
                total += n as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
            Err(_) => return false,
        }
    }
    total == offset
        && tail.len() as u64 == tail_len
        && hash(&head) == progress.head.1
        && hash(&tail) == progress.tail_hash
}

pub(super) fn window(file: &File, start: i64, length: i64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
    match file.read_exact_at(&mut bytes, u64::try_from(start).unwrap_or(0)) {
        Ok(()) => Ok(bytes),
        // Shorter than a moment ago: it holds something else.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
