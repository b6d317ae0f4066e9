use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    path::PathBuf,
};

use super::{
    ActionList, ConfigError, Env, Flags, Mistake, Origin, Paths, draft, draft::Draft, keys, stack,
};
use crate::model::{ControlMode, KillSwitch, Policy, Project, ServiceName, Stack};

/// Everything that can be set, resolved once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The folders and files.
    pub paths: Paths,
    /// How the engine is reached.
    pub engine: Engine,
    /// What the controller may do.
    pub control: Control,
    /// The numbers by which it decides.
    pub policy: Policy,
    /// The watched project and what its services mean.
    pub stack: Stack,
    /// The profile that the stack started from.
    pub profile: Profile,
    /// What the program says of itself.
    pub log: Log,
    /// Whether output has colours.
    pub color: ColorChoice,
    pub(super) origins: BTreeMap<String, Origin>,
}

/// How the engine is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Engine {
    /// A unix socket or a TCP address.
    pub address: EngineAddress,
    /// Whether a TCP address is spoken to with TLS, both sides proven.
    pub is_tls: bool,
    /// The folder with `ca.pem`, `cert.pem` and `key.pem`.
    pub cert_folder: Option<PathBuf>,
    /// Variables that the compose program gets as they are.
    pub(super) inherited: BTreeMap<String, OsString>,
}

/// Where the engine listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EngineAddress {
    /// A unix socket.
    Unix(PathBuf),
    /// `host:port`.
    Tcp(String),
}

/// How to connect to the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EngineHost {
    /// Over a unix socket.
    Unix(PathBuf),
    /// In clear, to `tcp://HOST:PORT`.
    Tcp(String),
    /// With TLS and a client certificate.
    Tls {
        /// `tcp://HOST:PORT`.
        url: String,
        /// The folder with `ca.pem`, `cert.pem` and `key.pem`.
        cert_path: PathBuf,
    },
}

/// What the controller may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// How much it may do by itself.
    pub mode: ControlMode,
    /// Whether it only records what it would do.
    pub is_shadow: bool,
    /// Whether an escalation ends the session with exit code 3.
    pub stops_on_escalation: bool,
    /// The actions of this session.
    pub allow: ActionList,
    /// Actions that are refused in spite of that.
    pub deny: ActionList,
    /// The three planes.
    pub planes: Planes,
    /// The most actions of any kind within 24 hours, if there is such a limit.
    pub action_budget_max: Option<u32>,
    /// The most disruptive actions within 24 hours, if there is such a limit.
    pub elevated_action_budget_max: Option<u32>,
    /// The kill switch of the environment. The files that pull it are
    /// [`Paths::kill_files`].
    pub kill_switch: KillSwitch,
}

/// The planes of control that can be switched off as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planes {
    /// Whether anything may run.
    pub runtime: bool,
    /// Whether the policy of actions lets any through.
    pub tool_policy: bool,
    /// Whether anything may change the world.
    pub elevated: bool,
}

/// What a stack starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// WiCAP's services, because nobody said otherwise. A project that does not
    /// look like WiCAP does without, see [`Settings::stack_for`].
    Assumed,
    /// WiCAP's services, as asked for.
    Wicap,
    /// Nothing.
    Empty,
}

/// What the program says of itself on stderr.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// The form of a line.
    pub format: LogFormat,
    /// What is said.
    pub filter: LogFilter,
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Which log lines are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFilter {
    /// The level of targets that are not named.
    pub default: LogLevel,
    /// Levels of single targets and everything below them.
    pub targets: Vec<(String, LogLevel)>,
}

/// How much is said, from nothing to everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// What failed.
    Error,
    /// What looks wrong.
    Warn,
    /// What happens.
    Info,
    /// How it happens.
    Debug,
    /// Every step.
    Trace,
}

/// When output has colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColorChoice {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Settings together with what was wrong on the way.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The settings. A value that could not be read keeps the one below it; a kill
    /// switch that could not be read is pulled.
    pub settings: Settings,
    /// What is wrong.
    pub mistakes: Vec<Mistake>,
}

/// One value for people to look at.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Shown {
    /// Its dotted name.
    pub name: String,
    /// The value as text; `None` if there is none.
    pub value: Option<String>,
    /// Where it comes from.
    pub source: String,
}

impl Settings {
    /// Resolves everything; see the module for the order.
    ///
    /// # Errors
    /// Fails if anything is wrong, with everything that is.
    pub fn resolve(flags: &Flags, env: &Env) -> Result<Self, ConfigError> {
        Resolved::new(flags, env).into_result()
    }

