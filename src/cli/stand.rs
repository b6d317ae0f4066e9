//! Where a controller stands: one engine, one project, and the settings.

use std::{collections::BTreeSet, fmt, io, time::Duration};

use super::{Context, Exit, Failure, live::place};
use crate::{
    config::{ActionList, KILL_SWITCH_VARIABLE, Settings},
    control::{Grants, Planes, Rules},
    model::{ActionRule, ControlMode, KillSwitch, Policy, Project, ServiceName, SessionEnd, Stack},
    runtime::{Desk, HostName, Lease, close},
    store::{self, Holder, Ledger, StoreError},
    telemetry::{Journal, Output},
    world::{Endpoint, HostLock, KillSwitches, WorldSettings, actor, is_gone, now},
};

/// How often another controller's hold is looked for while it has the stack's name.
const LOCK_LOOKS_MAX: u32 = 20;

/// The time between two such looks.
const LOCK_LOOK_EVERY: Duration = Duration::from_millis(50);

const BESIDE: &str = "stop it first, or watch beside it with `live` and no mode";

/// What a controller is to watch and may do.
pub(super) struct Stand<'a> {
    /// The settings.
    pub(super) ctx: &'a Context,
    /// The engine.
    pub(super) endpoint: Endpoint,
    /// The compose project.
    pub(super) project: Project,
    /// What its services mean.
    pub(super) stack: Stack,
    /// The services that have a container.
    pub(super) found: BTreeSet<ServiceName>,
}

impl Stand<'_> {
    /// The name under which the stack is led.
    pub(super) fn stack_name(&self) -> String {
        place::stack_name(&self.endpoint, &self.project)
    }

    /// What the world needs to be told.
    pub(super) fn world_settings(&self) -> WorldSettings {
        let settings = &self.ctx.settings;
        let env = settings.engine.compose_env().into_iter();
        let mut stack = self.stack.clone();
        stack.project = Some(self.project.clone());
        WorldSettings {
            endpoint: self.endpoint.clone(),
            stack,
            interval: settings.policy.interval,
            switches: switches(settings),
            compose_env: env
                .filter_map(|(name, value)| Some((name, value.into_string().ok()?)))
                .collect(),
        }
    }

    /// What holds for a session here.
    pub(super) fn rules(&self) -> Rules {
        let mut stack = self.stack.clone();
        stack.project = Some(self.project.clone());
        // Written down with the rules, so that people can name every service.
        for name in &self.found {
            stack.services.entry(name.clone()).or_default();
        }
        let policy = policy(&self.ctx.settings);
        Rules { stack, policy }
    }

    /// Opens a session; sessions whose process is gone are ended first.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read or written.
    pub(super) fn desk(
        &self,
        ledger: Ledger,
        grants: Grants,
        output: Option<Output>,
    ) -> Result<Desk, StoreError> {
        let mut journal = Journal::new(ledger, self.project.clone(), actor());
        if let Some(output) = output {
            journal.add_output(output);
        }
        journal.session_end_gone(now(), is_gone)?;
        let mut desk = Desk::open(self.rules(), grants, journal, now())?;
        desk.stops_on_escalation = self.ctx.settings.control.stops_on_escalation;
        desk.stack = Some(self.stack_name());
        Ok(desk)
    }

    /// What the settings grant.
    pub(super) fn grants(&self) -> Grants {
        grants(&self.ctx.settings, &self.stack)
    }

    /// Takes the stack's name on this host. Where another process has it, our ledger
    /// says more: that it leads, that it stands still, or nothing. Then it has another
    /// ledger, unless it is just about to begin, so that is waited for.
    ///
    /// # Errors
    ///
    /// Another controller leads the stack.
    pub(super) async fn name(&self, ledger: &Ledger) -> anyhow::Result<HostName> {
        let stack = self.stack_name();
        let mut name = HostName {
            held: None,
            take: take_name,
        };
        for _ in 0..LOCK_LOOKS_MAX {
            name.held = take_name(&stack)?;
            if name.held.is_some() {
                return Ok(name);
            }
            let holder = ledger.lease_holder(&stack, now())?;
            if let Some(holder) = holder.filter(|holder| !is_gone(&holder.actor)) {
                return Err(refused(&self.project, &holder).into());
            }
            if self.is_led_by_a_sleeper(ledger)? {
                return Ok(name);
            }
            tokio::time::sleep(LOCK_LOOK_EVERY).await;
        }
        let error = anyhow::anyhow!(
            "another controller leads `{}` on this host, with another data folder",
            self.project
        );
        Err(Failure::new(Exit::Error, error).hint(BESIDE).into())
    }

    /// Takes the lead, under a name that was taken before.
    ///
    /// # Errors
    ///
    /// Another controller leads the stack; the session is ended then.
    pub(super) async fn lead(&self, desk: &mut Desk, name: HostName) -> anyhow::Result<()> {
        let lease = Lease {
            stack: self.stack_name(),
            is_gone,
            name,
        };
        let failure = match desk.lead(lease, now()) {
            Ok(None) => return Ok(()),
            Ok(Some(holder)) => refused(&self.project, &holder).into(),
            Err(error) => anyhow::Error::from(error),
        };
        // What is told is why it cannot go on; the next session closes this one where
        // we could not.
        let _ = close(desk, now(), SessionEnd::Failed).await;
        Err(failure)
    }

    /// Whether a process that may act has its session in our ledger, and no hold: it
    /// stands still, or has just begun. Then the next hold decides.
    fn is_led_by_a_sleeper(&self, ledger: &Ledger) -> Result<bool, StoreError> {
        let open = ledger.session_list_open(&self.project)?;
        let may_act = |session: &store::Session| session.mode != ControlMode::Observe;
        Ok(open
            .iter()
            .any(|session| may_act(session) && !is_gone(&session.actor)))
    }
}

