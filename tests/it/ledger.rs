//! The ledger keeps what is written, in one chain, whoever writes it.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command},
    thread,
    time::Duration,
};

use rusqlite::{Connection, types::Value};
use wicap_assist::{
    model::{
        Action, Actor, ControlMode, Down, DownState, Envelope, EventKind, Evidence, Expectation,
        Facts, HoldCode, Project, Redacted, ServiceId, SessionEnd, Source, Timestamp, Verdict, Why,
    },
    store::{Digest, Draft, EventFilter, Ledger, StoreError},
};

const DIR_VARIABLE: &str = "LEDGER_TEST_DIR";
const N_APPENDS: u64 = 1_000;

#[test]
fn a_row_is_read_back_as_it_was_written() {
    let mut ledger = Ledger::in_memory().unwrap();
    let started = append(&mut ledger, 1, &started());
    assert_eq!((1, 1), (started.seq, started.session));

    let kind = down("ui", DownState::Unhealthy);
    let draft = Draft {
        input: Some("{\"at\":2}"),
        session: started.session,
        ..draft(2, &kind)
    };
    let written = ledger.event_append(&draft).unwrap();

    let row = ledger.event_get(2).unwrap().unwrap();
    assert_eq!(written, row.envelope);
    assert_eq!(kind, row.envelope.kind);
    assert_eq!(Some(Digest::of(b"{\"at\":2}")), row.input);
    assert_eq!(ledger.event_get(1).unwrap().unwrap().hash, row.prev);
    let input = ledger.input_get(row.input.unwrap()).unwrap();
    assert_eq!(Some("{\"at\":2}"), input.as_deref());
    let head = ledger.event_head().unwrap().unwrap();
    assert_eq!((2, row.hash), (head.seq, head.hash));
    assert_eq!(None, ledger.event_get(3).unwrap());
}

#[test]
fn an_input_is_stored_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::open(dir.path()).unwrap();
    for at in 0..3 {
        let kind = seen("ui");
        let input = Some("{}");
        let draft = Draft {
            input,
            ..draft(at, &kind)
        };
        ledger.event_append(&draft).unwrap();
    }
    assert_eq!(
        Value::Integer(1),
        query(dir.path(), "SELECT count(*) FROM inputs")
    );
}

#[test]
fn a_filter_keeps_the_newest_that_fit() {
    let mut ledger = Ledger::in_memory().unwrap();
    for (at, kind) in [
        seen("ui"),
        seen("worker#2"),
        seen("worker"),
        down("ui", DownState::Dead),
    ]
    .iter()
    .enumerate()
    {
        append(&mut ledger, at as i64, kind);
    }
    let check = |filter: EventFilter, expected: &[u64]| {
        let rows = ledger.event_list(&filter).unwrap();
        let seqs: Vec<u64> = rows.iter().map(|row| row.envelope.seq).collect();
        assert_eq!(expected, seqs, "{filter:?}");
    };
    let all = EventFilter::default;
    check(all(), &[1, 2, 3, 4]);
    check(
        EventFilter {
            limit: Some(2),
            ..all()
        },
        &[3, 4],
    );
    check(
        EventFilter {
            service: Some("worker".into()),
            ..all()
        },
        &[2, 3],
    );
    check(
        EventFilter {
            service: Some("worker#2".into()),
            ..all()
        },
        &[2],
    );
    check(
        EventFilter {
            kind: Some("service_down".into()),
            ..all()
        },
        &[4],
    );
    check(
        EventFilter {
            since: Some(Timestamp::from_millis(2)),
            ..all()
        },
        &[3, 4],
    );
    check(
        EventFilter {
            service: Some("*".into()),
            ..all()
        },
        &[],
    );
    let after: Vec<u64> = ledger
        .event_list_after(2, 1)
        .unwrap()
        .iter()
        .map(|row| row.envelope.seq)
        .collect();
    assert_eq!(vec![3], after);
}

#[test]
fn a_session_is_open_until_somebody_ends_it() {
    let mut ledger = Ledger::in_memory().unwrap();
    let id = append(&mut ledger, 1, &started()).session;
    let open = ledger.session_list_open(&project()).unwrap();
    assert_eq!(1, open.len());
    assert_eq!((id, ControlMode::Assist), (open[0].id, open[0].mode));
    assert_eq!(actor(), open[0].actor);

    let end = SessionEnd::Interrupted;
    let kind = EventKind::SessionEnded { end };
    let session = id;
    let other = Draft {
        session,
        ..draft(2, &kind)
    };
    ledger.event_append(&other).unwrap();
    assert!(ledger.session_list_open(&project()).unwrap().is_empty());
}

