use std::sync::Arc;

use tokio::{task::JoinSet, time::Instant};

use super::{
    clock,
    compose::{ComposeError, Up},
    docker::{EngineError, Row},
    leave::Leave,
    refresh::refresh,
    shared::{Shared, World},
    slot::fill_slots,
};
use crate::control::Permit;
use crate::model::{
    Action, Container, Denial, Execution, ExecutionStatus, Health, Lifecycle, Observation,
    ProbeReport, ProbeResult, Project, Reading, Redacted, ServiceId, ServiceName, Sight,
};

/// How an action went, before it is timed.
struct Outcome {
    status: ExecutionStatus,
    refused: Option<Denial>,
    call: String,
    output: String,
}

/// Runs one action to its end or its time limit.
pub(super) async fn run(shared: &World, permit: Permit) -> Execution {
    let started = Instant::now();
    let action = permit.action().clone();
    let outcome = match &action {
        Action::StatusCheck => status_check(shared, permit).await,
        Action::Restart(service) => restart(shared, permit, service).await,
        Action::ComposeUpCore => compose_up(shared, permit, Which::Core).await,
        Action::Shutdown => shutdown(shared, permit).await,
        Action::ComposeUp => compose_up(shared, permit, Which::Lasting).await,
    };
    Execution {
        status: outcome.status,
        call: Redacted::from_raw(&outcome.call),
        output: Redacted::from_raw(&outcome.output),
        took: started.elapsed(),
        at: clock::now(),
        refused: outcome.refused,
    }
}

/// Restarts the container that fills the slot at this moment.
async fn restart(shared: &Shared, permit: Permit, service: &ServiceId) -> Outcome {
    let call = format!("docker restart {service}");
    let found = match find(shared, service).await {
        Ok(Some(found)) => found,
        Ok(None) => {
            let output = format!("no container fills the slot `{service}`");
            return Outcome::new(ExecutionStatus::Failed, call, output);
        }
        Err(error) => return Outcome::of_engine(call, &error),
    };
    let (id, container) = found;
    let call = format!("docker restart {}", container.name);
    let leave = match shared.leave(permit, &call) {
        Ok(leave) => leave,
        Err(refusal) => return refusal,
    };
    let limit = container.stop_timeout;
    match shared.engine.restart(leave, &id, limit).await {
        Ok(()) => Outcome::new(ExecutionStatus::Ok, call, "restarted"),
        Err(error) => Outcome::of_engine(call, &error),
    }
}

async fn find(
    shared: &Shared,
    service: &ServiceId,
) -> Result<Option<(String, Container)>, EngineError> {
    let Some(row) = slots(shared)
        .await?
        .and_then(|(_, rows)| rows.into_iter().find(|row| row.slot == *service))
    else {
        return Ok(None);
    };
    let inspected = shared.engine.inspect(&row.id).await?;
    Ok(Some((row.id, inspected.container)))
}

/// The containers of the watched project as they are now; `None` while it is not
/// known which project that is.
pub(super) async fn slots(shared: &Shared) -> Result<Option<(Project, Vec<Row>)>, EngineError> {
    let Some(project) = shared.view().project.clone() else {
        return Ok(None);
    };
    let rows = shared.engine.list(Some(&project)).await?;
    Ok(Some((project, fill_slots(rows).into_values().collect())))
}

/// Which services are meant.
#[derive(Clone, Copy)]
enum Which {
    /// The core.
    Core,
    /// All that are not meant to end.
    Lasting,
}

/// Starts the services that have no container, as far as the permit names them.
async fn compose_up(shared: &Shared, permit: Permit, which: Which) -> Outcome {
    let call = match which {
        Which::Core => "compose up (core)",
        Which::Lasting => "compose up",
    };
    let (project, rows) = match slots(shared).await {
        Ok(Some(found)) => found,
        Ok(None) => {
            let output = "it is not known which project is watched";
            return Outcome::new(ExecutionStatus::Failed, call, output);
        }
        Err(error) => return Outcome::of_engine(call, &error),
    };
    let is_missing = |name: &&ServiceName| !rows.iter().any(|row| row.slot.name() == *name);
    let may_start = |name: &&ServiceName| permit.starts().iter().any(|id| id.name() == *name);
    let stack = &shared.settings.stack;
    let meant: Vec<&ServiceName> = match which {
        Which::Core => stack.core().collect(),
        Which::Lasting => stack.lasting().collect(),
    };
    let meant = meant.into_iter().filter(may_start);
    let missing: Vec<ServiceName> = meant.filter(is_missing).cloned().collect();
    if missing.is_empty() {
        return Outcome::new(ExecutionStatus::Ok, call, "nothing of it is missing");
    }
    let labels = shared.view().compose_labels().cloned().unwrap_or_default();
    let env = &shared.settings.compose_env;
    let up = match Up::prepare(&project, &labels, &missing, env).await {
        Ok(up) => up,
        Err(error) => return Outcome::of_compose(call, &error),
    };
    run_compose(shared, permit, &up).await
}

/// Takes the whole project down.
async fn shutdown(shared: &Shared, permit: Permit) -> Outcome {
    let call = "compose down";
    let Some(project) = shared.view().project.clone() else {
        let output = "it is not known which project is watched";
        return Outcome::new(ExecutionStatus::Failed, call, output);
    };
    let labels = shared.view().compose_labels().cloned().unwrap_or_default();
    let env = &shared.settings.compose_env;
    let down = match Up::prepare_down(&project, &labels, env).await {
        Ok(down) => down,
        Err(error) => return Outcome::of_compose(call, &error),
    };
    run_compose(shared, permit, &down).await
}

