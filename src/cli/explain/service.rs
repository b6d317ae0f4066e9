//! One service: how it is, why nothing is done or what is, and what happened last.

use serde::Serialize;

use super::{
    about::{self, Numbers},
    row::section,
};
use crate::{
    cli::{Context, known::Known, when::when},
    control::Patient,
    model::{ControlMode, Envelope, EventKind, ServiceId, Timestamp, Zone},
    store::{EventFilter, StoreError},
    telemetry::{Console, sentence, words},
};

/// The most rows that are searched for the last incident.
const ROWS_MAX: u32 = 2_000;
/// The most lines of the story; the middle of a longer one is left out.
const STORY_MAX: usize = 40;

/// Everything there is to say about a service.
#[derive(Debug, Serialize)]
pub(super) struct ServiceTold {
    pub(super) project: String,
    pub(super) service: ServiceId,
    /// When the ledger last heard anything.
    pub(super) as_of: Option<Timestamp>,
    pub(super) down_since: Option<Timestamp>,
    /// How it is, one sentence each.
    pub(super) now: Vec<String>,
    /// What will be done next, or why nothing is.
    pub(super) next: Vec<String>,
    pub(super) next_at: Option<Timestamp>,
    pub(super) numbers: Numbers,
    /// The last incident, oldest first.
    pub(super) story: Vec<Chapter>,
    pub(super) snapshots: Vec<String>,
    #[serde(skip)]
    rows: Vec<Envelope>,
}

/// One row of the story.
#[derive(Debug, Serialize)]
pub(super) struct Chapter {
    pub(super) seq: u64,
    pub(super) at: Timestamp,
    pub(super) event: &'static str,
    pub(super) text: String,
}

/// Reads everything about a service.
pub(super) fn told(
    ctx: &Context,
    known: &Known,
    service: ServiceId,
) -> Result<ServiceTold, StoreError> {
    let rows = rows(known, &service)?;
    let policy = known.policy(ctx);
    let numbers = about::numbers(&service, (&known.state, &policy), ctx.now);
    let nobody = Patient::default();
    let patient = known.state.patient(&service).unwrap_or(&nobody);
    let case = Case {
        ctx,
        known,
        service: &service,
        patient,
        rows: &rows,
    };
    let (next, next_at) = case.next(&numbers);
    let (now, story) = (case.now(), incident(&rows));
    let snapshots = story.iter().filter_map(|row| {
        let EventKind::SnapshotTaken { file, .. } = &row.kind else {
            return None;
        };
        Some(file.to_string())
    });
    Ok(ServiceTold {
        project: known.project.to_string(),
        as_of: known.last_at,
        down_since: patient.standing.as_ref().map(|standing| standing.since),
        now,
        next,
        next_at,
        numbers,
        snapshots: snapshots.collect(),
        story: story.iter().map(chapter).collect(),
        rows: story,
        service,
    })
}

fn rows(known: &Known, service: &ServiceId) -> Result<Vec<Envelope>, StoreError> {
    let rows = known.ledger.event_list(&EventFilter {
        service: Some(service.to_string()),
        limit: Some(ROWS_MAX),
        ..EventFilter::default()
    })?;
    let rows = rows.into_iter().map(|row| row.envelope);
    let is_ours =
        |row: &Envelope| row.project == known.project && row.kind.service() == Some(service);
    Ok(rows.filter(is_ours).collect())
}

/// The rows of the last incident: from the first finding after it was last well.
fn incident(rows: &[Envelope]) -> Vec<Envelope> {
    let is = |row: &Envelope, name: &str| row.kind.name() == name;
    let Some(last_down) = rows.iter().rposition(|row| is(row, "service_down")) else {
        return Vec::new();
    };
    let well_before = rows[..last_down]
        .iter()
        .rposition(|row| is(row, "service_recovered"));
    let from = well_before.map_or(0, |place| place + 1);
    let first = rows[from..]
        .iter()
        .position(|row| is(row, "service_down"))
        .map_or(last_down, |place| from + place);
    rows[first..].to_vec()
}

fn chapter(row: &Envelope) -> Chapter {
    Chapter {
        seq: row.seq,
        at: row.at,
        event: row.kind.name(),
        text: sentence(&row.kind),
    }
}

struct Case<'a> {
    ctx: &'a Context,
    known: &'a Known,
    service: &'a ServiceId,
    patient: &'a Patient,
    rows: &'a [Envelope],
}

