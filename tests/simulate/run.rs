//! Many courses, one after the other.

use sha2::{Digest, Sha256};

use crate::{
    dice::Dice,
    stage::{self, Lie, Played},
};

/// What came of a number of turns.
pub(crate) struct Sum {
    pub n_turns: u64,
    pub n_courses: u64,
    pub n_rows: u64,
    pub n_calls: u64,
    /// Covers every row of every course.
    pub digest: String,
    /// The course that broke an invariant, with its own seed.
    pub broken: Option<(u64, Played)>,
}

/// Plays courses until `n_turns` turns were made or an invariant broke; `tell` hears
/// of the turns so far.
pub(crate) fn run((n_turns, seed): (u64, u64), lie: Lie, tell: impl Fn(u64)) -> Sum {
    let mut dice = Dice::new(seed);
    let mut hash = Sha256::new();
    let mut sum = Sum {
        n_turns: 0,
        n_courses: 0,
        n_rows: 0,
        n_calls: 0,
        digest: String::new(),
        broken: None,
    };
    while sum.n_turns < n_turns && sum.broken.is_none() {
        let own_seed = dice.next();
        let played = stage::random(own_seed, n_turns - sum.n_turns, lie);
        sum.n_turns += played.n_turns;
        sum.n_courses += 1;
        sum.n_rows += played.n_rows;
        sum.n_calls += played.n_calls;
        hash.update(&played.head);
        if played.broken.is_some() {
            sum.broken = Some((own_seed, played));
        }
        tell(sum.n_turns);
    }
    let bytes = hash.finalize();
    sum.digest = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    sum
}
