//! A good course, told wrongly in every way that an invariant rules out.

use std::time::Duration;

use wicap_assist::model::{
    Action, ControlMode, Envelope, EventKind, Happening, HappeningKind, KillSwitch, Lifecycle,
    Observation, OperatorAnswer, PhaseStatus, Reading, Redacted, Reply, ServiceId, Sight as Seen,
    SoakPhase, SoakPhased, Timestamp, Verdict, Why,
};

use crate::{
    moment::{Moment, Paper, Sight},
    scenario::world::Call,
};

/// A restart that helps, one that does not, and a person who stops something.
pub(crate) const COURSE: &str = "processor policy no; ui unhealthy 3; turn 6; restart fails; \
                                 processor crashes 1; turn 30; redis stop by hand; turn 2";

/// The invariant that a lie breaks, and the lie.
pub(crate) type Told = (&'static str, fn(&mut Vec<Sight>));

pub(crate) const LIES: &[Told] = &[
    ("intent_first", |sights| {
        act(sights).rows.retain(|row| !is_act(row));
    }),
    ("intent_first", |sights| act(sights).calls.clear()),
    ("intent_first", |sights| {
        act(sights).calls[0].action = Action::Shutdown;
    }),
    ("allowlist", |sights| {
        act(sights).terms.grants.actions.clear()
    }),
    ("allowlist", |sights| {
        let rule = "restart_service:ui".parse().unwrap();
        act(sights).terms.grants.denied.insert(rule);
    }),
    ("allowlist", |sights| {
        become_action(sights, ("ui", Action::Shutdown))
    }),
    ("allowlist", |sights| {
        become_action(sights, ("ui", Action::Restart("redis".parse().unwrap())));
    }),
    ("observe", |sights| {
        act(sights).terms.grants.mode = ControlMode::Observe;
    }),
    ("shadow", |sights| act(sights).terms.grants.is_shadow = true),
    ("planes", |sights| {
        act(sights).terms.grants.planes.elevated = false
    }),
    ("planes", |sights| {
        act(sights).terms.grants.planes.runtime = false
    }),
    ("kill_switch", |sights| {
        let source = Redacted::from_raw("KILL file");
        act(sights).seen.kill_switch = KillSwitch::Pulled { source };
    }),
    ("kill_switch", |sights| {
        act(sights).calls[0].is_switch_pulled = true
    }),
    ("lead", |sights| act(sights).terms.may_lead = false),
    ("lead", |sights| {
        act(sights).terms.leads = true;
        let call = &mut act(sights).calls[0];
        call.at = call.at.after(Duration::from_secs(30));
    }),
    ("operator_pause", |sights| {
        hear(sights, "operator pauses 600")
    }),
    ("operator_pause", |sights| {
        hear(sights, "operator pauses ui 600")
    }),
    ("budget_service", |sights| {
        act(sights).terms.policy.budget_service = 0
    }),
    ("budget_service_day", |sights| {
        act(sights).terms.policy.budget_service_day = 0;
    }),
    ("budget_stack", |sights| {
        act(sights).terms.policy.budget_stack = 0
    }),
    ("budget_stack_day", |sights| {
        act(sights).terms.policy.budget_stack_day = Some(0);
    }),
    ("attempts", |sights| {
        act(sights).terms.policy.ladder.attempts_max = 0
    }),
    ("request", |sights| {
        let row = act(sights).rows.iter_mut().find(|row| is_act(row)).unwrap();
        if let EventKind::ActionStarted { why, .. } = &mut row.kind {
            *why = Why::Operator;
        }
    }),
    ("request", |sights| {
        let answer = OperatorAnswer::plain(7, Reply::Accepted);
        insert(sights, EventKind::OperatorAnswer(answer));
    }),
    ("bounce", |sights| {
        let row = act(sights).rows.iter_mut().find(|row| is_act(row)).unwrap();
        if let EventKind::ActionStarted { why, .. } = &mut row.kind {
            *why = Why::Bounce;
        }
    }),
    ("bounce", |sights| {
        let service: ServiceId = "ui".parse().unwrap();
        let order = vec![service.clone()];
        insert(sights, EventKind::BounceStarted { service, order });
    }),
    ("one_at_a_time", |sights| {
        act(sights).calls[0].is_second = true
    }),
    ("one_at_a_time", |sights| {
        let service: ServiceId = "cache".parse().unwrap();
        begin(sights, (service.clone(), Action::Restart(service)));
    }),
    ("one_episode_a_service", |sights| {
        begin(sights, ("ui".parse().unwrap(), Action::StatusCheck));
    }),
    ("verdict_by_deadline", |sights| {
        for moment in moments(sights) {
            moment
                .rows
                .retain(|row| verdict(row) != Some(Verdict::Unmet));
        }
    }),
    ("deadline_is_bounded", |sights| {
        let row = act(sights).rows.iter_mut().find(|row| is_act(row)).unwrap();
        if let EventKind::ActionStarted { deadline, .. } = &mut row.kind {
            *deadline = row.at;
        }
    }),
    ("deadline_is_bounded", |sights| {
        let row = act(sights).rows.iter_mut().find(|row| is_act(row)).unwrap();
        if let EventKind::ActionStarted { deadline, .. } = &mut row.kind {
            *deadline = Timestamp::from_millis(i64::MAX);
        }
    }),
    ("verdict_of_something", |sights| {
        let moment = met(sights);
        let row = moment.rows.iter().find(|row| verdict(row).is_some());
        let again = row.unwrap().clone();
        moment.rows.push(again);
    }),
    ("met_is_true", |sights| {
        container(&mut met(sights).seen, "ui", |container| {
            container.lifecycle = Lifecycle::Exited;
        });
    }),
    ("met_is_true", |sights| {
        let before = act(sights).seen.container(&"ui".parse().unwrap());
        let started_at = before.unwrap().started_at;
        let Some(Reading::Known(Seen::Present(container))) =
            met(sights).seen.services.get_mut(&"ui".parse().unwrap())
        else {
            panic!("ui is there");
        };
        container.started_at = started_at;
    }),
    ("manual_stop", |sights| {
        let at = act(sights).seen.at;
        container(&mut act(sights).seen, "ui", |container| {
            container.lifecycle = Lifecycle::Exited;
            container.happenings.push(Happening {
                at: container.started_at.unwrap(),
                kind: HappeningKind::Stop,
            });
        });
        let started_at = act(sights).seen.container(&"ui".parse().unwrap());
        let stopped_at = started_at.unwrap().started_at.unwrap();
        assert!(stopped_at < at);
        let words = ["ui", "stop", "by", "hand"].map(str::to_owned);
        sights.insert(0, Sight::Deed(stopped_at, words.to_vec()));
    }),
    ("unknown_starts_nothing", |sights| {
        hide(&mut act(sights).seen, "ui")
    }),
    ("unknown_starts_nothing", |sights| {
        act(sights).seen.engine = Reading::Unknown(Redacted::from_raw("no answer"));
    }),
    ("unknown_ends_nothing", |sights| {
        hide(&mut met(sights).seen, "ui")
    }),
    ("deploy_grace", |sights| {
        let at = act(sights).seen.at;
        container(&mut act(sights).seen, "scout", |container| {
            let kind = HappeningKind::Create;
            container.happenings.push(Happening { at, kind });
        });
    }),
    ("first_mover", |sights| hide(&mut act(sights).seen, "redis")),
    ("not_restartable", |sights| {
        let scout: ServiceId = "scout".parse().unwrap();
        become_action(sights, ("scout", Action::Restart(scout)));
    }),
    ("clock_jump", |sights| {
        act(sights).seen.since_last_ms = Some(-1)
    }),
    ("unwritten_is_not_done", |sights| {
        act(sights).ledger = Paper::Full;
    }),
    ("soak", |sights| {
        let phased = SoakPhased {
            run: "a".to_owned(),
            phase: SoakPhase::Execute,
            status: PhaseStatus::Noted,
            detail: Redacted::from_raw(""),
            holds: true,
        };
        insert(sights, EventKind::SoakPhase(phased));
    }),
    ("edges", |sights| {
        for moment in moments(sights) {
            let held = moment
                .rows
                .iter()
                .find(|row| matches!(row.kind, EventKind::Held { .. }));
            let again = held.cloned();
            moment.rows.extend(again);
        }
    }),
];

fn moments(sights: &mut [Sight]) -> impl Iterator<Item = &mut Moment> {
    sights.iter_mut().filter_map(|sight| match sight {
        Sight::Turn(moment) => Some(&mut **moment),
        Sight::Deed(..) => None,
    })
}

/// The turn in which ui is restarted.
fn act(sights: &mut [Sight]) -> &mut Moment {
    moments(sights)
        .find(|moment| !moment.calls.is_empty())
        .unwrap()
}

/// The turn in which that helped.
fn met(sights: &mut [Sight]) -> &mut Moment {
    let is_met = |row: &Envelope| verdict(row) == Some(Verdict::Met);
    moments(sights)
        .find(|moment| moment.rows.iter().any(is_met))
        .unwrap()
}

fn is_act(row: &Envelope) -> bool {
    matches!(row.kind, EventKind::ActionStarted { .. })
}

fn verdict(row: &Envelope) -> Option<Verdict> {
    match row.kind {
        EventKind::EpisodeClosed { verdict, .. } => Some(verdict),
        _ => None,
    }
}

/// Somebody says something before the restart.
fn hear(sights: &mut Vec<Sight>, words: &str) {
    let at = act(sights).seen.at;
    let is_act = |sight: &Sight| matches!(sight, Sight::Turn(moment) if !moment.calls.is_empty());
    let place = sights.iter().position(is_act).unwrap();
    let words = words.split(' ').map(str::to_owned).collect();
    sights.insert(place, Sight::Deed(at, words));
}

/// A row comes before the restart.
fn insert(sights: &mut [Sight], kind: EventKind) {
    let rows = &mut act(sights).rows;
    let place = rows.iter().position(is_act).unwrap();
    let row = Envelope {
        kind,
        ..rows[place].clone()
    };
    rows.insert(place, row);
}

/// Another step is begun before the restart, and asked for.
fn begin(sights: &mut [Sight], (service, action): (ServiceId, Action)) {
    let moment = act(sights);
    let place = moment.rows.iter().position(is_act).unwrap();
    let (mut row, call) = (moment.rows[place].clone(), moment.calls[0].clone());
    if let EventKind::ActionStarted {
        service: target,
        action: step,
        ..
    } = &mut row.kind
    {
        *target = service.clone();
        *step = action.clone();
    }
    moment.rows.insert(place, row);
    moment.calls.insert(0, Call { action, ..call });
    let sight = moment.seen.services[&"ui".parse().unwrap()].clone();
    moment.seen.services.entry(service).or_insert(sight);
}

/// The restart was another step.
fn become_action(sights: &mut [Sight], (service, action): (&str, Action)) {
    let moment = act(sights);
    moment.calls[0].action = action.clone();
    let row = moment.rows.iter_mut().find(|row| is_act(row)).unwrap();
    if let EventKind::ActionStarted {
        service: target,
        action: step,
        ..
    } = &mut row.kind
    {
        *target = service.parse().unwrap();
        *step = action;
    }
}

fn container(
    seen: &mut Observation,
    service: &str,
    change: impl Fn(&mut wicap_assist::model::Container),
) {
    let reading = seen.services.get_mut(&service.parse().unwrap());
    let Some(Reading::Known(Seen::Present(container))) = reading else {
        panic!("{service} is there");
    };
    change(container);
}

fn hide(seen: &mut Observation, service: &str) {
    let reason = Redacted::from_raw("no answer");
    seen.services
        .insert(service.parse().unwrap(), Reading::Unknown(reason));
}
