//! What was typed before, without secrets.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use rustix::fs::OFlags;

use crate::{model::redact, store::private::write_whole};

/// The name of the file in the data folder.
const FILE: &str = "console_history";
/// The most lines that are kept.
pub(super) const LINES_MAX: usize = 500;
/// The file is written anew when it has this many lines.
const FILE_LINES_MAX: usize = 2 * LINES_MAX;
/// The most bytes of a file that is read.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The lines of this console and of those before it.
pub(super) struct History {
    path: PathBuf,
    lines: Vec<String>,
}

impl History {
    /// Reads the history of a data folder. Where it cannot be read there is none.
    pub(super) fn in_folder(folder: &Path) -> Self {
        let path = folder.join(FILE);
        let is_small = fs::symlink_metadata(&path)
            .is_ok_and(|file| file.is_file() && file.len() <= FILE_BYTES_MAX);
        let text = match is_small {
            true => fs::read_to_string(&path).unwrap_or_default(),
            false => String::new(),
        };
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let is_long = lines.len() > FILE_LINES_MAX;
        let n_old = lines.len().saturating_sub(LINES_MAX);
        lines.drain(..n_old);
        let history = Self { path, lines };
        if is_long && let Err(error) = history.rewrite() {
            tracing::warn!(%error, "the history of the console cannot be shortened");
        }
        history
    }

    /// The lines, oldest first.
    pub(super) fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Keeps a line, and returns what is kept of it. An empty line and the last one
    /// again are not kept. The folder is not made: without one there is no ledger, and
    /// nothing to come back to.
    pub(super) fn add(&mut self, line: &str) -> Option<&str> {
        let kept = redact(line.trim()).into_owned();
        if kept.is_empty() || self.lines.last() == Some(&kept) {
            return None;
        }
        let is_there = self.path.parent().is_some_and(Path::is_dir);
        if is_there && let Err(error) = append(&self.path, &kept) {
            tracing::warn!(%error, "the history of the console cannot be written");
        }
        self.lines.push(kept);
        self.lines.last().map(String::as_str)
    }

    fn rewrite(&self) -> io::Result<()> {
        let text: String = self.lines.iter().map(|line| format!("{line}\n")).collect();
        write_whole(&self.path, text.as_bytes(), 0o600)
    }
}

fn append(path: &Path, line: &str) -> io::Result<()> {
    let mut file = private(OpenOptions::new().create(true).append(true)).open(path)?;
    // One that an older hand made readable for others is closed again.
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    file.write_all(format!("{line}\n").as_bytes())
}

/// For the owner alone, and never through a link.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    let no_links = i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or(0);
    options.mode(0o600).custom_flags(no_links)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn lines_are_kept_for_the_owner_and_without_secrets() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let mut history = History::in_folder(folder.path());
        assert_eq!(Some("status"), history.add(" status "));
        assert_eq!(None, history.add("status"));
        let kept = history.add("recommend password=hunter2hunter2").unwrap();
        assert!(!kept.contains("hunter2"), "{kept}");
        assert_eq!(0o600, mode(&path));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        history.add("stats");
        assert_eq!(0o600, mode(&path));
        assert!(!fs::read_to_string(&path).unwrap().contains("hunter2"));
        assert_eq!(3, History::in_folder(folder.path()).lines().len());
    }

    #[test]
    fn a_long_history_is_shortened_and_a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let long: String = (0..=FILE_LINES_MAX)
            .map(|n| format!("help {n}\n"))
            .collect();
        fs::write(&path, long).unwrap();
        assert_eq!(LINES_MAX, History::in_folder(folder.path()).lines().len());
        let left = fs::read_to_string(&path).unwrap();
        assert_eq!(LINES_MAX, left.lines().count());
        assert_eq!(0o600, mode(&path));
        fs::remove_file(&path).unwrap();
        let elsewhere = folder.path().join("elsewhere");
        fs::write(&elsewhere, "").unwrap();
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        History::in_folder(folder.path()).add("status");
        assert_eq!("", fs::read_to_string(&elsewhere).unwrap());
    }
}
