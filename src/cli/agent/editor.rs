use rustyline::{
    CompletionType, Config, Helper, completion::Completer, error::ReadlineError,
    highlight::Highlighter, hint::Hinter, history::MemHistory, validate::Validator,
};

use super::history::History;
use crate::{cli::Context, knowledge::sentence::complete};

/// What came of asking for a line.
pub(super) enum Line {
    /// This was typed.
    Typed(String),
    /// Ctrl-C: the line is dropped.
    Dropped,
    /// Ctrl-D, or the terminal went away.
    End,
}

/// A line on a terminal, with editing, completion and history.
pub(super) struct Editor {
    lines: rustyline::Editor<Words, MemHistory>,
    history: History,
}

/// The names that can stand in a sentence.
struct Words {
    services: Vec<String>,
}

impl Editor {
    /// Takes the terminal, and reads the history.
    ///
    /// # Errors
    ///
    /// The terminal cannot be read.
    pub(super) fn new(ctx: &Context) -> anyhow::Result<Self> {
        let history = History::in_folder(&ctx.settings.paths.data_dir);
        let config = Config::builder()
            .max_history_size(history.lines().len() + super::history::LINES_MAX)?
            .completion_type(CompletionType::List)
            .auto_add_history(false)
            .build();
        let memory = MemHistory::with_config(&config);
        let mut lines = rustyline::Editor::with_history(config, memory)?;
        lines.set_helper(Some(Words {
            services: services(ctx),
        }));
        for line in history.lines() {
            lines.add_history_entry(line.as_str())?;
        }
        Ok(Self { lines, history })
    }

    /// Asks for a line. What is remembered of it holds no secrets.
    ///
    /// # Errors
    ///
    /// The terminal cannot be read.
    pub(super) fn read(&mut self, prompt: &str) -> anyhow::Result<Line> {
        match self.lines.readline(prompt) {
            Ok(line) => {
                if let Some(kept) = self.history.add(&line) {
                    self.lines.add_history_entry(kept)?;
                }
                Ok(Line::Typed(line))
            }
            Err(ReadlineError::Interrupted) => Ok(Line::Dropped),
            Err(ReadlineError::Eof) => Ok(Line::End),
            Err(error) => Err(anyhow::Error::new(error).context("cannot read the terminal")),
        }
    }
}

/// Everything by which the services of the stack are known.
fn services(ctx: &Context) -> Vec<String> {
    let services = ctx.settings.stack.services.iter();
    let mut names: Vec<String> = services
        .flat_map(|(name, profile)| {
            let own = std::iter::once(name.to_string());
            own.chain(profile.aliases.iter().cloned())
        })
        .collect();
    names.sort();
    names
}

impl Completer for Words {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _: &rustyline::Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let before = line.get(..pos).unwrap_or_default();
        Ok((0, complete(before, &self.services)))
    }
}

impl Hinter for Words {
    type Hint = String;
}

impl Highlighter for Words {}

impl Validator for Words {}

impl Helper for Words {}
