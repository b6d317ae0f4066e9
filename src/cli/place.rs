use std::{collections::BTreeMap, path::PathBuf};

use super::{Context, Failure, Globals, Output};
use crate::{config::Env, model::Timestamp, world};

/// Where a command about the watched repository runs.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The repository unless the command line names another.
    pub(super) repo: PathBuf,
    /// The environment, which outranks a `.env` file.
    pub(super) environment: BTreeMap<String, String>,
    /// Stdout.
    pub(super) output: Output,
    /// The host's clock.
    pub(super) clock: fn() -> Timestamp,
}

impl Place {
    /// The place of a command that needs no more than the global settings.
    pub(super) fn of(globals: &Globals) -> Result<Self, Failure> {
        Ok(Self::in_context(&Context::new(&globals.flags())?))
    }

    /// The place of a command that has its settings. Without a repository it is the
    /// working folder.
    pub(super) fn in_context(ctx: &Context) -> Self {
        let env = Env::from_process();
        let texts = env.vars.into_iter();
        Self {
            repo: ctx
                .settings
                .paths
                .repo_root
                .clone()
                .unwrap_or(env.working_dir),
            environment: texts
                .filter_map(|(name, value)| Some((name, value.into_string().ok()?)))
                .collect(),
            output: ctx.output,
            clock: world::now,
        }
    }
}
