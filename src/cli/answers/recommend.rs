//! `recommend`: cause, what to do, what not to do, and why to believe it.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::{Library, at, tell};
use crate::{
    cli::{
        Context, Exit,
        report::{Folders, file_name},
    },
    knowledge::{
        first_mover::Movers,
        recommend::{AnswerKind, Evidence, Memory, Proposal, memories},
        report::{GitContext, GitEvidence},
    },
    model::Timestamp,
    runtime::answers::{self, Recommended},
};

/// A document whose keys keep the order in which they were first set.
struct Document(Vec<(&'static str, Value)>);

impl Document {
    fn set(&mut self, key: &'static str, value: Value) {
        match self.0.iter_mut().find(|(known, _)| *known == key) {
            Some((_, old)) => *old = value,
            None => self.0.push((key, value)),
        }
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

/// Arguments of `recommend`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
No answer is an answer: the code is 0 and it says what is missing.

Examples:
  wicap-assist recommend
  wicap-assist recommend processor
  wicap-assist recommend logs_soak_20260304_020000
  wicap-assist recommend \"Redis queue error: Error 111 connecting to localhost:6380\"")]
pub(in crate::cli) struct Args {
    /// A service, a file, a soak, a signature id, or words; nothing for the worst unresolved.
    #[arg(value_name = "TARGET")]
    target: Vec<String>,
    /// Answer as of this time (RFC 3339) [default: now]
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
///
/// When evidence or ledger cannot be read.
pub(in crate::cli) fn run(args: &Args, ctx: &Context) -> anyhow::Result<Exit> {
    let input = args.target.join(" ");
    let Some(library) = Library::open(ctx, args.now)? else {
        return nothing_gathered(args, &input, ctx);
    };
    let recommended = answers::recommend(&library.sources(ctx), &input)?;
    if args.json {
        let document =
            serde_json::to_string_pretty(&document(&recommended, &playbooks(ctx, &recommended)))?;
        ctx.output.line(&document)?;
    } else {
        for line in tell::lines(&recommended) {
            ctx.output.line(&line)?;
        }
    }
    Ok(Exit::Done)
}

/// Without any evidence the answer is the command to run next.
fn nothing_gathered(args: &Args, input: &str, ctx: &Context) -> anyhow::Result<Exit> {
    let next = "wicap-assist ingest --repo-root DIR";
    if args.json {
        let mut fields = predecessor(input, &GitContext::default());
        fields.set("answer", json!("none"));
        fields.set("missing", json!(["no evidence was gathered yet"]));
        fields.set("next_command", json!(next));
        ctx.output.line(&serde_json::to_string_pretty(&fields)?)?;
    } else {
        ctx.output.line("no answer: no evidence was gathered yet")?;
        ctx.output.line(&format!("next: `{next}`"))?;
    }
    Ok(Exit::Done)
}

/// The predecessor's keys in their order, with nothing in them.
fn predecessor(input: &str, git: &GitContext) -> Document {
    let breakdown = crate::knowledge::confidence::Breakdown::default();
    Document(vec![
        ("input", json!(input)),
        ("recommended_action", json!("")),
        ("confidence", json!(0.0)),
        ("based_on_sessions", json!([])),
        ("related_playbooks", json!([])),
        ("harness_tests", json!([])),
        ("git_context", json!(git)),
        ("confidence_breakdown", json!(breakdown)),
        ("verification_priority", json!([])),
        ("verification_step_safety", json!([])),
        ("risk_notes", json!("")),
        ("verification_steps", json!([])),
        ("memory_episodes", json!([])),
        ("memory_episode_count", json!(0)),
        ("memory_citation_trace", json!([])),
    ])
}

fn document(told: &Recommended, playbooks: &[String]) -> Document {
    let answer = &told.answer;
    let git = GitContext::of(told.sessions.iter().map(|session| GitEvidence {
        source: &session.source,
        id: &session.session_id,
        repo_url: session.repo_url.as_deref(),
        branch: session.branch.as_deref(),
        commit_hash: session.commit_hash.as_deref(),
    }));
    let mut fields = predecessor(&told.facts.input, &git);
    let mut set = |key: &'static str, value: Value| fields.set(key, value);
    if let Some(best) = &answer.best {
        set("recommended_action", json!(best.action));
        set("confidence", json!(best.confidence));
        set("risk_notes", json!(best.avoid.join("; ")));
    }
    set("based_on_sessions", json!(answer.sessions));
    set("confidence_breakdown", json!(answer.breakdown));
    let steps: Vec<&str> = answer
        .commands
        .iter()
        .map(|command| command.step.as_str())
        .take(5)
        .collect();
    set("verification_priority", json!(steps));
    set("verification_steps", json!(steps));
    let safety: Vec<Value> = answer
        .commands
        .iter()
        .map(|command| {
            json!({
                "step": command.step, "safety": command.judgement.risk, "origin": command.origin,
                "why": command.judgement.why,
            })
        })
        .collect();
    set("verification_step_safety", json!(safety));
    let memories = memories(&told.facts);
    set("memory_episode_count", json!(memories.len()));
    set(
        "memory_episodes",
        json!(memories.iter().map(episode).collect::<Vec<_>>()),
    );
    set(
        "memory_citation_trace",
        json!(memories.iter().map(citation).collect::<Vec<_>>()),
    );
    set("harness_tests", json!(told.scripts));
    set("related_playbooks", json!(playbooks));
    ours(told, &mut fields);
    fields
}

/// The names of the playbooks about the failure.
fn playbooks(ctx: &Context, told: &Recommended) -> Vec<String> {
    let Some(failure) = &told.facts.failure else {
        return Vec::new();
    };
    let paths = &ctx.settings.paths;
    let names = [
        failure.signature_id.as_str(),
        &failure.template,
        &failure.v1,
    ];
    let all = Folders::of(&paths.data_dir, paths.repo_root.as_deref()).playbooks();
    let about = all
        .iter()
        .filter(|file| file.playbook.is_about(&failure.category, names));
    let names: BTreeSet<String> = about.map(|file| file_name(&file.path)).collect();
    names.into_iter().collect()
}

fn episode(memory: &Memory<'_>) -> Value {
    let deed = memory.deed;
    json!({
        "episode_id": deed.seq, "ts_started": at(Some(deed.at_ms)), "decision": deed.why,
        "action": deed.action, "status": memory.status(),
        "outcome": deed.verdict.as_deref().unwrap_or("open"), "service": deed.service,
        // The controller's rows name services, not lines of a log.
        "signature": "", "match_score": memory.score(), "matched_tokens": memory.matched_tokens,
        "rank_components": memory.rank, "retrieval_backend": "sqlite",
        "retrieval_backend_meta": {}, "attempt": deed.attempt,
    })
}

fn citation(memory: &Memory<'_>) -> Value {
    json!({
        "episode_id": memory.deed.seq, "match_score": memory.score(),
        "matched_tokens": memory.matched_tokens, "backend": "sqlite",
        "rank_components": memory.rank,
    })
}

/// What the predecessor did not tell.
fn ours(told: &Recommended, fields: &mut Document) {
    let answer = &told.answer;
    let failure = told.facts.failure.as_ref().map(|failure| {
        json!({
            "signature": failure.signature_id, "category": failure.category,
            "template": failure.template, "example": failure.example, "services": failure.services,
            "events": failure.n_events, "first": at(failure.first_ms), "last": at(failure.last_ms),
        })
    });
    let also: Vec<Value> = told
        .also
        .iter()
        .map(|one| json!({"signature": one.signature_id, "template": one.template, "events": one.n_events}))
        .collect();
    let movers: Vec<Value> = told
        .movers
        .order()
        .iter()
        .map(|one| json!({"service": one.service, "at": at(Some(one.at_ms)), "needs": one.needs}))
        .collect();
    let unknown = match &told.movers {
        Movers::Unknown(services) => services.as_slice(),
        Movers::None | Movers::Order(_) => &[],
    };
    let best = answer.best.as_ref();
    let kind = best.map_or(AnswerKind::None, |best| best.kind);
    let pairs = [
        ("answer", json!(kind)),
        ("answer_id", json!(best.map(|best| &best.id))),
        ("target", json!(told.target.kind())),
        ("cause", json!(best.and_then(|best| best.cause.as_ref()))),
        ("do", json!(best.map_or(&[][..], |best| &best.steps))),
        ("do_not", json!(best.map_or(&[][..], |best| &best.avoid))),
        ("reasons", json!(best.map_or(&[][..], |best| &best.reasons))),
        (
            "evidence",
            json!(
                best.map(|best| evidence(&best.evidence))
                    .unwrap_or_default()
            ),
        ),
        ("failure", json!(failure)),
        ("first_movers", json!(movers)),
        ("order_unknown", json!(unknown)),
        ("anomaly_route", json!(told.facts.route)),
        (
            "alternatives",
            json!(answer.others.iter().map(proposal).collect::<Vec<_>>()),
        ),
        ("also", json!(also)),
        ("missing", json!(answer.missing)),
        ("as_of", json!(at(Some(told.facts.now_ms)))),
    ];
    for (key, value) in pairs {
        fields.set(key, value);
    }
}

fn evidence(all: &[Evidence]) -> Vec<Value> {
    let one = |one: &Evidence| {
        json!({
            "kind": one.kind, "place": one.place, "at": at(one.at_ms), "text": one.text, "why": one.why,
        })
    };
    all.iter().map(one).collect()
}

fn proposal(one: &Proposal) -> Value {
    json!({
        "answer": one.kind, "answer_id": one.id, "action": one.action, "cause": one.cause,
        "confidence": one.confidence, "reasons": one.reasons,
    })
}
