use std::path::Path;

/// Digits of a commit that people are shown.
const SHORT: usize = 12;

/// Says in a few words how a file stands in version control. Nothing is run for it.
pub fn git_state(path: &Path) -> String {
    let root = path
        .ancestors()
        .skip(1)
        .find(|folder| folder.join(".git").exists());
    match root {
        Some(root) => state_in(root, path).unwrap_or_else(|why| format!("unknown: {why}")),
        None => "not under version control".to_owned(),
    }
}

fn state_in(root: &Path, path: &Path) -> Result<String, String> {
    let options = gix::open::Options::isolated().with(gix::sec::Trust::Full);
    let repository = gix::open_opts(root, options).map_err(|error| error.to_string())?;
    let commit = repository
        .head_commit()
        .map_err(|error| error.to_string())?;
    let name = commit.id().to_string();
    let name = name.get(..SHORT).unwrap_or(&name);
    let inside = path.strip_prefix(root).map_err(|error| error.to_string())?;
    let tree = commit.tree().map_err(|error| error.to_string())?;
    let entry = tree
        .lookup_entry_by_path(inside)
        .map_err(|error| error.to_string())?;
    let Some(entry) = entry else {
        return Ok(format!("not committed, the last commit is {name}"));
    };
    let committed = entry.object().map_err(|error| error.to_string())?;
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    Ok(match committed.data == bytes {
        true => format!("as committed in {name}"),
        false => format!("changed since {name}"),
    })
}

#[cfg(test)]
mod tests {
    use std::{fs, process::Command};

    use super::*;

    #[test]
    fn a_file_is_committed_changed_or_new() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("soak.py");
        fs::write(&path, "one").unwrap();
        assert_eq!("not under version control", git_state(&path));
        let git = |words: &[&str]| {
            let status = Command::new("git")
                .args(["-c", "user.name=op", "-c", "user.email=op@localhost"])
                .args(words)
                .current_dir(folder.path())
                .status();
            assert!(status.unwrap().success());
        };
        git(&["init", "-q"]);
        git(&["add", "soak.py"]);
        git(&["commit", "-q", "-m", "first"]);
        assert!(git_state(&path).starts_with("as committed in "));
        fs::write(&path, "two").unwrap();
        assert!(git_state(&path).starts_with("changed since "));
        let other = folder.path().join("other.py");
        fs::write(&other, "x").unwrap();
        assert!(git_state(&other).starts_with("not committed"));
    }
}
