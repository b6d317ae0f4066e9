use std::{
    collections::BTreeSet,
    io::{self, BufRead as _, IsTerminal as _},
    ops::ControlFlow,
};

use clap::Parser as _;

use super::{
    act::act,
    editor::{Editor, Line},
    note,
};
use crate::{
    cli::{Cli, Context, Exit, Failure, Globals, exit, terminal::Terminal},
    knowledge::sentence::{FORMS, Form, Sentence, Unclear, parse},
    model::{Action, ActionKind, ControlMode},
};

/// The console: it reads sentences and has them done.
pub(super) struct Console {
    ctx: Context,
    globals: Globals,
    is_json: bool,
    /// Whether nothing is asked.
    is_sure: bool,
    mode: ControlMode,
    /// What was asked and confirmed.
    confirmed: BTreeSet<ActionKind>,
    /// The code of the last sentence that was not done.
    last: Exit,
}

impl Console {
    /// A console in the mode of the settings.
    pub(super) fn new(ctx: Context, globals: Globals, (is_json, is_sure): (bool, bool)) -> Self {
        Self {
            mode: ctx.settings.control.mode,
            ctx,
            globals,
            is_json,
            is_sure,
            confirmed: BTreeSet::new(),
            last: Exit::Done,
        }
    }

    /// Reads sentences until somebody leaves.
    pub(super) fn run(mut self) -> anyhow::Result<Exit> {
        let is_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
        match is_terminal {
            true => self.on_a_terminal()?,
            false => self.in_plain_lines()?,
        }
        Ok(self.last)
    }

    /// Does what one sentence says.
    ///
    /// # Errors
    ///
    /// The sentence is not understood, or what it says cannot be done.
    pub(super) fn say(&mut self, line: &str) -> anyhow::Result<Exit> {
        match parse(line).map_err(unclear)? {
            None | Some(Sentence::Leave) => Ok(Exit::Done),
            Some(sentence) => self.carry_out(&sentence),
        }
    }

    fn on_a_terminal(&mut self) -> anyhow::Result<()> {
        let mut editor = Editor::new(&self.ctx)?;
        note("`help` lists the sentences, `quit` leaves");
        loop {
            match editor.read(&prompt(self.mode))? {
                Line::Typed(line) => {
                    if self.take(&line).is_break() {
                        return Ok(());
                    }
                }
                Line::Dropped => (),
                Line::End => return Ok(()),
            }
        }
    }

