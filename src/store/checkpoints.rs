//! The file beside the ledger that remembers where the ledger once ended. It finds
//! a cut tail, which no chain can: what is left of a cut chain is sound.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use rusqlite::TransactionBehavior;

use super::{Checkpoint, Ledger, StoreError, events, private::write_whole};
use crate::model::Timestamp;

/// The most checkpoints that are kept. Each vouches for all rows before it, so
/// that old ones add little; these are a week at one every ten minutes.
pub const CHECKPOINTS_MAX: usize = 1_024;

/// The lines of a checkpoint file.
#[derive(Debug, Default)]
pub(super) struct Checkpoints {
    /// Line number from 1, and the checkpoint; `None` for a line that is none.
    pub(super) lines: Vec<(u32, Option<Checkpoint>)>,
    /// Whether the last line was never finished, as after a crash.
    pub(super) is_torn: bool,
    texts: Vec<String>,
}

impl Ledger {
    /// Closes the current segment if it is full or of a past month, and notes in
    /// the checkpoint file where the ledger ends. Meant for the start and the end
    /// of a session and every few minutes between.
    ///
    /// Returns the checkpoint, `None` as long as there is no row. A ledger in
    /// memory writes no file.
    ///
    /// # Errors
    ///
    /// Fails if the ledger or the file cannot be written. No row is lost by that.
    pub fn checkpoint_write(&mut self, at: Timestamp) -> Result<Option<Checkpoint>, StoreError> {
        self.segment_roll(at)?;
        let path = self.checkpoints_path();
        let fail_sql = |source| StoreError::from_sqlite("read", self.path.clone(), source);
        // The write lock of the ledger also keeps two writers of this file apart.
        let tx = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(fail_sql)?;
        let head = events::head(&tx).map_err(fail_sql)?;
        if let (Some(path), Some(head)) = (&path, head) {
            note(path, at, head).map_err(|source| StoreError::Checkpoints {
                doing: "write",
                path: path.clone(),
                source,
            })?;
        }
        Ok(head)
    }

    /// Returns the path of the checkpoint file; `None` for a ledger in memory.
    pub fn checkpoints_path(&self) -> Option<PathBuf> {
        (!self.is_in_memory()).then(|| self.path.with_file_name("ledger.checkpoints"))
    }

    /// Reads the checkpoint file; `None` if there is none.
    pub(super) fn checkpoint_list(&self) -> Result<Option<Checkpoints>, StoreError> {
        let Some(path) = self.checkpoints_path() else {
            return Ok(None);
        };
        Checkpoints::read(&path).map_err(|source| StoreError::Checkpoints {
            doing: "read",
            path,
            source,
        })
    }
}

impl Checkpoints {
    fn read(path: &Path) -> io::Result<Option<Self>> {
        match fs::read(path) {
            Ok(bytes) => Ok(Some(Self::parse(&String::from_utf8_lossy(&bytes)))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn parse(text: &str) -> Self {
        let is_torn = !text.is_empty() && !text.ends_with('\n');
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let texts: Vec<String> = whole.lines().map(str::to_owned).collect();
        let checkpoint = |line: &String| line.rsplit_once(' ')?.1.parse().ok();
        Self {
            lines: (1..).zip(texts.iter().map(checkpoint)).collect(),
            is_torn,
            texts,
        }
    }
}

fn note(path: &Path, at: Timestamp, head: Checkpoint) -> io::Result<()> {
    let known = Checkpoints::read(path)?.unwrap_or_default();
    let line = format!("{at} {head}\n");
    if known.is_torn || known.texts.len() >= 2 * CHECKPOINTS_MAX {
        return rewrite(path, &known.texts, &line);
    }
    if known
        .lines
        .last()
        .is_some_and(|(_, last)| *last == Some(head))
    {
        return Ok(());
    }
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(line.as_bytes())?;
    file.sync_data()
}

/// Puts the newest lines in the place of all.
fn rewrite(path: &Path, texts: &[String], line: &str) -> io::Result<()> {
    let kept = &texts[texts.len().saturating_sub(CHECKPOINTS_MAX - 1)..];
    let mut text: String = kept.iter().map(|kept| format!("{kept}\n")).collect();
    text.push_str(line);
    write_whole(path, text.as_bytes(), 0o600)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Digest;

    #[test]
    fn a_full_file_keeps_its_newest_lines() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.checkpoints");
        let n_lines = 2 * CHECKPOINTS_MAX as u64 + 1;
        for seq in 1..=n_lines {
            note(&path, Timestamp::from_millis(0), checkpoint(seq)).unwrap();
        }
        let known = Checkpoints::read(&path).unwrap().unwrap();
        assert_eq!(CHECKPOINTS_MAX, known.lines.len());
        assert_eq!(Some(checkpoint(n_lines)), known.lines.last().unwrap().1);
    }

    #[test]
    fn a_torn_line_is_left_out_and_a_repeated_one_not_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.checkpoints");
        note(&path, Timestamp::from_millis(0), checkpoint(1)).unwrap();
        note(&path, Timestamp::from_millis(1), checkpoint(1)).unwrap();
        let mut text = fs::read_to_string(&path).unwrap();
        assert_eq!(1, text.lines().count());
        text.push_str("1970-01-01T00:00:00.000Z 2:ab");
        fs::write(&path, text).unwrap();

        assert!(Checkpoints::read(&path).unwrap().unwrap().is_torn);
        note(&path, Timestamp::from_millis(2), checkpoint(3)).unwrap();
        let seqs: Vec<u64> = Checkpoints::read(&path)
            .unwrap()
            .unwrap()
            .lines
            .iter()
            .map(|(_, line)| line.unwrap().seq)
            .collect();
        assert_eq!(vec![1, 3], seqs);
    }

    fn checkpoint(seq: u64) -> Checkpoint {
        Checkpoint {
            seq,
            hash: Digest::of(&seq.to_le_bytes()),
        }
    }
}
