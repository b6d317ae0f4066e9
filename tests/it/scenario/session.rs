//! A session of the controller on the stack that scenarios watch.

use wicap_assist::{
    control::{Grants, Rules},
    model::{Actor, ControlMode, Policy, ServiceProfile, Stack, Tenure, Timestamp},
    runtime::{Desk, HostName, Lease},
    store::Ledger,
    telemetry::Journal,
};

/// The name under which the stack is led.
pub(super) const STACK: &str = "engine/wicap";

/// What the next session of the controller is started with.
#[derive(Clone)]
pub(crate) struct Session {
    pub grants: Grants,
    pub policy: Policy,
    /// Whether it takes the lead in the ledger; else it simply has it.
    pub leads: bool,
}

impl Session {
    pub(super) fn assist(policy: &Policy) -> Self {
        Self {
            grants: Grants::for_mode(ControlMode::Assist),
            policy: policy.clone(),
            leads: false,
        }
    }
}

pub(super) fn desk(ledger: Ledger, now: Timestamp, session: Session) -> Desk {
    let journal = Journal::new(ledger, "wicap".parse().unwrap(), actor());
    let rules = Rules {
        stack: stack(),
        policy: session.policy,
    };
    let mut desk = Desk::open(rules, session.grants, journal, now).unwrap();
    if session.leads {
        desk.stack = Some(STACK.to_owned());
        let lease = Lease {
            stack: STACK.to_owned(),
            // Our own process before this one.
            is_gone: |holder| *holder == actor(),
            name: HostName::none(),
        };
        desk.lead(lease, now).unwrap();
        return desk;
    }
    desk.tenure = Some(Tenure {
        token: 1,
        expires_at: Timestamp::from_millis(i64::MAX),
    });
    desk
}

/// The process of the controller.
pub(super) fn actor() -> Actor {
    Actor {
        user: "op".to_owned(),
        host: "host".to_owned(),
        pid: 1,
    }
}

/// WiCAP's services: the core needs redis, the capture is not ours to restart.
pub(crate) fn stack() -> Stack {
    let needs_redis = vec!["redis".parse().unwrap()];
    let core = ServiceProfile {
        is_core: true,
        ..ServiceProfile::default()
    };
    let dependant = ServiceProfile {
        depends_on: needs_redis.clone(),
        ..core.clone()
    };
    let scout = ServiceProfile {
        is_restartable: false,
        depends_on: needs_redis,
        ..ServiceProfile::default()
    };
    let services = [
        ("redis", core),
        ("processor", dependant.clone()),
        ("ui", dependant),
    ];
    let services = services.into_iter().chain([("scout", scout)]);
    Stack {
        project: Some("wicap".parse().unwrap()),
        services: services
            .map(|(name, profile)| (name.parse().unwrap(), profile))
            .collect(),
    }
}
