//! One row: what was decided, and on what.

use anyhow::anyhow;
use serde::Serialize;

use super::{
    about::{self, Numbers, before},
    gates::{GateTold, gates},
    then::{Later, later},
};
use crate::{
    cli::{
        Context, Exit, Failure,
        seen::{lines_about, surroundings},
        when::moment,
    },
    model::{Envelope, EventKind, ServiceId, Timestamp, Zone},
    runtime::{Insight, insight},
    store::{Ledger, StoreError},
    telemetry::{sentence, words},
};

/// Everything there is to say about a row.
#[derive(Debug, Serialize)]
pub(super) struct RowTold {
    pub(super) seq: u64,
    pub(super) at: Timestamp,
    pub(super) event: EventKind,
    pub(super) text: String,
    pub(super) service: Option<ServiceId>,
    /// Who wrote it, and under which session.
    pub(super) by: String,
    pub(super) session: u64,
    /// What was seen of the service.
    pub(super) seen: Vec<String>,
    /// What was remembered of it.
    pub(super) known: Vec<String>,
    /// What was decided.
    pub(super) decided: String,
    /// What each gate answered, where leave was asked.
    pub(super) gates: Vec<GateTold>,
    /// The numbers that held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) numbers: Option<Numbers>,
    /// When that may change.
    pub(super) next_at: Option<Timestamp>,
    /// What came of it.
    pub(super) then: Vec<Later>,
}

/// Reads everything about a row.
pub(super) fn told(ctx: &Context, seq: u64) -> Result<RowTold, Failure> {
    let ledger = Ledger::open_to_read(&ctx.settings.paths.data_dir)?;
    let Some(row) = ledger.event_get(seq)? else {
        return Err(no_such_row(&ledger, seq)?);
    };
    let insight = insight(&ledger, seq)?;
    Ok(of(&ledger, row.envelope, insight.as_ref())?)
}

fn no_such_row(ledger: &Ledger, seq: u64) -> Result<Failure, StoreError> {
    let hint = match (ledger.event_first()?, ledger.event_head()?) {
        (Some(first), Some(head)) => format!(
            "the ledger has rows {first} to {}; `wicap-assist ledger list` shows them",
            head.seq
        ),
        _ => "the ledger has no row yet".to_owned(),
    };
    let error = anyhow!("there is no row {seq}");
    Ok(Failure::new(Exit::Usage, error).hint(hint))
}

fn of(ledger: &Ledger, row: Envelope, insight: Option<&Insight>) -> Result<RowTold, StoreError> {
    let service = row.kind.service().cloned();
    let mut seen = Vec::new();
    let mut known = Vec::new();
    let mut numbers = None;
    if let Some(insight) = insight {
        let basis = &insight.basis;
        seen.push(surroundings(&basis.seen));
        if let Some(service) = &service {
            seen.extend(lines_about(service, &basis.seen));
            known = remembered(service, insight);
            let rules = (&insight.state, &insight.rules.policy);
            numbers = Some(about::numbers(service, rules, basis.seen.at));
        }
    }
    let actor = &row.actor;
    Ok(RowTold {
        seq: row.seq,
        at: row.at,
        text: sentence(&row.kind),
        by: format!("process {} of {} on {}", actor.pid, actor.user, actor.host),
        session: row.session,
        decided: decided(&row.kind).to_owned(),
        gates: asked(&row.kind, insight),
        next_at: next_at(&row.kind),
        then: later(ledger, &row)?,
        event: row.kind,
        service,
        seen,
        known,
        numbers,
    })
}

/// What was remembered of the service when the turn began.
fn remembered(service: &ServiceId, insight: &Insight) -> Vec<String> {
    let at = insight.basis.seen.at;
    let Some(patient) = insight.state.patient(service) else {
        return vec![format!("nothing: {service} had given no trouble")];
    };
    let mut lines = Vec::new();
    if let Some(standing) = &patient.standing {
        let (since, state) = (before(standing.since, at), words::state(standing.state));
        lines.push(format!("it was down for {since}: {state}"));
    }
    if let Some(code) = patient.held {
        lines.push(format!("it was held back: {}", words::hold(code)));
    }
    if let Some(episode) = &patient.episode {
        let (doing, since) = (
            words::doing(&episode.action),
            before(episode.started_at, at),
        );
        let row = episode.started_seq;
        lines.push(format!("{doing} had begun {since} before (row {row})"));
    } else if let Some(last) = &patient.last_action {
        let since = before(last.started_at, at);
        lines.push(format!("the last action on it was {since} before"));
    }
    if let Some(recovered) = patient.recovered_at {
        let since = before(recovered, at);
        lines.push(format!("it was last seen to recover {since} before"));
    }
    if let Some(until) = insight.state.paused_until(service, at) {
        let until = words::clock(until);
        lines.push(format!("a person had paused actions until {until}"));
    }
    if lines.is_empty() {
        lines.push(format!("{service} was well"));
    }
    lines
}

/// The answers for the step that the row is about.
fn asked(kind: &EventKind, insight: Option<&Insight>) -> Vec<GateTold> {
    let (EventKind::ActionDenied {
        service, action, ..
    }
    | EventKind::ActionStarted {
        service, action, ..
    }) = kind
    else {
        return Vec::new();
    };
    let asked = insight.into_iter().flat_map(|insight| &insight.asked);
    asked
        .filter(|asked| asked.step.target == *service && asked.step.action == *action)
        .map(|asked| gates(&asked.answers))
        .next()
        .unwrap_or_default()
}

