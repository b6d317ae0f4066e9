//! What holds of the simulation itself: that a long course breaks nothing, and that the
//! onlooker would have seen it.

use std::collections::BTreeSet;

use libtest_mimic::{Failed, Trial};
use wicap_assist::{
    control::State,
    model::{EventKind, Verdict},
};

use crate::{
    checker::{Checker, INVARIANTS},
    lies::{COURSE, LIES},
    moment::{Broken, Moment, Sight},
    run::{Sum, run},
    scenario::check,
    shrink::shrink,
    stage::{self, truth},
    tool::told,
};

/// A restart that takes a while, in the words of the scenarios.
const SLOW: &str = "restart takes 12; ui unhealthy 3; turn 6";

const SLOW_LOG: &str = "
    0 ui down unhealthy streak=3
    10 start restart_service:ui definite_unhealthy #1
    22 returned restart_service:ui ok
    25 met restart_service:ui
    25 ui recovered";

/// How many turns the normal tests play.
const TURNS: u64 = 100_000;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("random_turns_break_nothing", || {
            let sum = run((TURNS, 1), truth, |_| ());
            holds(sum)
        }),
        Trial::test("the_same_seed_is_the_same_course", the_same_again),
        Trial::test("a_good_course_breaks_nothing", || {
            expect(None, looked_at(&stage::witnessed(COURSE)))
        }),
        Trial::test("every_invariant_is_broken_by_a_lie", || {
            let lies: BTreeSet<&str> = LIES.iter().map(|(name, _)| *name).collect();
            assert_eq!(BTreeSet::from(INVARIANTS), lies);
            Ok(())
        }),
        Trial::test("a_memory_that_is_no_fold_is_found", || {
            let spoil = "turn; ui stop by hand; turn | turn";
            let found = stage::spoiled(spoil, |desk| desk.state = State::of_session(1));
            expect(Some("state_is_a_fold"), found)
        }),
        Trial::test("a_decision_that_does_not_follow_is_found", || {
            let spoil = "ui unhealthy 3; turn 2 | turn 2";
            let found = stage::spoiled(spoil, |desk| desk.grants.actions.clear());
            expect(Some("replay"), found)
        }),
        Trial::test("a_course_shrinks_to_what_matters", shrinks),
        Trial::test("a_course_is_a_scenario", || {
            check(SLOW, SLOW_LOG);
            expect(None, looked_at(&stage::witnessed(SLOW)))
        }),
    ]
    .into_iter()
    .chain(lies())
    .collect()
}

/// One trial a lie: the onlooker names the invariant that it breaks.
fn lies() -> impl Iterator<Item = Trial> {
    LIES.iter().enumerate().map(|(n, &(invariant, lie))| {
        Trial::test(format!("lie_{n:02}_breaks_{invariant}"), move || {
            let mut sights = stage::witnessed(COURSE);
            lie(&mut sights);
            expect(Some(invariant), looked_at(&sights))
        })
    })
}

fn looked_at(sights: &[Sight]) -> Option<Broken> {
    let mut checker = Checker::default();
    let mut looks = sights.iter().map(|sight| checker.look(sight));
    looks.find_map(Result::err)
}

fn expect(invariant: Option<&str>, found: Option<Broken>) -> Result<(), Failed> {
    match found.as_ref().map(|broken| broken.invariant) == invariant {
        true => Ok(()),
        false => Err(format!("expected {invariant:?}, found {found:?}").into()),
    }
}

fn holds(sum: Sum) -> Result<(), Failed> {
    assert!(sum.n_calls * 100 > sum.n_turns, "too quiet a world");
    match sum.broken {
        None => Ok(()),
        Some((seed, played)) => {
            let n_commands = played.script.len();
            Err(told(seed, &shrink(played, truth), n_commands).into())
        }
    }
}

fn the_same_again() -> Result<(), Failed> {
    let digest = |seed| run((2_000, seed), truth, |_| ()).digest;
    assert_eq!(digest(7), digest(7));
    assert_ne!(digest(7), digest(8));
    Ok(())
}

/// No verdict that says that an action did not help is shown.
fn hide_unmet(moment: &mut Moment) {
    moment.rows.retain(|row| {
        !matches!(
            row.kind,
            EventKind::EpisodeClosed {
                verdict: Verdict::Unmet,
                ..
            }
        )
    });
}

fn shrinks() -> Result<(), Failed> {
    let (_, played) = run((20_000, 3), hide_unmet, |_| ()).broken.unwrap();
    let n_before = played.script.len();
    let shrunk = shrink(played, hide_unmet);
    let n_after = shrunk.script.len();
    assert!(n_after <= 5 && n_after < n_before, "{:?}", shrunk.script);
    let again = stage::given(&shrunk.script, hide_unmet);
    assert_eq!(shrunk.script, again.script);
    expect(Some("verdict_by_deadline"), again.broken)?;
    expect(None, stage::given(&shrunk.script, truth).broken)
}
