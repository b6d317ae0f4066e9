//! A snapshot in plain words.

use crate::{
    model::{
        Container, Health, KillSwitch, Lifecycle, Observation, ProbeReport, ProbeResult, Reading,
        ServiceId, Sight, Timestamp, millis,
    },
    telemetry::words::span,
};

/// Everything that was seen: first what holds for all, then one line a service and one
/// a probe.
pub(super) fn seen_lines(seen: &Observation) -> Vec<String> {
    let mut lines = vec![format!("{}: {}", seen.at, surroundings(seen))];
    let services = seen.services.iter();
    lines.extend(services.map(|(service, reading)| service_line(service, reading, seen.at)));
    let probes = seen.probes.iter();
    lines.extend(probes.map(|(name, reading)| probe_line(name.as_str(), reading)));
    lines
}

/// What was seen of one service.
pub(super) fn lines_about(service: &ServiceId, seen: &Observation) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(reading) = seen.services.get(service) {
        lines.push(service_line(service, reading, seen.at));
    }
    if let Some(reading) = seen.probes.get(service.name()) {
        lines.push(probe_line(service.name().as_str(), reading));
    }
    lines
}

/// Whether the engine answered, and the kill switch.
pub(super) fn surroundings(seen: &Observation) -> String {
    let engine = match &seen.engine {
        Reading::Known(()) => "the engine answers".to_owned(),
        Reading::Unknown(why) => format!("the engine does not answer: {why}"),
    };
    let switch = match &seen.kill_switch {
        KillSwitch::Clear => "the kill switch is clear".to_owned(),
        KillSwitch::Pulled { source } => format!("the kill switch is pulled: {source}"),
    };
    format!("{engine}, {switch}")
}

fn service_line(service: &ServiceId, reading: &Reading<Sight>, at: Timestamp) -> String {
    let text = match reading {
        Reading::Known(Sight::Missing { .. }) => "no container".to_owned(),
        Reading::Known(Sight::Present(container)) => container_text(container, at),
        Reading::Unknown(why) => format!("cannot be seen: {why}"),
    };
    format!("{service}: {text}")
}

fn probe_line(name: &str, reading: &Reading<ProbeReport>) -> String {
    let text = match reading {
        Reading::Known(report) => match &report.result {
            ProbeResult::Ok => format!("answered in {} ms", report.latency.as_millis()),
            ProbeResult::Failed(why) => format!("failed: {why}"),
            ProbeResult::Degraded(why) => format!("degraded: {why}"),
        },
        Reading::Unknown(why) => format!("not known: {why}"),
    };
    format!("{name} over HTTP: {text}")
}

fn container_text(container: &Container, now: Timestamp) -> String {
    let health = match container.health {
        Health::Unchecked => String::new(),
        Health::Starting => ", health not known yet".to_owned(),
        Health::Healthy => ", healthy".to_owned(),
        Health::Unhealthy { streak } => format!(", unhealthy (streak {streak})"),
    };
    let started = container
        .started_at
        .map(|at| format!(", started {} before", span(millis(now.since(at)))))
        .unwrap_or_default();
    let restarts = container.restart_count;
    let code = container.exit_code;
    match container.lifecycle {
        Lifecycle::Running => format!("running{health}{started}, restart count {restarts}"),
        Lifecycle::Paused => format!("paused{started}"),
        Lifecycle::Created => "made, never started".to_owned(),
        Lifecycle::Restarting => {
            format!("restarting, last exit code {code}, restart count {restarts}")
        }
        Lifecycle::Exited => format!("exited with code {code}{started}"),
        Lifecycle::Dead => "dead".to_owned(),
        Lifecycle::Removing => "being removed".to_owned(),
    }
}
