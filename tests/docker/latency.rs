//! How soon a killed container is told: from `kill -9` of its main process to the line on stdout.

use std::{net::TcpListener, time::Duration};

use libtest_mimic::Trial;

use crate::{
    controller::{Controller, Setup},
    harness::{Options, Outcome, Stack, ensure, trial},
};

/// Kills that are timed.
const KILLS: usize = 20;

/// What 95 of 100 kills may take at most. The aim is 100 ms in a release build; this leaves room
/// for a debug build on a machine that does other things as well.
const P95_MAX_MS: i64 = 1_000;

/// A start by hand counts at once, so that the next kill need not wait.
const POLICY: &str = "settle = '0s'\ndefinite_after = '1m'";

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("latency::a_kill_is_told_at_once", || kills(false)),
        trial("latency::a_hanging_probe_delays_nothing", || kills(true)),
    ]
}

fn kills(is_probed: bool) -> Outcome {
    let stack = Stack::up(&Options {
        restart: "no",
        services: &["ui"],
        ..Options::default()
    })?;
    // It accepts and never answers.
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let probe = format!(
        "[stack.services.redis.probe]\nurl = 'http://{}/'\ntimeout = '60s'",
        silent.local_addr()?
    );
    let setup = Setup {
        mode: "observe",
        policy: POLICY,
        more: if is_probed { probe } else { String::new() },
        ..Setup::default()
    };
    let mut live = Controller::start(&stack, &setup)?;
    let mut took_ms = Vec::new();
    for _ in 0..KILLS {
        let killed_at_ms = stack.kill_main("redis")?;
        let down = live.until("redis down exited code=137")?;
        took_ms.push(down.at_ms - killed_at_ms);
        stack.docker("start", "redis")?;
        live.until("redis recovered")?;
        live.watch(Duration::from_millis(300))?;
    }
    live.ends_with(
        &"redis down exited code=137\n? redis held starting\nredis recovered\n".repeat(KILLS),
    )?;
    took_ms.sort_unstable();
    tell(is_probed, &took_ms);
    ensure(percentile(&took_ms, 95) <= P95_MAX_MS, || {
        format!("{took_ms:?}")
    })
}

/// Of sorted numbers, the one that `percent` of them do not exceed.
fn percentile(sorted: &[i64], percent: usize) -> i64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

#[expect(clippy::print_stdout, reason = "the measured times are worth reading")]
fn tell(is_probed: bool, took_ms: &[i64]) {
    let beside = if is_probed {
        ", while its probe hangs"
    } else {
        ""
    };
    let [p50, p95, max] = [50, 95, 100].map(|percent| percentile(took_ms, percent));
    println!("kill -9 to the line{beside}: p50 {p50} ms, p95 {p95} ms, max {max} ms of {KILLS}");
}