#[test]
fn an_episode_is_open_until_it_is_judged() {
    let mut ledger = Ledger::in_memory().unwrap();
    append(&mut ledger, 1, &acting("ui"));
    let newest = |ledger: &Ledger| {
        let all = ledger.episode_list_past(Some(&project()), Timestamp::from_millis(9), 9);
        all.unwrap().remove(0)
    };
    let open = newest(&ledger);
    assert_eq!(
        (1, "ui", 1),
        (open.started_seq, &*open.service, open.attempt)
    );
    assert_eq!(("restart_service:ui", None), (&*open.action, open.verdict));

    append(&mut ledger, 2, &judged("redis"));
    assert_eq!(None, newest(&ledger).verdict);
    append(&mut ledger, 3, &judged("ui"));
    assert_eq!(Some("met"), newest(&ledger).verdict.as_deref());
}

#[test]
fn a_fold_starts_where_nothing_is_cut() {
    // Rows 1 to 10, a second apart; `since` is the time of row 8.
    let check = |kinds: &[EventKind], expected: u64| {
        let mut ledger = Ledger::in_memory().unwrap();
        for (at, kind) in (1..).zip(kinds) {
            let session = 1;
            let draft = Draft {
                session,
                ..draft(at, kind)
            };
            ledger.event_append(&draft).unwrap();
        }
        let since = Timestamp::from_millis(8);
        let rows = ledger.event_list_for_fold(&project(), since).unwrap();
        let first = rows.first().map_or(0, |row| row.seq);
        assert_eq!(expected, first, "{kinds:?}");
    };
    let quiet = || vec![seen("scout"); 10];
    let with = |changes: &[(usize, EventKind)]| {
        let mut kinds = quiet();
        for (seq, kind) in changes {
            kinds[seq - 1] = kind.clone();
        }
        kinds
    };
    check(&quiet(), 8);
    check(&quiet()[..5], 0);
    // An open finding, episode, hold; one that ended before; one that ended later.
    check(&with(&[(3, down("ui", DownState::Exited))]), 3);
    check(&with(&[(4, acting("ui"))]), 4);
    check(&with(&[(5, held("ui"))]), 5);
    check(&with(&[(3, acting("ui")), (7, judged("ui"))]), 8);
    check(&with(&[(3, acting("ui")), (9, judged("ui"))]), 3);
    // What was open at row 5 began at row 2, so the fold begins there.
    check(
        &with(&[(2, acting("ui")), (5, held("redis")), (6, judged("ui"))]),
        2,
    );
    // A finding that changes its state goes on.
    check(
        &with(&[
            (2, down("ui", DownState::Exited)),
            (4, down("ui", DownState::Dead)),
        ]),
        2,
    );
    check(
        &with(&[(2, down("ui", DownState::Exited)), (4, recovered("ui"))]),
        8,
    );
    check(&with(&[(2, held("ui")), (4, recovered("ui"))]), 8);
    // A hold ends with the action it held back, and with its session.
    check(
        &with(&[(2, held("ui")), (4, acting("ui")), (5, judged("ui"))]),
        8,
    );
    let end = SessionEnd::Interrupted;
    check(
        &with(&[(2, held("ui")), (4, EventKind::SessionEnded { end })]),
        8,
    );
    // An old finding with nothing after it is still a reason to fold.
    check(&[down("ui", DownState::Exited)], 1);
}

#[test]
fn another_project_is_no_part_of_a_fold() {
    let mut ledger = Ledger::in_memory().unwrap();
    append(&mut ledger, 1, &down("ui", DownState::Exited));
    let other: Project = "other".parse().unwrap();
    let rows = ledger.event_list_for_fold(&other, Timestamp::from_millis(0));
    assert!(rows.unwrap().is_empty());
    assert!(ledger.session_list_open(&other).unwrap().is_empty());
}

#[test]
fn two_threads_and_two_processes_write_one_chain() {
    let dir = tempfile::tempdir().unwrap();
    let child = || -> Child {
        Command::new(env::current_exe().unwrap())
            .args(["--exact", "ledger::child_that_appends", "--quiet"])
            .env(DIR_VARIABLE, dir.path())
            .spawn()
            .unwrap()
    };
    let mut children = [child(), child()];
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| append_many(dir.path()));
        }
    });
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }

    let found = Ledger::open_to_read(dir.path())
        .unwrap()
        .verify(None)
        .unwrap();
    assert_eq!(4 * N_APPENDS, found.n_rows);
    assert!(found.is_sound(), "{:?}", found.faults);
}

/// Does nothing by itself: the test above runs it as another process.
#[test]
fn child_that_appends() {
    if let Some(dir) = env::var_os(DIR_VARIABLE) {
        append_many(Path::new(&dir));
    }
}

#[test]
fn files_are_for_their_owner_alone() {
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().join("deep/data");
    let mut ledger = Ledger::open(&data_dir).unwrap();
    append(&mut ledger, 1, &started());
    ledger.checkpoint_write(Timestamp::from_millis(1)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(0o700, mode(&data_dir));
    let mut names = Vec::new();
    for entry in fs::read_dir(&data_dir).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(0o600, mode(&path), "{}", path.display());
        names.push(path.file_name().unwrap().to_str().unwrap().to_owned());
    }
    names.sort();
    let expected = [
        "ledger.checkpoints",
        "ledger.db",
        "ledger.db-shm",
        "ledger.db-wal",
    ];
    assert_eq!(expected, names.as_slice());
    drop(ledger);

    let path = data_dir.join("ledger.db");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    Ledger::open(&data_dir).unwrap();
    assert_eq!(0o600, mode(&path));
}

