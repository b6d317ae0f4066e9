//! The journal writes first to the ledger, then to whoever reads along.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use wicap_assist::{
    model::{
        Actor, DownState, EventKind, KillSwitch, Observation, Reading, SessionEnd, Timestamp, Zone,
    },
    store::Ledger,
    telemetry::{Console, Format, Journal, Output, ndjson_line, sentence},
};

use crate::ledger::{actor, down, held, project, seen, started};

/// What a reader has read.
#[derive(Clone, Default)]
struct Reader(Arc<Mutex<Vec<u8>>>);

/// A reader that is gone after its first line, or was never there.
struct Gone(usize, io::ErrorKind);

#[test]
fn readers_get_what_was_recorded() {
    let (plain, json) = (Reader::default(), Reader::default());
    let mut journal = journal(Ledger::in_memory().unwrap());
    let console = Console::new(Zone::utc(), false);
    journal.add_output(Output::new(Format::Plain(console), Box::new(plain.clone())));
    journal.add_output(Output::new(Format::Json, Box::new(json.clone())));
    journal.record(at(0), &started(), None).unwrap();
    journal
        .record(at(61_000), &down("ui", DownState::Unhealthy), None)
        .unwrap();

    assert_eq!(
        "00:00:00  watching   -               began to watch in assist mode, version 0.1.0; no \
         action is granted\n\
         00:01:01  down       ui              ui is unhealthy: 2 health checks failed\n",
        plain.text()
    );
    assert_eq!(
        "{\"event\":\"session_started\",\"seq\":1,\"at\":\"1970-01-01T00:00:00.000Z\",\
         \"project\":\"wicap\",\"mode\":\"assist\",\"actions\":[],\"shadow\":false,\
         \"version\":\"0.1.0\",\"session\":1,\"actor\":\"root\",\"host\":\"edge-1\",\"pid\":4242,\
         \"text\":\"began to watch in assist mode, version 0.1.0; no action is granted\"}\n\
         {\"event\":\"service_down\",\"seq\":2,\"at\":\"1970-01-01T00:01:01.000Z\",\
         \"project\":\"wicap\",\"service\":\"ui\",\"state\":\"unhealthy\",\
         \"evidence\":\"definite\",\"sources\":[\"engine\"],\"streak\":2,\
         \"text\":\"ui is unhealthy: 2 health checks failed\"}\n",
        json.text()
    );
}

#[test]
fn colour_only_repeats_what_the_word_says() {
    let mut journal = journal(Ledger::in_memory().unwrap());
    let envelope = journal.record(at(0), &seen("ui"), None).unwrap();
    let plain = Console::new(Zone::utc(), false).line(&envelope);
    let colored = Console::new(Zone::utc(), true).line(&envelope);
    assert!(!plain.contains('\x1b'));
    assert_eq!(
        plain,
        colored.replace("\x1b[32m", "").replace("\x1b[0m", "")
    );
}

#[test]
fn outside_text_cannot_steer_the_terminal() {
    let mut journal = journal(Ledger::in_memory().unwrap());
    let kind = EventKind::EngineUnseen {
        reason: String::from("\x1b[2Jgone\r\n").into(),
    };
    let envelope = journal.record(at(0), &kind, None).unwrap();
    let line = Console::new(Zone::utc(), false).line(&envelope);
    assert!(!line.contains(|c: char| c.is_control()), "{line:?}");
    assert_eq!(1, ndjson_line(&envelope).lines().count());
}

#[test]
fn a_reader_that_goes_away_costs_nothing() {
    for (kind, is_error) in [
        (io::ErrorKind::BrokenPipe, false),
        (io::ErrorKind::StorageFull, true),
    ] {
        let other = Reader::default();
        let mut journal = journal(Ledger::in_memory().unwrap());
        journal.add_output(Output::new(Format::Json, Box::new(Gone(1, kind))));
        journal.add_output(Output::new(Format::Json, Box::new(other.clone())));
        for n in 0..3 {
            journal.record(at(n), &seen("ui"), None).unwrap();
        }
        assert!(journal.outputs()[0].is_closed());
        assert_eq!(is_error, journal.outputs()[0].error().is_some());
        assert_eq!(3, other.text().lines().count());
        assert_eq!(3, journal.into_ledger().verify(None).unwrap().n_rows);
    }
}

#[test]
fn the_observation_is_kept_for_its_decisions() {
    let mut journal = journal(Ledger::in_memory().unwrap());
    let observation = Observation {
        at: at(5),
        engine: Reading::Known(()),
        services: Default::default(),
        probes: Default::default(),
        kill_switch: KillSwitch::Clear,
        since_last_ms: None,
        compose: None,
    };
    for kind in [down("ui", DownState::Exited), held("ui")] {
        journal.record(at(5), &kind, Some(&observation)).unwrap();
    }
    let ledger = journal.into_ledger();
    let rows = ledger.event_list_after(0, 9).unwrap();
    assert_eq!(rows[0].input, rows[1].input);
    let input = ledger.input_get(rows[0].input.unwrap()).unwrap().unwrap();
    assert_eq!(observation, serde_json::from_str(&input).unwrap());
}

