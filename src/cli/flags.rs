use std::path::PathBuf;

use crate::config::{Env, Flags, Resolved};

/// The flags of every command.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct Globals {
    /// Folder of the databases
    #[arg(long, global = true, value_name = "FOLDER", conflicts_with = "db")]
    data_dir: Option<PathBuf>,
    /// Database whose folder is the data folder
    #[arg(long, global = true, value_name = "PATH")]
    db: Option<PathBuf>,
    /// Configuration file, instead of `wicap-assist.toml` in the repository
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Compose project [default: the only one that looks like the profile]
    #[arg(long, global = true, value_name = "NAME")]
    project: Option<String>,
    /// Form of log lines on stderr: text or json [default: text]
    #[arg(long, global = true, value_name = "FORM")]
    log_format: Option<String>,
    /// Log more; twice for everything that helps to find a fault
    #[arg(short, long, global = true, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    verbose: u8,
    /// Log errors only
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Colours: auto, always or never [default: auto]
    #[arg(long, global = true, value_name = "WHEN")]
    color: Option<String>,
}

impl Globals {
    /// Returns them as settings; a command adds its own before it resolves them.
    pub fn flags(&self) -> Flags {
        let mut flags = Flags::default();
        flags.path("--data-dir", self.data_dir.as_deref());
        flags.path("--db", self.db.as_deref());
        flags.path("--config", self.config.as_deref());
        flags.text("--project", self.project.as_deref());
        flags.text("--log-format", self.log_format.as_deref());
        flags.text("--color", self.color.as_deref());
        match (self.quiet, self.verbose) {
            (true, _) => flags.text("-q", Some("error")),
            (false, 0) => (),
            (false, 1) => flags.text("-v", Some("info")),
            (false, _) => flags.text("-vv", Some("debug")),
        }
        flags
    }

    /// Resolves the settings of a command without flags of its own.
    pub(super) fn resolve(&self) -> Resolved {
        Resolved::new(&self.flags(), &Env::from_process())
    }
}
