//! `health`: whether somebody still turns the wheel. From the ledger alone.

use std::time::Duration;

use serde::Serialize;

use super::{Context, Exit, Globals};
use crate::{
    model::{ControlMode, Project, Timestamp, millis},
    store::{Heartbeat, Ledger, StoreError},
};

/// How many intervals may go by without a turn.
const INTERVALS_MAX: u32 = 3;

/// Arguments of `health`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
Looks for the last turn that a running `live` began, and asks nobody: it works without
an engine. How the stack is, is not its question: `status --check` answers that.

Exit codes: 0 the last turn is younger than three intervals, 3 it is older or nobody watches.

Example: as the health check of a container
  HEALTHCHECK CMD [\"wicap-assist\", \"health\"]";

/// What is told.
#[derive(Debug, Serialize)]
struct Report {
    healthy: bool,
    /// One sentence.
    text: String,
    turn: Option<Turn>,
}

/// The last turn of a running session.
#[derive(Debug, Serialize)]
struct Turn {
    project: Project,
    session: u64,
    mode: ControlMode,
    host: String,
    pid: u32,
    at: Timestamp,
    age_ms: u64,
    limit_ms: u64,
}

/// Runs `health`.
pub(super) fn run(globals: &Globals, args: &Args) -> anyhow::Result<Exit> {
    let ctx = Context::new(&globals.flags())?;
    let folder = &ctx.settings.paths.data_dir;
    let project = ctx.settings.project();
    let newest = Ledger::open_to_read(folder).and_then(|ledger| ledger.heartbeat_newest(project));
    let report = match newest {
        Ok(newest) => report(newest, ctx.now),
        Err(StoreError::Missing { path }) => Report {
            healthy: false,
            text: format!("nobody watches: there is no ledger `{}`", path.display()),
            turn: None,
        },
        Err(error) => return Err(error.into()),
    };
    match args.json {
        true => ctx.output.json(&report)?,
        false => ctx.output.line(&report.text)?,
    }
    Ok(match report.healthy {
        true => Exit::Done,
        false => Exit::No,
    })
}

fn report(newest: Option<Heartbeat>, now: Timestamp) -> Report {
    let Some(beat) = newest else {
        return Report {
            healthy: false,
            text: "nobody watches: no session is open that made a turn".to_owned(),
            turn: None,
        };
    };
    // A clock that went backwards makes a turn that is to come.
    let age = now.since(beat.at).max(beat.at.since(now));
    let limit = beat.interval.saturating_mul(INTERVALS_MAX);
    let healthy = age < limit;
    let verdict = if healthy { "healthy" } else { "not healthy" };
    let text = format!(
        "{verdict}: the last turn of process {} on {} over `{}` was {} s ago, three intervals are {} s",
        beat.actor.pid,
        beat.actor.host,
        beat.project,
        seconds(age),
        seconds(limit),
    );
    let turn = Turn {
        project: beat.project,
        session: beat.session,
        mode: beat.mode,
        host: beat.actor.host,
        pid: beat.actor.pid,
        at: beat.at,
        age_ms: millis(age),
        limit_ms: millis(limit),
    };
    Report {
        healthy,
        text,
        turn: Some(turn),
    }
}

fn seconds(span: Duration) -> String {
    format!("{:.1}", span.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Actor;

    #[track_caller]
    fn check(age_ms: i64, expected: bool) {
        let beat = Heartbeat {
            session: 1,
            project: "wicap".parse().unwrap(),
            mode: ControlMode::Observe,
            actor: Actor {
                user: "root".to_owned(),
                host: "edge-1".to_owned(),
                pid: 7,
            },
            at: Timestamp::from_millis(1_000_000),
            interval: Duration::from_secs(10),
        };
        let now = Timestamp::from_millis(1_000_000 + age_ms);
        let report = report(Some(beat), now);
        assert_eq!(expected, report.healthy, "{}", report.text);
    }

    #[test]
    fn three_intervals_without_a_turn_are_too_many() {
        check(0, true);
        check(29_999, true);
        check(30_000, false);
        check(86_400_000, false);
    }

    #[test]
    fn a_turn_far_in_the_future_is_no_sign_of_life() {
        check(-5_000, true);
        check(-30_000, false);
    }
}
