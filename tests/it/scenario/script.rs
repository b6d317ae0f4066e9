//! Reads a script, turns the wheel, compares the log, and checks what always holds.

use std::time::Duration;

use wicap_assist::{
    control::{Grants, Rules, State},
    model::{
        ActionKind, ControlMode, DownState, Envelope, EventKind, Happening, HappeningKind, Health,
        KillSwitch, Lifecycle, Policy, ProbeResult, Redacted, RestartPolicy, ServiceId,
        ServiceProfile, Stack, Timestamp,
    },
    runtime::{Desk, reconcile_once},
    store::Ledger,
};

use super::{RestartEffect, ScriptedWorld, log, world::Body};
use crate::common;

/// 2026-03-04T05:06:00Z, the moment at which every scenario starts.
const START: Timestamp = Timestamp::from_millis(1_772_600_760_000);
const INTERVAL: Duration = Duration::from_secs(5);

/// A script that is being played.
pub struct Scenario {
    pub world: ScriptedWorld,
    pub desk: Desk,
    mode: ControlMode,
    is_shadow: bool,
    policy: Policy,
    runtime: tokio::runtime::Runtime,
}

/// Plays `script` and compares the event log with `expected`, one line an event.
#[track_caller]
pub fn check(script: &str, expected: &str) {
    let mut scenario = Scenario::new();
    scenario.play(script);
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    let actual = scenario.log();
    assert_eq!(expected.join("\n"), actual.join("\n"), "\n--- actual:\n{}\n", actual.join("\n"));
    scenario.check_invariants();
}

impl Scenario {
    /// The four services of WiCAP, well; assist; nothing written yet.
    pub fn new() -> Self {
        let services = [("processor", false), ("redis", false), ("scout", false), ("ui", true)];
        let world = ScriptedWorld::new(START, &services);
        let policy = Policy::for_mode(ControlMode::Assist, INTERVAL);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let desk = desk(Ledger::in_memory().unwrap(), ControlMode::Assist, false, policy.clone());
        Self {
            world,
            desk,
            mode: ControlMode::Assist,
            is_shadow: false,
            policy,
            runtime: runtime.unwrap(),
        }
    }

    /// Plays the commands of a script, parted by `;`.
    #[track_caller]
    pub fn play(&mut self, script: &str) {
        for command in script.split(';').map(str::trim).filter(|command| !command.is_empty()) {
            let words: Vec<&str> = command.split_whitespace().collect();
            self.command(&words);
        }
    }

    /// The log so far, without the session's own rows.
    pub fn log(&self) -> Vec<String> {
        self.rows().iter().filter_map(|row| log::line(row, START)).collect()
    }

    fn rows(&self) -> Vec<Envelope> {
        common::rows(&self.desk.journal)
    }

    #[track_caller]
    fn command(&mut self, words: &[&str]) {
        match words {
            ["turn"] => self.turns(1),
            ["turn", n] => self.turns(n.parse().unwrap()),
            ["wait", seconds] => self.world.advance(Duration::from_secs(seconds.parse().unwrap())),
            ["restart", effect] => {
                self.world.insides().restart = match *effect {
                    "heals" => RestartEffect::Heals,
                    "fails" => RestartEffect::Fails,
                    "errors" => RestartEffect::Errors,
                    "hangs" => RestartEffect::Hangs,
                    "refused" => RestartEffect::Refused,
                    other => panic!("unknown effect {other}"),
                };
            }
            ["engine", state] => self.world.insides().is_engine_away = *state == "away",
            ["switch", "pulled"] => {
                let source = Redacted::from_raw("KILL file");
                self.world.insides().kill_switch = KillSwitch::Pulled { source };
            }
            ["switch", "clear"] => self.world.insides().kill_switch = KillSwitch::Clear,
            ["session"] => self.restart_controller(),
            ["mode", mode] => {
                self.mode = mode.parse().unwrap();
                self.policy = Policy::for_mode(self.mode, INTERVAL);
                self.restart_controller();
            }
            ["shadow"] => {
                self.is_shadow = true;
                self.restart_controller();
            }
            ["allow", actions @ ..] => {
                let kinds = actions.iter().map(|kind| kind.parse::<ActionKind>().unwrap());
                self.desk.grants.actions = kinds.collect();
            }
            ["set", number, value] => self.set(number, value.parse().unwrap()),
            [service, rest @ ..] => {
                let service: ServiceId = service.parse().unwrap();
                let mut insides = self.world.insides();
                let now = insides.now;
                let body = insides.services.get_mut(&service).expect("a service of the stack");
                change(body, rest, now);
            }
            [] => (),
        }
    }

    fn set(&mut self, number: &str, value: u64) {
        let policy = &mut self.desk.rules.policy;
        let as_count = u32::try_from(value).unwrap();
        match number {
            "attempts" => policy.ladder.attempts_max = as_count,
            "budget_service" => policy.budget_service = as_count,
            "budget_service_day" => policy.budget_service_day = as_count,
            "budget_stack" => policy.budget_stack = as_count,
            "cooldown" => policy.cooldown = Duration::from_secs(value),
            "backoff" => policy.backoff_first = Duration::from_secs(value),
            other => panic!("unknown number {other}"),
        }
        self.policy = policy.clone();
    }

    fn turns(&mut self, n: u32) {
        for _ in 0..n {
            let turn = async {
                reconcile_once(&mut self.world, &mut self.desk).await.unwrap();
                // The action's task gets its chance to come back.
                tokio::task::yield_now().await;
            };
            self.runtime.block_on(turn);
            self.world.advance(INTERVAL);
        }
    }

    /// The controller's process is gone without a word, and another one starts.
    fn restart_controller(&mut self) {
        let ledger = common::take_ledger(&mut self.desk);
        self.desk = desk(ledger, self.mode, self.is_shadow, self.policy.clone());
        self.desk.journal = common::journal_at(&mut self.desk, self.world.insides().now);
    }

    /// What holds after every scenario.
    #[track_caller]
    pub fn check_invariants(&self) {
        let rows = self.rows();
        let session = self.desk.journal.session();
        assert_eq!(State::replay(session, &rows), self.desk.state, "state is no fold");
        common::check_ledger(&rows);
    }
}
