//! Reads a script, turns the wheel, compares the log, and checks what always holds.

use std::time::Duration;

use wicap_assist::{
    control::{Grants, Rules, State},
    model::{
        ActionRule, Actor, ComposeFacts, ControlMode, Envelope, EventKind, KillSwitch, Policy,
        Reading, Redacted, ServiceId, ServiceProfile, Stack, Tenure, Timestamp,
    },
    ports::Sense as _,
    runtime::{Desk, reconcile_once, replay},
    store::{Draft, EventFilter, Ledger},
    telemetry::Journal,
};

use super::{
    change::change,
    invariants, log,
    world::{RestartEffect, ScriptedWorld, same_compose},
};

/// 2026-03-04T05:06:00Z, the moment at which every scenario starts.
const START: Timestamp = Timestamp::from_millis(1_772_600_760_000);
const INTERVAL: Duration = Duration::from_secs(5);

/// A script that is being played.
pub(crate) struct Scenario {
    pub world: ScriptedWorld,
    pub desk: Desk,
    session: Session,
    runtime: tokio::runtime::Runtime,
}

/// What the next session of the controller is started with.
#[derive(Clone)]
struct Session {
    grants: Grants,
    policy: Policy,
}

/// Plays `script` and compares the event log with `expected`, one line an event.
#[track_caller]
pub(crate) fn check(script: &str, expected: &str) {
    let mut scenario = Scenario::new();
    scenario.play(script);
    let expected: Vec<&str> = expected
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .collect();
    let actual = scenario.log();
    assert_eq!(
        expected.join("\n"),
        actual.join("\n"),
        "\n--- actual:\n{}\n",
        actual.join("\n")
    );
    scenario.check_invariants();
}

impl Scenario {
    /// The four services of WiCAP, well; assist; nothing written yet.
    pub(crate) fn new() -> Self {
        Self::on(Ledger::in_memory().unwrap())
    }

    /// The same, with a ledger of the test's own.
    pub(crate) fn on(ledger: Ledger) -> Self {
        let services = [
            ("processor", false),
            ("redis", false),
            ("scout", false),
            ("ui", true),
        ];
        let world = ScriptedWorld::new(START, &services);
        let policy = Policy::for_mode(ControlMode::Assist, INTERVAL);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        let desk = desk(ledger, START, Session::assist(&policy));
        Self {
            world,
            desk,
            session: Session::assist(&policy),
            runtime: runtime.unwrap(),
        }
    }

    /// Plays the commands of a script, parted by `;`.
    #[track_caller]
    pub(crate) fn play(&mut self, script: &str) {
        for command in script
            .split(';')
            .map(str::trim)
            .filter(|command| !command.is_empty())
        {
            let words: Vec<&str> = command.split_whitespace().collect();
            self.command(&words);
        }
    }

    /// The log so far, without the session's own rows.
    pub(crate) fn log(&self) -> Vec<String> {
        self.rows()
            .iter()
            .filter_map(|row| log::line(row, START))
            .collect()
    }

    fn rows(&self) -> Vec<Envelope> {
        let rows = self
            .desk
            .journal
            .ledger()
            .event_list(&EventFilter::default())
            .unwrap();
        rows.into_iter().map(|row| row.envelope).collect()
    }

