//! Every decision follows from the ledger: recorded sessions are lived through again.

use rusqlite::Connection;
use tempfile::TempDir;
use wicap_assist::{
    model::EventKind,
    runtime::{Replayed, insight, replay},
    store::Ledger,
};

use crate::scenario::Scenario;

const INCIDENT: &str = "restart fails; ui unhealthy 3; turn 20; operator pauses 600; turn 4; \
                        operator resumes; redis policy no; redis crashes 1; turn 9; session; turn 3";

#[test]
fn recorded_sessions_come_to_the_same_again() {
    let scenario = played(INCIDENT);
    let told = replay(scenario.desk.journal.ledger(), None).unwrap();
    assert!(told.is_same(), "{:#?}", told.differences);
    assert_eq!((2, 0), (told.n_sessions, told.n_cut));
    assert!(told.n_turns >= 7 && told.n_rows > told.n_turns, "{told:?}");
}

#[test]
fn rules_that_changed_behind_the_ledgers_back_are_found() {
    let mut scenario = played("restart fails; ui unhealthy 3; turn 13");
    scenario.desk.rules.policy.ladder.attempts_max = 1;
    scenario.play("turn 4");
    let difference = only_difference(&told(&scenario));
    let (seq, found, expected) = difference;
    let row = scenario
        .desk
        .journal
        .ledger()
        .event_get(seq.unwrap())
        .unwrap();
    assert_eq!(Some(row.unwrap().envelope.kind), found);
    // The rules in the ledger allow two attempts, so waiting is what follows.
    assert_eq!(
        ("held attempts_spent", "held backoff"),
        (&*code(&found), &*code(&expected))
    );
}

#[test]
fn a_grant_that_changed_behind_the_ledgers_back_is_found() {
    let mut scenario = played("ui unhealthy 3; turn 2");
    scenario.desk.grants.actions.clear();
    scenario.play("turn 2");
    let (_, found, expected) = only_difference(&told(&scenario));
    assert_eq!(
        ("action_denied", "action_started"),
        (&*code(&found), &*code(&expected))
    );
}

#[test]
fn a_turn_that_could_not_be_written_to_its_end_is_no_difference() {
    let folder = TempDir::new().unwrap();
    let mut scenario = Scenario::on(Ledger::open(folder.path()).unwrap());
    let other = Connection::open(folder.path().join("ledger.db")).unwrap();
    let full = "CREATE TRIGGER no_room BEFORE INSERT ON events WHEN NEW.kind = 'held' \
                BEGIN SELECT RAISE(ABORT, 'no room'); END";
    other.execute_batch(full).unwrap();
    scenario.play("ui stop by hand; turn 2");
    other.execute_batch("DROP TRIGGER no_room").unwrap();
    scenario.play("turn 2");
    assert_eq!(
        [
            "0 ui down stopped code=0",
            "10 ui held manual_stop exit_code=0"
        ],
        scenario.log().as_slice()
    );
    let told = told(&scenario);
    assert_eq!(
        (true, 1),
        (told.is_same(), told.n_cut),
        "{:#?}",
        told.differences
    );
}

#[test]
fn what_is_older_is_remembered_and_not_made_again() {
    let scenario = played(INCIDENT);
    let ledger = scenario.desk.journal.ledger();
    let all = replay(ledger, None).unwrap().n_turns;
    let rows = ledger.event_list_after(0, 1_000).unwrap();
    let since = rows[rows.len() / 2].envelope.at;
    let told = replay(ledger, Some(since)).unwrap();
    assert!(told.is_same(), "{:#?}", told.differences);
    assert!(0 < told.n_turns && told.n_turns < all, "{told:?}");
}

#[test]
fn a_row_is_shown_with_all_that_bore_on_it() {
    let scenario = played("ui unhealthy 3; turn 1; operator pauses 60; turn 3");
    let ledger = scenario.desk.journal.ledger();
    let rows = ledger.event_list_after(0, 100).unwrap();
    let denied = rows
        .iter()
        .find(|row| matches!(row.envelope.kind, EventKind::ActionDenied { .. }));
    let seq = denied.unwrap().envelope.seq;
    let insight = insight(ledger, seq).unwrap().unwrap();
    assert_eq!(1, insight.asked.len());
    let refused: Vec<&str> = insight.asked[0]
        .answers
        .iter()
        .filter(|answer| answer.refusal.is_some())
        .map(|answer| answer.question)
        .collect();
    assert_eq!(["operator_pause"], refused[..]);
}

fn played(script: &str) -> Scenario {
    let mut scenario = Scenario::new();
    scenario.play(script);
    scenario
}

fn told(scenario: &Scenario) -> Replayed {
    replay(scenario.desk.journal.ledger(), None).unwrap()
}

type Differing = (Option<u64>, Option<EventKind>, Option<EventKind>);

#[track_caller]
fn only_difference(told: &Replayed) -> Differing {
    assert!(!told.is_same());
    let first = &told.differences[0];
    (first.seq, first.found.clone(), first.expected.clone())
}

fn code(kind: &Option<EventKind>) -> String {
    let kind = kind.as_ref().unwrap();
    let EventKind::Held { code, .. } = kind else {
        return kind.name().to_owned();
    };
    let code = serde_json::to_value(code).unwrap();
    format!("held {}", code.as_str().unwrap())
}
