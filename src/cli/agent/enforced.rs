//! What is enforced at this moment: by the controller that runs, else by one that would
//! be started with this configuration.

use serde::Serialize;

use crate::{
    cli::{Context, explain::gates::yes, known::Known, stand, when::when},
    config::KILL_SWITCH_VARIABLE,
    control::{Grants, Planes, questions},
    model::{ActionRule, ControlMode, Gate, KillSwitch, Policy, Timestamp, Zone},
    telemetry::words,
};

/// Everything that bears on whether an action may run.
#[derive(Debug, Serialize)]
pub(super) struct Enforced {
    ts: Timestamp,
    /// The session whose rules these are; none where no controller runs.
    session: Option<u64>,
    pid: Option<u32>,
    since: Option<Timestamp>,
    mode: ControlMode,
    shadow: bool,
    planes: Planes,
    actions: Vec<ActionRule>,
    denied: Vec<ActionRule>,
    limits: Limits,
    kill_switch: Switch,
    gates: Vec<Asked>,
}

#[derive(Debug, Serialize)]
struct Limits {
    attempts_max: u32,
    restart_after_definite_s: u64,
    restart_after_probed_s: u64,
    cooldown_s: u64,
    budget_window_s: u64,
    budget_service: u32,
    budget_service_day: u32,
    budget_stack: u32,
    budget_stack_day: Option<u32>,
    bounces: bool,
}

#[derive(Debug, Serialize)]
struct Switch {
    pulled_by: Option<String>,
    places: Vec<String>,
}

/// One question of the chain.
#[derive(Debug, Serialize)]
struct Asked {
    question: &'static str,
    gate: Gate,
    /// What has to be so.
    passes_when: &'static str,
}

/// Gathers it.
pub(super) fn enforced(ctx: &Context, known: Option<&Known>) -> Enforced {
    let running = known.and_then(|known| Some((known.running()?, known.charter.as_ref()?)));
    let (grants, policy) = match running {
        Some((_, charter)) => (charter.grants.clone(), charter.policy.clone()),
        None => of_settings(ctx),
    };
    let switches = stand::switches(&ctx.settings);
    let pulled_by = match switches.look() {
        KillSwitch::Pulled { source } => Some(source.to_string()),
        KillSwitch::Clear => None,
    };
    let files = switches.files.iter().map(|file| file.display().to_string());
    let variable = format!("variable {KILL_SWITCH_VARIABLE}, when a controller starts");
    Enforced {
        ts: ctx.now,
        session: running.map(|(session, _)| session.id),
        pid: running.map(|(session, _)| session.actor.pid),
        since: running.map(|(session, _)| session.started),
        mode: grants.mode,
        shadow: grants.is_shadow,
        planes: grants.planes,
        actions: grants.actions.into_iter().collect(),
        denied: grants.denied.into_iter().collect(),
        limits: limits(&policy),
        kill_switch: Switch {
            pulled_by,
            places: files.chain([variable]).collect(),
        },
        gates: questions()
            .map(|(question, gate)| Asked {
                question,
                gate,
                passes_when: yes(question),
            })
            .collect(),
    }
}

fn of_settings(ctx: &Context) -> (Grants, Policy) {
    let settings = &ctx.settings;
    (
        stand::grants(settings, &settings.stack),
        stand::policy(settings),
    )
}

fn limits(policy: &Policy) -> Limits {
    Limits {
        attempts_max: policy.ladder.attempts_max,
        restart_after_definite_s: policy.ladder.definite_after.as_secs(),
        restart_after_probed_s: policy.ladder.recover_after.as_secs(),
        cooldown_s: policy.cooldown.as_secs(),
        budget_window_s: policy.budget_window.as_secs(),
        budget_service: policy.budget_service,
        budget_service_day: policy.budget_service_day,
        budget_stack: policy.budget_stack,
        budget_stack_day: policy.budget_stack_day,
        bounces: policy.bounces,
    }
}

impl Enforced {
    /// The page for people, one topic a line; the gates at the end.
    pub(super) fn text(&self, zone: &Zone) -> String {
        let mut out = self.summary(zone);
        out.push_str("\nGates, in this order; the first no stands\n");
        for asked in &self.gates {
            let gate = words::gate(asked.gate);
            let (question, when) = (asked.question, asked.passes_when);
            out.push_str(&format!("  {question:<15} {gate:<12} {when}\n"));
        }
        out
    }

    /// The same without the gates.
    pub(super) fn summary(&self, zone: &Zone) -> String {
        let mut out = String::new();
        let mut line = |topic: &str, text: &str| out.push_str(&format!("{topic:<12}  {text}\n"));
        line("enforced by", &self.by(zone));
        let shadow = if self.shadow { " (shadow)" } else { "" };
        line("mode", &format!("{}{shadow}", self.mode));
        line("planes", &planes(self.planes));
        line("granted", &rules(&self.actions));
        line("ruled out", &rules(&self.denied));
        let switch = &self.kill_switch;
        let pulled = match &switch.pulled_by {
            Some(source) => format!("PULLED by {source}"),
            None => "clear".to_owned(),
        };
        let places = switch.places.join("; ");
        line("kill switch", &format!("{pulled}; places: {places}"));
        let limits = &self.limits;
        let span = |seconds: u64| words::span(seconds.saturating_mul(1_000));
        let day = match limits.budget_stack_day {
            Some(max) => format!(", {max} a day"),
            None => String::new(),
        };
        line(
            "budgets",
            &format!(
                "a service {} in {}, {} a day; the stack {} in {}{day}",
                limits.budget_service,
                span(limits.budget_window_s),
                limits.budget_service_day,
                limits.budget_stack,
                span(limits.budget_window_s),
            ),
        );
        line(
            "patience",
            &format!(
                "a restart after {} of definite trouble, {} of trouble that only a probe sees; {} \
                 before a person is called",
                span(limits.restart_after_definite_s),
                span(limits.restart_after_probed_s),
                words::count(limits.attempts_max, "attempt")
            ),
        );
        out
    }

    fn by(&self, zone: &Zone) -> String {
        match (self.session, self.pid, self.since) {
            (Some(session), Some(pid), Some(since)) => {
                let since = when(since, self.ts, zone);
                format!("session {session}, process {pid}, since {since}")
            }
            _ => "nobody now; so it would be with this configuration".to_owned(),
        }
    }
}

fn planes(planes: Planes) -> String {
    let word = |is_on: bool| if is_on { "on" } else { "OFF" };
    format!(
        "runtime {}, tool policy {}, elevated {}",
        word(planes.runtime),
        word(planes.tool_policy),
        word(planes.elevated)
    )
}

fn rules(rules: &[ActionRule]) -> String {
    let names: Vec<String> = rules.iter().map(ToString::to_string).collect();
    match names.is_empty() {
        true => "nothing".to_owned(),
        false => names.join(", "),
    }
}