/// What kind of decision the row is.
fn decided(kind: &EventKind) -> &'static str {
    match kind {
        EventKind::ServiceDown(_)
        | EventKind::ServiceRecovered { .. }
        | EventKind::ServiceUnseen { .. }
        | EventKind::ServiceSeen { .. }
        | EventKind::EngineUnseen { .. }
        | EventKind::EngineSeen { .. }
        | EventKind::KillSwitchPulled { .. }
        | EventKind::KillSwitchCleared
        | EventKind::ClockJumped { .. } => "a finding: it says what is, and asks for nothing",
        EventKind::Held { .. } => "no action was proposed, so no gate was asked",
        EventKind::Released { .. } => "the reason to hold back was gone",
        EventKind::ActionDenied { .. } => "an action was proposed, and a gate refused it",
        EventKind::ActionStarted { .. } => "an action was proposed, and every gate let it through",
        EventKind::EpisodeClosed { .. } => "an action was judged by what was seen afterwards",
        EventKind::Escalated { .. } => "a person was called, because nothing more may be done",
        EventKind::BounceStarted { .. } | EventKind::BounceEnded { .. } => {
            "the last resort: the core is restarted, service by service"
        }
        EventKind::ActionReturned { .. } => {
            "a report of the call; whether it helped is judged later"
        }
        EventKind::Acknowledged { .. }
        | EventKind::ActionsPaused { .. }
        | EventKind::OperatorRequest(_)
        | EventKind::ActionsResumed { .. } => "a person asked for it",
        EventKind::OperatorAnswer(_) => "a request of a person was answered",
        EventKind::SessionStarted { .. }
        | EventKind::SessionEnded { .. }
        | EventKind::LeaseTaken { .. }
        | EventKind::LeaseYielded { .. } => "the course of a session; nothing was decided",
        EventKind::SoakStarted(_) | EventKind::SoakPhase(_) | EventKind::SoakEnded(_) => {
            "the course of a soak; the loop decides as it always does"
        }
        EventKind::SnapshotTaken { .. } => "evidence for a person; nothing is decided by it",
    }
}

fn next_at(kind: &EventKind) -> Option<Timestamp> {
    match kind {
        EventKind::Held { next_at, .. } | EventKind::ActionDenied { next_at, .. } => *next_at,
        EventKind::ActionStarted { deadline, .. } => Some(*deadline),
        EventKind::ActionsPaused { until, .. } => Some(*until),
        EventKind::OperatorAnswer(answer) => answer.next_at,
        EventKind::SessionStarted { .. }
        | EventKind::SessionEnded { .. }
        | EventKind::EngineUnseen { .. }
        | EventKind::EngineSeen { .. }
        | EventKind::ServiceDown(_)
        | EventKind::ServiceRecovered { .. }
        | EventKind::ServiceUnseen { .. }
        | EventKind::ServiceSeen { .. }
        | EventKind::Released { .. }
        | EventKind::ActionReturned { .. }
        | EventKind::EpisodeClosed { .. }
        | EventKind::Escalated { .. }
        | EventKind::SnapshotTaken { .. }
        | EventKind::BounceStarted { .. }
        | EventKind::BounceEnded { .. }
        | EventKind::Acknowledged { .. }
        | EventKind::ActionsResumed { .. }
        | EventKind::OperatorRequest(_)
        | EventKind::LeaseTaken { .. }
        | EventKind::LeaseYielded { .. }
        | EventKind::ClockJumped { .. }
        | EventKind::SoakStarted(_)
        | EventKind::SoakPhase(_)
        | EventKind::SoakEnded(_)
        | EventKind::KillSwitchPulled { .. }
        | EventKind::KillSwitchCleared => None,
    }
}

/// The page for people.
pub(super) fn text(told: &RowTold, zone: &Zone) -> String {
    let at = moment(told.at, Timestamp::from_millis(0), zone);
    let mut out = format!("row {}, {at}\n{}\n", told.seq, told.text);
    section(&mut out, "What was decided", vec![told.decided.clone()]);
    section(&mut out, "What was seen", told.seen.clone());
    section(&mut out, "What was known before", told.known.clone());
    let gates = told.gates.iter().map(|gate| {
        let mark = if gate.decided {
            "  <- this decided"
        } else {
            ""
        };
        format!("{:<15} {}{mark}", gate.question, gate.text)
    });
    section(&mut out, "What the gates answered", gates.collect());
    let numbers = told.numbers.as_ref().map(about::lines).unwrap_or_default();
    section(&mut out, "The numbers", numbers);
    let next = told.next_at.map(|at| {
        let word = match told.event.name() {
            "action_started" => "judged by",
            "actions_paused" => "until",
            _ => "not before",
        };
        format!("{word} {}", moment(at, told.at, zone))
    });
    section(&mut out, "When next", next.into_iter().collect());
    let then = told.then.iter().map(|later| {
        let at = moment(later.at, told.at, zone);
        format!("{at}  row {}: {}", later.seq, later.text)
    });
    section(&mut out, "What came of it", then.collect());
    let by = format!("{}, session {}", told.by, told.session);
    section(&mut out, "Written by", vec![by]);
    out
}

/// A title and its lines; nothing where there is nothing to say.
pub(super) fn section(out: &mut String, title: &str, lines: Vec<String>) {
    if lines.is_empty() {
        return;
    }
    out.push_str(&format!("\n{title}\n"));
    for line in lines {
        let line: String = line
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        out.push_str(&format!("  {line}\n"));
    }
}
