//! Reads a script, turns the wheel, compares the log, and checks what always holds.

use std::time::Duration;

use wicap_assist::{
    control::State,
    model::{Action, ControlMode, Envelope, Policy, Timestamp},
    ports::Sense as _,
    runtime::{Desk, reconcile_once, replay},
    store::{EventFilter, Ledger},
};

use super::{
    disk::Disk,
    invariants, log,
    session::{Session, desk},
    world::ScriptedWorld,
};

/// 2026-03-04T05:06:00Z, the moment at which every scenario starts.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_772_600_760_000);
pub(crate) const INTERVAL: Duration = Duration::from_secs(5);

/// A script that is being played.
pub(crate) struct Scenario {
    pub world: ScriptedWorld,
    pub desk: Desk,
    pub session: Session,
    /// Where the ledger is in a file.
    pub disk: Option<Disk>,
    runtime: tokio::runtime::Runtime,
}

/// Plays `script` and compares the event log with `expected`, one line an event.
#[track_caller]
pub(crate) fn check(script: &str, expected: &str) {
    let mut scenario = Scenario::new();
    scenario.play(script);
    let expected: Vec<&str> = expected
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .collect();
    let actual = scenario.log();
    assert_eq!(
        expected.join("\n"),
        actual.join("\n"),
        "\n--- actual:\n{}\n",
        actual.join("\n")
    );
    scenario.check_invariants();
}

impl Scenario {
    /// The four services of WiCAP, well; assist; nothing written yet.
    pub(crate) fn new() -> Self {
        Self::on(Ledger::in_memory().unwrap())
    }

    /// The same, with a ledger of the test's own.
    pub(crate) fn on(ledger: Ledger) -> Self {
        let services = [
            ("processor", false),
            ("redis", false),
            ("scout", false),
            ("ui", true),
        ];
        let world = ScriptedWorld::new(START, &services);
        let policy = Policy::for_mode(ControlMode::Assist, INTERVAL);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        let desk = desk(ledger, START, Session::assist(&policy));
        Self {
            world,
            desk,
            session: Session::assist(&policy),
            disk: None,
            runtime: runtime.unwrap(),
        }
    }

    /// The same, with a ledger in a file that can be made to fail.
    pub(crate) fn on_disk() -> Self {
        let (disk, ledger) = Disk::new();
        let mut scenario = Self::on(ledger);
        scenario.disk = Some(disk);
        scenario
    }

    /// Plays the commands of a script, parted by `;`.
    #[track_caller]
    pub(crate) fn play(&mut self, script: &str) {
        for command in script
            .split(';')
            .map(str::trim)
            .filter(|command| !command.is_empty())
        {
            let words: Vec<&str> = command.split_whitespace().collect();
            self.command(&words);
        }
    }

    /// The log so far, without the session's own rows.
    pub(crate) fn log(&self) -> Vec<String> {
        self.rows()
            .iter()
            .filter_map(|row| log::line(row, START))
            .collect()
    }

    pub(crate) fn rows(&self) -> Vec<Envelope> {
        let rows = self
            .desk
            .journal
            .ledger()
            .event_list(&EventFilter::default())
            .unwrap();
        rows.into_iter().map(|row| row.envelope).collect()
    }

    pub(super) fn turns(&mut self, n: u32) {
        for _ in 0..n {
            let turn = async {
                // A call that has ended by now is heard of in this turn.
                tokio::task::yield_now().await;
                if let Err(error) = reconcile_once(&mut self.world, &mut self.desk).await {
                    let now = self.world.now();
                    self.desk.journal.report_unwritable(now, &error);
                }
                // The action's task gets its chance to come back.
                tokio::task::yield_now().await;
                self.desk.packs_done().await;
            };
            self.runtime.block_on(turn);
            self.world.advance(INTERVAL);
        }
    }

    /// The controller's process is gone without a word, and another one starts.
    pub(super) fn restart_controller(&mut self) {
        let now = {
            let mut insides = self.world.insides();
            insides.begin_process();
            insides.now
        };
        let gone = desk(Ledger::in_memory().unwrap(), now, self.session.clone());
        let gone = std::mem::replace(&mut self.desk, gone);
        self.desk = desk(gone.into_journal().into_ledger(), now, self.session.clone());
    }

    /// What holds after every scenario.
    #[track_caller]
    pub(crate) fn check_invariants(&self) {
        let rows = self.rows();
        let session = self.desk.journal.session();
        assert_eq!(
            State::replay(session, &rows),
            self.desk.state,
            "the state is no fold"
        );
        invariants::check(&rows);
        invariants::check_projections(self.desk.journal.ledger(), &rows);
        for call in &self.world.insides().calls {
            let is_late = call.is_switch_pulled || call.is_second;
            assert!(!is_late || call.refused.is_some(), "{call:?}");
            let starts_all = matches!(call.action, Action::ComposeUpCore | Action::ComposeUp);
            assert_eq!(starts_all, !call.starts.is_empty(), "{call:?}");
            assert!(call.at <= call.until, "{call:?}");
        }
        let told = replay(self.desk.journal.ledger(), None).unwrap();
        assert!(
            told.is_same(),
            "not the same again: {:#?}",
            told.differences
        );
        assert!(told.skipped.is_empty(), "{:?}", told.skipped);
    }
}