impl Case<'_> {
    /// How it is.
    fn now(&self) -> Vec<String> {
        let mut lines = Vec::new();
        match &self.patient.standing {
            Some(standing) => lines.push(format!("down: {}", words::state(standing.state))),
            None if self.patient.is_unseen => lines.push("it cannot be seen".to_owned()),
            None => lines.push("well, as far as the ledger knows".to_owned()),
        }
        if let Some(episode) = &self.patient.episode {
            let (doing, row) = (words::doing(&episode.action), episode.started_seq);
            lines.push(format!("{doing} is under way (row {row})"));
        }
        if let Some(escalation) = &self.patient.escalation {
            let cause = words::cause(escalation.cause);
            let noted = match escalation.is_acknowledged {
                true => "somebody took note".to_owned(),
                false => format!("`wicap-assist ack {}` takes note", self.service),
            };
            lines.push(format!("a person was called: {cause}; {noted}"));
        }
        lines
    }

    /// What will be done next, or why nothing will, and from when on.
    fn next(&self, numbers: &Numbers) -> (Vec<String>, Option<Timestamp>) {
        let mut lines = Vec::new();
        let mut at: Option<Timestamp> = None;
        lines.extend(self.nobody_acts());
        if let Some(until) = self.known.state.paused_until(self.service, self.ctx.now) {
            lines.push("a person paused actions on it".to_owned());
            at = at.max(Some(until));
        }
        if self.patient.standing.is_none() {
            if lines.is_empty() {
                lines.push("nothing: there is nothing to do".to_owned());
            }
            return (lines, at);
        }
        if self.patient.episode.is_some() {
            lines.push("the next look judges the action that is under way".to_owned());
            return (lines, at);
        }
        if let Some(code) = self.patient.held {
            let (detail, next) = self.last_hold();
            lines.push(format!("held back: {}{detail}", words::hold(code)));
            at = at.max(next);
        }
        if let Some((action, code)) = &self.patient.denied {
            let (detail, next) = self.last_refusal();
            let (doing, code) = (words::doing(action), words::denial(*code));
            lines.push(format!("{doing} was refused: {code}{detail}"));
            at = at.max(next);
        }
        let spent = numbers.budgets.iter().filter_map(|budget| budget.next_at);
        at = at.max(spent.max());
        if lines.is_empty() {
            lines.push("it waits for its time: trouble has to last first".to_owned());
        }
        (lines, at.filter(|at| self.ctx.now < *at))
    }

    /// Why no action at all would be taken now.
    fn nobody_acts(&self) -> Option<String> {
        let Some(running) = self.known.running() else {
            return Some("no controller runs, so nothing is done".to_owned());
        };
        let charter = self.known.charter.as_ref();
        if running.mode == ControlMode::Observe {
            return Some("the controller only observes, so nothing is done".to_owned());
        }
        if charter.is_some_and(|charter| charter.grants.is_shadow) {
            return Some("the controller only records what it would do (shadow)".to_owned());
        }
        let is_pulled = self.known.state.is_kill_switch_pulled();
        is_pulled.then(|| "the kill switch is pulled, so nothing is done".to_owned())
    }

    fn last_hold(&self) -> (String, Option<Timestamp>) {
        let hold = self.rows.iter().rev().find_map(|row| {
            let EventKind::Held {
                detail, next_at, ..
            } = &row.kind
            else {
                return None;
            };
            Some((words::facts(detail), *next_at))
        });
        hold.unwrap_or_default()
    }

    fn last_refusal(&self) -> (String, Option<Timestamp>) {
        let refusal = self.rows.iter().rev().find_map(|row| {
            let EventKind::ActionDenied {
                detail, next_at, ..
            } = &row.kind
            else {
                return None;
            };
            Some((words::facts(detail), *next_at))
        });
        refusal.unwrap_or_default()
    }
}

/// The page for people.
pub(super) fn text(told: &ServiceTold, (now, zone): (Timestamp, &Zone)) -> String {
    let as_of = match told.as_of {
        Some(at) => format!("; the ledger last heard something {}", when(at, now, zone)),
        None => String::new(),
    };
    let mut out = format!("{} of {}{as_of}\n", told.service, told.project);
    let mut condition = told.now.clone();
    if let Some(since) = told.down_since {
        condition.insert(1, format!("since {}", when(since, now, zone)));
    }
    section(&mut out, "How it is", condition);
    let mut next = told.next.clone();
    if let Some(at) = told.next_at {
        next.push(format!("not before {}", when(at, now, zone)));
    }
    section(&mut out, "What comes next", next);
    section(&mut out, "The numbers", about::lines(&told.numbers));
    section(&mut out, "The last incident", story(&told.rows, zone));
    let snapshots = told.snapshots.iter();
    let files = snapshots.map(|file| format!("{file}, in the data folder"));
    section(&mut out, "Kept for you", files.collect());
    out
}

/// One line a row, with the date where it changes.
fn story(rows: &[Envelope], zone: &Zone) -> Vec<String> {
    let console = Console::new(zone.clone(), false);
    let mut lines = Vec::new();
    let mut day = String::new();
    for row in rows {
        let date = row.at.date(zone);
        if date != day {
            lines.push(date.clone());
            day = date;
        }
        lines.push(format!("{:>6}  {}", row.seq, console.line(row)));
    }
    if lines.len() > STORY_MAX {
        let n_left_out = lines.len() - STORY_MAX;
        let middle = STORY_MAX / 2;
        let words = format!("        … {n_left_out} lines; `wicap-assist ledger list` has them");
        lines.splice(middle..middle + n_left_out, [words]);
    }
    lines
}
