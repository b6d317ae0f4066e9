use std::io::{self, IsTerminal as _, Write as _};

use rustix::{
    io::Errno,
    termios::{self, LocalModes, OptionalActions, SpecialCodeIndex, Termios},
};

/// What Ctrl-C sends.
const INTERRUPT: u8 = 0x03;
/// The most bytes of one answer.
const LINE_BYTES_MAX: usize = 4096;

/// A terminal with somebody in front of it. Prompts go to stderr.
///
/// The kernel edits the line; Ctrl-C ends it like Enter, so that a question is left in
/// good order. Dropped, the terminal is as it was.
pub(super) struct Terminal {
    before: Termios,
    modes: Termios,
}

/// The operator left: Ctrl-C, or the end of input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stopped by the operator, nothing was written")]
pub(super) struct Left;

impl Terminal {
    /// Opens the terminal on stdin; `None` if there is none.
    ///
    /// # Errors
    ///
    /// Fails if its settings cannot be read or changed.
    pub(super) fn open() -> io::Result<Option<Self>> {
        if !io::stdin().is_terminal() {
            return Ok(None);
        }
        let before = termios::tcgetattr(io::stdin())?;
        let mut modes = before.clone();
        modes.local_modes |= LocalModes::ICANON | LocalModes::ECHO | LocalModes::ECHONL;
        modes.local_modes.remove(LocalModes::ISIG);
        modes.special_codes[SpecialCodeIndex::VEOL] = INTERRUPT;
        termios::tcsetattr(io::stdin(), OptionalActions::Now, &modes)?;
        Ok(Some(Self { before, modes }))
    }

    /// Writes a line for the operator.
    pub(super) fn tell(&self, text: &str) {
        // Without a terminal to write to, the next read ends the questions.
        let _ = writeln!(io::stderr(), "{text}");
    }

    /// Asks and returns the trimmed answer.
    ///
    /// # Errors
    ///
    /// Fails with [`Left`], or as the terminal does.
    pub(super) fn ask(&self, prompt: &str) -> anyhow::Result<String> {
        Ok(self.read(prompt, true)?.trim().to_owned())
    }

    /// Asks without showing what is typed. Blanks at the ends are part of a secret.
    ///
    /// # Errors
    ///
    /// As [`Terminal::ask`].
    pub(super) fn ask_unseen(&self, prompt: &str) -> anyhow::Result<String> {
        self.read(prompt, false)
    }

    /// Asks for a yes or no until it is one.
    ///
    /// # Errors
    ///
    /// As [`Terminal::ask`].
    pub(super) fn confirm(&self, question: &str, default: bool) -> anyhow::Result<bool> {
        let choice = if default { "[Y/n]" } else { "[y/N]" };
        loop {
            match &*self
                .ask(&format!("{question} {choice} "))?
                .to_ascii_lowercase()
            {
                "" => return Ok(default),
                "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                _ => self.tell("  please answer y or n"),
            }
        }
    }

    fn read(&self, prompt: &str, is_shown: bool) -> anyhow::Result<String> {
        // Before the prompt: what is typed at it meets the right modes.
        let mut modes = self.modes.clone();
        modes.local_modes.set(LocalModes::ECHO, is_shown);
        // A secret is typed at its prompt; what was typed ahead was shown.
        let when = match is_shown {
            true => OptionalActions::Now,
            false => OptionalActions::Flush,
        };
        termios::tcsetattr(io::stdin(), when, &modes)?;
        let mut stderr = io::stderr();
        stderr.write_all(prompt.as_bytes())?;
        stderr.flush()?;
        let line = read_line();
        termios::tcsetattr(io::stdin(), OptionalActions::Now, &self.modes)?;
        match line? {
            Some(line) => Ok(String::from_utf8_lossy(&line).into_owned()),
            None => {
                self.tell("");
                Err(Left.into())
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Nothing is left to do about a terminal that went away.
        let _ = termios::tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
    }
}

/// Reads up to the end of a line, byte by byte, so that nothing of the next is taken.
/// `None` if the operator left.
fn read_line() -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    loop {
        let mut byte = [0];
        match rustix::io::read(io::stdin(), &mut byte) {
            Err(Errno::INTR) => continue,
            // A terminal that went away.
            Err(Errno::IO) | Ok(0) => return Ok(None),
            Err(error) => return Err(error.into()),
            Ok(_) => (),
        }
        match byte[0] {
            INTERRUPT => return Ok(None),
            b'\n' => return Ok(Some(line)),
            byte if line.len() < LINE_BYTES_MAX => line.push(byte),
            _ => (),
        }
    }
}
