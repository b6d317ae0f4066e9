//! Flags, environment and files become [`Settings`], once, and each value keeps
//! where it came from. Nothing else in the program reads the environment.

mod actions;
mod check;
mod docs;
mod draft;
mod env;
mod file;
mod keys;
mod layer;
mod mistake;
mod parse;
mod paths;
mod settings;
mod slot;
mod stack;
mod vars;
mod words;

pub use actions::ActionList;
pub use docs::{reference, template};
pub use env::Env;
pub use layer::Flags;
pub use mistake::{ConfigError, Mistake, Origin};
pub use paths::{DataFolderError, FILE_NAME, Paths, check_data_folder};
pub use settings::{
    ColorChoice, Control, Engine, EngineAddress, EngineHost, Log, LogFilter, LogFormat, LogLevel,
    Planes, Profile, Resolved, Settings, Shown,
};
pub use stack::{fits, names_trouble};
pub use vars::KILL_SWITCH_VARIABLE;
