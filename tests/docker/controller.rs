//! The real program on a stand-in stack, as an operator runs it: `wicap-assist live --json`.

use std::{
    collections::BTreeSet,
    env, fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::{
    harness::{Outcome, Stack, ensure, eventually},
    words::{deed, differs, line},
};

/// How long something may take that comes as soon as it can.
pub(crate) const SOON: Duration = Duration::from_secs(25);

/// Three turns: long enough to see that nothing more is said.
const QUIET: Duration = Duration::from_secs(3);

/// How long the program may take to stop.
const STOP_LIMIT: Duration = Duration::from_secs(12);

/// Numbers by which a whole story takes seconds. The grace of a deploy stays as it is: it holds
/// everything back, so a trial that met it would show.
pub(crate) const QUICK: &str = "
    definite_after = '2s'
    check_after = '1s'
    recover_after = '3s'
    verify_min = '5s'
    settle = '3s'
    backoff_first = '1s'
";

/// How the program is started.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    /// `observe`, `assist` or `autonomous`.
    pub(crate) mode: &'static str,
    /// More words for the command line.
    pub(crate) arguments: &'static [&'static str],
    /// Lines of the table `[policy]`; empty for the numbers of the product.
    pub(crate) policy: &'static str,
    /// More lines of the configuration.
    pub(crate) more: String,
    /// Where it finds the engine; empty for the place where the `docker` command finds it.
    pub(crate) docker_host: String,
    /// The folder of its ledger, below that of the stack.
    pub(crate) data: &'static str,
}

impl Default for Setup {
    fn default() -> Setup {
        Setup {
            mode: "assist",
            arguments: &[],
            policy: QUICK,
            more: String::new(),
            docker_host: String::new(),
            data: "data",
        }
    }
}

/// One line of the program, and when it was read: milliseconds since 1970.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) at_ms: i64,
    pub(crate) event: Value,
}

/// The program while it runs. Dropping it kills it.
pub(crate) struct Controller {
    child: Child,
    lines: Receiver<Told>,
    told: Vec<Told>,
    folder: PathBuf,
    data: PathBuf,
    /// What of the told was waited for already.
    n_taken: usize,
}

