//! The real program, as a process of its own.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use wicap_assist::{
    model::Envelope,
    store::{EventFilter, Ledger},
};

/// Every number as short as it can be, and no budget: what is left is the order of
/// things.
const SHORT: &str = "
[policy]
check_after = 0
recover_after = 0
definite_after = 0
attempts_max = 100000
restart_loop_starts = 100000
flap_changes = 100000
budget_service = 100000
budget_service_day = 100000
budget_stack = 100000
backoff_first = 0
backoff_max = 0
verify_min = 1
verify_max = 1
settle = 0
relapse = 0
deploy_grace = 0

[stack]
project = \"wicap\"
profile = \"none\"

[stack.services.ui]
[stack.services.processor]
";

/// A folder from which the program is run again and again on the same data.
pub(crate) struct Home {
    folder: TempDir,
    engine: String,
}

/// A running program.
pub(crate) struct Program {
    child: Child,
    said: Arc<Mutex<String>>,
    readers: [JoinHandle<()>; 2],
}

impl Home {
    /// A home with the short numbers, for the engine at this address.
    pub(crate) fn new(engine: &str) -> Self {
        Self::with_config(engine, SHORT)
    }

    pub(crate) fn with_config(engine: &str, config: &str) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("short.toml"), config).unwrap();
        Self {
            folder,
            engine: engine.to_owned(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The program with nothing else in its environment.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wicap-assist"));
        command
            .args(line.split_whitespace())
            .env_clear()
            .env("HOME", self.path())
            .env("DOCKER_HOST", &self.engine)
            .env("WICAP_ASSIST_DATA_DIR", self.data())
            .env("WICAP_ASSIST_CONFIG", self.path().join("short.toml"))
            .current_dir(self.path())
            .stdin(Stdio::null());
        command
    }

    /// Starts the program and reads along.
    pub(crate) fn start(&self, line: &str) -> Program {
        Program::start(self.command(line))
    }

    /// The rows of the ledger, oldest first.
    pub(crate) fn rows(&self) -> Vec<Envelope> {
        let rows = self.ledger().event_list(&EventFilter::default()).unwrap();
        rows.into_iter().map(|row| row.envelope).collect()
    }

    /// How many rows of this name there are; none while there is no ledger.
    pub(crate) fn count(&self, name: &str) -> usize {
        let kind = Some(name.to_owned());
        let filter = EventFilter {
            kind,
            ..EventFilter::default()
        };
        let rows = Ledger::open_to_read(&self.data()).and_then(|ledger| ledger.event_list(&filter));
        rows.map_or(0, |rows| rows.len())
    }

    /// The end of the ledger, for a failure.
    pub(crate) fn told(&self) -> String {
        let rows = self.rows();
        let newest = rows.iter().rev().take(40).rev();
        let lines = newest.map(|row| format!("{} {} {:?}", row.seq, row.at, row.kind));
        lines.collect::<Vec<_>>().join("\n")
    }

    pub(crate) fn ledger(&self) -> Ledger {
        Ledger::open_to_read(&self.data()).unwrap()
    }

    #[track_caller]
    pub(crate) fn assert_sound(&self) {
        let found = self.ledger().verify(None).unwrap();
        assert!(found.is_sound(), "{:?}", found.faults);
    }
}

impl Program {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = Arc::<Mutex<String>>::default();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let readers = [
            read_along(stdout, Arc::clone(&said)),
            read_along(stderr, Arc::clone(&said)),
        ];
        Self {
            child,
            said,
            readers,
        }
    }

    /// Everything on stdout and stderr so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).unwrap();
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// SIGKILL, and what the engine's word for it was: nothing.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks the program to end and waits for it.
    #[track_caller]
    pub(crate) fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.wait()
    }

    /// Waits until the program has ended and everything that it said was read.
    #[track_caller]
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let said = Arc::clone(&self.said);
        eventually("the program to end", || {
            let is_read = self.readers.iter().all(JoinHandle::is_finished);
            let status = self.child.try_wait().unwrap().filter(|_| is_read);
            status.ok_or_else(|| said.lock().unwrap().clone())
        })
    }

    /// Waits until the program has said this.
    #[track_caller]
    pub(crate) fn until_said(&self, words: &str) {
        eventually(&format!("`{words}`"), || {
            let said = self.said();
            said.contains(words).then_some(()).ok_or(said)
        });
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().unwrap_or_default();
        self.child.wait().unwrap();
    }
}

fn read_along(lines: impl BufRead + Send + 'static, said: Arc<Mutex<String>>) -> JoinHandle<()> {
    thread::spawn(move || {
        for line in lines.lines().map_while(Result::ok) {
            let mut said = said.lock().unwrap();
            said.push_str(&line);
            said.push('\n');
        }
    })
}

/// Looks until there is an answer, for at most 20 s; then fails with what was seen
/// last.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, look: impl FnMut() -> Result<T, String>) -> T {
    eventually_within(Duration::from_secs(20), what, look)
}

/// Looks until there is an answer, for so long at most.
#[track_caller]
pub(crate) fn eventually_within<T>(
    limit: Duration,
    what: &str,
    mut look: impl FnMut() -> Result<T, String>,
) -> T {
    let begin = Instant::now();
    loop {
        match look() {
            Ok(answer) => return answer,
            Err(last) => assert!(
                begin.elapsed() < limit,
                "waited in vain for {what}; at last:\n{last}"
            ),
        }
        thread::sleep(Duration::from_millis(20));
    }
}
