use std::collections::BTreeSet;

use crate::{
    control::{Rules, State},
    model::{
        Action, ActionKind, ControlMode, Denial, Fact, Facts, KillSwitch, Observation, Refusal,
        ServiceId, Step, Timestamp,
    },
};

/// What the operator has granted for this session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grants {
    /// How much the session may do.
    pub mode: ControlMode,
    /// Whether it only records what it would do.
    pub is_shadow: bool,
    /// The actions it may take.
    pub actions: BTreeSet<ActionKind>,
}

/// Leave to run one action. Only [`authorize`] makes one, and running the action
/// consumes it.
#[derive(Debug)]
pub struct Permit {
    action: Action,
}

impl Permit {
    /// Returns the action that may run.
    pub fn action(&self) -> &Action {
        &self.action
    }
}

impl Grants {
    /// The actions that a session gets unless the operator narrows them.
    pub const ACTIONS: [ActionKind; 3] = [
        ActionKind::StatusCheck,
        ActionKind::ComposeUpCore,
        ActionKind::RestartService,
    ];

    /// What a session in `mode` gets by default.
    pub fn for_mode(mode: ControlMode) -> Self {
        Self {
            mode,
            is_shadow: false,
            actions: Self::ACTIONS.into(),
        }
    }
}

/// Asks each gate in turn, at the last moment; the first refusal stands.
///
/// # Errors
///
/// A [`Refusal`] is a decision, not a fault: it is recorded like any other.
pub fn authorize(
    step: &Step,
    seen: &Observation,
    state: &State,
    grants: &Grants,
    rules: &Rules,
) -> Result<Permit, Refusal> {
    if grants.is_shadow {
        return Err(refuse(Denial::Shadow));
    }
    if let KillSwitch::Pulled { source } = &seen.kill_switch {
        let detail = Facts::from([("source".to_owned(), Fact::Word(source.clone()))]);
        return Err(Refusal {
            detail,
            ..refuse(Denial::KillSwitch)
        });
    }
    if grants.mode == ControlMode::Observe {
        return Err(refuse(Denial::ObserveMode));
    }
    if !grants.actions.contains(&step.action.kind()) {
        return Err(refuse(Denial::NotAllowedInSession));
    }
    if step.action.is_disruptive() {
        if let Some(busy) = state.busy_with() {
            let detail = Facts::from([("service".to_owned(), busy.to_string().as_str().into())]);
            return Err(Refusal {
                detail,
                ..refuse(Denial::StackBusy)
            });
        }
        budgets(&step.target, seen.at, state, rules)?;
    }
    Ok(Permit {
        action: step.action.clone(),
    })
}

fn budgets(
    service: &ServiceId,
    at: Timestamp,
    state: &State,
    rules: &Rules,
) -> Result<(), Refusal> {
    let policy = &rules.policy;
    let day = std::time::Duration::from_secs(24 * 3_600);
    let own: Vec<Timestamp> = state
        .spent()
        .iter()
        .filter(|spent| &spent.service == service)
        .map(|s| s.at)
        .collect();
    let all: Vec<Timestamp> = state.spent().iter().map(|spent| spent.at).collect();
    let budgets = [
        (
            Denial::BudgetService,
            &own,
            policy.budget_service,
            policy.budget_window,
        ),
        (Denial::BudgetService, &own, policy.budget_service_day, day),
        (
            Denial::BudgetStack,
            &all,
            policy.budget_stack,
            policy.budget_window,
        ),
    ];
    for (code, spent, max, window) in budgets {
        let recent: Vec<Timestamp> = spent
            .iter()
            .copied()
            .filter(|&then| at.since(then) < window)
            .collect();
        let n_recent = u32::try_from(recent.len()).unwrap_or(u32::MAX);
        if max <= n_recent {
            let first_to_leave = recent.len().saturating_sub(max as usize);
            let detail = Facts::from([
                ("spent".to_owned(), n_recent.into()),
                ("max".to_owned(), max.into()),
                ("window_s".to_owned(), window.into()),
            ]);
            let next_at = recent.get(first_to_leave).map(|then| then.after(window));
            return Err(Refusal {
                code,
                detail,
                next_at,
            });
        }
    }
    Ok(())
}

fn refuse(code: Denial) -> Refusal {
    Refusal {
        code,
        detail: Facts::new(),
        next_at: None,
    }
}