#[test]
fn a_session_names_all_that_follows_it() {
    let mut journal = journal(Ledger::in_memory().unwrap());
    assert_eq!(0, journal.record(at(0), &seen("ui"), None).unwrap().session);
    let id = journal.record(at(1), &started(), None).unwrap().seq;
    assert_eq!((2, 2), (id, journal.session()));
    assert_eq!(
        id,
        journal.record(at(2), &seen("ui"), None).unwrap().session
    );
}

#[test]
fn sessions_whose_process_is_gone_end_as_interrupted() {
    let dir = tempfile::tempdir().unwrap();
    let actors = [("a", 1), ("b", 2), ("edge-1", 4_242), ("edge-1", 3)];
    for (host, pid) in actors {
        let host = host.to_owned();
        let user = "root".to_owned();
        let mut earlier = Journal::new(
            Ledger::open(dir.path()).unwrap(),
            project(),
            Actor { user, host, pid },
        );
        earlier.record(at(0), &started(), None).unwrap();
    }
    let mut journal = journal(Ledger::open(dir.path()).unwrap());
    // Number 3 is gone, number 2 still runs, and 4242 is our own number.
    let is_gone = |actor: &Actor| {
        assert_ne!(4_242, actor.pid);
        actor.pid == 3
    };
    assert_eq!(2, journal.session_end_gone(at(9), is_gone).unwrap());
    assert_eq!(0, journal.session_end_gone(at(9), is_gone).unwrap());
    journal.record(at(9), &started(), None).unwrap();
    assert_eq!(0, journal.session_end_gone(at(9), is_gone).unwrap());

    let ledger = journal.into_ledger();
    let open: Vec<u64> = ledger
        .session_list_open(&project())
        .unwrap()
        .iter()
        .map(|session| session.id)
        .collect();
    assert_eq!(vec![1, 2, 7], open);
    let ended = ledger.event_get(5).unwrap().unwrap().envelope;
    let end = SessionEnd::Interrupted;
    assert_eq!((3, actor()), (ended.session, ended.actor));
    assert_eq!(EventKind::SessionEnded { end }, ended.kind);
}

#[test]
fn the_ends_of_sessions_and_every_ten_minutes_are_checkpoints() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = journal(Ledger::open(dir.path()).unwrap());
    journal.record(at(0), &started(), None).unwrap();
    journal.record(at(599_999), &seen("ui"), None).unwrap();
    journal.record(at(600_000), &seen("ui"), None).unwrap();
    let end = SessionEnd::Clean;
    journal
        .record(at(700_000), &EventKind::SessionEnded { end }, None)
        .unwrap();

    let text = std::fs::read_to_string(dir.path().join("ledger.checkpoints")).unwrap();
    let seqs: Vec<&str> = text
        .lines()
        .map(|line| line.split([' ', ':']).nth(3).unwrap())
        .collect();
    assert_eq!(vec!["1", "3", "4"], seqs, "{text}");
    let head = journal.ledger().event_head().unwrap().unwrap();
    assert!(text.ends_with(&format!("{head}\n")));
}

#[test]
fn a_checkpoint_that_cannot_be_written_loses_no_event() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(dir.path()).unwrap();
    std::fs::create_dir(dir.path().join("ledger.checkpoints")).unwrap();
    let mut journal = journal(ledger);
    journal.record(at(0), &started(), None).unwrap();
    assert_eq!(1, journal.session());
    let mut ledger = journal.into_ledger();
    assert!(ledger.event_get(1).unwrap().is_some());
    let error = ledger.checkpoint_write(at(0)).unwrap_err().to_string();
    assert!(
        error.starts_with("cannot write the checkpoint file `"),
        "{error}"
    );
}

#[test]
fn every_sentence_is_one_line_that_says_something() {
    let kinds = [
        started(),
        seen("ui"),
        down("ui", DownState::Dead),
        held("ui"),
    ];
    for kind in kinds {
        let text = sentence(&kind);
        assert!(text.len() > 10 && !text.contains('\n'), "{text}");
    }
}

fn journal(ledger: Ledger) -> Journal {
    Journal::new(ledger, project(), actor())
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

impl Reader {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Reader {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Write for Gone {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.checked_sub(1) {
            Some(left) => {
                self.0 = left;
                Ok(bytes.len())
            }
            None => Err(self.1.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