#[test]
fn an_older_schema_is_brought_up_to_date() {
    let dir = tempfile::tempdir().unwrap();
    let first = include_str!("../../src/store/migrations/0001_events.sql");
    let raw = Connection::open(dir.path().join("ledger.db")).unwrap();
    raw.execute_batch(first).unwrap();
    raw.pragma_update(None, "user_version", 1).unwrap();
    drop(raw);

    let error = Ledger::open_to_read(dir.path()).unwrap_err();
    assert!(
        matches!(error, StoreError::TooOld { found: 1, .. }),
        "{error}"
    );
    let mut ledger = Ledger::open(dir.path()).unwrap();
    append(&mut ledger, 1, &started());
    assert_eq!(1, ledger.session_list_open(&project()).unwrap().len());
    assert!(ledger.verify(None).unwrap().is_sound());
    Ledger::open_to_read(dir.path()).unwrap();
}

#[test]
fn a_newer_schema_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    drop(Ledger::open(dir.path()).unwrap());
    let raw = Connection::open(dir.path().join("ledger.db")).unwrap();
    raw.pragma_update(None, "user_version", 99).unwrap();
    for error in [
        Ledger::open(dir.path()).unwrap_err(),
        Ledger::open_to_read(dir.path()).unwrap_err(),
    ] {
        assert!(
            matches!(error, StoreError::TooNew { found: 99, .. }),
            "{error}"
        );
        assert!(
            error.to_string().contains("ledger.db` has schema 99"),
            "{error}"
        );
    }
}

fn append_many(dir: &Path) {
    let mut ledger = Ledger::open(dir).unwrap();
    let kind = seen("ui");
    for at in 0..N_APPENDS {
        let draft = draft(at as i64, &kind);
        while let Err(error) = ledger.event_append(&draft) {
            assert!(error.is_transient(), "{error}");
        }
    }
}

fn query(dir: &Path, sql: &str) -> Value {
    let conn = Connection::open(dir.join("ledger.db")).unwrap();
    conn.query_row(sql, [], |row| row.get(0)).unwrap()
}

pub(crate) fn append(ledger: &mut Ledger, at: i64, kind: &EventKind) -> Envelope {
    ledger.event_append(&draft(at, kind)).unwrap()
}

pub(crate) fn draft(at: i64, kind: &EventKind) -> Draft<'_> {
    use std::sync::OnceLock;
    static PROJECT: OnceLock<Project> = OnceLock::new();
    static ACTOR: OnceLock<Actor> = OnceLock::new();
    Draft {
        at: Timestamp::from_millis(at),
        session: 0,
        project: PROJECT.get_or_init(project),
        actor: ACTOR.get_or_init(actor),
        kind,
        input: None,
    }
}

pub(crate) fn project() -> Project {
    "wicap".parse().unwrap()
}

pub(crate) fn actor() -> Actor {
    Actor {
        user: "root".into(),
        host: "edge-1".into(),
        pid: 4_242,
    }
}

pub(crate) fn service(name: &str) -> ServiceId {
    name.parse().unwrap()
}

pub(crate) fn started() -> EventKind {
    EventKind::SessionStarted {
        mode: ControlMode::Assist,
        actions: Vec::new(),
        shadow: false,
        version: "0.1.0".into(),
    }
}

pub(crate) fn seen(name: &str) -> EventKind {
    EventKind::ServiceSeen {
        service: service(name),
    }
}

pub(crate) fn down(name: &str, state: DownState) -> EventKind {
    EventKind::ServiceDown(Down {
        service: service(name),
        state,
        evidence: Evidence::Definite,
        sources: vec![Source::Engine],
        exit_code: None,
        streak: Some(2),
        restarts: None,
        started_at: None,
        reason: None,
        attempts: 0,
        backoff: 0,
    })
}

pub(crate) fn recovered(name: &str) -> EventKind {
    EventKind::ServiceRecovered {
        service: service(name),
        down_ms: 1_000,
        started_at: None,
    }
}

pub(crate) fn held(name: &str) -> EventKind {
    EventKind::Held {
        service: service(name),
        code: HoldCode::Settling,
        detail: Facts::new(),
        next_at: None,
    }
}

pub(crate) fn acting(name: &str) -> EventKind {
    EventKind::ActionStarted {
        service: service(name),
        action: Action::Restart(service(name)),
        why: Why::DefiniteExit,
        attempt: 1,
        expect: Expectation::Nothing,
        deadline: Timestamp::from_millis(0).after(Duration::from_secs(45)),
    }
}

pub(crate) fn judged(name: &str) -> EventKind {
    EventKind::EpisodeClosed {
        service: service(name),
        action: Action::Restart(service(name)),
        verdict: Verdict::Met,
        took_ms: 900,
        evidence: Redacted::from_raw("started anew"),
    }
}
