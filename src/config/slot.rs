use std::{path::PathBuf, time::Duration};

use super::{
    ActionList, ColorChoice, LogFilter, LogFormat, Profile, parse,
    settings::EngineAddress,
    words::{
        COLORS, CRITICALITIES, FORMATS, PROFILES, engine_address, filter_text, log_filter, name_of,
        pick,
    },
};
use crate::model::{
    ControlMode, Criticality, HttpProbe, KillSwitch, Ladder, Policy, Project, Redacted, ServiceName,
};

/// The time that a probe gets unless its profile says otherwise.
pub(super) const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

const PROBE_TIMEOUT_MIN: Duration = Duration::from_millis(100);

/// A value as a flag, a variable or a file gives it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Raw {
    /// Text, a number, or a switch, as written.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
    /// A form that no setting has, by name: `a date`.
    Other(&'static str),
}

/// The place of one setting, with its type.
pub(super) enum Slot<'a> {
    /// A duration and the least that makes sense.
    Time(&'a mut Duration, Duration),
    /// A number and the least that makes sense.
    Count(&'a mut u32, u32),
    /// A limit, or none.
    Budget(&'a mut Option<u32>),
    /// A threshold in turns: another way to write durations of the policy.
    Turns(&'a mut Policy, Turns),
    Switch(&'a mut bool),
    Kill(&'a mut KillSwitch),
    Mode(&'a mut ControlMode),
    Actions(&'a mut ActionList),
    Project(&'a mut Option<Project>),
    Profile(&'a mut Profile),
    Engine(&'a mut EngineAddress),
    Format(&'a mut LogFormat),
    Filter(&'a mut LogFilter),
    Color(&'a mut ColorChoice),
    Criticality(&'a mut Criticality),
    Names(&'a mut Vec<ServiceName>),
    Texts(&'a mut Vec<String>),
    Path(&'a mut Option<PathBuf>),
    Folder(&'a mut PathBuf),
    Probe(&'a mut Option<HttpProbe>, ProbeField),
}

/// A part of a probe. Setting any but `Whole` makes the probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProbeField {
    /// The probe itself; `false` takes it away.
    Whole,
    Url,
    Status,
    Timeout,
    Trouble,
}

/// What a threshold in turns stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turns {
    /// A fresh look at probed evidence.
    Check,
    /// A restart on either kind of evidence.
    Recover,
    /// The least time between two actions on one service.
    Cooldown,
}

/// How a value looks in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A number or a switch.
    Bare,
    /// Text in quotes.
    Quoted,
    /// A list of texts.
    List,
}

impl Turns {
    /// The names of the durations that it writes.
    pub(super) fn writes(self) -> &'static [&'static str] {
        match self {
            Turns::Check => &["policy.check_after"],
            Turns::Recover => &["policy.recover_after", "policy.definite_after"],
            Turns::Cooldown => &["policy.cooldown"],
        }
    }

    fn set(self, policy: &mut Policy, raw: &str) -> Result<(), String> {
        let interval = policy.interval;
        match self {
            Turns::Check => {
                policy.ladder.check_after = Ladder::threshold(parse::count(raw, 1)?, interval);
            }
            Turns::Recover => {
                let after = Ladder::threshold(parse::count(raw, 1)?, interval);
                policy.ladder.recover_after = after;
                policy.ladder.definite_after = after;
            }
            Turns::Cooldown => {
                policy.cooldown = interval.saturating_mul(parse::count(raw, 0)?);
            }
        }
        Ok(())
    }
}

impl ProbeField {
    fn set(self, place: &mut Option<HttpProbe>, text: &str) -> Result<(), String> {
        match self {
            ProbeField::Whole if text == "false" => *place = None,
            ProbeField::Whole => {
                return Err(format!(
                    "`{text}` is not {}",
                    Slot::Probe(place, self).meaning()
                ));
            }
            ProbeField::Url => {
                let url = parse::url(text)?;
                probe(place).url = url;
            }
            ProbeField::Status => {
                let status = http_status(text)?;
                probe(place).status = status;
            }
            ProbeField::Timeout => {
                let timeout = time(text, PROBE_TIMEOUT_MIN)?;
                probe(place).timeout = timeout;
            }
            ProbeField::Trouble => probe(place).degraded_if = Some(text.to_owned()),
        }
        Ok(())
    }

    fn show(self, probe: &HttpProbe) -> Option<String> {
        match self {
            ProbeField::Whole => None,
            ProbeField::Url => Some(probe.url.clone()),
            ProbeField::Status => Some(probe.status.to_string()),
            ProbeField::Timeout => Some(parse::duration_text(probe.timeout)),
            ProbeField::Trouble => probe.degraded_if.clone(),
        }
    }
}

impl Slot<'_> {
    /// Puts a value in.
    ///
    /// # Errors
    /// Says what is wrong with it; the place is then as before, but a kill switch
    /// is pulled.
    pub(super) fn set(self, raw: &Raw) -> Result<(), String> {
        if let Slot::Kill(place) = self {
            return set_kill_switch(place, raw);
        }
        match raw {
            Raw::Text(text) => self.set_text(text.trim()),
            Raw::List(entries) => self.set_list(entries),
            Raw::Other(form) => Err(format!("{form} is not {}", self.meaning())),
        }
    }

    fn set_list(self, entries: &[String]) -> Result<(), String> {
        let meaning = self.meaning();
        let trimmed = entries.iter().map(|entry| entry.trim());
        if let Slot::Actions(place) = self {
            put(place, ActionList::parse(trimmed).map_err(in_words))
        } else if let Slot::Names(place) = self {
            put(
                place,
                trimmed.map(|name| name.parse().map_err(in_words)).collect(),
            )
        } else if let Slot::Texts(place) = self {
            put(place, Ok(trimmed.map(str::to_owned).collect()))
        } else {
            Err(format!("a list is not {meaning}"))
        }
    }

    fn set_text(self, text: &str) -> Result<(), String> {
        match self {
            Slot::Time(place, least) => put(place, time(text, least)),
            Slot::Count(place, least) => put(place, parse::count(text, least)),
            Slot::Budget(place) => put(place, parse::budget(text)),
            Slot::Turns(policy, turns) => turns.set(policy, text),
            Slot::Switch(place) => put(place, parse::switch(text)),
            Slot::Kill(place) => set_kill_switch(place, &Raw::Text(text.to_owned())),
            Slot::Mode(place) => put(place, text.parse().map_err(in_words)),
            Slot::Project(place) => put(place, text.parse().map(Some).map_err(in_words)),
            Slot::Profile(place) => put(place, pick(&PROFILES, text)),
            Slot::Engine(place) => put(place, engine_address(text)),
            Slot::Format(place) => put(place, pick(&FORMATS, text)),
            Slot::Filter(place) => put(place, log_filter(text)),
            Slot::Color(place) => put(place, pick(&COLORS, text)),
            Slot::Criticality(place) => put(place, pick(&CRITICALITIES, text)),
            Slot::Path(place) => put(place, Ok(Some(PathBuf::from(text)))),
            Slot::Folder(place) => put(place, Ok(PathBuf::from(text))),
            Slot::Actions(_) | Slot::Names(_) | Slot::Texts(_) => {
                let entries = text.split(',').map(str::trim);
                let entries = entries.filter(|entry| !entry.is_empty());
                self.set_list(&entries.map(str::to_owned).collect::<Vec<_>>())
            }
            Slot::Probe(place, field) => field.set(place, text),
        }
    }

    /// Says what kind of value belongs here, for messages.
    pub(super) fn meaning(&self) -> &'static str {
        match self {
            Slot::Time(..) => "a duration",
            Slot::Count(..) | Slot::Budget(_) | Slot::Turns(..) => "a whole number",
            Slot::Switch(_) | Slot::Kill(_) => "a switch (`true` or `false`)",
            Slot::Mode(_) => "a control mode",
            Slot::Actions(_) => "a list of actions",
            Slot::Project(_) => "a project name",
            Slot::Profile(_) => "a profile",
            Slot::Engine(_) => "an engine address",
            Slot::Format(_) | Slot::Color(_) | Slot::Criticality(_) => "one of its words",
            Slot::Filter(_) => "a log filter",
            Slot::Names(_) => "a list of services",
            Slot::Texts(_) => "a list of names",
            Slot::Path(_) | Slot::Folder(_) => "a path",
            Slot::Probe(_, ProbeField::Whole) => "a table with a `url`, or `false`",
            Slot::Probe(_, ProbeField::Url) => "a URL",
            Slot::Probe(_, ProbeField::Status) => "an HTTP status",
            Slot::Probe(_, ProbeField::Timeout) => "a duration",
            Slot::Probe(_, ProbeField::Trouble) => "a text",
        }
    }

    /// Returns the value as text; `None` if there is none.
    pub(super) fn show(&self) -> Option<String> {
        let text = match self {
            Slot::Time(value, _) => parse::duration_text(**value),
            Slot::Count(value, _) => value.to_string(),
            Slot::Budget(value) => value.as_ref()?.to_string(),
            Slot::Turns(..) => return None,
            Slot::Switch(value) => value.to_string(),
            Slot::Kill(KillSwitch::Clear) => "clear".to_owned(),
            Slot::Kill(KillSwitch::Pulled { .. }) => "pulled".to_owned(),
            Slot::Mode(value) => value.to_string(),
            Slot::Actions(value) => value.to_string(),
            Slot::Project(value) => value.as_ref()?.to_string(),
            Slot::Profile(Profile::Assumed) => "wicap".to_owned(),
            Slot::Profile(value) => name_of(&PROFILES, **value),
            Slot::Engine(EngineAddress::Unix(path)) => format!("unix://{}", path.display()),
            Slot::Engine(EngineAddress::Tcp(address)) => format!("tcp://{address}"),
            Slot::Format(value) => name_of(&FORMATS, **value),
            Slot::Filter(value) => filter_text(value),
            Slot::Color(value) => name_of(&COLORS, **value),
            Slot::Criticality(value) => name_of(&CRITICALITIES, **value),
            Slot::Names(value) => {
                let names: Vec<&str> = value.iter().map(ServiceName::as_str).collect();
                names.join(",")
            }
            Slot::Texts(value) => value.join(","),
            Slot::Folder(value) => value.display().to_string(),
            Slot::Path(value) => value.as_ref()?.display().to_string(),
            Slot::Probe(value, field) => field.show(value.as_ref()?)?,
        };
        Some(text)
    }

    /// Returns how the value looks in a file.
    pub(super) fn shape(&self) -> Shape {
        match self {
            Slot::Count(..)
            | Slot::Budget(_)
            | Slot::Turns(..)
            | Slot::Switch(_)
            | Slot::Kill(_)
            | Slot::Probe(_, ProbeField::Whole | ProbeField::Status) => Shape::Bare,
            Slot::Actions(_) | Slot::Names(_) | Slot::Texts(_) => Shape::List,
            Slot::Time(..)
            | Slot::Mode(_)
            | Slot::Project(_)
            | Slot::Profile(_)
            | Slot::Engine(_)
            | Slot::Format(_)
            | Slot::Filter(_)
            | Slot::Color(_)
            | Slot::Criticality(_)
            | Slot::Path(_)
            | Slot::Folder(_)
            | Slot::Probe(_, ProbeField::Url | ProbeField::Timeout | ProbeField::Trouble) => {
                Shape::Quoted
            }
        }
    }
}

fn put<T>(place: &mut T, value: Result<T, String>) -> Result<(), String> {
    *place = value?;
    Ok(())
}

fn in_words(error: impl std::error::Error) -> String {
    error.to_string()
}

fn time(text: &str, least: Duration) -> Result<Duration, String> {
    let value = parse::duration(text)?;
    if value < least {
        let least = parse::duration_text(least);
        return Err(format!("`{text}` is too short; the least is {least}"));
    }
    Ok(value)
}

fn http_status(text: &str) -> Result<u16, String> {
    let status = parse::count(text, 0)?;
    match u16::try_from(status) {
        Ok(status @ 100..=599) => Ok(status),
        _ => Err(format!("`{text}` is not an HTTP status (100 to 599)")),
    }
}

/// The probe in a profile. A new one has no URL yet; a profile that keeps it so is
/// a mistake.
fn probe(place: &mut Option<HttpProbe>) -> &mut HttpProbe {
    place.get_or_insert_with(|| HttpProbe {
        url: String::new(),
        status: 200,
        timeout: PROBE_TIMEOUT,
        degraded_if: None,
    })
}

fn set_kill_switch(place: &mut KillSwitch, raw: &Raw) -> Result<(), String> {
    let read = match raw {
        Raw::Text(text) => parse::switch(text.trim()),
        Raw::List(_) => Err("a list is not a switch".to_owned()),
        Raw::Other(form) => Err(format!("{form} is not a switch")),
    };
    let pulled = |source: &str| KillSwitch::Pulled {
        source: Redacted::from_raw(source),
    };
    match read {
        Ok(false) => *place = KillSwitch::Clear,
        Ok(true) => *place = pulled("the environment"),
        Err(text) => {
            *place = pulled("it cannot be read");
            return Err(format!("{text}; the kill switch counts as pulled"));
        }
    }
    Ok(())
}
