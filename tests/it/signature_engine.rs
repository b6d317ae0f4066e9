//! The engine over the life of a process: merges, restarts, limits.

use wicap_assist::knowledge::signature::{Engine, Limits, State};

fn names() -> Vec<String> {
    const NAMES: [&str; 12] = [
        "alder", "birch", "cedar", "elm", "fir", "hazel", "larch", "maple", "oak", "pine", "rowan",
        "yew",
    ];
    NAMES
        .iter()
        .map(|name| format!("lease of {name} has ended without renewal"))
        .collect()
}

#[test]
fn a_word_that_keeps_changing_becomes_a_value() {
    let mut engine = Engine::new(Limits::default());
    let given: Vec<_> = names()
        .iter()
        .map(|line| engine.line(line.as_bytes()))
        .collect();
    let last: Vec<_> = given.iter().map(|id| engine.resolve(*id)).collect();
    assert!(
        last.iter().all(|id| *id == last[0]),
        "one signature in the end"
    );
    assert_eq!(last[0], given[0], "the id of the founding line survives");
    assert_eq!(
        engine.line(b"lease of willow has ended without renewal"),
        given[0]
    );
    let text: Vec<_> = engine.templates().map(|template| template.text).collect();
    assert_eq!(text, ["lease of <*> has ended without renewal"]);
    assert!(engine.counts().merged > 0);
}

#[test]
fn two_words_are_two_signatures() {
    let mut engine = Engine::new(Limits::default());
    assert_ne!(
        engine.line(b"link of port is up now"),
        engine.line(b"link of port is down now")
    );
}

#[test]
fn ids_survive_a_restart() {
    let mut engine = Engine::new(Limits::default());
    let mut given: Vec<_> = names()
        .iter()
        .map(|line| engine.line(line.as_bytes()))
        .collect();
    given.push(engine.line(b"disk 3 at 98% of /var"));
    let saved = serde_json::to_string(&engine.state()).unwrap();
    let state: State = serde_json::from_str(&saved).unwrap();
    let mut restored = Engine::restore(Limits::default(), state).unwrap();
    for id in &given {
        assert_eq!(
            restored.resolve(*id),
            engine.resolve(*id),
            "aliases are kept"
        );
    }
    for line in [
        "lease of spruce has ended without renewal",
        "disk 4 at 7% of /usr",
    ] {
        assert_eq!(
            restored.line(line.as_bytes()),
            engine.line(line.as_bytes()),
            "{line}"
        );
    }
    assert_eq!(
        serde_json::to_string(&restored.state()).unwrap(),
        serde_json::to_string(&engine.state()).unwrap()
    );
}

#[test]
fn a_state_of_another_version_is_refused() {
    let state = r#"{"version":99,"founded":0,"templates":[],"aliases":[],"learned":[]}"#;
    let refused =
        Engine::restore(Limits::default(), serde_json::from_str(state).unwrap()).unwrap_err();
    assert!(refused.to_string().contains("version 99"));
}

#[test]
fn the_least_recently_used_template_goes_and_is_counted() {
    let limits = Limits {
        templates_max: 3,
        ..Limits::default()
    };
    let mut engine = Engine::new(limits);
    let line = |letter: char| format!("{letter}{letter} {letter}{letter}{letter}").into_bytes();
    let kept = engine.line(&line('a'));
    for letter in ['b', 'c', 'd', 'e'] {
        engine.line(&line(letter));
        engine.line(&line('a'));
    }
    assert_eq!(engine.counts().templates_dropped, 2);
    assert_eq!(engine.templates().count(), 3);
    assert!(
        engine
            .templates()
            .any(|template| template.id == kept && template.count == 5)
    );
    assert_eq!(
        engine.line(&line('b')),
        Engine::new(limits).line(&line('b')),
        "the same id when it comes back"
    );
}

#[test]
fn ids_are_the_same_in_every_version() {
    let mut engine = Engine::new(Limits::default());
    assert_eq!(
        engine.line(b"disk 3 at 98% of /var").to_string(),
        "db2c0566003ba5ce"
    );
    let access = b"10.0.0.1 - - [04/Mar/2026 05:06:07] \"POST /api/x/12 HTTP/1.1\" 503 7";
    assert_eq!(
        engine.line(access).to_string(),
        "2614a1c7a0f3703d",
        "an id with a context"
    );
}
