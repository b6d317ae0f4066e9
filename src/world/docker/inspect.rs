use std::time::Duration;

use bollard::models::{
    ContainerInspectResponse, ContainerState, ContainerStateStatusEnum as Status, HealthConfig,
    HealthStatusEnum, HostConfig, RestartPolicyNameEnum,
};

use super::EngineError;
use crate::model::{Container, Health, HealthCheck, Lifecycle, Redacted, RestartPolicy, Timestamp};

/// Digits of an id that people read.
const ID_DIGITS: usize = 12;
/// The engine's own time between two health checks.
const INTERVAL_DEFAULT: Duration = Duration::from_secs(30);
/// The engine's own number of failures that make a container unhealthy.
const RETRIES_DEFAULT: u32 = 3;
/// The engine's own time between SIGTERM and SIGKILL.
const STOP_TIMEOUT_DEFAULT: Duration = Duration::from_secs(10);
/// What "wait for ever" between SIGTERM and SIGKILL (-1) counts as.
const STOP_TIMEOUT_MAX: Duration = Duration::from_secs(3_600);

/// One container as the engine tells it, and what only its neighbours can explain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Inspected {
    /// The container; its past, its dependencies and its network's owner are still
    /// to be filled in.
    pub(crate) container: Container,
    /// The id or name of the container in whose network it lives.
    pub(crate) network_of: Option<String>,
}

/// Reads what the engine says of one container. Its environment is dropped here.
///
/// # Errors
///
/// Fails if the answer has no state that we know.
pub(super) fn inspected(answer: ContainerInspectResponse) -> Result<Inspected, EngineError> {
    let network_of = answer.host_config.as_ref().and_then(network_of);
    let container = container_of(answer)?;
    Ok(Inspected {
        container,
        network_of,
    })
}

fn network_of(config: &HostConfig) -> Option<String> {
    let network = config.network_mode.as_deref()?;
    network.strip_prefix("container:").map(str::to_owned)
}

fn container_of(answer: ContainerInspectResponse) -> Result<Container, EngineError> {
    let state = answer.state.unwrap_or_default();
    let config = answer.config.unwrap_or_default();
    let health_check = config.healthcheck.as_ref().and_then(health_check);
    Ok(Container {
        id: answer
            .id
            .unwrap_or_default()
            .chars()
            .take(ID_DIGITS)
            .collect(),
        name: answer
            .name
            .unwrap_or_default()
            .trim_start_matches('/')
            .to_owned(),
        lifecycle: lifecycle(&state)?,
        health: health(&state, health_check.is_some()),
        health_check,
        restart_policy: restart_policy(answer.host_config),
        restart_count: count(answer.restart_count),
        exit_code: state.exit_code.unwrap_or_default(),
        is_oom_killed: state.oom_killed.unwrap_or_default(),
        error: Redacted::from_raw(&state.error.unwrap_or_default()),
        started_at: instant(state.started_at.as_deref()),
        finished_at: instant(state.finished_at.as_deref()),
        stop_timeout: stop_timeout(config.stop_timeout),
        network_owner: None,
        depends_on: Vec::new(),
        starts: Vec::new(),
        happenings: Vec::new(),
        changes: Vec::new(),
    })
}

/// Looks at `Restarting` first: the engine says `Running` as well while it waits to
/// start a container again.
fn lifecycle(state: &ContainerState) -> Result<Lifecycle, EngineError> {
    if state.restarting == Some(true) {
        return Ok(Lifecycle::Restarting);
    }
    match state.status {
        Some(Status::CREATED) => Ok(Lifecycle::Created),
        // A container that is being stopped still runs.
        Some(Status::RUNNING | Status::STOPPING) => Ok(Lifecycle::Running),
        Some(Status::PAUSED) => Ok(Lifecycle::Paused),
        Some(Status::RESTARTING) => Ok(Lifecycle::Restarting),
        Some(Status::REMOVING) => Ok(Lifecycle::Removing),
        Some(Status::EXITED) => Ok(Lifecycle::Exited),
        Some(Status::DEAD) => Ok(Lifecycle::Dead),
        Some(Status::EMPTY) | None => Err(EngineError::Odd {
            call: "inspect",
            what: Redacted::from_raw("it has no state"),
        }),
    }
}

