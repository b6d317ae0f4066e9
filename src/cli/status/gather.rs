use std::{fs, path::Path};

use serde::Serialize;

use crate::{
    cli::{Context, known::Known, stand::switches},
    control::{Episode, Patient, budgets_left},
    model::{Actor, ControlMode, KillSwitch, Project, ServiceId, SessionEnd, Timestamp},
    store::{Holder, SNAPSHOTS, SessionRecord, StoreError},
    telemetry::words,
    world::{disk_free, is_gone, is_writable},
};

/// The least room on the disk of the data folder before it counts as full.
const FREE_BYTES_MIN: u64 = 64 << 20;

/// Everything that `status` tells.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct Report {
    pub(super) healthy: bool,
    /// Why not, one sentence each.
    pub(super) reasons: Vec<String>,
    pub(super) project: Project,
    pub(super) controller: Option<Controller>,
    pub(super) watchers: Vec<Controller>,
    pub(super) lease: Option<Lease>,
    pub(super) kill_switch: Option<String>,
    pub(super) pauses: Vec<Pause>,
    pub(super) engine_unseen_since: Option<Timestamp>,
    pub(super) services: Vec<Service>,
    pub(super) budgets: Vec<Budget>,
    pub(super) last_session: Option<Ended>,
    pub(super) ledger: Ledger,
}

#[derive(Debug, Serialize)]
pub(super) struct Controller {
    pub(super) session: u64,
    pub(super) mode: ControlMode,
    pub(super) shadow: bool,
    pub(super) user: String,
    pub(super) host: String,
    pub(super) pid: u32,
    pub(super) since: Timestamp,
}

