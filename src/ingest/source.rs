use std::path::PathBuf;

/// The artifacts of a conversation, in the order in which they are read.
pub(super) const ARTIFACTS: [&str; 3] = ["task.md", "walkthrough.md", "implementation_plan.md"];

/// Where evidence comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Sessions of a coding tool.
    Codex,
    /// Logs of soaks, verifications and the stack itself.
    Soak,
    /// Result files of soaks.
    SoakResult,
    /// Harness scripts.
    Harness,
    /// Network event streams.
    Network,
    /// Conversations about the stack.
    Antigravity,
    /// The changelog.
    Changelog,
    /// The history of the repository.
    Git,
    /// Logs of the running containers.
    Container,
    /// A predecessor's database.
    Import,
}

impl Source {
    /// The sources that are files, in the order in which they are read: together what machines
    /// wrote, then what people did about it.
    pub(super) const FILES: [&[Self]; 2] = [
        &[Self::Soak, Self::SoakResult, Self::Network],
        &[
            Self::Codex,
            Self::Antigravity,
            Self::Harness,
            Self::Changelog,
        ],
    ];

    /// The stored name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Codex => "codex",
            Self::Soak => "soak",
            Self::SoakResult => "soak_result",
            Self::Harness => "harness",
            Self::Network => "network",
            Self::Antigravity => "antigravity",
            Self::Changelog => "changelog",
            Self::Git => "git",
            Self::Container => "container",
            Self::Import => "import",
        }
    }

    /// Whether its files only grow, line by line. Other files are read as a whole.
    pub(super) fn is_lines(self) -> bool {
        matches!(self, Self::Codex | Self::Soak | Self::Network)
    }
}

/// What is known about the place of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It is there.
    Folder,
    /// It should be there, and is not.
    Missing(PathBuf),
    /// Nobody said where.
    Unknown,
    /// It is no place on this disk.
    Elsewhere,
}
