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
};
use crate::store::evidence::{FileRow, FileState};

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
}

/// The contents that were read before.
#[derive(Debug)]
pub(super) struct Library {
    rows: Vec<FileRow>,
    claimed: BTreeSet<i64>,
    by_path: BTreeMap<String, usize>,
}

impl Library {
    pub(super) fn new(rows: Vec<FileRow>) -> Self {
        let mut by_path = BTreeMap::new();
        for (at, row) in rows.iter().enumerate() {
            // Later generations come later.
            by_path.insert(row.path.clone(), at);
        }
        Self {
            rows,
            claimed: BTreeSet::new(),
            by_path,
        }
    }

    /// First pass: the file that is what it was, or has grown.
    pub(super) fn same(&mut self, target: &Target, stat: &Stat) -> io::Result<Option<Identity>> {
        let Some(row) = self.by_path.get(&target.name).map(|at| &self.rows[*at]) else {
            return Ok(None);
        };
        if row.source != target.source.name() {
            return Ok(None);
        }
        let identity = if stat.is_as_read(row) {
            Identity::Unchanged
        } else if holds(target, stat, row)? {
            Identity::Known(Box::new(row.clone()))
        } else {
            return Ok(None);
        };
        self.claimed.insert(row.file_id);
        Ok(Some(identity))
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
        let replaced = self.by_path.get(&target.name).map(|at| &self.rows[*at]);
        let replaces = replaced
            .filter(|row| {
                !self.claimed.contains(&row.file_id) && row.source == target.source.name()
            })
            .map(|row| row.file_id);
        Ok(Identity::New { replaces })
    }

    /// The stored content of a document, whatever it holds now.
    pub(super) fn document(&mut self, target: &Target, stat: &Stat) -> Option<Identity> {
        let row = self.by_path.get(&target.name).map(|at| &self.rows[*at])?;
        if row.source != target.source.name() {
            return None;
        }
        self.claimed.insert(row.file_id);
        Some(if stat.is_as_read(row) {
            Identity::Unchanged
        } else {
            Identity::Known(Box::new(row.clone()))
        })
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
