//! One stand-in stack: own project, names, ports and folder.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio, id},
    sync::atomic::{AtomicUsize, Ordering},
    thread::sleep,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::{
    docker::{Inspect, docker, run},
    machine::{compose_command, free_ports, next_compose, program, root},
    options::{Options, SERVICES},
    parallel::Slot,
    sweep::{FOLDER_PREFIX, owner, remove_project},
    trial::{Outcome, eventually},
    truth::{Truth, parse},
};

/// How long a stack may take until all its services are well.
const UP_LIMIT: Duration = Duration::from_secs(40);

/// A running stack. Dropping it removes everything that it made.
pub(crate) struct Stack {
    project: String,
    ui_port: u16,
    redis_port: u16,
    services: &'static [&'static str],
    is_next_compose: bool,
    folder: TempDir,
    watch: Option<Child>,
    _slot: Slot,
}

impl Stack {
    /// Starts a stack and waits until its services are well.
    pub(crate) fn up(options: &Options) -> Outcome<Stack> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let slot = Slot::take();
        let [ui_port, redis_port] = free_ports()?;
        let mut stack = Stack {
            project: format!("standin-{}-{}", id(), COUNT.fetch_add(1, Ordering::Relaxed)),
            ui_port,
            redis_port,
            services: options.services,
            is_next_compose: options.is_next_compose,
            folder: tempfile::Builder::new()
                .prefix(&format!("{FOLDER_PREFIX}{}-", id()))
                .tempdir()?,
            watch: None,
            _slot: slot,
        };
        stack.make_folders()?;
        stack.write_compose_files(options)?;
        stack.compose(&[&["up", "-d"], options.services].concat())?;
        stack.watch = Some(stack.start_watch()?);
        for service in options.services {
            stack.until(service, UP_LIMIT, "well", Inspect::is_well)?;
        }
        Ok(stack)
    }

    /// The compose project.
    pub(crate) fn project(&self) -> &str {
        &self.project
    }

    /// The services that were asked for.
    pub(crate) fn services(&self) -> &'static [&'static str] {
        self.services
    }

    /// The port of the UI on the loopback address.
    pub(crate) fn ui_port(&self) -> u16 {
        self.ui_port
    }

    /// The port of Redis on the loopback address.
    pub(crate) fn redis_port(&self) -> u16 {
        self.redis_port
    }

    /// The folder of this stack: `repo/` is its repository, the rest is free for the test.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The container's name.
    pub(crate) fn container(&self, service: &str) -> String {
        format!("{}-{service}", self.project)
    }

    /// Breaks a service. `params` are as on the command line: `code=0`, `--clear-on=manual`.
    pub(crate) fn fault(&self, service: &str, fault: &str, params: &[&str]) -> Outcome {
        self.ctl(&[&["set", service, fault], params].concat())
    }

    /// Ends a fault of a service, and what was done from the host for it.
    pub(crate) fn clear(&self, service: &str, fault: &str) -> Outcome {
        self.ctl(&["clear", service, fault])
    }

    /// `docker VERB` on a service: `restart`, `stop`, `start`, `pause`, `unpause`, `kill`.
    pub(crate) fn docker(&self, verb: &str, service: &str) -> Outcome {
        docker(&[verb, &self.container(service)])?;
        Ok(())
    }

    /// SIGKILL to the main process from the host. Returns the milliseconds since 1970 right
    /// before it, to measure from.
    pub(crate) fn kill_main(&self, service: &str) -> Outcome<i64> {
        let pid = self.inspect(service)?.state.pid;
        let pid = Pid::from_raw(pid.cast_signed()).ok_or("the container has no process")?;
        let at_ms = jiff::Timestamp::now().as_millisecond();
        kill_process(pid, Signal::KILL)?;
        Ok(at_ms)
    }

    /// What the engine says of a service now.
    pub(crate) fn inspect(&self, service: &str) -> Outcome<Inspect> {
        Inspect::of(&self.container(service))
    }

    /// Waits until the engine says so of a service; the failure has what it said last.
    pub(crate) fn until(
        &self,
        service: &str,
        limit: Duration,
        what: &str,
        holds: impl Fn(&Inspect) -> bool,
    ) -> Outcome<Inspect> {
        eventually(limit, &format!("{service} to be {what}"), || {
            let inspect = self.inspect(service)?;
            Ok(if holds(&inspect) {
                Ok(inspect)
            } else {
                Err(format!("{inspect:?}"))
            })
        })
    }

    /// What really happened, oldest first.
    pub(crate) fn truth(&self) -> Outcome<Vec<Truth>> {
        Ok(parse(&fs::read_to_string(
            self.faults().join("_log.jsonl"),
        )?)?)
    }

    /// Waits for a line of the truth.
    pub(crate) fn until_truth(&self, service: &str, event: &str, by: &str) -> Outcome<Truth> {
        let what = format!("the truth to have `{event}` of {service} by {by}");
        eventually(Duration::from_secs(5), &what, || {
            let truth = self.truth()?;
            Ok(truth
                .iter()
                .find(|line| line.service == service && line.event == event && line.by == by)
                .cloned()
                .ok_or_else(|| format!("{truth:?}")))
        })
    }

    /// All that a service wrote since it was created.
    pub(crate) fn logs(&self, service: &str) -> Outcome<String> {
        let output = Command::new("docker")
            .args(["logs", &self.container(service)])
            .output()?;
        Ok([output.stdout, output.stderr]
            .map(|text| String::from_utf8_lossy(&text).into_owned())
            .concat())
    }

    /// Waits until a service has written these words.
    pub(crate) fn until_logged(&self, service: &str, words: &str) -> Outcome {
        let what = format!("{service} to write `{words}`");
        eventually(Duration::from_secs(5), &what, || {
            let logs = self.logs(service)?;
            Ok(if logs.contains(words) {
                Ok(())
            } else {
                Err(logs)
            })
        })
    }

    /// The body of a page of the UI, or what kept it from answering below 400.
    pub(crate) fn page(&self, path: &str) -> Result<String, String> {
        let url = format!("http://127.0.0.1:{}{path}", self.ui_port);
        run(Command::new(program()).args(["healthcheck", "url", &url]))
    }

    /// Runs the compose command on the files in the folder of this stack, from outside of it, as a
    /// person or the product would.
    pub(crate) fn compose(&self, arguments: &[&str]) -> Outcome {
        let mut command = match self.is_next_compose {
            true => Command::new(next_compose()),
            false => compose_command().ok_or("there is no compose command")?,
        };
        let file = self.folder().join("compose.yml");
        run(command
            .args(["-p", &self.project, "-f"])
            .arg(file)
            .arg("--project-directory")
            .arg(self.folder())
            .args(arguments))?;
        Ok(())
    }

    fn faults(&self) -> PathBuf {
        self.folder().join("faults")
    }

    fn make_folders(&self) -> Outcome {
        fs::create_dir_all(self.folder().join("repo/captures"))?;
        for service in SERVICES {
            fs::create_dir_all(self.faults().join(service))?;
        }
        // Made here, so that it is ours and not the first container's.
        fs::write(self.faults().join("_log.jsonl"), "")?;
        Ok(())
    }

    fn ctl(&self, arguments: &[&str]) -> Outcome {
        run(self.ctl_command().args(arguments))?;
        Ok(())
    }

    fn ctl_command(&self) -> Command {
        let mut command = Command::new(program());
        command.arg("ctl").arg("--faults").arg(self.faults());
        command.args(["--prefix", &self.project]);
        command
    }

    /// The helper that ends what a restart cures. It ends with its stdin, even if we are killed.
    fn start_watch(&self) -> Outcome<Child> {
        Ok(self
            .ctl_command()
            .args(["watch", "--while-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?)
    }

    /// The compose file and its variables. They stay in the folder, so that whoever reads the
    /// project later finds it as it was made.
    fn write_compose_files(&self, options: &Options) -> Outcome {
        let source = root().join("tests/standin/compose.yml");
        fs::copy(source, self.folder().join("compose.yml"))?;
        let user = rustix::process::getuid().as_raw();
        let group = rustix::process::getgid().as_raw();
        let own = [
            ("STANDIN_DIR", self.folder().display().to_string()),
            ("STANDIN_PREFIX", self.project.clone()),
            ("STANDIN_OWNER", owner()),
            ("STANDIN_USER", format!("{user}:{group}")),
            ("STANDIN_UI_PORT", self.ui_port.to_string()),
            ("STANDIN_REDIS_PORT", self.redis_port.to_string()),
        ];
        let own = own.map(|(name, value)| (name.to_owned(), value));
        let lines = own.into_iter().chain(options.variables());
        let lines: Vec<String> = lines
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        fs::write(self.folder().join(".env"), lines.join("\n"))?;
        Ok(())
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        if let Some(mut watch) = self.watch.take() {
            drop(watch.stdin.take());
            for _ in 0..20 {
                if matches!(watch.try_wait(), Ok(Some(_))) {
                    break;
                }
                sleep(Duration::from_millis(50));
            }
            let _ = watch.kill();
            let _ = watch.wait();
        }
        remove_project(&self.project);
    }
}