impl Controller {
    /// Starts it on a stack and waits until it watches.
    pub(crate) fn start(stack: &Stack, setup: &Setup) -> Outcome<Controller> {
        fs::write(
            stack.folder().join("wicap-assist.toml"),
            configuration(stack, setup),
        )?;
        let words = [
            "live",
            "--json",
            "--interval",
            "1",
            "--control-mode",
            setup.mode,
        ];
        let mut command = command(stack, setup, &[&words, setup.arguments].concat());
        let stderr = stack.folder().join(format!("{}.stderr", setup.data));
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(fs::File::create(stderr)?)
            .spawn()?;
        let stdout = child.stdout.take().ok_or("its stdout is gone")?;
        let (tell, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let at_ms = jiff::Timestamp::now().as_millisecond();
                let event = serde_json::from_str(&line).unwrap_or(Value::String(line));
                if tell.send(Told { at_ms, event }).is_err() {
                    return;
                }
            }
        });
        let mut controller = Controller {
            child,
            lines,
            told: Vec::new(),
            folder: stack.folder().to_owned(),
            data: stack.folder().join(setup.data),
            n_taken: 0,
        };
        controller.wait("its start", SOON, |event| {
            event["event"] == "session_started"
        })?;
        // A calm first turn says nothing that could be waited for.
        controller.watch(Duration::from_millis(1500))?;
        Ok(controller)
    }

    /// Waits for the next line with these words, as `words::line` puts them.
    pub(crate) fn until(&mut self, words: &str) -> Outcome<Told> {
        self.wait(words, SOON, |event| line(event).as_deref() == Some(words))
    }

    /// Waits three turns, in which something may be said.
    pub(crate) fn quiet(&mut self) -> Outcome {
        self.watch(QUIET)
    }

    /// Listens for a while.
    pub(crate) fn watch(&mut self, span: Duration) -> Outcome {
        let end = Instant::now() + span;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            match self.lines.recv_timeout(left) {
                Ok(told) => self.told.push(told),
                Err(RecvTimeoutError::Timeout) => (),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(self.failure("it ended by itself").into());
                }
            }
        }
        Ok(())
    }

    /// Asks it to stop, and compares everything that it said with `expected`; then what always
    /// holds: its last word, its code, its silence on stderr, and its ledger.
    pub(crate) fn ends_with(self, expected: &str) -> Outcome {
        self.ends(expected, line)
    }

    /// As `ends_with`, of its deeds alone: what it found first, and how often, may differ.
    pub(crate) fn ends_having_done(self, expected: &str) -> Outcome {
        self.ends(expected, deed)
    }

    fn ends(mut self, expected: &str, words: fn(&Value) -> Option<String>) -> Outcome {
        self.signal(Signal::TERM)?;
        let code = self.end()?;
        ensure(code == Some(0), || {
            self.failure(&format!("it ended with {code:?}"))
        })?;
        let last = self.told.last().map(|told| &told.event);
        let is_closed =
            last.is_some_and(|last| last["event"] == "session_ended" && last["end"] == "signal");
        ensure(is_closed, || self.failure("its session is not closed"))?;
        let actual: Vec<String> = self
            .told
            .iter()
            .filter_map(|told| words(&told.event))
            .collect();
        if let Some(difference) = differs(expected, &actual) {
            return Err(self.failure(&difference).into());
        }
        self.check_stderr()?;
        self.check_steps()?;
        self.check_ledger()
    }

    /// Ends it without a chance to say anything.
    pub(crate) fn kill(mut self) -> Outcome {
        self.signal(Signal::KILL)?;
        self.end()?;
        Ok(())
    }

    /// Waits until it ends by itself, and returns its code.
    pub(crate) fn code(mut self) -> Outcome<Option<i32>> {
        self.end()
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The folder of its ledger.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// From when to when its last act went, in milliseconds since 1970.
    pub(crate) fn last_act(&self) -> Outcome<(i64, i64)> {
        let last = |name: &str| {
            let mut events = self.told.iter().rev().map(|told| &told.event);
            let at = events.find(|event| event["event"] == name)?["at"].as_str()?;
            Some(at.parse::<jiff::Timestamp>().ok()?.as_millisecond())
        };
        let span = last("action_started").zip(last("action_returned"));
        Ok(span.ok_or_else(|| self.failure("it did nothing"))?)
    }

    fn wait(
        &mut self,
        what: &str,
        limit: Duration,
        holds: impl Fn(&Value) -> bool,
    ) -> Outcome<Told> {
        let end = Instant::now() + limit;
        loop {
            while let Some(told) = self.told.get(self.n_taken) {
                self.n_taken += 1;
                if holds(&told.event) {
                    return Ok(told.clone());
                }
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(told) => self.told.push(told),
                Err(RecvTimeoutError::Timeout) => {
                    return Err(self
                        .failure(&format!("waited {limit:?} for `{what}`"))
                        .into());
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(self.failure(&format!("it ended before `{what}`")).into());
                }
            }
        }
    }

    fn signal(&self, signal: Signal) -> Outcome {
        let pid = Pid::from_raw(self.child.id().cast_signed()).ok_or("it has no process")?;
        Ok(kill_process(pid, signal)?)
    }

    fn end(&mut self) -> Outcome<Option<i32>> {
        let code = eventually(STOP_LIMIT, "it to stop", || {
            Ok(match self.child.try_wait()? {
                Some(status) => Ok(status.code()),
                None => Err("it still runs".to_owned()),
            })
        })?;
        self.told.extend(self.lines.iter());
        Ok(code)
    }

    /// How the stack is, and the end of the chain for the operator to keep.
    fn check_stderr(&self) -> Outcome {
        let text = self.stderr();
        let is_calm = text.lines().all(|line| {
            let calm = [
                "the ledger ends with ",
                "well: ",
                "starting: ",
                "down: ",
                "not seen: ",
                "nothing can be seen yet",
            ];
            calm.iter().any(|start| line.starts_with(start))
        });
        ensure(is_calm, || self.failure("it complained on stderr"))
    }

    /// No step begins while another one on the same service waits for its verdict.
    fn check_steps(&self) -> Outcome {
        let mut open = BTreeSet::new();
        for Told { event, .. } in &self.told {
            let service = event["service"].as_str().unwrap_or_default();
            if event["event"] == "episode_closed" {
                open.remove(service);
            } else if event["event"] == "action_started" {
                let is_first = open.insert(service);
                ensure(is_first, || self.failure(&format!("out of turn: {event}")))?;
            }
        }
        Ok(())
    }

    /// The ledger is sound, and everything that was said stands in it.
    fn check_ledger(&self) -> Outcome {
        let output = run(&self.folder, &self.data, &["ledger", "verify", "--json"])?;
        let report: Value = serde_json::from_slice(&output.stdout)?;
        ensure(report["sound"] == true && output.status.success(), || {
            self.failure(&format!("its ledger: {report}"))
        })?;
        let seqs: BTreeSet<u64> = self
            .told
            .iter()
            .filter_map(|told| told.event["seq"].as_u64())
            .collect();
        let rows = report["rows"].as_u64().unwrap_or_default();
        let is_all = seqs.len() == self.told.len() && seqs.last().is_some_and(|&last| last <= rows);
        ensure(is_all, || {
            self.failure(&format!("its ledger has {rows} rows"))
        })
    }

    /// What went wrong, and everything that it said.
    fn failure(&self, what: &str) -> String {
        let lines = self.told.iter().map(|told| told.event.to_string());
        let told = lines.collect::<Vec<_>>().join("\n");
        format!(
            "{what}\n--- it said:\n{told}\n--- on stderr:\n{}",
            self.stderr()
        )
    }

    fn stderr(&self) -> String {
        fs::read_to_string(self.data.with_extension("stderr")).unwrap_or_default()
    }
}

