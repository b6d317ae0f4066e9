//! What a person sees while a soak runs: a bar on a terminal, lines elsewhere.

use std::{
    io::{self, IsTerminal as _, Write},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

/// How often a line is written where there is no terminal, if nothing changes.
const LINE_EVERY: Duration = Duration::from_secs(60);

/// The course of a soak, on stderr.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    /// Where there is no terminal: when a line was written last, and its check.
    said: Arc<Mutex<(Duration, String)>>,
}

impl Progress {
    /// Begins to show a soak that takes about this long.
    pub(super) fn new(length: Duration) -> Self {
        let said = Arc::default();
        if !io::stderr().is_terminal() {
            return Self { bar: None, said };
        }
        let bar = ProgressBar::new(length.as_secs());
        let style = "{prefix:10} {bar:30} {msg}";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        Self {
            bar: Some(bar),
            said,
        }
    }

    /// Shows the phase.
    pub(super) fn phase(&self, phase: &str) {
        if let Some(bar) = &self.bar {
            bar.set_prefix(phase.to_owned());
            bar.tick();
        }
    }

    /// Shows how far the harness is, and its last check.
    pub(super) fn at(&self, elapsed: Duration, left: Duration, check: &str) {
        let (minutes, seconds) = (left.as_secs() / 60, left.as_secs() % 60);
        let text = format!("{minutes}:{seconds:02} left  {check}");
        if let Some(bar) = &self.bar {
            bar.set_length((elapsed + left).as_secs());
            bar.set_position(elapsed.as_secs());
            bar.set_message(text);
        } else if self.is_news(elapsed, check) {
            self.say(&text);
        }
    }

    /// Whether a line is due: another check, or a while without one.
    fn is_news(&self, elapsed: Duration, check: &str) -> bool {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = said.0 + LINE_EVERY <= elapsed || said.1 != check;
        if is_due {
            *said = (elapsed, check.to_owned());
        }
        is_due
    }

    /// Says something that stays.
    pub(super) fn say(&self, text: &str) {
        let write = || {
            // If stderr is gone, nobody is there.
            let _ = writeln!(io::stderr(), "{text}");
        };
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Where the lines of events go: beside the bar.
    pub(super) fn writer(&self) -> Box<dyn Write + Send> {
        Box::new(Lines {
            progress: self.clone(),
            rest: Vec::new(),
        })
    }

    /// Shows nothing more.
    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Whole lines, one at a time.
struct Lines {
    progress: Progress,
    rest: Vec<u8>,
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.rest.extend_from_slice(bytes);
        while let Some(end) = self.rest.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            self.progress.say(String::from_utf8_lossy(&line).trim_end());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