    #[track_caller]
    fn command(&mut self, words: &[&str]) {
        match words {
            ["turn"] => self.turns(1),
            ["turn", n] => self.turns(n.parse().unwrap()),
            ["wait", seconds] => self
                .world
                .advance(Duration::from_secs(seconds.parse().unwrap())),
            ["restart", effect] => {
                self.world.insides().restart = match *effect {
                    "heals" => RestartEffect::Heals,
                    "fails" => RestartEffect::Fails,
                    "errors" => RestartEffect::Errors,
                    "hangs" => RestartEffect::Hangs,
                    "lingers" => RestartEffect::Lingers,
                    "halves" => RestartEffect::Halves,
                    "refused" => RestartEffect::Refused,
                    other => panic!("unknown effect {other}"),
                };
            }
            ["engine", state] => self.world.insides().is_engine_away = *state == "away",
            ["switch", "pulled"] => {
                let source = Redacted::from_raw("KILL file");
                self.world.insides().kill_switch = KillSwitch::Pulled { source };
            }
            ["switch", "clear"] => self.world.insides().kill_switch = KillSwitch::Clear,
            ["add", service] => self.world.add(service),
            ["session"] => self.restart_controller(),
            ["mode", mode] => {
                let mode = mode.parse().unwrap();
                let policy = Policy::for_mode(mode, INTERVAL);
                self.session = Session {
                    grants: Grants::for_mode(mode),
                    policy,
                };
                self.restart_controller();
            }
            ["shadow"] => {
                self.session.grants.is_shadow = true;
                self.restart_controller();
            }
            ["deny", rules @ ..] => {
                let rules = rules.iter().map(|rule| rule.parse::<ActionRule>().unwrap());
                self.session.grants.denied = rules.collect();
                self.restart_controller();
            }
            ["plane", plane, "off"] => {
                let planes = &mut self.session.grants.planes;
                match *plane {
                    "runtime" => planes.runtime = false,
                    "tool_policy" => planes.tool_policy = false,
                    "elevated" => planes.elevated = false,
                    other => panic!("unknown plane {other}"),
                }
                self.restart_controller();
            }
            ["lease", "lost"] => self.desk.tenure = None,
            ["clock", by_s] => self.world.insides().gap_s = by_s.parse().unwrap(),
            ["compose", "drifted"] => self.change_compose(|facts| {
                facts.drifted.push("ui".parse().unwrap());
            }),
            ["compose", "is", "old"] => {
                self.change_compose(|facts| facts.installed_major = Some(1))
            }
            ["compose", "is", "unreadable"] => {
                let reason = Redacted::from_raw("no such file");
                self.world.insides().compose = Some(Reading::Unknown(reason));
            }
            ["compose", "is", "silent"] => self.world.insides().compose = None,
            ["compose", "answers"] => {
                self.world.insides().compose = Some(Reading::Known(same_compose()));
            }
            ["operator", rest @ ..] => self.operator(rest),
            ["allow", actions @ ..] => {
                let kinds = actions
                    .iter()
                    .map(|kind| kind.parse::<ActionRule>().unwrap());
                self.session.grants.actions = kinds.collect();
                self.restart_controller();
            }
            ["set", number, value] => self.set(number, value.parse().unwrap()),
            [service, rest @ ..] => {
                let service: ServiceId = service.parse().unwrap();
                let mut insides = self.world.insides();
                let now = insides.now;
                let body = insides
                    .services
                    .get_mut(&service)
                    .expect("a service of the stack");
                change(body, rest, now);
            }
            [] => (),
        }
    }

    /// Somebody writes a row from another terminal.
    #[track_caller]
    fn operator(&mut self, words: &[&str]) {
        let at = self.world.insides().now;
        let kind = match words {
            ["pauses", seconds] => EventKind::ActionsPaused {
                service: None,
                until: at.after(Duration::from_secs(seconds.parse().unwrap())),
            },
            ["pauses", service, seconds] => EventKind::ActionsPaused {
                service: Some(service.parse().unwrap()),
                until: at.after(Duration::from_secs(seconds.parse().unwrap())),
            },
            ["resumes"] => EventKind::ActionsResumed { service: None },
            ["acks", service] => EventKind::Acknowledged {
                service: service.parse().unwrap(),
            },
            other => panic!("unknown request {other:?}"),
        };
        let actor = Actor {
            user: "op".to_owned(),
            host: "host".to_owned(),
            pid: 2,
        };
        let draft = Draft {
            at,
            session: 0,
            project: &"wicap".parse().unwrap(),
            actor: &actor,
            kind: &kind,
            input: None,
        };
        self.desk.journal.ledger_mut().event_append(&draft).unwrap();
    }

