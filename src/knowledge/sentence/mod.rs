//! The sentences of the console: what a person may type, and what it means.

mod complete;
mod form;
mod parse;
mod soak;

pub use complete::complete;
pub use form::{FORMS, Form};
pub use parse::{Unclear, parse};
pub use soak::Soak;

use crate::model::{Action, ControlMode};

/// The most characters of one sentence.
pub const SENTENCE_CHARS_MAX: usize = 400;

/// What a sentence asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sentence {
    /// All forms, or those of one word.
    Help(Option<&'static Form>),
    /// The end of the console.
    Leave,
    /// In which mode the console acts; `None` asks.
    Mode(Option<ControlMode>),
    /// One action. The service stands as it was typed.
    Act(Action),
    /// A soak.
    Soak(Soak),
    /// A command of the program, with its arguments.
    Command(Vec<String>),
}

impl Sentence {
    /// The command of the program that says the same, where there is one. What depends
    /// on a mode and names none gets the one of the console.
    pub fn command(&self, mode: ControlMode) -> Option<Vec<String>> {
        match self {
            Sentence::Command(words) => {
                let mut words = words.clone();
                if words.first().is_some_and(|word| word == "agent") {
                    words.extend(["--control-mode".to_owned(), mode.to_string()]);
                }
                Some(words)
            }
            Sentence::Soak(soak) => Some(soak.command(mode)),
            Sentence::Help(_) | Sentence::Leave | Sentence::Mode(_) | Sentence::Act(_) => None,
        }
    }
}