async fn run_compose(shared: &Shared, permit: Permit, call: &Up) -> Outcome {
    let line = call.line();
    let leave = match shared.leave(permit, &line) {
        Ok(leave) => leave,
        Err(refusal) => return refusal,
    };
    match call.run(leave, &shared.settings.compose_env).await {
        Ok(done) if done.is_ok => Outcome::new(ExecutionStatus::Ok, line, done.output),
        Ok(done) => Outcome::new(ExecutionStatus::Failed, line, done.output),
        Err(error) => Outcome::of_compose(line, &error),
    }
}

/// Looks at everything anew, and says in one line what is there.
async fn status_check(shared: &World, permit: Permit) -> Outcome {
    let call = "look at the stack";
    if let Err(refusal) = shared.leave(permit, call) {
        return refusal;
    }
    let mut looks = JoinSet::new();
    looks.spawn(refresh(Arc::clone(shared)));
    for name in shared.probed() {
        let (shared, name) = (Arc::clone(shared), name.clone());
        looks.spawn(async move { shared.probe(&name).await });
    }
    looks.join_all().await;
    let seen = shared.snapshot();
    let status = match seen.engine {
        Reading::Known(()) => ExecutionStatus::Ok,
        Reading::Unknown(_) => ExecutionStatus::Failed,
    };
    Outcome::new(status, call, line(&seen))
}

/// What was seen, in one line.
fn line(seen: &Observation) -> String {
    if let Reading::Unknown(reason) = &seen.engine {
        return format!("engine unknown: {reason}");
    }
    let services = seen
        .services
        .iter()
        .map(|(id, sight)| format!("{id} {}", words(sight)));
    let probes = seen
        .probes
        .iter()
        .map(|(name, report)| format!("{name} {}", answer(report)));
    services.chain(probes).collect::<Vec<_>>().join("; ")
}

fn words(sight: &Reading<Sight>) -> String {
    let container = match sight {
        Reading::Unknown(reason) => return format!("unknown ({reason})"),
        Reading::Known(Sight::Missing { .. }) => return "missing".to_owned(),
        Reading::Known(Sight::Present(container)) => container,
    };
    let health = match container.health {
        Health::Unchecked => "",
        Health::Starting => " (health starting)",
        Health::Healthy => " (healthy)",
        Health::Unhealthy { .. } => " (unhealthy)",
    };
    match container.lifecycle {
        Lifecycle::Created => "created".to_owned(),
        Lifecycle::Running => format!("running{health}"),
        Lifecycle::Restarting => format!("restarting (code {})", container.exit_code),
        Lifecycle::Paused => "paused".to_owned(),
        Lifecycle::Exited => format!("exited (code {})", container.exit_code),
        Lifecycle::Dead => "dead".to_owned(),
        Lifecycle::Removing => "removing".to_owned(),
    }
}

fn answer(report: &Reading<ProbeReport>) -> String {
    match report {
        Reading::Unknown(reason) => format!("http unknown ({reason})"),
        Reading::Known(report) => match &report.result {
            ProbeResult::Ok => format!("http ok ({} ms)", report.latency.as_millis()),
            ProbeResult::Failed(reason) => format!("http failed ({reason})"),
            ProbeResult::Degraded(reason) => format!("http degraded ({reason})"),
        },
    }
}

impl Shared {
    /// Turns the permit into leave for one call, at the last moment.
    fn leave(&self, permit: Permit, call: &str) -> Result<Leave, Outcome> {
        Leave::take(permit, &self.settings.switches)
            .map_err(|(code, words)| Outcome::refused(code, call, words))
    }
}

impl Outcome {
    fn new(status: ExecutionStatus, call: impl ToString, output: impl ToString) -> Self {
        Self {
            status,
            refused: None,
            call: call.to_string(),
            output: output.to_string(),
        }
    }

    fn refused(code: Denial, call: impl ToString, output: impl ToString) -> Self {
        Self {
            refused: Some(code),
            ..Self::new(ExecutionStatus::NotRun, call, output)
        }
    }

    fn of_engine(call: impl ToString, error: &EngineError) -> Self {
        let status = match error {
            EngineError::TimedOut { .. } => ExecutionStatus::TimedOut,
            EngineError::Unreachable { .. }
            | EngineError::TooOld { .. }
            | EngineError::NoSuchContainer
            | EngineError::Refused { .. }
            | EngineError::Odd { .. } => ExecutionStatus::Failed,
        };
        Self::new(status, call, error)
    }

    fn of_compose(call: impl ToString, error: &ComposeError) -> Self {
        match error {
            ComposeError::NoVersion | ComposeError::OtherVersion { .. } => {
                Self::refused(Denial::ComposeVersion, call, error)
            }
            ComposeError::NoFile { .. } => Self::refused(Denial::ComposeDrift, call, error),
            ComposeError::TimedOut(_) => Self::new(ExecutionStatus::TimedOut, call, error),
            ComposeError::NoFiles | ComposeError::Start { .. } | ComposeError::Failed { .. } => {
                Self::new(ExecutionStatus::Failed, call, error)
            }
        }
    }
}