impl Drop for Controller {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a command of the program to its end.
fn run(folder: &Path, data: &Path, arguments: &[&str]) -> Outcome<Output> {
    Ok(program(folder, data, arguments).output()?)
}

/// `live` on a stack, with its configuration in place.
pub(crate) fn command(stack: &Stack, setup: &Setup, arguments: &[&str]) -> Command {
    let mut command = program(stack.folder(), &stack.folder().join(setup.data), arguments);
    if !setup.docker_host.is_empty() {
        command.env("DOCKER_HOST", &setup.docker_host);
    }
    command
}

/// The program in a folder, with nothing in its environment but what finds the engine.
fn program(folder: &Path, data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wicap-assist"));
    let kept = ["PATH", "HOME", "DOCKER_HOST"];
    command
        .arg("--data-dir")
        .arg(data)
        .args(arguments)
        .env_clear()
        .envs(
            kept.into_iter()
                .filter_map(|name| Some((name, env::var_os(name)?))),
        )
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

/// WiCAP's profile, for this stack: its project, its port, and the services that it has.
pub(crate) fn configuration(stack: &Stack, setup: &Setup) -> String {
    // Redis always comes along.
    let absent = ["processor", "ui"]
        .into_iter()
        .filter(|service| !stack.services().contains(service))
        .map(|service| format!("[stack.services.{service}]\ncore = false\n"));
    let absent: String = absent.collect();
    format!(
        "[policy]\n{}\n\
         [stack]\nproject = '{}'\nprofile = 'wicap'\n\
         {absent}\
         [stack.services.ui.probe]\nurl = 'http://127.0.0.1:{}/health'\ntimeout = '1s'\n\
         {}\n",
        setup.policy,
        stack.project(),
        stack.ui_port(),
        setup.more,
    )
}
