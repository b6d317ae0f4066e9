//! Snapshot packs: files beside the ledger, each named by the row that asked for it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{
    Digest, StoreError,
    private::{make_folder, write_whole},
};

/// The folder of the packs, below the data folder.
pub const SNAPSHOTS: &str = "snapshots";
/// The most packs that are kept; the oldest go first.
pub const SNAPSHOTS_MAX: usize = 200;
/// The most bytes of all packs together; the oldest go first.
pub const SNAPSHOTS_BYTES_MAX: u64 = 256 << 20;
/// The most bytes of one pack. A bigger one is not written: it would push out others.
pub const SNAPSHOT_BYTES_MAX: usize = 16 << 20;

/// The folder of the snapshot packs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotFolder(PathBuf);

impl SnapshotFolder {
    /// Names the folder in a data folder. Nothing is made yet.
    pub fn below(data_dir: &Path) -> Self {
        Self(data_dir.join(SNAPSHOTS))
    }

    /// Writes the pack that row `seq` asked for, for the owner alone, and removes the
    /// oldest packs where there are too many. Returns the path below the data folder
    /// and the digest of the file. The file is there as a whole or not at all.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be written or is too big.
    pub fn write(&self, seq: u64, pack: &impl Serialize) -> Result<(String, Digest), StoreError> {
        let name = format!("{seq}.json");
        let path = self.0.join(&name);
        let bytes = serde_json::to_vec_pretty(pack).expect("packs serialize");
        let digest = Digest::of(&bytes);
        let written = match bytes.len() <= SNAPSHOT_BYTES_MAX {
            true => make_folder(&self.0).and_then(|()| write_whole(&path, &bytes, 0o600)),
            false => Err(io::ErrorKind::FileTooLarge.into()),
        };
        written.map_err(|source| fail("write", &path, source))?;
        self.prune(seq)
            .map_err(|source| fail("remove", &self.0, source))?;
        Ok((format!("{SNAPSHOTS}/{name}"), digest))
    }

    /// Removes the oldest packs, but never the one that was just written.
    fn prune(&self, newest: u64) -> io::Result<()> {
        let mut packs = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            let path = entry.path();
            let is_pack = path.extension().is_some_and(|end| end == "json");
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            if let Some(seq) = stem.and_then(|stem| stem.parse::<u64>().ok())
                && is_pack
            {
                packs.push((seq, entry.metadata()?.len(), path));
            }
        }
        packs.sort();
        let mut n_bytes: u64 = packs.iter().map(|(_, bytes, _)| bytes).sum();
        let mut n_packs = packs.len();
        for (seq, bytes, path) in packs {
            if n_packs <= SNAPSHOTS_MAX && n_bytes <= SNAPSHOTS_BYTES_MAX {
                break;
            }
            if seq != newest {
                fs::remove_file(&path)?;
                n_packs -= 1;
                n_bytes -= bytes;
            }
        }
        Ok(())
    }
}

fn fail(doing: &'static str, path: &Path, source: io::Error) -> StoreError {
    StoreError::Snapshot {
        doing,
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_pack_is_for_its_owner_alone_and_known_by_its_digest() {
        let data = tempfile::tempdir().unwrap();
        let folder = SnapshotFolder::below(data.path());
        let (file, digest) = folder.write(57, &["a"]).unwrap();
        assert_eq!("snapshots/57.json", file);
        let path = data.path().join(file);
        assert_eq!(Digest::of(&fs::read(&path).unwrap()), digest);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(0o600, mode(&path));
        assert_eq!(0o700, mode(path.parent().unwrap()));
    }

    #[test]
    fn the_oldest_packs_make_room() {
        let data = tempfile::tempdir().unwrap();
        let folder = SnapshotFolder::below(data.path());
        let n_packs = SNAPSHOTS_MAX as u64 + 3;
        for seq in 1..=n_packs {
            folder.write(seq, &seq).unwrap();
        }
        // An older row may be late.
        folder.write(2, &"late").unwrap();
        let has = |seq: u64| data.path().join(format!("snapshots/{seq}.json")).exists();
        assert!(has(2) && has(n_packs) && has(5));
        assert!(!has(1) && !has(3) && !has(4));
    }

    #[test]
    fn a_pack_that_is_too_big_is_told_and_leaves_nothing() {
        let data = tempfile::tempdir().unwrap();
        let folder = SnapshotFolder::below(data.path());
        let error = folder.write(1, &"x".repeat(SNAPSHOT_BYTES_MAX));
        assert!(matches!(error, Err(StoreError::Snapshot { .. })));
        assert!(!data.path().join(SNAPSHOTS).exists());
    }
}
