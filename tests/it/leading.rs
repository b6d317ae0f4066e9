//! Who leads a stack: one of several processes, and never one whose hold ran out.

use std::{
    env,
    io::{BufRead as _, BufReader, Lines, Write as _, stdin},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Barrier,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use rustix::process::Signal;
use tempfile::TempDir;
use wicap_assist::{
    control::{Grants, Rules},
    model::{
        ControlMode, Denial, DownState, Envelope, EventKind, Policy, ServiceProfile, Stack, Tenure,
        Timestamp,
    },
    ports::Sense as _,
    runtime::{Desk, reconcile_once},
    store::{EventFilter, Ledger, Taken},
    telemetry::Journal,
    world::{Endpoint, HostLock, KillSwitches, LiveWorld, WorldSettings, actor, now},
};

use crate::{
    fake_engine::{Asked, FakeEngine},
    program::{Home, Program, eventually},
    scenario::invariants,
};

const LIVE: &str = "live --control-mode assist --interval 0.1 --plain";
const WATCH: &str = "live --interval 0.1 --plain";

#[test]
fn an_observer_beside_the_leader_judges_nothing_twice() {
    let engine = engine();
    let home = Home::new(&engine.serve_beside());
    let mut leader = home.start(LIVE);
    leader.until_said("leads the stack");
    let mut observers = [home.start(WATCH), home.start(WATCH)];
    for observer in &observers {
        observer.until_said("began to watch");
    }
    for n in 1..=15 {
        engine.set(|script| script.health("ui", "unhealthy"));
        eventually("a verdict", || {
            (home.count("episode_closed") >= n)
                .then_some(())
                .ok_or_else(|| home.told())
        });
    }
    for program in observers.iter_mut().chain([&mut leader]) {
        assert!(program.stop().success(), "{}", program.said());
    }
    home.assert_sound();
    let rows = home.rows();
    let n_started = rows.iter().filter(|row| is_start(row)).count();
    let n_closed = home.count("episode_closed");
    assert_eq!(n_started, n_closed, "{}", home.told());
    assert_eq!(n_started, engine.set(|script| script.writes()).len());
}

#[test]
fn of_two_that_start_at_once_one_leads() {
    let engine = engine();
    for round in 0..10 {
        // The first hold of a stack and later ones.
        let home = Home::new(&engine.serve_beside());
        for _ in 0..2 {
            race(&home, round);
        }
        home.assert_sound();
        let n_ended = home.count("session_ended");
        assert_eq!(home.count("session_started"), n_ended, "{}", home.told());
    }
}

#[test]
fn another_data_folder_is_no_way_around_the_leader() {
    let engine = engine();
    let url = engine.serve_beside();
    let (home, other) = (Home::new(&url), Home::new(&url));
    for home in [&home, &other] {
        // Both ledgers have seen a leader before.
        let mut program = home.start(LIVE);
        program.until_said("leads the stack");
        assert!(program.stop().success());
    }
    let mut leader = home.start(LIVE);
    leader.until_said("leads the stack");
    let mut refused = other.start(LIVE);
    assert_eq!(Some(1), refused.wait().code());
    let said = refused.said();
    assert!(said.contains("with another data folder"), "{said}");
    assert!(leader.stop().success());
}

/// A hold that runs out between the row that announces a restart and the call.
#[tokio::test]
async fn a_hold_that_runs_out_on_the_way_is_refused_at_the_act() {
    let engine = engine();
    let stack = Stack {
        project: Some("wicap".parse().unwrap()),
        services: [("ui".parse().unwrap(), ServiceProfile::default())].into(),
    };
    let mut world = LiveWorld::start(WorldSettings {
        endpoint: Endpoint::Tcp(engine.serve().await),
        stack: stack.clone(),
        interval: Duration::from_millis(100),
        switches: KillSwitches::default(),
        compose_env: [].into(),
    })
    .unwrap();
    let mut policy = Policy::for_mode(ControlMode::Assist, Duration::from_millis(100));
    policy.ladder.definite_after = Duration::ZERO;
    let rules = Rules { stack, policy };
    let journal = Journal::new(
        Ledger::in_memory().unwrap(),
        "wicap".parse().unwrap(),
        actor(),
    );
    let grants = Grants::for_mode(ControlMode::Assist);
    let mut desk = Desk::open(rules, grants, journal, now()).unwrap();
    engine.set(|script| {
        script.list_takes = Duration::from_millis(300);
        script.health("ui", "unhealthy");
    });
    world.observe().await;
    desk.tenure = Some(Tenure {
        token: 1,
        expires_at: now().after(Duration::from_millis(450)),
    });
    for _ in 0..3 {
        reconcile_once(&mut world, &mut desk).await.unwrap();
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let rows = desk
        .journal
        .ledger()
        .event_list(&EventFilter::default())
        .unwrap();
    let mut rows = rows.iter().map(|row| &row.envelope);
    assert!(rows.any(is_refused_at_the_act), "{rows:?}");
    assert_eq!(0, engine.set(|script| script.writes()).len());
}

const RACES: u64 = 1_000;
const RACE_FOLDER: &str = "LEADING_TEST_FOLDER";

/// Two processes on one file try at the same moment, a thousand times. Every hold is
/// of 30 s, and every race is 31 s after the one before.
#[test]
fn of_two_processes_that_race_a_thousand_times_one_wins_each_time() {
    let folder = TempDir::new().unwrap();
    Ledger::open(folder.path()).unwrap();
    let mut racers = [Racer::start(&folder), Racer::start(&folder)];
    let mut n_won = [0, 0];
    for race in 1..=RACES {
        racers.iter_mut().for_each(|racer| racer.go(race));
        let tokens = racers.each_mut().map(Racer::token);
        match tokens {
            [token, 0] if token == race => n_won[0] += 1,
            [0, token] if token == race => n_won[1] += 1,
            tokens => panic!("race {race}: {tokens:?}"),
        }
    }
    assert!(n_won.iter().all(|&n| n > 0), "no race at all: {n_won:?}");
}

/// Does nothing by itself: the test above runs it twice. Answers each number on stdin
/// with the token that it got, or 0.
#[test]
fn racer() {
    let Some(folder) = env::var_os(RACE_FOLDER) else {
        return;
    };
    let mut ledger = Ledger::open(Path::new(&folder)).unwrap();
    let hold = Duration::from_secs(30);
    let mut own = 0;
    for line in stdin().lines() {
        let race: i64 = line.unwrap().parse().unwrap();
        let at = Timestamp::from_millis(race * 31_000);
        let renewed = ledger.lease_renew("stack", own, (at, hold)).unwrap();
        assert_eq!(None, renewed, "a hold that ran out was renewed");
        let taken = ledger.lease_take("stack", &actor(), (at, hold), |_| false);
        own = match taken.unwrap() {
            Taken::Ours(tenure) => tenure.token,
            Taken::Theirs(_) => 0,
        };
        println!("token {own}");
    }
}

struct Racer {
    child: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Racer {
    fn start(folder: &TempDir) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "leading::racer", "--nocapture"])
            .env(RACE_FOLDER, folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            orders: child.stdin.take().unwrap(),
            answers: BufReader::new(child.stdout.take().unwrap()).lines(),
            child,
        }
    }

    fn go(&mut self, race: u64) {
        writeln!(self.orders, "{race}").unwrap();
    }

    fn token(&mut self) -> u64 {
        let mut answers = self.answers.by_ref().map(Result::unwrap);
        answers
            .find_map(|line| line.split_once("token ")?.1.parse().ok())
            .unwrap()
    }
}