/// The numbers of a session with these settings.
pub(super) fn policy(settings: &Settings) -> Policy {
    let control = &settings.control;
    let budgets = [
        control.action_budget_max,
        control.elevated_action_budget_max,
    ];
    Policy {
        budget_stack_day: budgets.into_iter().flatten().min(),
        ..settings.policy.clone()
    }
}

/// What these settings grant over a stack.
pub(super) fn grants(settings: &Settings, stack: &Stack) -> Grants {
    let control = &settings.control;
    let rules = |list: &ActionList| {
        let kinds = list.kinds.iter().copied().map(ActionRule::Kind);
        let exactly = list.actions.iter().cloned();
        let exactly = exactly.map(|action| ActionRule::Exactly(stack.canonical(action)));
        kinds.chain(exactly).collect()
    };
    Grants {
        mode: control.mode,
        is_shadow: control.is_shadow,
        actions: rules(&control.allow),
        denied: rules(&control.deny),
        planes: Planes {
            runtime: control.planes.runtime,
            tool_policy: control.planes.tool_policy,
            elevated: control.planes.elevated,
        },
    }
}

/// Where the operator's kill switch can be pulled, as these settings have it.
pub(super) fn switches(settings: &Settings) -> KillSwitches {
    let variable = match &settings.control.kill_switch {
        KillSwitch::Pulled { .. } => Some(KILL_SWITCH_VARIABLE.to_owned()),
        KillSwitch::Clear => None,
    };
    KillSwitches {
        variable,
        files: settings.paths.kill_files(),
    }
}

fn take_name(stack: &str) -> io::Result<Option<Box<dyn fmt::Debug + Send>>> {
    let lock = HostLock::take(stack)?;
    Ok(lock.map(|lock| Box::new(lock) as Box<dyn fmt::Debug + Send>))
}

fn refused(project: &Project, holder: &Holder) -> Failure {
    let Holder { actor, since, .. } = holder;
    let error = anyhow::anyhow!(
        "`{project}` is led by process {} of {} on {} since {since}",
        actor.pid,
        actor.user,
        actor.host,
    );
    Failure::new(Exit::Error, error).hint(BESIDE)
}
