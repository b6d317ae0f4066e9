//! Ends the faults that a restart cures.
//!
//! From inside a container a start by the engine's restart policy looks like any other. Beside the
//! engine it does not: a start by somebody else has a restart count of 0.

use std::{future::pending, time::Duration};

use rustix::process::Signal;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader, Lines},
    process::ChildStdout,
    signal::unix::{SignalKind, signal},
    time::sleep,
};

use crate::{
    engine,
    faults::{Cure, Fault, Folder, Switch},
};

/// How often all switches are looked at without an event.
const SAFETY: Duration = Duration::from_secs(2);

/// Watches until SIGTERM, or until the folder is gone, or with `while_stdin` until stdin closes.
pub(crate) async fn run(folder: &Folder, prefix: &str, while_stdin: bool) {
    let mut terminate = signal(SignalKind::terminate()).expect("the runtime has its signal driver");
    tokio::select! {
        () = watch(folder, prefix) => (),
        () = stdin_closed(), if while_stdin => (),
        _ = terminate.recv() => (),
    }
}

async fn watch(folder: &Folder, prefix: &str) {
    let mut events = Events::default();
    while folder.path().is_dir() {
        let started = tokio::select! {
            name = events.next() => name,
            () = sleep(SAFETY) => None,
        };
        for (service, fault, switch) in folder.list() {
            let container = format!("{prefix}-{service}");
            if started.as_ref().is_none_or(|name| *name == container) {
                judge(folder, &service, fault, &switch, &container).await;
            }
        }
    }
}

/// Clears the switch when this container's last start cures it. A hang that is not cured comes
/// back with the new process.
async fn judge(folder: &Folder, service: &str, fault: Fault, switch: &Switch, container: &str) {
    let Ok(start) = engine::start(container).await else {
        return;
    };
    let by_others = start.restart_count == 0 && start.running && start.at_ms > switch.set_at_ms;
    let cure = if by_others && switch.is_cured_by(fault, Cure::Restart) {
        "restart"
    } else if switch.is_cured_by(fault, Cure::Unpause) && start.running && !start.paused {
        "unpause"
    } else {
        if fault == Fault::Hang && start.running && start.at_ms > switch.set_at_ms {
            let _ = engine::signal_all(container, Signal::STOP).await;
        }
        return;
    };
    let _ = folder.clear(service, fault, cure);
}

/// The engine's starts, asked for again when the stream ends.
#[derive(Default)]
struct Events {
    stream: Option<(tokio::process::Child, Lines<BufReader<ChildStdout>>)>,
}

impl Events {
    /// The name of a container that was started; pends while the engine is away.
    async fn next(&mut self) -> Option<String> {
        if self.stream.is_none() {
            self.stream = engine::starts().ok().and_then(|mut child| {
                let lines = BufReader::new(child.stdout.take()?).lines();
                Some((child, lines))
            });
        }
        match &mut self.stream {
            None => pending().await,
            Some((_, lines)) => match lines.next_line().await {
                Ok(Some(name)) => Some(name),
                Ok(None) | Err(_) => {
                    self.stream = None;
                    pending().await
                }
            },
        }
    }
}

async fn stdin_closed() {
    let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
}
