use std::time::{Duration, Instant};

use serde::Serialize;

use super::{super::Exit, Room};
use crate::store::{Checkpoint, Ledger, Verification};

/// Arguments of `ledger verify`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A row and its hash that are known from elsewhere, such as the end of a log
    #[arg(long, value_name = "SEQ:HASH")]
    expect: Option<Checkpoint>,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) const AFTER_HELP: &str = "\
Finds changed, removed, exchanged and inserted rows, changed inputs, and by the checkpoint file
or `--expect` a cut tail. Whoever can write the ledger can write the checkpoint file as well, so
keep the last line of this command in another place and give it to the next one.

Exit codes: 0 nothing is wrong, 1 the ledger cannot be read, 3 something is wrong.

Example:
  wicap-assist ledger verify --expect 41:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

/// The result for programs.
#[derive(Debug, Serialize)]
struct Report {
    sound: bool,
    rows: u64,
    dropped: u64,
    checkpoints: u64,
    head: Option<String>,
    faults: u64,
    first_faults: Vec<FaultLine>,
    took_ms: u128,
    rows_per_s: u64,
}

#[derive(Debug, Serialize)]
struct FaultLine {
    code: &'static str,
    seq: Option<u64>,
    text: String,
    next_step: &'static str,
}

pub(super) fn run(args: &Args, room: &mut Room<'_>) -> anyhow::Result<Exit> {
    let ledger = Ledger::open_to_read(room.data_dir)?;
    let began = Instant::now();
    let found = ledger.verify(args.expect)?;
    let took = began.elapsed();
    if args.json {
        let text = serde_json::to_string(&report(&found, took))?;
        writeln!(room.out, "{text}")?;
    } else {
        plain(&found, took, room)?;
    }
    Ok(match found.is_sound() {
        true => Exit::Done,
        false => Exit::No,
    })
}

fn plain(found: &Verification, took: Duration, room: &mut Room<'_>) -> anyhow::Result<()> {
    let out = &mut *room.out;
    for fault in &found.faults {
        writeln!(out, "{fault}\n  next: {}", fault.next_step())?;
    }
    let n_more = found.n_faults - found.faults.len() as u64;
    if n_more > 0 {
        writeln!(out, "and {n_more} more")?;
    }
    let verdict = match found.n_faults {
        0 => "sound".to_owned(),
        1 => "BROKEN, 1 fault".to_owned(),
        n => format!("BROKEN, {n} faults"),
    };
    let dropped = match found.n_dropped {
        0 => String::new(),
        n => format!(" after {n} that retention has dropped"),
    };
    writeln!(
        out,
        "{verdict}: {} rows{dropped}, {} checkpoints, {:.2} s, {} rows/s",
        found.n_rows,
        found.n_checkpoints,
        took.as_secs_f64(),
        rows_per_second(found.n_rows, took)
    )?;
    if found.n_checkpoints == 0 {
        writeln!(
            out,
            "no checkpoint is known: a cut tail cannot be found without `--expect`"
        )?;
    }
    if let Some(head) = found.head {
        writeln!(out, "last row {head}")?;
    }
    Ok(())
}

fn report(found: &Verification, took: Duration) -> Report {
    let fault = |fault: &crate::store::Fault| FaultLine {
        code: fault.code(),
        seq: fault.seq(),
        text: fault.to_string(),
        next_step: fault.next_step(),
    };
    Report {
        sound: found.is_sound(),
        rows: found.n_rows,
        dropped: found.n_dropped,
        checkpoints: found.n_checkpoints,
        head: found.head.map(|head| head.to_string()),
        faults: found.n_faults,
        first_faults: found.faults.iter().map(fault).collect(),
        took_ms: took.as_millis(),
        rows_per_s: rows_per_second(found.n_rows, took),
    }
}

fn rows_per_second(n_rows: u64, took: Duration) -> u64 {
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    n_rows.saturating_mul(1_000_000) / micros.max(1)
}