fn health(state: &ContainerState, is_checked: bool) -> Health {
    if !is_checked {
        return Health::Unchecked;
    }
    let Some(health) = &state.health else {
        return Health::Starting;
    };
    match health.status {
        Some(HealthStatusEnum::HEALTHY) => Health::Healthy,
        Some(HealthStatusEnum::UNHEALTHY) => Health::Unhealthy {
            streak: count(health.failing_streak),
        },
        Some(HealthStatusEnum::NONE) => Health::Unchecked,
        Some(HealthStatusEnum::STARTING | HealthStatusEnum::EMPTY) | None => Health::Starting,
    }
}

/// Fills in the engine's own defaults, which it does not report.
fn health_check(config: &HealthConfig) -> Option<HealthCheck> {
    let is_off = |test: &Vec<String>| test.first().is_none_or(|word| word == "NONE");
    if config.test.as_ref().is_none_or(is_off) {
        return None;
    }
    Some(HealthCheck {
        start_period: nanos(config.start_period).unwrap_or_default(),
        interval: nanos(config.interval).unwrap_or(INTERVAL_DEFAULT),
        retries: Some(count(config.retries))
            .filter(|&retries| retries > 0)
            .unwrap_or(RETRIES_DEFAULT),
    })
}

fn restart_policy(config: Option<HostConfig>) -> RestartPolicy {
    let Some(policy) = config.and_then(|config| config.restart_policy) else {
        return RestartPolicy::No;
    };
    match policy.name {
        Some(RestartPolicyNameEnum::ALWAYS) => RestartPolicy::Always,
        Some(RestartPolicyNameEnum::UNLESS_STOPPED) => RestartPolicy::UnlessStopped,
        Some(RestartPolicyNameEnum::ON_FAILURE) => RestartPolicy::OnFailure {
            retries_max: count(policy.maximum_retry_count),
        },
        Some(RestartPolicyNameEnum::NO | RestartPolicyNameEnum::EMPTY) | None => RestartPolicy::No,
    }
}

fn stop_timeout(seconds: Option<i64>) -> Duration {
    match seconds {
        None => STOP_TIMEOUT_DEFAULT,
        Some(seconds) => u64::try_from(seconds)
            .map_or(STOP_TIMEOUT_MAX, Duration::from_secs)
            .min(STOP_TIMEOUT_MAX),
    }
}

