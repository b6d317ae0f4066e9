use std::collections::HashMap;

use bollard::{models::EventMessage, query_parameters as query};
use futures_util::{Stream, StreamExt};

use super::{Engine, EngineError, inventory};
use crate::model::{HappeningKind, Project, ServiceId, Timestamp};

/// What we ask the engine to tell: it drops what a slow listener does not take, so
/// health check executions and the like are left out at the source.
const ASKED: [&str; 12] = [
    "create",
    "start",
    "die",
    "kill",
    "stop",
    "oom",
    "pause",
    "unpause",
    "rename",
    "destroy",
    "restart",
    "health_status",
];

/// A report of the engine about a container of a compose project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EngineEvent {
    /// When, by the engine's clock.
    pub(crate) at: Timestamp,
    /// The same in nanoseconds; tells where to go on after a lost connection.
    pub(crate) at_nanos: i64,
    /// The container's whole id.
    pub(crate) id: String,
    /// Its project.
    pub(crate) project: Project,
    /// The slot that it fills.
    pub(crate) slot: ServiceId,
    /// What.
    pub(crate) report: Report,
}

/// What the engine reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// Something that decisions look at.
    Happening(HappeningKind),
    /// Something that is only a reason to look.
    Other,
}

impl Engine {
    /// Opens the stream of reports. `None` in it is a report about something else
    /// than a compose service; after an error there is nothing more.
    ///
    /// # Errors
    ///
    /// Fails if the engine cannot be reached; the stream's own errors come in it.
    pub(crate) async fn events(
        &self,
        since_nanos: i64,
    ) -> Result<impl Stream<Item = Result<Option<EngineEvent>, EngineError>> + use<>, EngineError>
    {
        let docker = self.client().await?;
        let asked = ASKED.iter().map(ToString::to_string).collect();
        let filters = HashMap::from([
            ("type".to_owned(), vec!["container".to_owned()]),
            ("event".to_owned(), asked),
        ]);
        let options = query::EventsOptionsBuilder::new()
            .since(&seconds(since_nanos))
            .filters(&filters)
            .build();
        let endpoint = self.endpoint.clone();
        Ok(docker.events(Some(options)).map(move |message| {
            message.map(event_of).map_err(|error| {
                super::Failure::from_bollard(&endpoint, error).into_error("events")
            })
        }))
    }
}

/// The engine takes `SECONDS.NANOS`.
fn seconds(nanos: i64) -> String {
    let nanos = nanos.max(0);
    format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)
}

/// Reads one report, if it is about a slot of a compose project.
fn event_of(message: EventMessage) -> Option<EngineEvent> {
    let actor = message.actor?;
    let attributes = actor.attributes.unwrap_or_default();
    let attribute = |key: &str| attributes.get(key).map(String::as_str);
    let (project, slot) = inventory::slot_of(attribute)?;
    let at_nanos = message.time_nano?;
    Some(EngineEvent {
        at: Timestamp::from_millis(at_nanos / 1_000_000),
        at_nanos,
        id: actor.id?,
        project,
        slot,
        report: report(message.action.as_deref().unwrap_or_default(), attribute),
    })
}

/// An action that we do not know is still a reason to look.
fn report<'a>(action: &str, attribute: impl Fn(&str) -> Option<&'a str>) -> Report {
    let number = |key| attribute(key).and_then(|raw| raw.parse().ok());
    let kind = match action.split(':').next().unwrap_or_default() {
        "create" => HappeningKind::Create,
        "start" => HappeningKind::Start,
        "kill" => HappeningKind::Kill {
            signal: number("signal").unwrap_or_default(),
        },
        "stop" => HappeningKind::Stop,
        // A code that cannot be read must not pass for a clean end.
        "die" => HappeningKind::Die {
            exit_code: number("exitCode").unwrap_or(-1),
        },
        "oom" => HappeningKind::Oom,
        "pause" => HappeningKind::Pause,
        "unpause" => HappeningKind::Unpause,
        "rename" => HappeningKind::Rename,
        "destroy" => HappeningKind::Destroy,
        _ => return Report::Other,
    };
    Report::Happening(kind)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reports_are_read() {
        check(
            "die",
            Report::Happening(HappeningKind::Die { exit_code: 137 }),
        );
        check("kill", Report::Happening(HappeningKind::Kill { signal: 9 }));
        check("start", Report::Happening(HappeningKind::Start));
        check("oom", Report::Happening(HappeningKind::Oom));
        check("destroy", Report::Happening(HappeningKind::Destroy));
    }

    #[test]
    fn what_is_no_happening_is_a_reason_to_look() {
        for action in ["health_status: unhealthy", "restart", "levitate", ""] {
            check(action, Report::Other);
        }
    }

    #[test]
    fn reports_about_others_are_left_out() {
        let mut message = message("die");
        message.actor.as_mut().unwrap().attributes = None;
        assert_eq!(None, event_of(message));
        assert_eq!(None, event_of(EventMessage::default()));
    }

    #[test]
    fn an_unreadable_exit_code_is_not_clean() {
        let mut message = message("die");
        let actor = message.actor.as_mut().unwrap();
        actor.attributes.as_mut().unwrap().remove("exitCode");
        let report = event_of(message).unwrap().report;
        assert_eq!(
            Report::Happening(HappeningKind::Die { exit_code: -1 }),
            report
        );
    }

    #[test]
    fn the_place_to_go_on_has_nanoseconds() {
        assert_eq!("12.000000345", seconds(12_000_000_345));
        assert_eq!("0.000000000", seconds(-1));
    }

    #[track_caller]
    fn check(action: &str, expected: Report) {
        let event = event_of(message(action)).unwrap();
        assert_eq!(expected, event.report);
        assert_eq!("ui", event.slot.to_string());
        assert_eq!(1_700_000_000_123, event.at.millis());
    }

    fn message(action: &str) -> EventMessage {
        serde_json::from_value(json!({
            "Type": "container", "Action": action,
            "Actor": {"ID": "abc", "Attributes": {
                "com.docker.compose.project": "wicap", "com.docker.compose.service": "ui",
                "com.docker.compose.container-number": "1", "exitCode": "137", "signal": "9"
            }},
            "scope": "local", "time": 1_700_000_000, "timeNano": 1_700_000_000_123_456_789i64
        }))
        .unwrap()
    }
}
