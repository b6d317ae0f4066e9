use std::time::{SystemTime, UNIX_EPOCH};

use super::{Failure, Output, log};
use crate::{
    config::{Env, Flags, Settings, check_data_folder},
    model::Timestamp,
};

/// What every command needs, made once.
#[derive(Clone, Debug)]
pub struct Context {
    /// The settings.
    pub settings: Settings,
    /// When the command began.
    pub now: Timestamp,
    /// Stdout.
    pub output: Output,
}

impl Context {
    /// Resolves the settings and starts the log.
    ///
    /// # Errors
    /// Fails if the flags, the environment or a file hold mistakes, with all of
    /// them.
    pub fn new(flags: &Flags) -> Result<Self, Failure> {
        let settings = Settings::resolve(flags, &Env::from_process())?;
        log::start(&settings.log, settings.color);
        Ok(Self {
            now: now(),
            output: Output::new(settings.color),
            settings,
        })
    }

    /// Checks that the data folder can be used, or made.
    ///
    /// # Errors
    /// Fails if it cannot, with a hint.
    pub fn check_data_folder(&self) -> Result<(), Failure> {
        Ok(check_data_folder(&self.settings.paths.data_dir)?)
    }
}

fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since_epoch.unwrap_or_default().as_millis();
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}