fn count(number: Option<i64>) -> u32 {
    let number = number.unwrap_or_default().max(0);
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Zero is how the engine writes "not set".
fn nanos(number: Option<i64>) -> Option<Duration> {
    let number = u64::try_from(number?).ok().filter(|&number| number > 0)?;
    Some(Duration::from_nanos(number))
}

/// The engine writes the year 1 for "never".
fn instant(raw: Option<&str>) -> Option<Timestamp> {
    let instant: Timestamp = raw?.parse().ok()?;
    (instant > Timestamp::default()).then_some(instant)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_running_container_is_read_whole() {
        let container = read(json!({}));
        assert_eq!("0123456789ab", container.id);
        assert_eq!("wicap-ui", container.name);
        assert_eq!(Lifecycle::Running, container.lifecycle);
        assert_eq!(Health::Healthy, container.health);
        assert_eq!(RestartPolicy::UnlessStopped, container.restart_policy);
        assert_eq!(2, container.restart_count);
        assert_eq!(
            Some("2026-03-04T05:06:07.089Z".parse().unwrap()),
            container.started_at
        );
        assert_eq!(None, container.finished_at);
        assert_eq!(Duration::from_secs(10), container.stop_timeout);
    }

    #[test]
    fn restarting_outranks_running() {
        let container = read(json!({"State": {"Restarting": true, "ExitCode": 137}}));
        assert_eq!(Lifecycle::Restarting, container.lifecycle);
        assert_eq!(137, container.exit_code);
    }

    #[test]
    fn a_paused_container_is_unhealthy_without_a_streak() {
        let health = json!({"Status": "unhealthy", "FailingStreak": 0});
        let state = json!({"Status": "paused", "Paused": true, "Health": health});
        let container = read(json!({"State": state}));
        assert_eq!(Lifecycle::Paused, container.lifecycle);
        assert_eq!(Health::Unhealthy { streak: 0 }, container.health);
    }

    #[test]
    fn what_the_health_check_leaves_out_is_the_engines_default() {
        let check = read(json!({})).health_check.unwrap();
        let expected = HealthCheck {
            start_period: Duration::from_secs(5),
            interval: Duration::from_secs(30),
            retries: 3,
        };
        assert_eq!(expected, check);
    }

    #[test]
    fn a_health_check_that_is_off_says_nothing() {
        for test in [json!(["NONE"]), json!([]), Value::Null] {
            let container = read(json!({"Config": {"Healthcheck": {"Test": test}}}));
            assert_eq!(None, container.health_check);
            assert_eq!(Health::Unchecked, container.health);
        }
    }

    #[test]
    fn a_checked_container_without_verdict_is_starting() {
        let container = read(json!({"State": {"Health": null}}));
        assert_eq!(Health::Starting, container.health);
    }

    #[test]
    fn restart_policies_are_read() {
        for (name, expected) in [
            ("no", RestartPolicy::No),
            ("", RestartPolicy::No),
            ("always", RestartPolicy::Always),
            ("on-failure", RestartPolicy::OnFailure { retries_max: 4 }),
        ] {
            let policy = json!({"Name": name, "MaximumRetryCount": 4});
            let container = read(json!({"HostConfig": {"RestartPolicy": policy}}));
            assert_eq!(expected, container.restart_policy, "{name}");
        }
    }

    #[test]
    fn stop_timeouts_are_bounded() {
        for (seconds, expected) in [(json!(25), 25), (json!(null), 10), (json!(-1), 3_600)] {
            let container = read(json!({"Config": {"StopTimeout": seconds}}));
            assert_eq!(Duration::from_secs(expected), container.stop_timeout);
        }
    }

    #[test]
    fn a_terminal_changes_nothing() {
        let container = read(json!({"Config": {"Tty": true}}));
        assert_eq!(Lifecycle::Running, container.lifecycle);
    }

    #[test]
    fn a_container_without_state_is_odd() {
        let odd = container_of(ContainerInspectResponse::default());
        assert!(matches!(odd, Err(EngineError::Odd { .. })));
    }

    #[test]
    fn the_library_refuses_unknown_states() {
        let answer = merged(json!({"State": {"Status": "hibernating"}}));
        assert!(serde_json::from_value::<ContainerInspectResponse>(answer).is_err());
    }

    #[test]
    fn a_borrowed_network_names_its_owner() {
        for (mode, expected) in [("container:abc", Some("abc")), ("host", None)] {
            let answer = merged(json!({"HostConfig": {"NetworkMode": mode}}));
            let answer = inspected(serde_json::from_value(answer).unwrap()).unwrap();
            assert_eq!(expected, answer.network_of.as_deref());
        }
    }

    #[test]
    fn the_environment_is_dropped() {
        let container = read(json!({"Config": {"Env": ["KEY=hunter2"]}}));
        assert!(!format!("{container:?}").contains("hunter2"));
    }

    #[track_caller]
    fn read(change: Value) -> Container {
        container_of(serde_json::from_value(merged(change)).unwrap()).unwrap()
    }

    /// An answer in the shape of Engine 20.10, with something changed.
    fn merged(change: Value) -> Value {
        let mut answer = json!({
            "Id": "0123456789abcdef0123456789abcdef",
            "Name": "/wicap-ui",
            "RestartCount": 2,
            "State": {
                "Status": "running", "Running": true, "Paused": false, "Restarting": false,
                "OOMKilled": false, "Dead": false, "Pid": 77, "ExitCode": 0, "Error": "",
                "StartedAt": "2026-03-04T05:06:07.089123456Z",
                "FinishedAt": "0001-01-01T00:00:00Z",
                "Health": {"Status": "healthy", "FailingStreak": 0, "Log": null}
            },
            "HostConfig": {"RestartPolicy": {"Name": "unless-stopped", "MaximumRetryCount": 0}},
            "Config": {
                "Tty": false, "Env": ["PATH=/bin"],
                "Healthcheck": {"Test": ["CMD", "/standin", "check"], "StartPeriod": 5_000_000_000i64}
            }
        });
        merge(&mut answer, change);
        answer
    }

    fn merge(into: &mut Value, change: Value) {
        match (into, change) {
            (Value::Object(into), Value::Object(change)) => {
                for (key, value) in change {
                    merge(into.entry(key).or_insert(Value::Null), value);
                }
            }
            (into, change) => *into = change,
        }
    }
}
