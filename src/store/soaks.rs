//! The folders of soaks: one a run, below the data folder.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};

use super::private::{make_folder, write_whole};

/// The folder of the runs, below the data folder.
pub const SOAKS: &str = "soak_runs";
/// The most runs that are kept; the oldest go first.
pub const SOAKS_MAX: usize = 50;
/// The record of a run, in its folder.
const RECORD: &str = "run.json";

/// Why a run's folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} `{path}`")]
pub struct SoakFolderError {
    doing: &'static str,
    path: PathBuf,
    source: io::Error,
}

/// The folders of all runs.
#[derive(Clone, Debug)]
pub struct SoakFolders(PathBuf);

impl SoakFolders {
    /// Names them in a data folder. Nothing is made yet.
    pub fn below(data_dir: &Path) -> Self {
        Self(data_dir.join(SOAKS))
    }

    /// The folder of a run.
    pub fn of(&self, run: &str) -> PathBuf {
        self.0.join(run)
    }

    /// Makes the folder of a new run, for the owner alone.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be made, or is there already.
    pub fn make(&self, run: &str) -> Result<PathBuf, SoakFolderError> {
        let path = self.of(run);
        make_folder(&self.0)
            .and_then(|()| DirBuilder::new().mode(0o700).create(&path))
            .map_err(|source| fail("make the folder", &path, source))?;
        Ok(path)
    }

    /// Writes a file of a run, for the owner alone. It is there as a whole or as it was
    /// before.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be written.
    pub fn write(&self, run: &str, name: &str, bytes: &[u8]) -> Result<(), SoakFolderError> {
        let path = self.of(run).join(name);
        write_whole(&path, bytes, 0o600).map_err(|source| fail("write", &path, source))
    }

    /// Writes the record of a run.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be written.
    pub fn record_write(&self, run: &str, record: &impl Serialize) -> Result<(), SoakFolderError> {
        let bytes = serde_json::to_vec_pretty(record).expect("records serialize");
        self.write(run, RECORD, &bytes)
    }

    /// Reads the records of all runs, oldest first. A folder without one, or with one
    /// that is none, is left out.
    ///
    /// # Errors
    ///
    /// Fails if the folder is there and cannot be listed.
    pub fn record_list<R: DeserializeOwned>(&self) -> Result<Vec<R>, SoakFolderError> {
        let runs = self.runs()?;
        let record = |run: &String| {
            let bytes = fs::read(self.of(run).join(RECORD)).ok()?;
            serde_json::from_slice(&bytes).ok()
        };
        Ok(runs.iter().filter_map(record).collect())
    }

    /// Removes the oldest runs where there are too many, except those of `kept`.
    ///
    /// # Errors
    ///
    /// Fails if a folder cannot be removed.
    pub fn prune(&self, kept: &[String]) -> Result<usize, SoakFolderError> {
        let mut runs = self.runs()?;
        let n_over = runs.len().saturating_sub(SOAKS_MAX);
        runs.truncate(n_over);
        runs.retain(|run| !kept.contains(run));
        for run in &runs {
            let path = self.of(run);
            fs::remove_dir_all(&path).map_err(|source| fail("remove", &path, source))?;
        }
        Ok(runs.len())
    }

    /// The names of all runs, oldest first: a name begins with its time.
    fn runs(&self) -> Result<Vec<String>, SoakFolderError> {
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(fail("list", &self.0, source)),
        };
        let name = |entry: io::Result<fs::DirEntry>| entry.ok()?.file_name().into_string().ok();
        let mut runs: Vec<String> = entries.filter_map(name).collect();
        runs.sort();
        Ok(runs)
    }
}

fn fail(doing: &'static str, path: &Path, source: io::Error) -> SoakFolderError {
    SoakFolderError {
        doing,
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_runs_make_room_but_not_one_that_is_kept() {
        let data = tempfile::tempdir().unwrap();
        let folders = SoakFolders::below(data.path());
        for n in 0..SOAKS_MAX + 3 {
            let run = format!("{n:04}");
            folders.make(&run).unwrap();
            folders.record_write(&run, &n).unwrap();
        }
        assert_eq!(2, folders.prune(&["0001".to_owned()]).unwrap());
        let left: Vec<usize> = folders.record_list().unwrap();
        assert_eq!((&1, SOAKS_MAX + 1), (&left[0], left.len()));
    }

    #[test]
    fn a_run_is_made_once() {
        let data = tempfile::tempdir().unwrap();
        let folders = SoakFolders::below(data.path());
        folders.make("a").unwrap();
        assert!(folders.make("a").is_err());
        assert!(folders.record_list::<usize>().unwrap().is_empty());
    }
}
