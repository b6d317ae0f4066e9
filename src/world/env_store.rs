//! Reads and replaces a file that holds secrets.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown},
    path::{Path, PathBuf},
};

use crate::model::Timestamp;

/// Readable and writable by the owner alone.
const MODE: u32 = 0o600;
/// The most bytes of such a file.
const BYTES_MAX: u64 = 1_000_000;

/// A file as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Original {
    /// Its text.
    pub text: String,
    /// Its permission bits.
    pub mode: u32,
}

/// A file with secrets cannot be read or replaced.
#[derive(Debug, thiserror::Error)]
pub enum EnvStoreError {
    /// It cannot be read.
    #[error("cannot read `{path}`")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is larger than any such file.
    #[error("`{path}` has {bytes} bytes, at most {BYTES_MAX} are read")]
    TooLarge {
        /// Which.
        path: PathBuf,
        /// How large it is.
        bytes: u64,
    },
    /// It is not UTF-8.
    #[error("`{path}` is not UTF-8 on line {line}")]
    NotText {
        /// Which.
        path: PathBuf,
        /// The first line that is not, counted from 1.
        line: usize,
    },
    /// Somebody changed it since it was read.
    #[error("`{path}` was changed by somebody else meanwhile, nothing was written")]
    Changed {
        /// Which.
        path: PathBuf,
    },
    /// It cannot be written. The old file is as it was.
    #[error("cannot write `{path}`")]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Reads a file; `None` if it is not there.
///
/// # Errors
///
/// Fails if it cannot be read, is too large, or is no text.
pub fn read(path: &Path) -> Result<Option<Original>, EnvStoreError> {
    let failed = |source| EnvStoreError::Read {
        path: path.to_owned(),
        source,
    };
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    if metadata.len() > BYTES_MAX {
        return Err(EnvStoreError::TooLarge {
            path: path.to_owned(),
            bytes: metadata.len(),
        });
    }
    let bytes = fs::read(path).map_err(failed)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let n_ends = valid.iter().filter(|&&byte| byte == b'\n').count();
        EnvStoreError::NotText {
            path: path.to_owned(),
            line: n_ends + 1,
        }
    })?;
    Ok(Some(Original {
        text,
        mode: metadata.permissions().mode() & 0o7777,
    }))
}

/// Replaces `path` by `text` in one step, readable by its owner alone, after checking
/// that it still holds `original`. With `backup_at` the old file is kept beside it under
/// that time; its path is returned. What fails leaves the old file and nothing else.
///
/// # Errors
///
/// Fails if the file changed meanwhile or cannot be written.
pub fn replace(
    path: &Path,
    original: Option<&Original>,
    text: &str,
    backup_at: Option<Timestamp>,
) -> Result<Option<PathBuf>, EnvStoreError> {
    // A link stays a link; what it names is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if read(&target)?.map(|now| now.text).as_deref() != original.map(|then| &*then.text) {
        return Err(EnvStoreError::Changed { path: target });
    }
    let failed = |source| EnvStoreError::Write {
        path: target.clone(),
        source,
    };
    let backup = match (original, backup_at) {
        (Some(original), Some(at)) => {
            let stamp: String = at.to_string().replace(['-', ':', '.'], "");
            let backup = beside(&target, &format!(".bak.{stamp}"));
            write_new(&backup, &original.text, &target).map_err(failed)?;
            Some(backup)
        }
        (_, _) => None,
    };
    let draft = beside(&target, &format!(".new.{}", std::process::id()));
    let written = write_new(&draft, text, &target).and_then(|()| fs::rename(&draft, &target));
    if let Err(source) = written {
        // Best effort: the error that matters is the first one.
        let _ = fs::remove_file(&draft);
        let _ = backup.as_ref().map(fs::remove_file);
        return Err(failed(source));
    }
    sync_folder(&target);
    Ok(backup)
}

/// Writes a file that is not there yet, to the disk, owned like `model`.
fn write_new(path: &Path, text: &str, model: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(MODE).open(path)?;
    keep_owner(&file, model)
        .and_then(|()| file.write_all(text.as_bytes()))
        .and_then(|()| file.sync_all())
        .inspect_err(|_| {
            let _ = fs::remove_file(path);
        })
}

/// Run by root, the file still belongs to whom it belonged, or to whom its folder does.
fn keep_owner(file: &File, model: &Path) -> io::Result<()> {
    let owner = fs::metadata(model).or_else(|_| fs::metadata(folder(model)))?;
    let own = file.metadata()?;
    match (own.uid(), own.gid()) == (owner.uid(), owner.gid()) || own.uid() != 0 {
        true => Ok(()),
        false => fchown(file, Some(owner.uid()), Some(owner.gid())),
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}

fn folder(path: &Path) -> &Path {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

/// Makes the rename last over a power cut, where the file system can.
fn sync_folder(path: &Path) {
    let _ = File::open(folder(path)).and_then(|folder| folder.sync_all());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_file_and_its_backup_are_for_the_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        fs::write(&path, "A=1\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let original = read(&path).unwrap();
        let at = Timestamp::from_millis(1_772_600_767_089);
        let backup = replace(&path, original.as_ref(), "A=2\n", Some(at))
            .unwrap()
            .unwrap();
        assert_eq!("A=2\n", fs::read_to_string(&path).unwrap());
        assert_eq!("A=1\n", fs::read_to_string(&backup).unwrap());
        assert!(
            backup.ends_with(".env.bak.20260304T050607089Z"),
            "{backup:?}"
        );
        for path in [&path, &backup] {
            assert_eq!(
                MODE,
                fs::metadata(path).unwrap().permissions().mode() & 0o777
            );
        }
        assert_eq!(2, fs::read_dir(folder.path()).unwrap().count());
    }

    #[test]
    fn a_file_that_changed_meanwhile_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        fs::write(&path, "A=1\n").unwrap();
        let original = read(&path).unwrap();
        fs::write(&path, "A=other\n").unwrap();
        let error = replace(&path, original.as_ref(), "A=2\n", None).unwrap_err();
        assert!(matches!(error, EnvStoreError::Changed { .. }), "{error}");
        assert_eq!("A=other\n", fs::read_to_string(&path).unwrap());
        assert_eq!(1, fs::read_dir(folder.path()).unwrap().count());
    }

    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (link, real) = (folder.path().join(".env"), folder.path().join("real.env"));
        fs::write(&real, "A=1\n").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let original = read(&link).unwrap();
        replace(&link, original.as_ref(), "A=2\n", None).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!("A=2\n", fs::read_to_string(&real).unwrap());
    }

    #[test]
    fn a_failed_write_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing").join(".env");
        let error = replace(&path, None, "A=2\n", None).unwrap_err();
        assert!(matches!(error, EnvStoreError::Write { .. }), "{error}");
        assert_eq!(0, fs::read_dir(folder.path()).unwrap().count());
    }

    #[test]
    fn bytes_that_are_no_text_are_named_by_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        fs::write(&path, b"A=1\nB=\xff\n").unwrap();
        let error = read(&path).unwrap_err();
        assert!(
            matches!(error, EnvStoreError::NotText { line: 2, .. }),
            "{error}"
        );
    }
}