impl Drop for Racer {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn of_many_threads_one_has_the_name_and_death_gives_it_back() {
    // A name of its own each time: a process that another test starts holds what was
    // open for the moment between its fork and its exec.
    for n in 0..1_000 {
        let name = format!("test/race/{}/{n}", std::process::id());
        let line = Barrier::new(4);
        let n_had = AtomicU32::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    line.wait();
                    let lock = HostLock::take(&name).unwrap();
                    n_had.fetch_add(u32::from(lock.is_some()), Ordering::Relaxed);
                    line.wait();
                });
            }
        });
        assert_eq!(1, n_had.into_inner());
    }
    let name = format!("test/race/{}/again", std::process::id());
    drop(HostLock::take(&name).unwrap().unwrap());
    let given_back = (0..100).any(|_| {
        thread::sleep(Duration::from_millis(10));
        HostLock::take(&name).unwrap().is_some()
    });
    assert!(given_back);
}

/// Starts two at once on one folder: one leads, the other ends and says who leads.
#[track_caller]
fn race(home: &Home, round: u32) {
    let mut both = [home.start(LIVE), home.start(LIVE)];
    eventually("one of both to lead and the other to end", || {
        let leads = both.each_ref().map(leads);
        let runs = both.each_mut().map(Program::is_running);
        (leads == runs && leads[0] != leads[1])
            .then_some(())
            .ok_or_else(|| format!("round {round}: {} / {}", both[0].said(), both[1].said()))
    });
    for mut program in both {
        if program.is_running() {
            assert!(program.stop().success());
            continue;
        }
        assert_eq!(Some(1), program.wait().code());
        assert!(
            program.said().contains("is led by process"),
            "{}",
            program.said()
        );
    }
}

