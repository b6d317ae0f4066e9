//! One ingest at a time.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Seek, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use rustix::fs::{FlockOperation, flock};

use super::IngestError;

/// The name of the lock in the data folder.
const FILE_NAME: &str = "ingest.lock";

/// The right to write evidence; it ends with the value, or with the process.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock; `now` is what others are told about since when.
    pub(super) fn take(data_dir: &Path, now: &str) -> Result<Self, IngestError> {
        let path = data_dir.join(FILE_NAME);
        let own = |source| IngestError::Own {
            path: path.clone(),
            source,
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(own)?;
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            let mut holder = String::new();
            file.read_to_string(&mut holder).map_err(own)?;
            let holder = holder.trim().to_owned();
            return Err(IngestError::Busy { path, holder });
        }
        file.set_len(0).map_err(own)?;
        file.rewind().map_err(own)?;
        writeln!(file, "process {} since {now}", std::process::id()).map_err(own)?;
        Ok(Self { file })
    }
}

impl Drop for Lock {
    /// Gives the lock back, also where a child that is just being started still holds
    /// the file. Without a word: the end of the process does the same.
    fn drop(&mut self) {
        flock(&self.file, FlockOperation::Unlock).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_that_holds_the_file_does_not_keep_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take(folder.path(), "now").unwrap();
        let of_a_child = first.file.try_clone().unwrap();
        drop(first);
        Lock::take(folder.path(), "later").unwrap();
        drop(of_a_child);
    }

    #[test]
    fn a_second_ingest_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take(folder.path(), "2026-03-04T05:06:07Z").unwrap();
        let refused = Lock::take(folder.path(), "later").unwrap_err().to_string();
        assert!(
            refused.contains(&std::process::id().to_string()),
            "{refused}"
        );
        assert!(refused.contains("since 2026-03-04T05:06:07Z"), "{refused}");
        drop(first);
        Lock::take(folder.path(), "later").unwrap();
    }
}
