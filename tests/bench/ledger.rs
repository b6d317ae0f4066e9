//! What the ledger costs: `cargo bench --bench ledger`.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and has failed when it cannot go on"
)]

use std::time::{Duration, Instant};

use wicap_assist::{
    model::{Actor, EventKind, Project, Timestamp},
    store::{Draft, Ledger},
};

const N_ON_DISK: u32 = 2_000;
const N_IN_MEMORY: u32 = 200_000;

/// About the size of an observation of six services.
const INPUT_BYTES: usize = 3_000;

fn main() {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::open(dir.path()).unwrap();
    say(
        "append, on disk, synchronous=FULL",
        N_ON_DISK,
        append(&mut ledger, N_ON_DISK, false),
    );
    let mut ledger = Ledger::in_memory().unwrap();
    say(
        "append, in memory",
        N_IN_MEMORY,
        append(&mut ledger, N_IN_MEMORY, false),
    );
    say("verify", N_IN_MEMORY, verify(&ledger, N_IN_MEMORY));
    let mut ledger = Ledger::in_memory().unwrap();
    let n_rows = N_IN_MEMORY / 4;
    say(
        "append with an input for each two",
        n_rows,
        append(&mut ledger, n_rows, true),
    );
    say(
        "verify with an input for each two",
        n_rows,
        verify(&ledger, n_rows),
    );
    let began = Instant::now();
    let rows = ledger.event_list_for_fold(&project(), Timestamp::from_millis(0));
    say(
        "read for a fold",
        rows.unwrap().len() as u32,
        began.elapsed(),
    );
}

fn append(ledger: &mut Ledger, n_rows: u32, has_input: bool) -> Duration {
    let (project, actor) = (project(), actor());
    let kinds: Vec<EventKind> = [
        r#"{"event":"service_down","service":"ui","state":"unhealthy","evidence":"definite","sources":["engine"],"streak":2,"started_at":"2026-03-04T05:00:00.000Z"}"#,
        r#"{"event":"held","service":"ui","code":"settling","detail":{"waited_s":12},"next_at":"2026-03-04T05:00:00.000Z"}"#,
        r#"{"event":"released","service":"ui","code":"settling"}"#,
        r#"{"event":"service_recovered","service":"ui","down_ms":21300}"#,
    ]
    .iter()
    .map(|kind| serde_json::from_str(kind).unwrap())
    .collect();
    let filler = "x".repeat(INPUT_BYTES);
    let began = Instant::now();
    for (at, kind) in (0..n_rows).zip(kinds.iter().cycle()) {
        let input = has_input.then(|| format!("{}{filler}", at / 2));
        let draft = Draft {
            at: Timestamp::from_millis(i64::from(at) * 1_000),
            session: 1,
            project: &project,
            actor: &actor,
            kind,
            input: input.as_deref(),
        };
        ledger.event_append(&draft).unwrap();
    }
    began.elapsed()
}

fn verify(ledger: &Ledger, n_rows: u32) -> Duration {
    let began = Instant::now();
    let found = ledger.verify(None).unwrap();
    assert!(found.is_sound() && found.n_rows == u64::from(n_rows));
    began.elapsed()
}

fn project() -> Project {
    "wicap".parse().unwrap()
}

fn actor() -> Actor {
    Actor {
        user: "root".to_owned(),
        host: "edge-1".to_owned(),
        pid: 4_242,
    }
}

fn say(what: &str, n_rows: u32, took: Duration) {
    let each = took / n_rows.max(1);
    let rate = f64::from(n_rows) / took.as_secs_f64();
    println!("{what:36} {n_rows:>7} rows {each:>10.1?} each {rate:>12.0} rows/s");
}
