//! Folders and files for the owner alone.

use std::{
    fs::{self, DirBuilder, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

use rustix::{
    fs::{Access, CWD, FileType, Mode, OFlags},
    io::Errno,
};

/// Makes a folder where it is missing. One that exists keeps its mode: it may be somebody else's.
///
/// # Errors
///
/// Fails if it cannot be made.
pub fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes a database's file before SQLite does, which would make it readable for others. The files
/// beside it get their mode from it.
///
/// Goes by the name and never opens the file: closing it would drop the locks that another
/// connection of this process holds on it.
pub(super) fn make_file(path: &Path) -> io::Result<()> {
    let owner_only = Mode::RUSR | Mode::WUSR;
    match rustix::fs::mknodat(CWD, path, FileType::RegularFile, owner_only, 0) {
        Err(Errno::EXIST) => tighten(path)?,
        made => made?,
    }
    // SQLite would open a file read-only without a word, and only then fail.
    rustix::fs::access(path, Access::WRITE_OK)?;
    rustix::fs::access(path.parent().unwrap_or(path), Access::WRITE_OK)?;
    Ok(())
}

/// Writes a file whole or not at all: beside its place first, then to the disk, then into its
/// place. A link at its place is replaced, not followed. A new file has this `mode`, less the
/// umask.
///
/// # Errors
///
/// Fails if it cannot be written; what was there before is then there still.
pub fn write_whole(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let write = || {
        // What a process of the same number left behind is overwritten.
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(mode)
            .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
            .open(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, path)
    };
    let written = write();
    if written.is_err() {
        // What is left of it would only take the room that may be missing.
        let _ = fs::remove_file(&part);
    }
    written
}

fn tighten(path: &Path) -> io::Result<()> {
    if fs::metadata(path)?.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(0o600))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (other, path) = (folder.path().join("other"), folder.path().join("report"));
        fs::write(&other, "kept").unwrap();
        std::os::unix::fs::symlink(&other, &path).unwrap();
        write_whole(&path, b"new", 0o600).unwrap();
        assert_eq!("kept", fs::read_to_string(&other).unwrap());
        assert_eq!("new", fs::read_to_string(&path).unwrap());
        let mode = fs::symlink_metadata(&path).unwrap().permissions().mode();
        assert_eq!(0o600, mode & 0o777);
        assert_eq!(2, fs::read_dir(folder.path()).unwrap().count());
    }

    #[test]
    fn what_a_killed_write_left_is_no_obstacle() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report");
        let part = format!("report.{}.part", std::process::id());
        fs::write(folder.path().join(part), "half of a longer text").unwrap();
        write_whole(&path, b"new", 0o600).unwrap();
        assert_eq!("new", fs::read_to_string(&path).unwrap());
    }

    #[test]
    fn what_cannot_be_written_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taken");
        fs::create_dir(&path).unwrap();
        assert!(write_whole(&path, b"new", 0o600).is_err());
        assert_eq!(1, fs::read_dir(folder.path()).unwrap().count());
    }
}
