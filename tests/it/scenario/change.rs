//! The commands of a script that change one service of the world.

use std::time::Duration;

use wicap_assist::model::{
    HappeningKind, Health, Lifecycle, ProbeResult, Redacted, RestartPolicy, Timestamp,
};

use super::body::Body;

/// Applies `words`, the part of a command after the service's name.
#[track_caller]
pub(crate) fn change(body: &mut Body, words: &[&str], now: Timestamp) {
    match words {
        ["policy", policy] => body.container().restart_policy = restart_policy(policy),
        ["crashes", code] => body.die(now, code.parse().unwrap()),
        ["restarts"] => {
            let count = body.container().restart_count + 1;
            body.start(now, count);
        }
        ["loops", times] => body.crash_and_restart(now, 1, times.parse().unwrap()),
        ["ended", code] => end_unseen(body, code, now),
        ["oom"] => {
            body.report(now, HappeningKind::Oom);
            body.die(now, 137);
            body.container().is_oom_killed = true;
        }
        ["stop", "by", "hand"] => body.stop_by_hand(now, 0),
        ["stop", "by", "hand", code] => body.stop_by_hand(now, code.parse().unwrap()),
        ["kill", "by", "hand"] => body.kill_by_hand(now),
        ["start", "by", "hand"] => body.start(now, 0),
        ["pause"] => {
            body.report(now, HappeningKind::Pause);
            body.container().lifecycle = Lifecycle::Paused;
            if body.has_check {
                body.container().health = Health::Unhealthy { streak: 0 };
            }
        }
        ["unpause"] => {
            body.report(now, HappeningKind::Unpause);
            body.container().lifecycle = Lifecycle::Running;
        }
        ["unhealthy", streak] => {
            body.container().health = Health::Unhealthy {
                streak: streak.parse().unwrap(),
            };
        }
        ["healthy"] => body.container().health = Health::Healthy,
        ["starting"] => {
            body.start(now, 0);
            body.container().health = Health::Starting;
        }
        ["flips"] => body.container().changes.push(now),
        ["dead"] => body.container().lifecycle = Lifecycle::Dead,
        ["error", text @ ..] => body.container().error = Redacted::from_raw(&text.join(" ")),
        ["shows", "old"] => body.shown.clone_from(&body.container),
        ["shows", "new"] => body.shown = None,
        ["blind"] => body.is_blind = true,
        ["seen"] => body.is_blind = false,
        ["probe", "ok"] => body.probe = Some(ProbeResult::Ok),
        ["probe", "fails"] => {
            body.probe = Some(ProbeResult::Failed(Redacted::from_raw("no answer in 2 s")));
        }
        ["probe", "degraded"] => {
            body.probe = Some(ProbeResult::Degraded(Redacted::from_raw(
                "database disconnected",
            )));
        }
        ["joins", owner] => body.container().network_owner = Some(owner.parse().unwrap()),
        ["vanishes"] => body.container = None,
        ["removed", "by", "hand"] => body.remove(now),
        ["made", "by", "hand"] => body.make(now),
        ["deployed"] => {
            body.report(now.before(Duration::from_secs(1)), HappeningKind::Create);
        }
        other => panic!("unknown command {other:?}"),
    }
}

/// The main process ended while nobody listened to the engine.
fn end_unseen(body: &mut Body, code: &str, now: Timestamp) {
    let container = body.container();
    container.lifecycle = Lifecycle::Exited;
    container.exit_code = code.parse().unwrap();
    container.finished_at = Some(now);
}

fn restart_policy(word: &str) -> RestartPolicy {
    match word {
        "no" => RestartPolicy::No,
        "on-failure" => RestartPolicy::OnFailure { retries_max: 0 },
        "always" => RestartPolicy::Always,
        "unless-stopped" => RestartPolicy::UnlessStopped,
        other => panic!("unknown restart policy {other}"),
    }
}
