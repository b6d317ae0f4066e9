//! One test that needs the engine, and its words.

use std::{
    env,
    sync::OnceLock,
    thread::sleep,
    time::{Duration, Instant},
};

use libtest_mimic::{Completion, Failed, Trial};

use super::{docker::docker, machine};

/// What a test returns: a failure says what was expected and what was there.
pub(crate) type Outcome<T = ()> = Result<T, Failed>;

/// How often a condition is looked at.
const POLL: Duration = Duration::from_millis(50);

/// A test that is ignored with the reason where there is no engine, and fails there when
/// `WICAP_ASSIST_REQUIRE_DOCKER=1`.
pub(crate) fn trial(name: &str, run: impl FnOnce() -> Outcome + Send + 'static) -> Trial {
    Trial::ignorable_test(name, move || match unusable() {
        None => run().map(|()| Completion::Completed),
        Some(reason) if is_required() => Err(reason.into()),
        Some(reason) => Ok(Completion::ignored_with(reason)),
    })
}

/// Fails with `otherwise` unless `holds`.
pub(crate) fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Outcome {
    if holds {
        Ok(())
    } else {
        Err(otherwise().into())
    }
}

/// Looks until `look` has an answer. Fails after `limit` with what was waited for and what `look`
/// said last.
pub(crate) fn eventually<T>(
    limit: Duration,
    what: &str,
    mut look: impl FnMut() -> Outcome<Result<T, String>>,
) -> Outcome<T> {
    let begin = Instant::now();
    loop {
        match look()? {
            Ok(answer) => return Ok(answer),
            Err(last) if begin.elapsed() >= limit => {
                return Err(format!("waited {limit:?} for {what}; at last: {last}").into());
            }
            Err(_) => sleep(POLL),
        }
    }
}

/// Why no stack can be started here, looked up once.
fn unusable() -> Option<&'static str> {
    static REASON: OnceLock<Option<String>> = OnceLock::new();
    REASON
        .get_or_init(|| {
            if let Err(error) = docker(&["version", "--format", "{{.Server.Version}}"]) {
                return Some(format!("no Docker Engine answers: {error}"));
            }
            machine::missing()
        })
        .as_deref()
}

fn is_required() -> bool {
    env::var("WICAP_ASSIST_REQUIRE_DOCKER").is_ok_and(|value| value == "1")
}
