//! What every role shares: a late start, the crashes, and a quick end on SIGTERM.

use std::{
    future::Future,
    process::ExitCode,
    time::{Duration, Instant},
};

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::sleep,
};

use crate::{
    faults::{Fault, Folder, Switch},
    lines,
};

/// How often a role looks at its switches.
const POLL: Duration = Duration::from_millis(100);

/// The least life of a crashing service: the engine counts a shorter one as a failed start, and
/// `ctl watch` needs the time to see who caused the start.
const LIFE_MIN: Duration = Duration::from_millis(500);

/// The life of a crashing service when its switch does not say.
const LIFE_USUAL_MS: u64 = 800;

/// A role that runs: its compose key and its switches.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) faults: Folder,
    started: Instant,
}

/// Lives a service's life: what its switches delay or end, else `work` until SIGTERM.
///
/// `STANDIN_SERVICE` overrides the compose key, for stacks that have two of a role.
pub(crate) async fn live<F, W>(role: &str, work: F) -> ExitCode
where
    F: FnOnce(Service) -> W,
    W: Future<Output = ExitCode>,
{
    let service = Service {
        name: std::env::var("STANDIN_SERVICE").unwrap_or_else(|_| role.to_owned()),
        faults: Folder::mounted(),
        started: Instant::now(),
    };
    let _ = service
        .faults
        .log(&service.name, None, "started", "service");
    let mut terminate = signals();
    let life = async {
        if let Some(code) = service.begin().await {
            return code;
        }
        tokio::select! {
            code = work(service.clone()) => code,
            code = service.crash() => code,
        }
    };
    tokio::select! {
        code = life => code,
        () = asked_to_end(&mut terminate) => service.end(),
    }
}

impl Service {
    /// The switch of this service, when it is set.
    pub(crate) fn fault(&self, fault: Fault) -> Option<Switch> {
        self.faults.get(&self.name, fault)
    }

    /// Waits for as long as `fault` is set and the service has not yet lived its span. Returns
    /// the exit code when it has, and `None` when the switch was cleared in the meantime.
    pub(crate) async fn doomed(&self, fault: Fault) -> Option<ExitCode> {
        loop {
            let switch = self.fault(fault)?;
            let life = Duration::from_millis(switch.param("live_ms", LIFE_USUAL_MS)).max(LIFE_MIN);
            if self.started.elapsed() >= life {
                return Some(self.die(fault, &switch));
            }
            sleep(POLL / 2).await;
        }
    }

    /// The start: a crash loop ends it, a slow start delays it.
    async fn begin(&self) -> Option<ExitCode> {
        if let Some(code) = self.doomed(Fault::CrashLoop).await {
            return Some(code);
        }
        while let Some(switch) = self.fault(Fault::SlowStart) {
            if self.started.elapsed() >= Duration::from_secs(switch.param("secs", 8)) {
                break;
            }
            sleep(POLL).await;
        }
        None
    }

    /// Ends when a crash is switched on.
    async fn crash(&self) -> ExitCode {
        loop {
            sleep(POLL).await;
            for fault in [Fault::CrashOnce, Fault::CrashLoop] {
                if self.fault(fault).is_some()
                    && let Some(code) = self.doomed(fault).await
                {
                    return code;
                }
            }
        }
    }

    fn die(&self, fault: Fault, switch: &Switch) -> ExitCode {
        let code = u8::try_from(switch.param("code", 1)).unwrap_or(u8::MAX);
        let _ = self.faults.log(&self.name, Some(fault), "hit", "service");
        if switch.is_cured_by(fault, crate::faults::Cure::Hit) {
            let _ = self.faults.clear(&self.name, fault, "hit");
        }
        self.last_words();
        ExitCode::from(code)
    }

    /// What WiCAP's services say when they fall.
    fn last_words(&self) {
        match self.name.as_str() {
            "ui" => {
                lines::err("Traceback (most recent call last):");
                lines::err("ValueError: WICAP_SQL_PASSWORD environment variable is required");
            }
            "redis" => {
                lines::redis('#', "Warning: Could not create server TCP listening socket");
                lines::redis('#', "Failed listening on port 6380 (TCP), aborting.");
            }
            name => {
                lines::child_bare(name, "Traceback (most recent call last):");
                lines::child_bare(name, "RuntimeError: PersistenceManager init failed");
                let text = format!("Service {name} died unexpectedly! Shutting down suite.");
                lines::launcher("ERROR", &text);
            }
        }
    }

    fn end(&self) -> ExitCode {
        match self.name.as_str() {
            "ui" => lines::out("INFO:     Shutting down"),
            "redis" => (),
            _ => lines::launcher("INFO", "Shutdown complete."),
        }
        ExitCode::SUCCESS
    }
}

fn signals() -> [Signal; 2] {
    [SignalKind::terminate(), SignalKind::interrupt()]
        .map(|kind| signal(kind).expect("the runtime has its signal driver"))
}

async fn asked_to_end([terminate, interrupt]: &mut [Signal; 2]) {
    tokio::select! {
        _ = terminate.recv() => (),
        _ = interrupt.recv() => (),
    }
}
