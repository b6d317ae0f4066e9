//! The console: its actions, in a session of its own and by way of a controller that
//! leads already.

use std::{
    fs,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use rustix::process::Signal;
use serde_json::Value;
use wicap_assist::{
    model::{Actor, Reply, Wish},
    runtime::{Follow, FollowEnd, replay},
    store::{Ledger, Taken},
    telemetry::Journal,
    world::{HostLock, actor, is_gone, now},
};

use crate::{
    fake_engine::FakeEngine,
    program::{Home, Program, eventually},
    run::Ran,
};

const LIVE: &str = "live --control-mode assist --interval 0.1 --plain";

/// Has the console do one sentence.
fn say(home: &Home, mode: &str, sentence: &str) -> Ran {
    let mut command = home.command("agent");
    let flags = ["--control-mode", mode, "-c", sentence];
    Ran::from(command.args(flags).output().unwrap())
}

#[track_caller]
fn assert_replays(home: &Home) {
    home.assert_sound();
    let told = replay(&home.ledger(), None).unwrap();
    assert!(told.is_same(), "{:#?}", told.differences);
}

#[test]
fn a_controller_that_leads_answers_the_console() {
    let engine = engine();
    let home = Home::new(&engine.serve_beside());
    let mut leader = home.start(LIVE);
    leader.until_said("leads the stack");
    // The mode is that of the controller: it acts, and the console only asks.
    let done = say(&home, "observe", "action restart_service:ui");
    assert_eq!(Some(0), done.code, "{}", done.both());
    let by = format!("process {} of", leader.id());
    assert!(done.stderr.contains(&by), "{}", done.stderr);
    for words in ["every gate lets it through", "restarting ui helped"] {
        assert!(done.stdout.contains(words), "{}", done.stdout);
    }
    assert!(leader.said().contains("every gate lets it through"));
    assert!(leader.stop().success());
    let rows = home.rows();
    let session = rows[0].session;
    let asked = rows
        .iter()
        .find(|row| row.kind.name() == "operator_request");
    assert_ne!(Some(leader.id()), asked.map(|row| row.actor.pid));
    for name in ["operator_answer", "action_started", "episode_closed"] {
        let row = rows.iter().find(|row| row.kind.name() == name).unwrap();
        assert_eq!(session, row.session, "{name}");
    }
    assert_eq!(1, engine.set(|script| script.writes()).len());
    assert_replays(&home);
}

#[test]
fn a_refusal_of_the_leader_is_shown_with_its_gate() {
    let engine = engine();
    let home = Home::new(&engine.serve_beside());
    let mut leader = home.start(&format!("{LIVE} --allow-actions status_check"));
    leader.until_said("leads the stack");
    let refused = say(&home, "assist", "restart ui");
    assert_eq!(Some(3), refused.code, "{}", refused.both());
    let words = "it is refused: the session was not granted this action";
    assert!(refused.stdout.contains(words), "{}", refused.stdout);
    assert!(
        refused
            .stderr
            .contains("hint: that controller was not granted it")
    );
    assert!(leader.stop().success());
    assert_eq!(0, engine.set(|script| script.writes()).len());
    assert_replays(&home);
}

#[test]
fn without_a_leader_the_console_leads_until_the_verdict() {
    let engine = engine();
    let home = Home::new(&engine.serve_beside());
    let done = say(&home, "assist", "restart ui");
    assert_eq!(Some(0), done.code, "{}", done.both());
    assert!(
        done.stdout.contains("restarting ui helped"),
        "{}",
        done.stdout
    );
    let names: Vec<&str> = home.rows().iter().map(|row| row.kind.name()).collect();
    let expected = [
        "session_started",
        "lease_taken",
        "operator_request",
        "operator_answer",
        "action_started",
    ];
    assert_eq!(expected, names[..5], "{}", home.told());
    let end = ["lease_yielded", "session_ended"];
    assert!(names.ends_with(&end), "{names:?}");
    assert_eq!(1, engine.set(|script| script.writes()).len());
    assert_replays(&home);
}

#[test]
fn a_console_that_observes_is_refused_by_its_own_gate() {
    let engine = engine();
    let home = Home::new(&engine.serve_beside());
    let refused = say(&home, "observe", "restart ui");
    assert_eq!(Some(3), refused.code, "{}", refused.both());
    assert!(refused.stdout.contains("the session only observes"));
    assert!(
        refused.stderr.contains("`mode assist`"),
        "{}",
        refused.stderr
    );
    let unknown = say(&home, "assist", "restart uii");
    assert_eq!(Some(2), unknown.code);
    assert!(unknown.stderr.contains("hint: it has processor, ui"));
    assert_eq!(0, engine.set(|script| script.writes()).len());
    assert_replays(&home);
}

/// What a run printed as JSON.
#[track_caller]
fn json(home: &Home, line: &str, code: i32) -> Value {
    let ran = Ran::from(home.command(line).output().unwrap());
    assert_eq!(Some(code), ran.code, "{line}: {}", ran.both());
    serde_json::from_str(&ran.stdout).unwrap()
}

/// What is told is what is enforced: the words of the gates, not of a copy.
#[test]
fn what_is_explained_is_what_is_enforced() {
    let engine = engine();
    let home = Home::new(&engine.serve_beside());
    let sandbox = "agent sandbox-explain --json --action restart_service:ui";
    let alone = json(&home, &format!("{sandbox} --mode assist"), 0);
    assert_eq!(
        (true, 0),
        (alone["allowed"] == true, home.count("session_started"))
    );
    let observing = json(&home, sandbox, 3);
    assert_eq!("observe_mode", observing["code"]);
    let refused = say(&home, "observe", "restart ui");
    assert!(refused.stdout.contains("the session only observes"));
    let policy = json(&home, "agent explain-policy --json --mode autonomous", 0);
    assert_eq!(
        (Value::Null, "autonomous"),
        (policy["session"].clone(), policy["mode"].as_str().unwrap())
    );

    let mut leader = home.start(&format!("{LIVE} --allow-actions status_check"));
    leader.until_said("leads the stack");
    let policy = json(&home, "agent explain-policy --json --mode observe", 0);
    assert_eq!(Some(u64::from(leader.id())), policy["pid"].as_u64());
    assert_eq!(
        ("assist", 1),
        (
            policy["mode"].as_str().unwrap(),
            policy["actions"].as_array().unwrap().len()
        )
    );
    let told = json(&home, sandbox, 3);
    assert_eq!(
        ("not_allowed_in_session", "tool_policy"),
        (
            told["code"].as_str().unwrap(),
            told["denied_by"].as_str().unwrap()
        )
    );
    let answered = say(&home, "assist", "restart ui");
    assert!(answered.stdout.contains("was not granted this action"));
    fs::write(home.data().join("KILL"), "").unwrap();
    let told = json(&home, sandbox, 3);
    assert_eq!("kill_switch", told["code"]);
    let policy = json(&home, "agent explain-policy --json", 0);
    assert!(
        policy["kill_switch"]["pulled_by"]
            .as_str()
            .unwrap()
            .contains("KILL")
    );
    let gates: Vec<&str> = policy["gates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|gate| gate["question"].as_str().unwrap())
        .collect();
    let traced: Vec<&str> = told["policy_trace"]
        .as_array()
        .unwrap()
        .iter()
        .map(|gate| gate["question"].as_str().unwrap())
        .collect();
    assert_eq!(gates, traced);
    let nobody = json(
        &home,
        "agent sandbox-explain --json --action compose_up_core",
        3,
    );
    assert_eq!(Value::Null, nobody["denied_by"]);
    assert!(leader.stop().success());
}

#[test]
fn the_control_center_counts_what_was_done() {
    let engine = engine();
    let home = Home::new(&engine.serve_beside());
    let empty = json(&home, "agent control-center --json", 0);
    assert_eq!(Value::Null, empty["observation"]);
    for _ in 0..2 {
        assert_eq!(Some(0), say(&home, "assist", "restart ui").code);
    }
    let center = json(&home, "agent control-center --json", 0);
    assert_eq!(
        serde_json::json!([{"action": "restart_service:ui", "met": 2, "unmet": 0, "inconclusive": 0}]),
        center["actions"]
    );
    assert_eq!("session_ended", center["events"][4]["event"]);
    let page = say(&home, "assist", "stats").stdout;
    for words in [
        "enforced by",
        "restart_service:ui",
        "The last events",
        "NOT WELL: no controller",
    ] {
        assert!(page.contains(words), "{page}");
    }
}

/// A controller gives the stack up for one who asks, does nothing meanwhile, and leads
/// again when the other one is killed.
#[test]
fn a_leader_gives_the_stack_up_and_takes_it_back_from_the_dead() {
    let engine = engine();
    let home = Home::new(&engine.serve_beside());
    let mut leader = home.start(LIVE);
    leader.until_said("leads the stack (hold 1)");
    let mut other = Other::of(&home);
    leader.until_said("gave the stack back (hold 1)");
    engine.set(|script| script.health("ui", "unhealthy"));
    leader.until_said("restarting ui is refused");
    assert_eq!(0, engine.set(|script| script.writes()).len());
    assert!(!leader.said().contains("leads the stack (hold 3)"));
    other.kill();
    leader.until_said("leads the stack (hold 3)");
    eventually("a restart", || {
        let is_made = engine.set(|script| script.writes()).len() == 1;
        is_made.then_some(()).ok_or_else(|| home.told())
    });
    assert!(leader.stop().success());
    assert_replays(&home);
}

#[test]
fn a_leader_takes_back_what_nobody_wanted_after_all() {
    let engine = engine();
    let home = Home::new(&engine.serve_beside());
    let mut leader = home.start(LIVE);
    leader.until_said("leads the stack (hold 1)");
    // One that asks and is gone before it takes anything.
    let mut gone = Command::new("true").spawn().unwrap();
    let pid = gone.id();
    gone.wait().unwrap();
    let asker = Actor { pid, ..actor() };
    let ledger = Ledger::open(&home.data()).unwrap();
    let mut journal = Journal::new(ledger, "wicap".parse().unwrap(), asker);
    let times = (now(), now().after(Duration::from_secs(30)));
    Follow::ask(&mut journal, Wish::Yield, times).unwrap();
    leader.until_said("leads the stack (hold 2)");
    assert!(leader.stop().success());
    assert_replays(&home);
}

/// A process that asked for the stack and holds it.
struct Other {
    child: std::process::Child,
    name: Option<HostLock>,
}

impl Other {
    #[track_caller]
    fn of(home: &Home) -> Self {
        let child = Command::new("sleep")
            .arg("60")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let own = Actor {
            pid: child.id(),
            ..actor()
        };
        let ledger = Ledger::open(&home.data()).unwrap();
        let (stack, _) = ledger.lease_list().unwrap().remove(0);
        let mut journal = Journal::new(ledger, "wicap".parse().unwrap(), own.clone());
        let times = (now(), now().after(Duration::from_secs(30)));
        let mut follow = Follow::ask(&mut journal, Wish::Yield, times).unwrap();
        let name = eventually("the stack to be free", || {
            follow.read(journal.ledger()).unwrap();
            let is_free = journal
                .ledger()
                .lease_holder(&stack, now())
                .unwrap()
                .is_none();
            let name = is_free.then(|| HostLock::take(&stack).unwrap()).flatten();
            name.ok_or_else(|| home.told())
        });
        let Some(FollowEnd::Answered(answer)) = follow.end() else {
            panic!("no answer: {:?}", follow.end());
        };
        assert_eq!(Reply::Yielded, answer.reply);
        let hold = (now(), Duration::from_secs(600));
        let taken = journal
            .ledger_mut()
            .lease_take(&stack, &own, hold, is_gone)
            .unwrap();
        assert!(matches!(taken, Taken::Ours(_)), "{taken:?}");
        Self {
            child,
            name: Some(name),
        }
    }

    /// The kernel takes the name back together with the process.
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.name = None;
    }
}

#[test]
fn a_request_that_its_asker_leaves_is_taken_back() {
    let engine = engine();
    let home = Home::new(&engine.serve_beside());
    let mut leader = home.start(LIVE);
    leader.until_said("leads the stack");
    // It stands still between two rows, so that it cannot answer first.
    eventually("the leader to stand still beside a free ledger", || {
        leader.signal(Signal::STOP);
        let ledger = rusqlite::Connection::open(home.data().join("ledger.db")).unwrap();
        let free = ledger.execute_batch("BEGIN IMMEDIATE; ROLLBACK");
        free.map_err(|error| {
            leader.signal(Signal::CONT);
            error.to_string()
        })
    });
    let mut console = home.command("agent");
    console.args(["-c", "restart ui"]);
    let mut console = Program::start(console);
    console.until_said("answers on its next turn");
    console.signal(Signal::INT);
    assert_eq!(Some(3), console.wait().code(), "{}", console.said());
    assert!(console.said().contains("it was taken back"));
    leader.signal(Signal::CONT);
    let n_rows = home.rows().len();
    thread::sleep(Duration::from_millis(500));
    assert_eq!(n_rows, home.rows().len(), "{}", home.told());
    assert!(leader.stop().success());
    assert_eq!(0, engine.set(|script| script.writes()).len());
    assert_replays(&home);
}

fn engine() -> FakeEngine {
    let engine = FakeEngine::default();
    engine.set(|script| {
        script.health("processor", "healthy");
        script.health("ui", "healthy");
    });
    engine
}
