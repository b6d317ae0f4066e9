//! Which scripts of watched repositories the operator trusts: by place and content.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{
    Digest,
    private::{make_folder, write_whole},
};
use crate::model::{Redacted, Timestamp};

/// The name of the file in the data folder.
const FILE_NAME: &str = "trusted.json";
/// The most scripts that are trusted at a time; the oldest go first.
pub const TRUSTED_MAX: usize = 200;

/// Why the list of trusted scripts cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// A file cannot be read or written.
    #[error("cannot {doing} `{path}`")]
    File {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The list is none. Nothing is trusted then.
    #[error("`{path}` is no list of trusted scripts")]
    Garbled {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// One script that is trusted as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trusted {
    /// Its file, with links resolved.
    pub path: PathBuf,
    /// SHA-256 of its content, in hex.
    pub sha256: String,
    /// When the operator said so.
    pub at: Timestamp,
    /// Who that was.
    pub by: String,
    /// What version control said of it then.
    pub git: Redacted,
}

/// The scripts that the operator trusts.
#[derive(Debug)]
pub struct TrustBook {
    path: PathBuf,
    trusted: Vec<Trusted>,
}

impl TrustBook {
    /// Reads the list in a data folder; one that is not there is empty.
    ///
    /// # Errors
    ///
    /// Fails if it is there and cannot be read.
    pub fn open(data_dir: &Path) -> Result<Self, TrustError> {
        let path = data_dir.join(FILE_NAME);
        let trusted = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|source| TrustError::Garbled {
                path: path.clone(),
                source,
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(fail("read", &path, source)),
        };
        Ok(Self { path, trusted })
    }

    /// Says whether this content at this place is trusted.
    pub fn has(&self, path: &Path, digest: Digest) -> bool {
        let sha256 = digest.to_string();
        let mut trusted = self.trusted.iter();
        trusted.any(|one| one.path == path && one.sha256 == sha256)
    }

    /// Says whether another content at this place was trusted once.
    pub fn knew(&self, path: &Path) -> bool {
        self.trusted.iter().any(|one| one.path == path)
    }

    /// Trusts one more script; another content at the same place is no longer trusted.
    ///
    /// # Errors
    ///
    /// Fails if the list cannot be written.
    pub fn add(&mut self, new: Trusted) -> Result<(), TrustError> {
        self.trusted.retain(|one| one.path != new.path);
        self.trusted.push(new);
        let n_over = self.trusted.len().saturating_sub(TRUSTED_MAX);
        self.trusted.drain(..n_over);
        self.write()
            .map_err(|source| fail("write", &self.path, source))
    }

    fn write(&self) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            make_folder(folder)?;
        }
        let bytes = serde_json::to_vec_pretty(&self.trusted).expect("the list serializes");
        write_whole(&self.path, &bytes, 0o600)
    }
}

/// Reads a script, and returns its place with links resolved, and its digest.
///
/// # Errors
///
/// Fails if it cannot be read.
pub fn script_digest(path: &Path) -> Result<(PathBuf, Digest), TrustError> {
    let real = fs::canonicalize(path).map_err(|source| fail("read", path, source))?;
    let bytes = fs::read(&real).map_err(|source| fail("read", &real, source))?;
    Ok((real, Digest::of(&bytes)))
}

fn fail(doing: &'static str, path: &Path, source: io::Error) -> TrustError {
    TrustError::File {
        doing,
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn trusted(path: &Path, digest: Digest) -> Trusted {
        Trusted {
            path: path.to_owned(),
            sha256: digest.to_string(),
            at: Timestamp::default(),
            by: "op".to_owned(),
            git: Redacted::from_raw("as committed"),
        }
    }

    #[test]
    fn another_content_at_the_same_place_is_not_trusted() {
        let data = tempfile::tempdir().unwrap();
        let script = data.path().join("soak.py");
        fs::write(&script, "one").unwrap();
        let (path, first) = script_digest(&script).unwrap();
        let mut book = TrustBook::open(data.path()).unwrap();
        assert!(!book.has(&path, first) && !book.knew(&path));
        book.add(trusted(&path, first)).unwrap();
        fs::write(&script, "two").unwrap();
        let (_, second) = script_digest(&script).unwrap();
        let book = TrustBook::open(data.path()).unwrap();
        assert!(book.has(&path, first) && !book.has(&path, second) && book.knew(&path));
        let mode = fs::metadata(data.path().join(FILE_NAME)).unwrap();
        assert_eq!(0o600, mode.permissions().mode() & 0o777);
    }

    #[test]
    fn a_garbled_list_trusts_nothing() {
        let data = tempfile::tempdir().unwrap();
        fs::write(data.path().join(FILE_NAME), "[{]").unwrap();
        assert!(matches!(
            TrustBook::open(data.path()),
            Err(TrustError::Garbled { .. })
        ));
    }
}