    fn change_compose(&mut self, change: impl Fn(&mut ComposeFacts)) {
        let mut insides = self.world.insides();
        if let Some(Reading::Known(facts)) = &mut insides.compose {
            change(facts);
        }
    }

    fn set(&mut self, number: &str, value: u64) {
        let policy = &mut self.session.policy;
        let as_count = u32::try_from(value).unwrap();
        match number {
            "attempts" => policy.ladder.attempts_max = as_count,
            "budget_service" => policy.budget_service = as_count,
            "budget_service_day" => policy.budget_service_day = as_count,
            "budget_stack" => policy.budget_stack = as_count,
            "budget_stack_day" => policy.budget_stack_day = Some(as_count),
            "settle" => policy.settle = Duration::from_secs(value),
            "cooldown" => policy.cooldown = Duration::from_secs(value),
            "backoff" => policy.backoff_first = Duration::from_secs(value),
            other => panic!("unknown number {other}"),
        }
        self.restart_controller();
    }

    fn turns(&mut self, n: u32) {
        for _ in 0..n {
            let turn = async {
                if let Err(error) = reconcile_once(&mut self.world, &mut self.desk).await {
                    let now = self.world.now();
                    self.desk.journal.report_unwritable(now, &error);
                }
                // The action's task gets its chance to come back.
                tokio::task::yield_now().await;
                self.desk.packs_done().await;
            };
            self.runtime.block_on(turn);
            self.world.advance(INTERVAL);
        }
    }

    /// The controller's process is gone without a word, and another one starts.
    fn restart_controller(&mut self) {
        let now = self.world.insides().now;
        let gone = desk(Ledger::in_memory().unwrap(), now, self.session.clone());
        let gone = std::mem::replace(&mut self.desk, gone);
        self.desk = desk(gone.into_journal().into_ledger(), now, self.session.clone());
    }

    /// What holds after every scenario.
    #[track_caller]
    pub(crate) fn check_invariants(&self) {
        let rows = self.rows();
        let session = self.desk.journal.session();
        assert_eq!(
            State::replay(session, &rows),
            self.desk.state,
            "the state is no fold"
        );
        invariants::check(&rows);
        let told = replay(self.desk.journal.ledger(), None).unwrap();
        assert!(
            told.is_same(),
            "not the same again: {:#?}",
            told.differences
        );
        assert!(told.skipped.is_empty(), "{:?}", told.skipped);
    }
}

impl Session {
    fn assist(policy: &Policy) -> Self {
        Self {
            grants: Grants::for_mode(ControlMode::Assist),
            policy: policy.clone(),
        }
    }
}

fn desk(ledger: Ledger, now: Timestamp, session: Session) -> Desk {
    let actor = Actor {
        user: "op".to_owned(),
        host: "host".to_owned(),
        pid: 1,
    };
    let journal = Journal::new(ledger, "wicap".parse().unwrap(), actor);
    let rules = Rules {
        stack: stack(),
        policy: session.policy,
    };
    let mut desk = Desk::open(rules, session.grants, journal, now).unwrap();
    desk.tenure = Some(Tenure {
        token: 1,
        expires_at: Timestamp::from_millis(i64::MAX),
    });
    desk
}

/// WiCAP's services: the core needs redis, the capture is not ours to restart.
fn stack() -> Stack {
    let needs_redis = vec!["redis".parse().unwrap()];
    let core = ServiceProfile {
        is_core: true,
        ..ServiceProfile::default()
    };
    let dependant = ServiceProfile {
        depends_on: needs_redis.clone(),
        ..core.clone()
    };
    let scout = ServiceProfile {
        is_restartable: false,
        depends_on: needs_redis,
        ..ServiceProfile::default()
    };
    let services = [
        ("redis", core),
        ("processor", dependant.clone()),
        ("ui", dependant),
    ];
    let services = services.into_iter().chain([("scout", scout)]);
    Stack {
        project: Some("wicap".parse().unwrap()),
        services: services
            .map(|(name, profile)| (name.parse().unwrap(), profile))
            .collect(),
    }
}
