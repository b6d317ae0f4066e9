//! An answer for people.

use super::at;
use crate::{
    cli::table::{Table, cut},
    knowledge::{
        first_mover::Movers,
        recommend::{AnswerKind, Evidence, Proposal},
    },
    runtime::answers::{Recommended, Target},
};

/// Characters of a line of evidence.
const TEXT_CHARS: usize = 160;

/// Other proposals that are named.
const OTHERS_MAX: usize = 3;

pub(super) fn lines(told: &Recommended) -> Vec<String> {
    let mut lines = Vec::new();
    about(told, &mut lines);
    match &told.answer.best {
        Some(best) => proposal(best, told, &mut lines),
        None => none(told, &mut lines),
    }
    others(told, &mut lines);
    lines
}

fn about(told: &Recommended, lines: &mut Vec<String>) {
    let Some(failure) = &told.facts.failure else {
        return;
    };
    let services = match failure.services.is_empty() {
        true => "an unknown service".to_owned(),
        false => failure.services.join(", "),
    };
    lines.push(format!(
        "failure     {}",
        cut(&failure.template, TEXT_CHARS)
    ));
    let span = match (at(failure.first_ms), at(failure.last_ms)) {
        (Some(first), Some(last)) => format!(", {first} to {last}"),
        _ => String::new(),
    };
    lines.push(format!(
        "            {} in {services}: {} times{span}",
        failure.signature_id, failure.n_events
    ));
    match &told.movers {
        Movers::Order(onsets) => {
            let order: Vec<&str> = onsets.iter().map(|one| one.service.as_str()).collect();
            let (first, others) = order.split_first().unwrap_or((&"-", &[]));
            lines.push(format!("first mover {first} (then {})", others.join(", ")));
        }
        Movers::Unknown(services) => lines.push(format!(
            "first mover not known: {} failed within a quarter of an hour, and none is known to have pulled this one along",
            services.join(", ")
        )),
        Movers::None => (),
    }
    lines.push(String::new());
}

fn proposal(best: &Proposal, told: &Recommended, lines: &mut Vec<String>) {
    let cause = best.cause.as_deref().unwrap_or("not known");
    lines.push(format!("cause       {cause}"));
    match best.kind {
        AnswerKind::PastFix | AnswerKind::Ledger => {
            lines.push(format!("helped      {}", best.action));
        }
        AnswerKind::AnomalyRoute => lines.push(format!("route       {}", best.id)),
        AnswerKind::KnownIssue | AnswerKind::None => (),
    }
    list("do", &best.steps, lines);
    list("do not", &best.avoid, lines);
    lines.push(format!("confidence  {:.2}", best.confidence));
    for reason in &best.reasons {
        let sign = if reason.is_for { '+' } else { '-' };
        lines.push(format!("            {sign} {}", reason.text));
    }
    lines.push(String::new());
    lines.push("evidence".to_owned());
    for one in &best.evidence {
        evidence(one, lines);
    }
    commands(told, lines);
}

fn list(name: &str, items: &[String], lines: &mut Vec<String>) {
    for (at, item) in items.iter().enumerate() {
        let head = if at == 0 { name } else { "" };
        lines.push(format!("{head:<12}{item}"));
    }
}

fn evidence(one: &Evidence, lines: &mut Vec<String>) {
    let when = at(one.at_ms)
        .map(|at| format!("  {at}"))
        .unwrap_or_default();
    lines.push(format!("  {:<8}{}{when}", one.kind, one.place));
    lines.push(format!("          {}", cut(&one.text, TEXT_CHARS)));
    lines.push(format!("          counts because: {}", one.why));
}

fn commands(told: &Recommended, lines: &mut Vec<String>) {
    if told.answer.commands.is_empty() {
        return;
    }
    lines.push(String::new());
    let mut table = Table::new(&["check by", "risk", "from"]);
    for command in &told.answer.commands {
        table.row(vec![
            cut(&command.step, 90),
            command.judgement.risk.name().to_owned(),
            command.origin.to_owned(),
        ]);
    }
    lines.extend(table.lines());
    if told
        .answer
        .commands
        .iter()
        .any(|command| command.origin == "untrusted")
    {
        lines.push(
            "untrusted: somebody's text in a past session; read it before you run it".to_owned(),
        );
    }
}

fn none(told: &Recommended, lines: &mut Vec<String>) {
    let what = match &told.target {
        Target::Worst => "no answer for the worst unresolved failure",
        Target::Service(_)
        | Target::File(_)
        | Target::Soak(_)
        | Target::Signature(_)
        | Target::Text => "no answer",
    };
    lines.push(what.to_owned());
    for one in &told.answer.missing {
        lines.push(format!("  - {one}"));
    }
}

fn others(told: &Recommended, lines: &mut Vec<String>) {
    if !told.answer.others.is_empty() {
        lines.push(String::new());
        lines.push("less sure".to_owned());
        for one in told.answer.others.iter().take(OTHERS_MAX) {
            let name = cut(&one.action, TEXT_CHARS);
            lines.push(format!(
                "  {:.2}  {} {}: {name}",
                one.confidence,
                one.kind.name(),
                one.id
            ));
        }
    }
    if told.also.is_empty() {
        return;
    }
    lines.push(String::new());
    let mut table = Table::new(&["also here", "times", "failure"]);
    for one in &told.also {
        table.row(vec![
            one.signature_id.clone(),
            one.n_events.to_string(),
            cut(&one.template, 90),
        ]);
    }
    lines.extend(table.lines());
}
