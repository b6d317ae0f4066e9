//! Where documents go, and how.

use std::{
    fs::{self, DirBuilder},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow};

use crate::{
    cli::{Context, Exit, Failure},
    store::private::write_whole,
};

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
    let mode = if into_repo { 0o644 } else { 0o600 };
    write_whole(path, text.as_bytes(), mode)
        .with_context(|| format!("cannot write `{}`", path.display()))
}

/// The text of an index that may not be there yet.
pub(super) fn index(folder: &Path, title: &str) -> String {
    fs::read_to_string(folder.join("INDEX.md")).unwrap_or_else(|_| format!("# {title}\n"))
}
