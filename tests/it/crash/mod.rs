//! The real program dies by SIGKILL at any moment, again and again, on the same
//! data, while services fall ill and are cured. Nothing is lost, nothing is done
//! twice.

mod account;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use account::{Account, Write};

use crate::{
    fake_engine::{Asked, FakeEngine, Restart},
    program::{Home, eventually},
};

const KILLS: u32 = 300;
/// Homes that are killed at the same time; most of a life is waiting.
const LANES: u32 = 5;
const SERVICES: [&str; 2] = ["processor", "ui"];
const LIVE: &str = "live --control-mode assist --interval 0.1 --plain";
/// The chain is looked at after every so many kills: all of it, so not each time.
const VERIFY_EVERY: u32 = 10;

#[test]
fn killed_at_any_moment_it_loses_nothing_and_repeats_nothing() {
    let lanes = (0..LANES).map(|lane| thread::spawn(move || run_lane(lane, KILLS / LANES)));
    let lanes: Vec<_> = lanes.collect();
    let accounts = lanes.into_iter().map(|lane| lane.join().unwrap());
    let sum = accounts.fold(Account::default(), Account::plus);
    tell(&sum);
    // The kills must have hit what they are for.
    assert!(sum.sessions_interrupted > KILLS as usize / 4, "{sum:?}");
    assert!(sum.writes > 50 && sum.judged_by_another > 20, "{sum:?}");
}

#[expect(clippy::print_stdout, reason = "the numbers are worth reading")]
fn tell(sum: &Account) {
    println!("{KILLS} kills: {sum:?}");
}

/// Kills so often, lets the last one end in peace, and checks what is left.
fn run_lane(lane: u32, n_kills: u32) -> Account {
    let mut chance = Chance(0x9E37_79B9 + u64::from(lane));
    let engine = FakeEngine::default();
    engine.set(|script| SERVICES.map(|name| script.health(name, "healthy")));
    let home = Home::new(&engine.serve_beside());
    let is_over = Arc::new(AtomicBool::new(false));
    let trouble = make_trouble(engine.clone(), Chance(chance.below(u64::MAX)), &is_over);
    for n in 1..=n_kills {
        let program = home.start(LIVE);
        thread::sleep(life(&mut chance));
        program.kill();
        if n % VERIFY_EVERY == 0 {
            home.assert_sound();
        }
    }
    is_over.store(true, Ordering::Relaxed);
    trouble.join().unwrap();
    let mut last = home.start(LIVE);
    last.until_said("began to watch");
    eventually("all services to be well and judged", || {
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

fn restart(asked: &Asked) -> Write {
    let path = asked.path.strip_prefix("/containers/id-");
    let name = path.and_then(|path| path.strip_suffix("/restart"));
    let name = name.unwrap_or_else(|| panic!("{asked:?} is no restart"));
    Write {
        at: asked.at,
        service: name.parse().unwrap(),
    }
}

/// Most lives are short, so that every step of a turn is hit; some see a verdict.
fn life(chance: &mut Chance) -> Duration {
    let most = [200, 600, 1_200, 2_500][chance.below(4) as usize];
    Duration::from_millis(chance.below(most))
}

/// Makes a service ill every now and then, and the engine behave differently.
fn make_trouble(
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
            thread::sleep(Duration::from_millis(chance.below(400)));
        }
        engine.set(|script| script.restart.cures = true);
    })
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
