//! `scripts/simulate.sh`: many turns of one seed.

use std::{env, process::ExitCode, time::Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    run::run,
    shrink::shrink,
    stage::{Played, truth},
};

/// What to simulate.
pub(crate) struct Order {
    turns: u64,
    seed: u64,
}

impl Order {
    /// Reads `--simulate TURNS SEED`; the script beside this checks its own arguments.
    pub(crate) fn from_args() -> Option<Self> {
        let words: Vec<String> = env::args().skip(1).collect();
        let ["--simulate", turns, seed] = words.iter().map(String::as_str).collect::<Vec<_>>()[..]
        else {
            return None;
        };
        Some(Self {
            turns: turns.parse().unwrap(),
            seed: seed.parse().unwrap(),
        })
    }

    pub(crate) fn obey(&self) -> ExitCode {
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} turns, {per_sec}, {eta}");
        let bar = ProgressBar::new(self.turns).with_style(style.unwrap());
        let began = Instant::now();
        let sum = run((self.turns, self.seed), truth, |n_turns| {
            bar.set_position(n_turns)
        });
        let took = began.elapsed();
        bar.finish_and_clear();
        println!(
            "seed {}: {} turns in {} courses, {} rows, {} calls, {:.1} s, {:.0} turns/s",
            self.seed,
            sum.n_turns,
            sum.n_courses,
            sum.n_rows,
            sum.n_calls,
            took.as_secs_f64(),
            sum.n_turns as f64 / took.as_secs_f64()
        );
        println!("digest {}", sum.digest);
        match sum.broken {
            None => {
                println!("every invariant held");
                ExitCode::SUCCESS
            }
            Some((seed, played)) => {
                let n_commands = played.script.len();
                println!("{}", told(seed, &shrink(played, truth), n_commands));
                ExitCode::from(1)
            }
        }
    }
}

/// A broken invariant in words, with the scenario that shows it.
pub(crate) fn told(seed: u64, played: &Played, n_commands: usize) -> String {
    let broken = played.broken.as_ref().unwrap();
    format!(
        "broken: {}\n  {}\ncourse of seed {seed}, {} of {n_commands} commands:\n  {}\nlog:\n  {}",
        broken.invariant,
        broken.how,
        played.script.len(),
        played.script.join("; "),
        played.log.join("\n  "),
    )
}
