//! One or more examples of each event, for `docs/EVENTS.md` and its test.

use crate::model::{
    Action, ActionKind, ActionRule, Actor, ControlMode, Denial, Down, DownState, Envelope,
    EscalationCause, EventKind, Evidence, ExecutionStatus, Expectation, Fact, Facts, Gate,
    HoldCode, OperatorAnswer, OperatorRequest, PhaseStatus, Redacted, Reply, ServiceId, SessionEnd,
    SoakEnded, SoakPhase, SoakPhased, SoakResult, SoakStarted, Source, Timestamp, Verdict, Why,
    Wish,
};

/// Returns the examples in the order in which `docs/EVENTS.md` shows them.
pub(super) fn examples() -> Vec<Envelope> {
    let kinds = [
        sessions(),
        sight(),
        findings(),
        restraint(),
        deeds(),
        people(),
        soak(),
    ]
    .concat();
    (40..)
        .zip(kinds)
        .map(|(seq, kind)| row(seq, kind))
        .collect()
}

fn row(seq: u64, kind: EventKind) -> Envelope {
    Envelope {
        seq,
        at: at("2026-03-04T05:06:07.089Z"),
        session: 40,
        project: "wicap".parse().expect("a project name"),
        actor: Actor {
            user: "root".to_owned(),
            host: "edge-1".to_owned(),
            pid: 4_242,
        },
        kind,
    }
}

fn sessions() -> Vec<EventKind> {
    vec![
        EventKind::SessionStarted {
            mode: ControlMode::Assist,
            actions: vec![
                ActionRule::Kind(ActionKind::StatusCheck),
                ActionRule::Kind(ActionKind::RestartService),
            ],
            shadow: false,
            version: "0.1.0".to_owned(),
        },
        EventKind::SessionEnded {
            end: SessionEnd::Signal,
        },
        EventKind::SessionEnded {
            end: SessionEnd::Interrupted,
        },
    ]
}

fn sight() -> Vec<EventKind> {
    vec![
        EventKind::EngineUnseen {
            reason: text("no answer within 2 s"),
        },
        EventKind::EngineSeen { unseen_ms: 61_500 },
        EventKind::ServiceUnseen {
            service: service("ui"),
            reason: text("inspect: unknown state `zombie`"),
        },
        EventKind::ServiceSeen {
            service: service("ui"),
        },
    ]
}

fn findings() -> Vec<EventKind> {
    let down = |state, change: fn(&mut Down)| {
        let mut down = Down {
            service: service("ui"),
            state,
            evidence: Evidence::Definite,
            sources: vec![Source::Engine],
            exit_code: None,
            streak: None,
            restarts: None,
            started_at: Some(at("2026-03-04T05:00:00Z")),
            reason: None,
            attempts: 0,
            backoff: 0,
        };
        change(&mut down);
        EventKind::ServiceDown(down)
    };
    vec![
        down(DownState::Unhealthy, |down| down.streak = Some(2)),
        down(DownState::Exited, |down| down.exit_code = Some(137)),
        down(DownState::RestartLoop, |down| {
            (down.restarts, down.exit_code) = (Some(3), Some(1));
            (down.attempts, down.backoff) = (1, 1);
        }),
        down(DownState::ProbeFailed, |down| {
            (down.evidence, down.sources) = (Evidence::Probed, vec![Source::Probe]);
            down.reason = Some(text("no answer within 2 s"));
        }),
        EventKind::ServiceRecovered {
            service: service("ui"),
            down_ms: 21_300,
            started_at: Some(at("2026-03-04T05:06:00Z")),
        },
    ]
}

fn restraint() -> Vec<EventKind> {
    vec![
        EventKind::Held {
            service: service("redis"),
            code: HoldCode::ManualStop,
            detail: facts("exit_code", 0),
            next_at: None,
        },
        EventKind::Held {
            service: service("worker#2"),
            code: HoldCode::Backoff,
            detail: facts("attempts", 2),
            next_at: Some(at("2026-03-04T05:06:47Z")),
        },
        EventKind::Released {
            service: service("redis"),
            code: HoldCode::ManualStop,
        },
        EventKind::ActionDenied {
            service: service("ui"),
            action: Action::Restart(service("ui")),
            gate: Gate::Elevated,
            code: Denial::BudgetService,
            detail: facts("spent", 3),
            next_at: Some(at("2026-03-04T05:36:07Z")),
        },
    ]
}

