//! The switches: one small file a fault, and a log of what was really wrong and when.
//!
//! `<folder>/<service>/<fault>.json` holds `{"params":{…},"clear_on":[…],"set_at_ms":…}`; an empty
//! file means all defaults. `<folder>/_log.jsonl` is the ground truth that tests compare with.

use std::{
    collections::BTreeMap,
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// Something that can be wrong with a service.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub(crate) enum Fault {
    /// Exits once, now. Params: `code` (1).
    CrashOnce,
    /// Exits after each start. Params: `code` (1), `live_ms` (800, at least 500).
    CrashLoop,
    /// `/health` answers 500.
    Unhealthy,
    /// All its processes are stopped by SIGSTOP from the host.
    Hang,
    /// Does nothing after a start. Params: `secs` (8).
    SlowStart,
    /// The Redis server does not start. Params: `code` (1), `live_ms`, `stay` (0; with 1 the
    /// container runs on without a server).
    RedisDown,
    /// Stopped with `docker stop`, as a person would.
    Stopped,
    /// Paused with `docker pause`.
    Paused,
    /// Its main process gets SIGKILL from the host, once.
    Killed,
    /// `/health` answers 200 and says that the database is away.
    DegradedDb,
    /// `/health` fails and recovers in turn. Params: `period_ms` (5000), half of a turn.
    Flap,
}

/// What ends a fault, beside `ctl clear`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub(crate) enum Cure {
    /// A start that the engine's own restart policy did not cause. Judged by `ctl watch`.
    Restart,
    /// `docker unpause`, or a new start. Judged by `ctl watch`.
    Unpause,
    /// Its own effect: it happens once.
    Hit,
    /// Nothing but `ctl clear`.
    Manual,
}

/// One switch that is set.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Switch {
    /// Numbers that shape the fault; an absent one has its default.
    #[serde(default)]
    pub(crate) params: BTreeMap<String, u64>,
    /// What ends it; empty means what usually ends a fault of this kind.
    #[serde(default)]
    pub(crate) clear_on: Vec<Cure>,
    /// When it was set, in milliseconds since 1970.
    #[serde(default)]
    pub(crate) set_at_ms: u64,
}

/// One line of the ground truth.
#[derive(Serialize)]
struct Entry<'a> {
    at_ms: u64,
    service: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<Fault>,
    event: &'a str,
    by: &'a str,
}

/// The folder of switches.
#[derive(Clone)]
pub(crate) struct Folder(PathBuf);

impl Fault {
    /// Its name in files and on the command line.
    pub(crate) fn name(self) -> String {
        self.to_possible_value()
            .expect("no fault is hidden from the command line")
            .get_name()
            .to_owned()
    }

    /// What ends it when its switch does not say.
    pub(crate) fn usual_cure(self) -> Cure {
        match self {
            Fault::CrashOnce | Fault::Killed => Cure::Hit,
            Fault::CrashLoop
            | Fault::Unhealthy
            | Fault::Hang
            | Fault::RedisDown
            | Fault::Stopped => Cure::Restart,
            Fault::Paused => Cure::Unpause,
            Fault::SlowStart | Fault::DegradedDb | Fault::Flap => Cure::Manual,
        }
    }
}

impl Switch {
    /// A parameter, or its default.
    pub(crate) fn param(&self, name: &str, default: u64) -> u64 {
        self.params.get(name).copied().unwrap_or(default)
    }

    /// Whether this cure ends a fault of this kind.
    pub(crate) fn is_cured_by(&self, fault: Fault, cure: Cure) -> bool {
        match self.clear_on.as_slice() {
            [] => fault.usual_cure() == cure,
            listed => listed.contains(&cure),
        }
    }
}

impl Folder {
    pub(crate) fn new(path: PathBuf) -> Folder {
        Folder(path)
    }

    /// The folder that is mounted into this container.
    pub(crate) fn mounted() -> Folder {
        Folder(PathBuf::from(
            std::env::var("STANDIN_FAULTS").unwrap_or_else(|_| "/faults".to_owned()),
        ))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The switch, when it is set. A file that is no switch is one with all defaults.
    pub(crate) fn get(&self, service: &str, fault: Fault) -> Option<Switch> {
        let file = self.file(service, fault);
        let text = fs::read_to_string(&file).ok()?;
        Some(serde_json::from_str(&text).unwrap_or_else(|_| Switch {
            params: BTreeMap::new(),
            clear_on: Vec::new(),
            set_at_ms: modified_ms(&file),
        }))
    }

    /// Sets a switch in one step, so that no reader sees half of it. A service has its folder
    /// before its container starts; without one it is no service.
    pub(crate) fn set(&self, service: &str, fault: Fault, switch: &Switch) -> io::Result<()> {
        if !self.0.join(service).is_dir() {
            let text = format!("there is no service `{service}` in `{}`", self.0.display());
            return Err(io::Error::other(text));
        }
        let file = self.file(service, fault);
        let draft = file.with_extension("tmp");
        fs::write(&draft, serde_json::to_vec(switch)?)?;
        fs::rename(&draft, &file)?;
        self.log(service, Some(fault), "set", "ctl")
    }

    /// Removes a switch. Returns whether it was set.
    pub(crate) fn clear(&self, service: &str, fault: Fault, by: &str) -> io::Result<bool> {
        match fs::remove_file(self.file(service, fault)) {
            Ok(()) => {
                self.log(service, Some(fault), "cleared", by)?;
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Every switch that is set, by service.
    pub(crate) fn list(&self) -> Vec<(String, Fault, Switch)> {
        let mut services: Vec<String> = fs::read_dir(&self.0)
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| !name.starts_with('_'))
            .collect();
        services.sort();
        let mut all = Vec::new();
        for service in services {
            for &fault in Fault::value_variants() {
                if let Some(switch) = self.get(&service, fault) {
                    all.push((service.clone(), fault, switch));
                }
            }
        }
        all
    }

    /// Appends a line to the ground truth. One write, so that lines of several writers never mix.
    pub(crate) fn log(
        &self,
        service: &str,
        fault: Option<Fault>,
        event: &str,
        by: &str,
    ) -> io::Result<()> {
        let at_ms = now_ms();
        let mut line = serde_json::to_vec(&Entry {
            at_ms,
            service,
            fault,
            event,
            by,
        })?;
        line.push(b'\n');
        fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.0.join("_log.jsonl"))?
            .write_all(&line)
    }

    fn file(&self, service: &str, fault: Fault) -> PathBuf {
        self.0.join(service).join(format!("{}.json", fault.name()))
    }
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    epoch_ms(SystemTime::now())
}

fn modified_ms(file: &Path) -> u64 {
    fs::metadata(file)
        .and_then(|meta| meta.modified())
        .map_or(0, epoch_ms)
}

fn epoch_ms(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64)
}
