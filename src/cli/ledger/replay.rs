use std::time::{Duration, Instant};

use serde::Serialize;

use super::{super::Exit, Room, since::Since};
use crate::{
    model::EventKind,
    runtime::{Difference, Replayed, replay},
    store::Ledger,
    telemetry::sentence,
};

/// Arguments of `ledger replay`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only what was decided since then: an age (90s, 15m, 1h, 7d) or a time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    since: Option<Since>,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) const AFTER_HELP: &str = "\
Each row of a turn names the snapshot that it was decided on, and the first row of a session the
rules and grants that held. All of them are decided again by this program, from the ledger alone;
whatever differs is told. Turns in which nothing was news wrote nothing and need no check.

Exit codes: 0 everything is the same, 1 the ledger cannot be read, 3 something differs.

Example:
  wicap-assist ledger replay --since 7d";

/// The result for programs.
#[derive(Debug, Serialize)]
struct Report<'a> {
    same: bool,
    sessions: u64,
    turns: u64,
    rows: u64,
    cut_turns: u64,
    unreadable_turns: u64,
    skipped_sessions: Vec<Skipped<'a>>,
    differences: u64,
    first_differences: Vec<Differing<'a>>,
    took_ms: u128,
    turns_per_s: u64,
}

#[derive(Debug, Serialize)]
struct Skipped<'a> {
    session: u64,
    text: &'a str,
}

#[derive(Debug, Serialize)]
struct Differing<'a> {
    session: u64,
    seq: Option<u64>,
    at: crate::model::Timestamp,
    version: &'a str,
    expected: Option<&'a EventKind>,
    found: Option<&'a EventKind>,
}

pub(super) fn run(args: &Args, room: &mut Room<'_>) -> anyhow::Result<Exit> {
    let ledger = Ledger::open_to_read(room.data_dir)?;
    let began = Instant::now();
    let since = args.since.map(|since| since.resolve(room.now));
    let told = replay(&ledger, since)?;
    let took = began.elapsed();
    if args.json {
        let text = serde_json::to_string(&report(&told, took))?;
        writeln!(room.out, "{text}")?;
    } else {
        plain(&told, took, room)?;
    }
    Ok(match told.is_same() {
        true => Exit::Done,
        false => Exit::No,
    })
}

fn plain(told: &Replayed, took: Duration, room: &mut Room<'_>) -> anyhow::Result<()> {
    let out = &mut *room.out;
    for difference in &told.differences {
        writeln!(out, "{}", text(difference))?;
    }
    let n_more = told.n_differences - told.differences.len() as u64;
    if n_more > 0 {
        writeln!(out, "and {n_more} more")?;
    }
    for (session, why) in &told.skipped {
        writeln!(out, "session {session} is left out: {why}")?;
    }
    if told.n_unreadable > 0 {
        let n = told.n_unreadable;
        writeln!(out, "{n} turns rest on a snapshot that cannot be read")?;
    }
    let verdict = match told.is_same() {
        true => "the same again".to_owned(),
        false => format!("NOT THE SAME, {} differences", told.n_differences),
    };
    let cut = match told.n_cut {
        0 => String::new(),
        n => format!(", {n} cut short by a crash or a full disk"),
    };
    writeln!(
        out,
        "{verdict}: {} rows of {} turns{cut}, {} sessions, {:.2} s, {} turns/s",
        told.n_rows,
        told.n_turns,
        told.n_sessions,
        took.as_secs_f64(),
        turns_per_second(told.n_turns, took)
    )?;
    if !told.is_same() {
        writeln!(
            out,
            "next: `wicap-assist ledger verify` tells whether rows were changed; if not, the \
             program or its rules were"
        )?;
    }
    Ok(())
}

fn text(difference: &Difference) -> String {
    let says = |kind: &Option<EventKind>| match kind {
        Some(kind) => format!("{}: {}", kind.name(), fields(kind)),
        None => "nothing".to_owned(),
    };
    let place = match difference.seq {
        Some(seq) => format!("row {seq}"),
        None => "a row is missing".to_owned(),
    };
    format!(
        "{place} (session {}, {}, written by version {})\n  expected {}\n  found    {}",
        difference.session,
        difference.at,
        difference.version,
        says(&difference.expected),
        says(&difference.found)
    )
}

/// The sentence, and all fields where two sentences could be the same.
fn fields(kind: &EventKind) -> String {
    let fields = serde_json::to_string(kind).unwrap_or_default();
    format!("{}\n           {fields}", sentence(kind))
}

fn report(told: &Replayed, took: Duration) -> Report<'_> {
    let skipped = told.skipped.iter();
    Report {
        same: told.is_same(),
        sessions: told.n_sessions,
        turns: told.n_turns,
        rows: told.n_rows,
        cut_turns: told.n_cut,
        unreadable_turns: told.n_unreadable,
        skipped_sessions: skipped
            .map(|(&session, text)| Skipped { session, text })
            .collect(),
        differences: told.n_differences,
        first_differences: told.differences.iter().map(differing).collect(),
        took_ms: took.as_millis(),
        turns_per_s: turns_per_second(told.n_turns, took),
    }
}

fn differing(difference: &Difference) -> Differing<'_> {
    Differing {
        session: difference.session,
        seq: difference.seq,
        at: difference.at,
        version: &difference.version,
        expected: difference.expected.as_ref(),
        found: difference.found.as_ref(),
    }
}

fn turns_per_second(n_turns: u64, took: Duration) -> u64 {
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    n_turns.saturating_mul(1_000_000) / micros.max(1)
}
