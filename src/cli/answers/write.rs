//! Where documents go, and how.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow};

use crate::cli::{Context, Exit, Failure};

/// The folder for documents of this kind: in the data folder, or where the predecessor wrote them.
///
/// # Errors
///
/// When the repository is asked for and not known, or when the folder cannot be made.
pub(super) fn folder(ctx: &Context, kind: &str, into_repo: bool) -> anyhow::Result<PathBuf> {
    let paths = &ctx.settings.paths;
    let folder = match (&paths.repo_root, into_repo) {
        (_, false) => paths.data_dir.join(kind),
        (Some(repo), true) => repo.join("docs").join(kind),
        (None, true) => {
            let error = anyhow!("the repository of the stack is not known");
            let hint = "set `WICAP_REPO_ROOT`, or leave `--into-repo` out";
            return Err(Failure::new(Exit::Usage, error).hint(hint).into());
        }
    };
    let mode = if into_repo { 0o755 } else { 0o700 };
    DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(&folder)
        .with_context(|| format!("cannot make `{}`", folder.display()))?;
    Ok(folder)
}

/// Writes a file whole or not at all. A link at its place is replaced, not followed.
///
/// # Errors
///
/// When it cannot be written.
pub(super) fn whole(path: &Path, text: &str, into_repo: bool) -> anyhow::Result<()> {
    let cannot = || format!("cannot write `{}`", path.display());
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(name);
    let write = || -> io::Result<()> {
        let mode = if into_repo { 0o644 } else { 0o600 };
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    let done = write();
    if done.is_err() {
        fs::remove_file(&beside).unwrap_or_default();
    }
    done.with_context(cannot)
}

/// The text of an index that may not be there yet.
pub(super) fn index(folder: &Path, title: &str) -> String {
    fs::read_to_string(folder.join("INDEX.md")).unwrap_or_else(|_| format!("# {title}\n"))
}
