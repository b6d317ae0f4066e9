//! The gates and their answers in words.

use serde::Serialize;

use crate::{
    control::Answer,
    model::{Denial, Facts, Gate, Timestamp},
    telemetry::words,
};

/// What one gate answered.
#[derive(Clone, Debug, Serialize)]
pub(in crate::cli) struct GateTold {
    pub(in crate::cli) gate: Gate,
    pub(in crate::cli) question: &'static str,
    pub(in crate::cli) passed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) code: Option<Denial>,
    #[serde(skip_serializing_if = "Facts::is_empty")]
    pub(in crate::cli) detail: Facts,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) next_at: Option<Timestamp>,
    /// Whether this answer was the one that counted: the first no.
    pub(in crate::cli) decided: bool,
    pub(in crate::cli) text: String,
}

/// Turns answers into words; the first no decides.
pub(in crate::cli) fn gates(answers: &[Answer]) -> Vec<GateTold> {
    let first = answers.iter().position(|answer| answer.refusal.is_some());
    let told = answers.iter().enumerate().map(|(place, answer)| {
        let refusal = answer.refusal.as_ref();
        let text = match refusal {
            Some(no) => format!("no: {}{}", words::denial(no.code), words::facts(&no.detail)),
            None => format!("yes: {}", yes(answer.question)),
        };
        GateTold {
            gate: answer.gate,
            question: answer.question,
            passed: refusal.is_none(),
            code: refusal.map(|no| no.code),
            detail: refusal.map(|no| no.detail.clone()).unwrap_or_default(),
            next_at: refusal.and_then(|no| no.next_at),
            decided: first == Some(place),
            text,
        }
    });
    told.collect()
}

/// What it means that a gate lets a step through.
pub(in crate::cli) fn yes(question: &str) -> &'static str {
    match question {
        "shadow" => "the session acts on what it decides",
        "kill_switch" => "the kill switch is clear",
        "mode" => "the mode allows actions",
        "runtime_plane" => "the runtime plane is on",
        "lease" => "this controller leads the stack",
        "operator_pause" => "nobody paused actions on it",
        "stack_busy" => "nothing else is being repaired",
        "soak" => "no harness stops and starts the stack",
        "tool_policy" => "the action is granted and not ruled out",
        "elevated_plane" => "the elevated plane is on, or nothing is changed",
        "compose" => "compose is not needed, or is the one the stack was made with",
        "budgets" => "the budgets have room, or nothing is spent",
        _ => "it has no objection",
    }
}
