//! Folders and files for the owner alone.

use std::{
    fs::{self, DirBuilder, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::Path,
};

use rustix::{
    fs::{Access, CWD, FileType, Mode},
    io::Errno,
};

/// Makes a folder where it is missing. One that exists keeps its mode: it may be somebody else's.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
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

fn tighten(path: &Path) -> io::Result<()> {
    if fs::metadata(path)?.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(0o600))
}
