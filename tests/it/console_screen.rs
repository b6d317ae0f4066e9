//! The console as a person sees it: on a terminal.

use std::{fs, num::NonZero, os::unix::fs::PermissionsExt as _};

use crate::{
    fake_engine::FakeEngine,
    program::Home,
    pty::{SCREEN, Session},
};

const PROMPT: &str = "wicap-agent> ";

/// A console on a terminal, and what that terminal shows.
struct Screen {
    session: Session,
    shown: vt100::Parser,
}

impl Screen {
    fn open(home: &Home) -> Self {
        let mut command = home.command("agent");
        command.env("TERM", "xterm");
        let (rows, columns) = (NonZero::new(SCREEN.0), NonZero::new(SCREEN.1));
        Self {
            session: Session::start(command),
            shown: vt100::Parser::new(rows.unwrap(), columns.unwrap(), 0),
        }
    }

    /// Waits for a text, then types.
    #[track_caller]
    fn answer(&mut self, text: &str, keys: &str) {
        let came = self.session.expect(text);
        self.shown.process(came.as_bytes());
        self.session.send(keys);
    }

    /// Waits for the end; the code, and the whole screen.
    #[track_caller]
    fn end(mut self) -> (Option<i32>, String) {
        let (code, rest) = self.session.end();
        self.shown.process(rest.as_bytes());
        (code, self.shown.screen().contents())
    }
}

fn home() -> Home {
    let engine = FakeEngine::default();
    engine.set(|script| {
        script.health("processor", "healthy");
        script.health("ui", "healthy");
    });
    let home = Home::new(&engine.serve_beside());
    fs::create_dir(home.data()).unwrap();
    home
}

#[test]
fn sentences_are_completed_dropped_and_found_again() {
    let home = home();
    let mut screen = Screen::open(&home);
    screen.answer(PROMPT, "mode as\t\r");
    screen.answer("(assist)> ", "stat\r");
    screen.answer("did you mean", "");
    screen.answer("(assist)> ", "action shutdown\u{3}");
    screen.answer("(assist)> ", "help soak\r");
    screen.answer("such as", "");
    // The dropped line is not in the history, the one before it is.
    screen.answer("(assist)> ", "\u{1b}[A\u{1b}[A\r");
    screen.answer("did you mean", "");
    screen.answer("(assist)> ", "\u{4}");
    let (code, shown) = screen.end();
    assert_eq!(Some(2), code, "{shown}");
    insta::assert_snapshot!("console_lines", shown);
}

#[test]
fn the_help_and_the_policy_fit_on_a_screen() {
    let home = home();
    let mut screen = Screen::open(&home);
    screen.answer(PROMPT, "help\r");
    screen.answer(PROMPT, "explain policy\r");
    screen.answer("budgets have room", "");
    screen.answer(PROMPT, "quit\r");
    let (code, shown) = screen.end();
    assert_eq!(Some(0), code, "{shown}");
    let folder = home.path().display().to_string();
    insta::assert_snapshot!("console_policy", shown.replace(&folder, "FOLDER"));
}

#[test]
fn an_action_is_done_from_the_console_and_shown_by_the_ledger() {
    let home = home();
    let mut screen = Screen::open(&home);
    screen.answer(PROMPT, "mode assist\r");
    screen.answer("(assist)> ", "restart ui\r");
    screen.answer("restarting ui helped", "");
    screen.answer("(assist)> ", "compose_up\r");
    screen.answer(
        "starts the capture service as well (compose_up_core does not)",
        "n\r",
    );
    screen.answer("`--yes` confirms", "");
    screen.answer("(assist)> ", "\u{4}");
    let (code, shown) = screen.end();
    assert_eq!(Some(2), code, "{shown}");
    assert!(shown.contains("every gate lets it through"), "{shown}");
}

#[test]
fn the_history_outlives_the_console_and_keeps_no_secret() {
    let home = home();
    let mut screen = Screen::open(&home);
    screen.answer(PROMPT, "help password=hunter2hunter2\r");
    screen.answer("there is no help on", "");
    screen.answer(PROMPT, "mode observe\r");
    screen.answer("actions are refused", "");
    screen.answer(PROMPT, "\u{4}");
    screen.end();
    let path = home.data().join("console_history");
    let kept = fs::read_to_string(&path).unwrap();
    assert!(!kept.contains("hunter2"), "{kept}");
    assert_eq!(2, kept.lines().count(), "{kept}");
    let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(0o600, mode);

    let mut again = Screen::open(&home);
    again.answer(PROMPT, "\u{1b}[A\r");
    again.answer("actions are refused", "");
    again.answer(PROMPT, "\u{1b}[A\u{1b}[A\r");
    again.answer("there is no help on", "");
    again.answer(PROMPT, "\u{4}");
    let (_, shown) = again.end();
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn without_a_terminal_each_line_is_a_sentence() {
    let home = home();
    let input = home.path().join("sentences");
    fs::write(
        &input,
        "mode assist\n\n  MODE  \nstatsu\nquit\nmode observe\n",
    )
    .unwrap();
    let mut command = home.command("agent");
    command.stdin(fs::File::open(&input).unwrap());
    let ran = crate::run::Ran::from(command.output().unwrap());
    assert_eq!(Some(2), ran.code);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(2, lines.len(), "{lines:?}");
    assert!(lines.iter().all(|line| line.contains("is in assist")));
    assert!(
        ran.stderr.contains("`statsu` is not understood"),
        "{}",
        ran.stderr
    );
    assert!(!ran.both().contains("wicap-agent"), "{}", ran.both());
    assert!(!home.data().join("console_history").exists());
}
