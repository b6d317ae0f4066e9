//! Makes a course that breaks an invariant as short as it gets.

use crate::stage::{self, Lie, Played};

/// The most tries.
const TRIES_MAX: u32 = 3_000;

/// Drops commands, then turns, as long as the same invariant breaks.
pub(crate) fn shrink(played: Played, lie: Lie) -> Played {
    let mut shrinker = Shrinker {
        lie,
        best: played,
        n_tries: 0,
    };
    loop {
        let before = shrinker.best.script.clone();
        shrinker.drop_commands();
        shrinker.join_turns();
        shrinker.shorten_commands();
        if shrinker.best.script == before || shrinker.n_tries >= TRIES_MAX {
            return shrinker.best;
        }
    }
}

struct Shrinker {
    lie: Lie,
    best: Played,
    n_tries: u32,
}

impl Shrinker {
    fn drop_commands(&mut self) {
        let mut n_dropped = self.best.script.len().div_ceil(2);
        while n_dropped > 0 {
            let mut from = 0;
            while from < self.best.script.len() {
                let mut script = self.best.script.clone();
                script.drain(from..(from + n_dropped).min(script.len()));
                if !self.is_better(&script) {
                    from += n_dropped;
                }
            }
            n_dropped /= 2;
        }
    }

    /// Makes one command of neighbouring turns.
    fn join_turns(&mut self) {
        let turns = |command: &str| match command.strip_prefix("turn")?.trim() {
            "" => Some(1),
            n => n.parse::<u64>().ok(),
        };
        let mut script: Vec<String> = Vec::new();
        for command in &self.best.script {
            let before = script.last().and_then(|last| turns(last));
            match before.zip(turns(command)) {
                Some((before, more)) => {
                    *script.last_mut().unwrap() = format!("turn {}", before + more);
                }
                None => script.push(command.clone()),
            }
        }
        self.is_better(&script);
    }

    /// Halves numbers of turns and seconds, then takes one away.
    fn shorten_commands(&mut self) {
        let mut place = 0;
        while place < self.best.script.len() {
            let command = self.best.script[place].clone();
            let shorter = [|n: u64| n / 2, |n: u64| n.saturating_sub(1)].map(|less| {
                let (words, n) = command.rsplit_once(' ')?;
                let n: u64 = n.parse().ok().filter(|&n| n > 1)?;
                let is_time = ["turn", "wait"].contains(&words);
                is_time.then(|| format!("{words} {}", less(n)))
            });
            let is_shorter = shorter.into_iter().flatten().any(|shorter| {
                let mut script = self.best.script.clone();
                script[place] = shorter;
                self.is_better(&script)
            });
            place += usize::from(!is_shorter);
        }
    }

    fn is_better(&mut self, script: &[String]) -> bool {
        if self.n_tries >= TRIES_MAX {
            return false;
        }
        self.n_tries += 1;
        let played = stage::given(script, self.lie);
        let invariant = |played: &Played| played.broken.as_ref().map(|broken| broken.invariant);
        let is_same = invariant(&played) == invariant(&self.best);
        if is_same {
            self.best = played;
        }
        is_same
    }
}