    /// The built-in defaults with these paths.
    pub(super) fn built_in(paths: Paths) -> Self {
        let mode = ControlMode::Observe;
        Self {
            paths,
            engine: Engine {
                address: EngineAddress::Unix(PathBuf::from("/var/run/docker.sock")),
                is_tls: false,
                cert_folder: None,
                inherited: BTreeMap::new(),
            },
            control: Control {
                mode,
                is_shadow: false,
                stops_on_escalation: false,
                allow: ActionList::usual(),
                deny: ActionList::default(),
                planes: Planes {
                    runtime: true,
                    tool_policy: true,
                    elevated: true,
                },
                action_budget_max: None,
                elevated_action_budget_max: None,
                kill_switch: KillSwitch::Clear,
            },
            policy: Policy::for_mode(mode, keys::INTERVAL),
            stack: Stack {
                project: None,
                services: stack::wicap(),
            },
            profile: Profile::Assumed,
            log: Log {
                format: LogFormat::Text,
                filter: LogFilter {
                    default: LogLevel::Warn,
                    targets: Vec::new(),
                },
            },
            color: ColorChoice::Auto,
            origins: BTreeMap::new(),
        }
    }

    /// Returns the compose project that was asked for. Without one, the world looks
    /// for the only project that [`super::fits`] the profile.
    pub fn project(&self) -> Option<&Project> {
        self.stack.project.as_ref()
    }

    /// Returns the stack for a project in which the engine shows these services.
    ///
    /// WiCAP's profile that was only assumed is dropped for a project that does not
    /// look like WiCAP; services that a file names stay.
    pub fn stack_for(&self, seen: &BTreeSet<ServiceName>) -> Stack {
        let mut stack = self.stack.clone();
        if self.profile == Profile::Assumed && !stack::fits(&self.stack, seen) {
            stack
                .services
                .retain(|name, _| self.names_service(name.as_str()));
        }
        stack
    }

    /// Says whether a file names a service.
    fn names_service(&self, name: &str) -> bool {
        let table = format!("{}{name}.", keys::SERVICES);
        let is_below = |(path, _): (&String, &Origin)| path.starts_with(&table);
        self.origins
            .range(table.clone()..)
            .next()
            .is_some_and(is_below)
    }

    /// Returns where the value of a dotted name comes from.
    pub fn origin(&self, name: &str) -> &Origin {
        self.origins.get(name).unwrap_or(&Origin::Default)
    }

    /// Lists every value with its origin, in the order of the reference.
    pub fn shown(&self) -> Vec<Shown> {
        draft::shown(self)
    }
}

impl Resolved {
    /// Resolves everything, and goes on where something is wrong.
    pub fn new(flags: &Flags, env: &Env) -> Self {
        Draft::new(flags, env).finish()
    }

    /// Returns the settings if nothing is wrong.
    ///
    /// # Errors
    /// Fails with all mistakes otherwise.
    pub fn into_result(self) -> Result<Settings, ConfigError> {
        if self.mistakes.is_empty() {
            Ok(self.settings)
        } else {
            Err(ConfigError(self.mistakes))
        }
    }
}

impl Engine {
    /// Returns how to connect.
    pub fn host(&self) -> EngineHost {
        match (&self.address, &self.cert_folder) {
            (EngineAddress::Unix(path), _) => EngineHost::Unix(path.clone()),
            (EngineAddress::Tcp(address), Some(certs)) if self.is_tls => EngineHost::Tls {
                url: format!("tcp://{address}"),
                cert_path: certs.clone(),
            },
            (EngineAddress::Tcp(address), _) => EngineHost::Tcp(format!("tcp://{address}")),
        }
    }

    /// Returns the whole environment of the compose program: where it finds itself
    /// and its user's configuration, and the engine that was resolved here.
    pub fn compose_env(&self) -> BTreeMap<String, OsString> {
        let mut env = self.inherited.clone();
        let mut set = |name: &str, value: OsString| env.insert(name.to_owned(), value);
        match self.host() {
            EngineHost::Unix(path) => {
                let mut url = OsString::from("unix://");
                url.push(path);
                set("DOCKER_HOST", url);
            }
            EngineHost::Tcp(url) => {
                set("DOCKER_HOST", url.into());
            }
            EngineHost::Tls { url, cert_path } => {
                set("DOCKER_HOST", url.into());
                set("DOCKER_TLS_VERIFY", "1".into());
                set("DOCKER_CERT_PATH", cert_path.into());
            }
        }
        env
    }
}