fn deeds() -> Vec<EventKind> {
    let ui = || service("ui");
    let returned = |status, output: &str, code| EventKind::ActionReturned {
        service: ui(),
        action: Action::Restart(ui()),
        status,
        call: text("POST /containers/0123456789ab/restart?t=10"),
        output: text(output),
        took_ms: 1_210,
        code,
    };
    vec![
        EventKind::ActionStarted {
            service: ui(),
            action: Action::Restart(ui()),
            why: Why::DefiniteUnhealthy,
            attempt: 1,
            expect: Expectation::Restarted {
                before: Some(at("2026-03-04T05:00:00Z")),
                run_min_ms: 0,
                needs_health: true,
                needs_probe: false,
            },
            deadline: at("2026-03-04T05:06:52Z"),
        },
        returned(ExecutionStatus::Ok, "204 No Content", None),
        returned(ExecutionStatus::NotRun, "", Some(Denial::KillSwitch)),
        EventKind::EpisodeClosed {
            service: ui(),
            action: Action::Restart(ui()),
            verdict: Verdict::Met,
            took_ms: 12_400,
            evidence: text("started anew, healthy"),
        },
        EventKind::EpisodeClosed {
            service: ui(),
            action: Action::Restart(ui()),
            verdict: Verdict::Unmet,
            took_ms: 45_000,
            evidence: text("started anew, unhealthy"),
        },
    ]
}

fn people() -> Vec<EventKind> {
    vec![
        EventKind::Escalated {
            service: service("ui"),
            cause: EscalationCause::AttemptsSpent,
            guidance: text("look at the last lines of its log"),
            repeated: false,
        },
        EventKind::SnapshotTaken {
            service: service("ui"),
            file: text("snapshots/57.json"),
            sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
        },
        EventKind::BounceStarted {
            service: service("ui"),
            order: vec![service("redis"), service("processor"), service("ui")],
        },
        EventKind::BounceEnded {
            service: service("ui"),
            verdict: Verdict::Met,
        },
        EventKind::Acknowledged {
            service: service("ui"),
        },
        EventKind::ActionsPaused {
            service: None,
            until: at("2026-03-04T06:06:07Z"),
        },
        EventKind::ActionsPaused {
            service: Some(service("ui")),
            until: at("2026-03-04T06:06:07Z"),
        },
        EventKind::ActionsResumed {
            service: Some(service("ui")),
        },
        EventKind::ActionsResumed { service: None },
        EventKind::OperatorRequest(OperatorRequest {
            wish: Wish::Act(Action::Restart(service("ui"))),
            until: at("2026-03-04T05:06:37Z"),
        }),
        EventKind::OperatorRequest(OperatorRequest {
            wish: Wish::Yield,
            until: at("2026-03-04T05:06:37Z"),
        }),
        EventKind::OperatorAnswer(OperatorAnswer::plain(41, Reply::Accepted)),
        EventKind::OperatorAnswer(OperatorAnswer {
            gate: Some(Gate::Elevated),
            code: Some(Denial::BudgetService),
            detail: facts("spent", 3),
            next_at: Some(at("2026-03-04T05:36:07Z")),
            ..OperatorAnswer::plain(41, Reply::Refused)
        }),
        EventKind::LeaseTaken { token: 7 },
        EventKind::LeaseYielded { token: 7 },
        EventKind::ClockJumped { by_ms: 3_590_000 },
        EventKind::KillSwitchPulled {
            source: text("file `data/KILL`"),
        },
        EventKind::KillSwitchCleared,
    ]
}

fn soak() -> Vec<EventKind> {
    vec![
        EventKind::SoakStarted(SoakStarted {
            run: "20260304T050607Z".to_owned(),
            harness: text("scripts/run_live_soak.py"),
            sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
            minutes: 30,
        }),
        EventKind::SoakPhase(SoakPhased {
            run: "20260304T050607Z".to_owned(),
            phase: SoakPhase::Execute,
            status: PhaseStatus::Started,
            detail: text("scripts/run_live_soak.py runs as process 4711"),
            holds: true,
        }),
        EventKind::SoakEnded(SoakEnded {
            run: "20260304T050607Z".to_owned(),
            result: SoakResult::Failed,
            reason: text("1 of 3 checks failed"),
            took_ms: 1_925_000,
        }),
    ]
}

fn service(name: &str) -> ServiceId {
    name.parse().expect("a service name")
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn text(raw: &str) -> Redacted {
    Redacted::from_raw(raw)
}

fn facts(name: &str, number: i64) -> Facts {
    Facts::from([(name.to_owned(), Fact::Number(number))])
}