/// The first leader stands still between the row that announces its restart and the
/// call, for longer than its hold lasts. Another one takes over meanwhile.
#[test]
fn a_leader_that_stood_still_does_nothing_more() {
    let engine = engine();
    let home = Home::new(&engine.serve_beside());
    let first = home.start(LIVE);
    first.until_said("leads the stack");
    engine.set(|script| {
        script.list_takes = Duration::from_millis(700);
        script.health("ui", "unhealthy");
    });
    eventually("the first leader to announce a restart", || {
        (home.count("action_started") == 1)
            .then_some(())
            .ok_or_else(|| home.told())
    });
    first.signal(Signal::STOP);
    engine.set(|script| script.list_takes = Duration::ZERO);
    assert_eq!(0, engine.set(|script| script.writes()).len());

    let second = after_the_hold(&home);
    engine.set(|script| script.restart.takes = Duration::from_millis(900));
    eventually("the second leader to begin a restart of its own", || {
        let begun = engine.set(|script| script.writes()).len() == 1;
        begun.then_some(()).ok_or_else(|| home.told())
    });
    first.signal(Signal::CONT);
    eventually("the end of the first leader's call", || {
        let returned = |row: &Envelope| row.session == 1 && row.kind.name() == "action_returned";
        let has_returned = home.rows().iter().any(returned);
        has_returned.then_some(()).ok_or_else(|| home.told())
    });
    eventually("the verdict on the second leader's restart", || {
        (home.count("episode_closed") == 2)
            .then_some(())
            .ok_or_else(|| home.told())
    });
    thread::sleep(Duration::from_millis(300));
    check_who_acted(&home.rows(), &engine.set(|script| script.writes()));
    for mut program in [second, first] {
        assert!(program.stop().success(), "{}", program.said());
    }
    home.assert_sound();
}

/// Starts programs until one is not refused.
fn after_the_hold(home: &Home) -> Program {
    for _ in 0..30 {
        let mut program = home.start(LIVE);
        eventually("an answer", || {
            let is_decided = leads(&program) || !program.is_running();
            is_decided.then_some(()).ok_or_else(|| program.said())
        });
        if program.is_running() {
            return program;
        }
        thread::sleep(Duration::from_millis(1_500));
    }
    panic!("the hold does not run out: {}", home.told());
}

/// The one write is the second's, and what the first wrote afterwards does not bear
/// on it: neither the end of its call nor its old memory.
fn check_who_acted(rows: &[Envelope], writes: &[Asked]) {
    invariants::check(rows);
    assert_eq!(1, writes.len(), "{writes:?}");
    let told: Vec<String> = rows
        .iter()
        .filter_map(|row| Some(format!("{} {}", row.session, deed(&row.kind)?)))
        .filter(|told| told != "1 sees a crash")
        .collect();
    let second = rows
        .iter()
        .filter(|row| row.kind.name() == "session_started");
    let second = second.map(|row| row.seq).max().unwrap();
    assert_eq!(
        [
            "1 starts".to_owned(),
            format!("{second} says Unmet"),
            format!("{second} starts"),
            format!("{second} says Met"),
        ],
        told[..]
    );
}

fn deed(kind: &EventKind) -> Option<String> {
    if let EventKind::EpisodeClosed { verdict, .. } = kind {
        return Some(format!("says {verdict:?}"));
    }
    if let EventKind::ServiceDown(down) = kind
        && down.state == DownState::Exited
    {
        return Some("sees a crash".to_owned());
    }
    matches!(kind, EventKind::ActionStarted { .. }).then(|| "starts".to_owned())
}

fn is_start(row: &Envelope) -> bool {
    matches!(row.kind, EventKind::ActionStarted { .. })
}

fn is_refused_at_the_act(row: &Envelope) -> bool {
    matches!(
        row.kind,
        EventKind::ActionReturned {
            code: Some(Denial::NotLeader),
            ..
        }
    )
}

fn leads(program: &Program) -> bool {
    program.said().contains("leads the stack")
}

fn engine() -> FakeEngine {
    let engine = FakeEngine::default();
    engine.set(|script| {
        script.health("processor", "healthy");
        script.health("ui", "healthy");
    });
    engine
}
