//! The real program dies by SIGKILL at any moment, again and again, on the same
//! data, while services fall ill and are cured. Nothing is lost, nothing is done
//! twice.

mod account;

use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use account::{Account, Write};

use crate::{
    fake_engine::{Asked, FakeEngine, Restart},
    program::{Home, eventually_within},
};

const SERVICES: [&str; 2] = ["processor", "ui"];
/// The chain is looked at after every so many kills: all of it, so not each time.
const VERIFY_EVERY: u32 = 10;
/// Set by `scripts/crash.sh`: this many kills, with the numbers of the product.
const KILLS_VARIABLE: &str = "WICAP_ASSIST_CRASH_KILLS";

/// How it is killed.
#[derive(Clone, Copy)]
struct Course {
    n_kills: u32,
    /// Homes that are killed at the same time; most of a life is waiting.
    n_lanes: u32,
    line: &'static str,
    /// Nothing for the numbers that are as short as they can be.
    config: Option<&'static str>,
    /// The longest lives, in milliseconds.
    lives_ms: [u64; 4],
    /// The longest rest between two troubles, in milliseconds.
    rest_ms: u64,
    /// How long the last verdict may take.
    patience: Duration,
}

const SHORT: Course = Course {
    n_kills: 300,
    n_lanes: 5,
    line: "live --control-mode assist --interval 0.1 --plain",
    config: None,
    lives_ms: [200, 600, 1_200, 2_500],
    rest_ms: 400,
    patience: Duration::from_secs(20),
};

/// The numbers of the product. A home has few restarts to give in half an hour, so
/// there are more homes, and what is ill at the end is cured by hand.
const REAL: Course = Course {
    n_kills: 300,
    n_lanes: 20,
    line: "live --control-mode autonomous --interval 1 --plain",
    config: Some(
        "[stack]\nproject = \"wicap\"\nprofile = \"none\"\n\
         [stack.services.ui]\n[stack.services.processor]\n",
    ),
    lives_ms: [1_000, 6_000, 20_000, 60_000],
    rest_ms: 10_000,
    patience: Duration::from_secs(330),
};

#[test]
fn killed_at_any_moment_it_loses_nothing_and_repeats_nothing() {
    let asked = env::var(KILLS_VARIABLE).ok();
    let course = asked.map_or(SHORT, |n_kills| Course {
        n_kills: n_kills.parse().unwrap(),
        ..REAL
    });
    let begin = Instant::now();
    let share = course.n_kills.div_ceil(course.n_lanes);
    let lanes = (0..course.n_lanes).map(|lane| thread::spawn(move || course.run(lane, share)));
    let lanes: Vec<_> = lanes.collect();
    let accounts = lanes.into_iter().map(|lane| lane.join().unwrap());
    let sum = accounts.fold(Account::default(), Account::plus);
    let n_kills = (share * course.n_lanes) as usize;
    tell(n_kills, &sum, begin.elapsed());
    // The kills must have hit what they are for.
    assert!(sum.sessions_interrupted > n_kills / 4, "{sum:?}");
    if n_kills >= 300 {
        assert!(sum.writes > 50 && sum.judged_by_another > 20, "{sum:?}");
    }
}

#[expect(clippy::print_stdout, reason = "the numbers are worth reading")]
fn tell(n_kills: usize, sum: &Account, took: Duration) {
    println!("{n_kills} kills in {:.0} s: {sum:?}", took.as_secs_f64());
}

impl Course {
    /// Kills so often, lets the last one end in peace, and checks what is left.
    fn run(self, lane: u32, n_kills: u32) -> Account {
        let mut chance = Chance(0x9E37_79B9 + u64::from(lane));
        let engine = FakeEngine::default();
        engine.set(|script| SERVICES.map(|name| script.health(name, "healthy")));
        let url = engine.serve_beside();
        let home = self
            .config
            .map_or_else(|| Home::new(&url), |config| Home::with_config(&url, config));
        let is_over = Arc::new(AtomicBool::new(false));
        let trouble = self.make_trouble(engine.clone(), Chance(chance.below(u64::MAX)), &is_over);
        for n in 1..=n_kills {
            let program = home.start(self.line);
            thread::sleep(self.life(&mut chance));
            program.kill();
            if n % VERIFY_EVERY == 0 {
                home.assert_sound();
            }
        }
        is_over.store(true, Ordering::Relaxed);
        trouble.join().unwrap();
        if self.config.is_some() {
            engine.set(|script| SERVICES.map(|name| script.health(name, "healthy")));
        }
        let mut last = home.start(self.line);
        last.until_said("began to watch");
        eventually_within(self.patience, "all services to be well and judged", || {
            let is_well = engine.set(|script| SERVICES.iter().all(|name| script.is_well(name)));
            let is_judged = home.count("action_started") == home.count("episode_closed");
            (is_well && is_judged)
                .then_some(())
                .ok_or_else(|| home.told())
        });
        assert!(last.stop().success(), "{}", last.said());
        home.assert_sound();
        let writes: Vec<Write> = engine.set(|script| script.writes().iter().map(restart).collect());
        account::check(&home.rows(), &writes)
    }

    /// Most lives are short, so that every step of a turn is hit; some see a verdict.
    fn life(self, chance: &mut Chance) -> Duration {
        let most = self.lives_ms[chance.below(4) as usize];
        Duration::from_millis(chance.below(most))
    }

    /// Makes a service ill every now and then, and the engine behave differently.
    fn make_trouble(
        self,
        engine: FakeEngine,
        mut chance: Chance,
        is_over: &Arc<AtomicBool>,
    ) -> thread::JoinHandle<()> {
        let is_over = Arc::clone(is_over);
        thread::spawn(move || {
            while !is_over.load(Ordering::Relaxed) {
                let name = SERVICES[chance.below(2) as usize];
                let restart = Restart {
                    takes: Duration::from_millis(chance.below(150)),
                    cures: chance.below(4) > 0,
                    needs_client: chance.below(3) == 0,
                };
                engine.set(|script| {
                    script.restart = restart;
                    if script.is_well(name) {
                        script.health(name, "unhealthy");
                    }
                });
                thread::sleep(Duration::from_millis(chance.below(self.rest_ms)));
            }
            engine.set(|script| script.restart.cures = true);
        })
    }
}

fn restart(asked: &Asked) -> Write {
    let path = asked.path.strip_prefix("/containers/id-");
    let name = path.and_then(|path| path.strip_suffix("/restart"));
    let name = name.unwrap_or_else(|| panic!("{asked:?} is no restart"));
    Write {
        at: asked.at,
        service: name.parse().unwrap(),
    }
}

/// Numbers by chance (xorshift); the same seed gives the same ones.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}