    fn in_plain_lines(&mut self) -> anyhow::Result<()> {
        for line in io::stdin().lock().lines() {
            if self.take(&line?).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Does what a line says, and tells where it cannot be done; the console goes on.
    fn take(&mut self, line: &str) -> ControlFlow<()> {
        if let Ok(Some(Sentence::Leave)) = parse(line) {
            return ControlFlow::Break(());
        }
        let (exit, is_closed) = exit::tell(self.say(line));
        if exit != Exit::Done {
            self.last = exit;
        }
        match is_closed {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn carry_out(&mut self, sentence: &Sentence) -> anyhow::Result<Exit> {
        match sentence {
            Sentence::Help(form) => self.help(*form),
            Sentence::Mode(mode) => self.set_mode(*mode),
            Sentence::Act(action) => self.act(action),
            Sentence::Soak(_) | Sentence::Command(_) | Sentence::Leave => {
                let command = sentence.command(self.mode);
                command.map_or(Ok(Exit::Done), |words| self.command(words))
            }
        }
    }

    /// Runs a command of the program as the shell would.
    fn command(&self, mut words: Vec<String>) -> anyhow::Result<Exit> {
        words.insert(0, "wicap-assist".to_owned());
        if self.is_json {
            // Before the target, which may be any text.
            let at = words.iter().position(|word| word == "--");
            words.insert(at.unwrap_or(words.len()), "--json".to_owned());
        }
        let mut cli = Cli::try_parse_from(words)
            .map_err(|error| Failure::new(Exit::Usage, anyhow::anyhow!("{}", error.render())))?;
        cli.set_globals(self.globals.clone());
        cli.run()
    }

    fn set_mode(&mut self, mode: Option<ControlMode>) -> anyhow::Result<Exit> {
        if let Some(mode) = mode {
            self.mode = mode;
        }
        let what = match self.mode {
            ControlMode::Observe => "actions are refused",
            ControlMode::Assist | ControlMode::Autonomous => {
                "an action that you ask for may run, if every gate lets it"
            }
        };
        let text = format!("this console is in {}: {what}", self.mode);
        self.ctx.output.line(&text)?;
        Ok(Exit::Done)
    }

    fn act(&mut self, action: &Action) -> anyhow::Result<Exit> {
        self.confirm(action)?;
        let mut flags = self.globals.flags();
        flags.text("--control-mode", Some(self.mode.as_str()));
        let ctx = Context::new(&flags)?;
        ctx.check_data_folder()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(act(&ctx, action, self.is_json))
    }

    /// Asks, once for each console, before what reaches beyond the core of the stack.
    fn confirm(&mut self, action: &Action) -> anyhow::Result<()> {
        let question = match action {
            Action::ComposeUp => {
                "compose_up starts the capture service as well (compose_up_core does not); go on?"
            }
            Action::Shutdown => "shutdown takes the whole stack down; go on?",
            Action::StatusCheck | Action::ComposeUpCore | Action::Restart(_) => return Ok(()),
        };
        if self.confirmed.contains(&action.kind()) || self.is_sure {
            return Ok(());
        }
        let is_wanted = match Terminal::open()? {
            Some(terminal) => terminal.confirm(question, false)?,
            None => false,
        };
        if is_wanted {
            self.confirmed.insert(action.kind());
            return Ok(());
        }
        let error = anyhow::anyhow!("`{action}` was not confirmed, nothing was done");
        let hint = match action {
            Action::ComposeUp => {
                "`action compose_up_core` leaves the capture service alone; `--yes` confirms"
            }
            Action::Shutdown | Action::StatusCheck | Action::ComposeUpCore | Action::Restart(_) => {
                "`--yes` confirms"
            }
        };
        Err(Failure::new(Exit::Usage, error).hint(hint).into())
    }

    fn help(&self, form: Option<&Form>) -> anyhow::Result<Exit> {
        let text = match form {
            Some(form) => one_form(form),
            None => all_forms(),
        };
        self.ctx.output.raw(text.as_bytes())?;
        Ok(Exit::Done)
    }
}

fn prompt(mode: ControlMode) -> String {
    match mode {
        ControlMode::Observe => "wicap-agent> ".to_owned(),
        ControlMode::Assist | ControlMode::Autonomous => format!("wicap-agent ({mode})> "),
    }
}

fn all_forms() -> String {
    let width = FORMS.iter().map(|form| form.word().len()).max();
    let width = width.unwrap_or(0);
    let line = |form: &Form| format!("  {:<width$}  {}\n", form.word(), form.about);
    let lines: String = FORMS.iter().map(line).collect();
    format!("{lines}`help WORD` shows how a sentence is written\n")
}

fn one_form(form: &Form) -> String {
    let examples = form.examples.join("`, `");
    format!("{}\n  {}\n  such as `{examples}`\n", form.usage, form.about)
}

/// A refusal, with what comes nearest.
fn unclear(unclear: Unclear) -> Failure {
    let nearest: Vec<String> = unclear
        .nearest
        .iter()
        .map(|one| format!("`{one}`"))
        .collect();
    let failure = Failure::new(Exit::Usage, anyhow::anyhow!("{unclear}"));
    match nearest.is_empty() {
        true => failure,
        false => failure.hint(format!("did you mean {}?", nearest.join(" or "))),
    }
}