#[derive(Debug, Serialize)]
pub(super) struct Lease {
    pub(super) token: u64,
    pub(super) pid: u32,
    pub(super) host: String,
    pub(super) expires_at: Timestamp,
    pub(super) valid: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Pause {
    pub(super) service: Option<ServiceId>,
    pub(super) until: Timestamp,
}

/// A service about which there is something to say.
#[derive(Debug, Serialize)]
pub(super) struct Service {
    pub(super) service: ServiceId,
    pub(super) down_since: Option<Timestamp>,
    pub(super) state: Option<crate::model::DownState>,
    pub(super) unseen: bool,
    pub(super) held: Option<crate::model::HoldCode>,
    pub(super) attempts: u32,
    pub(super) acting: Option<Acting>,
    pub(super) needs_person: Option<crate::model::EscalationCause>,
    pub(super) acknowledged: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Acting {
    pub(super) action: crate::model::Action,
    pub(super) seq: u64,
    pub(super) deadline: Timestamp,
}

#[derive(Debug, Serialize)]
pub(super) struct Budget {
    pub(super) service: Option<ServiceId>,
    pub(super) left: u32,
    pub(super) max: u32,
    pub(super) window_s: u64,
    pub(super) next_at: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
pub(super) struct Ended {
    pub(super) session: u64,
    pub(super) at: Timestamp,
    pub(super) end: SessionEnd,
}

#[derive(Debug, Serialize)]
pub(super) struct Ledger {
    pub(super) head: Option<String>,
    pub(super) last_at: Option<Timestamp>,
    pub(super) bytes: u64,
    pub(super) snapshots: u64,
    pub(super) snapshot_bytes: u64,
    pub(super) free_bytes: Option<u64>,
    pub(super) writable: bool,
}

/// Reads everything.
pub(in crate::cli) fn report(ctx: &Context, known: &Known) -> Result<Report, StoreError> {
    let state = &known.state;
    let policy = known.policy(ctx);
    let is_shadow = known
        .charter
        .as_ref()
        .is_some_and(|one| one.grants.is_shadow);
    let controller = known.running().map(|session| Controller {
        shadow: is_shadow,
        ..controller(session)
    });
    let mut report = Report {
        healthy: true,
        reasons: Vec::new(),
        project: known.project.clone(),
        lease: lease(ctx, known)?,
        kill_switch: kill_switch(ctx, known),
        pauses: state
            .pauses(ctx.now)
            .map(|(service, until)| Pause {
                service: service.cloned(),
                until,
            })
            .collect(),
        engine_unseen_since: state.engine_unseen_since().filter(|_| controller.is_some()),
        services: state.patients().filter_map(service).collect(),
        budgets: budgets_left(state, &policy, ctx.now)
            .into_iter()
            .map(budget)
            .collect(),
        last_session: last_ended(known),
        watchers: watchers(known),
        controller,
        ledger: files(ctx, known)?,
    };
    report.reasons = reasons(&report);
    report.healthy = report.reasons.is_empty();
    Ok(report)
}

fn controller(session: &SessionRecord) -> Controller {
    let Actor { user, host, pid } = session.actor.clone();
    Controller {
        session: session.id,
        mode: session.mode,
        shadow: false,
        user,
        host,
        pid,
        since: session.started,
    }
}

/// Everybody who watches beside the controller.
fn watchers(known: &Known) -> Vec<Controller> {
    let own = known.session.as_ref().map(|session| session.id);
    let others = known.sessions.iter().filter(|session| {
        session.ended.is_none() && !is_gone(&session.actor) && Some(session.id) != own
    });
    others.map(controller).collect()
}

/// The last hold on a stack of this project: the engine's place stands before the
/// project in its name.
fn lease(ctx: &Context, known: &Known) -> Result<Option<Lease>, StoreError> {
    let end = format!("|{}", known.project);
    let leases = known.ledger.lease_list()?.into_iter();
    let own = leases.filter(|(stack, _)| stack.ends_with(&end));
    let last = own.max_by_key(|(_, holder)| (holder.tenure.expires_at, holder.since));
    Ok(last.map(|(_, holder)| {
        let Holder { actor, tenure, .. } = holder;
        Lease {
            token: tenure.token,
            valid: ctx.now < tenure.expires_at && !is_gone(&actor),
            pid: actor.pid,
            host: actor.host,
            expires_at: tenure.expires_at,
        }
    }))
}

/// Where the switch is pulled, as far as this process can see it.
fn kill_switch(ctx: &Context, known: &Known) -> Option<String> {
    match switches(&ctx.settings).look() {
        KillSwitch::Pulled { source } => Some(source.to_string()),
        KillSwitch::Clear if known.running().is_some() && known.state.is_kill_switch_pulled() => {
            Some("the controller's own environment or folder".to_owned())
        }
        KillSwitch::Clear => None,
    }
}

fn service((id, patient): (&ServiceId, &Patient)) -> Option<Service> {
    let escalation = patient.escalation.as_ref();
    let acting = patient.episode.as_ref().map(acting);
    let says = patient.standing.is_some() || patient.is_unseen || acting.is_some();
    (says || escalation.is_some()).then(|| Service {
        service: id.clone(),
        down_since: patient.standing.as_ref().map(|standing| standing.since),
        state: patient.standing.as_ref().map(|standing| standing.state),
        unseen: patient.is_unseen,
        held: patient.held,
        attempts: patient.n_attempts,
        acting,
        needs_person: escalation.map(|escalation| escalation.cause),
        acknowledged: escalation.is_some_and(|escalation| escalation.is_acknowledged),
    })
}

fn acting(episode: &Episode) -> Acting {
    Acting {
        action: episode.action.clone(),
        seq: episode.started_seq,
        deadline: episode.deadline,
    }
}

fn budget(left: crate::control::Left) -> Budget {
    Budget {
        left: left.max.saturating_sub(left.spent),
        service: left.service,
        max: left.max,
        window_s: left.window.as_secs(),
        next_at: left.next_at,
    }
}

fn last_ended(known: &Known) -> Option<Ended> {
    let ended = known.sessions.iter().filter_map(|session| {
        let (at, end) = session.ended?;
        let session = session.id;
        Some(Ended { session, at, end })
    });
    ended.max_by_key(|ended| (ended.at, ended.session))
}

fn files(ctx: &Context, known: &Known) -> Result<Ledger, StoreError> {
    let folder = &ctx.settings.paths.data_dir;
    let bytes = ["ledger.db", "ledger.db-wal"].map(|name| size(&folder.join(name)));
    let packs: Vec<u64> = fs::read_dir(folder.join(SNAPSHOTS))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| size(&entry.path()))
        .collect();
    Ok(Ledger {
        head: known.ledger.event_head()?.map(|head| head.to_string()),
        last_at: known.last_at,
        bytes: bytes.iter().sum(),
        snapshots: packs.len() as u64,
        snapshot_bytes: packs.iter().sum(),
        free_bytes: disk_free(folder),
        writable: is_writable(folder) && is_writable(&folder.join("ledger.db")),
    })
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}

/// What is not well.
fn reasons(report: &Report) -> Vec<String> {
    let mut reasons = Vec::new();
    for service in &report.services {
        let name = &service.service;
        if let Some(state) = service.state {
            reasons.push(format!("{name} is down: {}", words::state(state)));
        } else if service.unseen {
            reasons.push(format!("{name} cannot be seen"));
        }
    }
    if report.engine_unseen_since.is_some() {
        reasons.push("the engine does not answer".to_owned());
    }
    match &report.controller {
        None => reasons.push("no controller runs".to_owned()),
        Some(controller) => {
            let must_hold = controller.mode != ControlMode::Observe && !controller.shadow;
            let holds = |lease: &Lease| lease.valid && lease.pid == controller.pid;
            if must_hold && !report.lease.as_ref().is_some_and(holds) {
                reasons.push("the controller does not hold the stack".to_owned());
            }
        }
    }
    if !report.ledger.writable {
        reasons.push("the ledger cannot be written".to_owned());
    }
    if report
        .ledger
        .free_bytes
        .is_some_and(|free| free < FREE_BYTES_MIN)
    {
        reasons.push("the disk of the data folder is full".to_owned());
    }
    reasons
}
