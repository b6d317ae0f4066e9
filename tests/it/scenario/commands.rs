//! The commands of a script.

use std::time::Duration;

use wicap_assist::{
    control::Grants,
    model::{
        ActionRule, Actor, EventKind, KillSwitch, OperatorAnswer, OperatorRequest, Policy, Reading,
        Redacted, Reply, ServiceId,
    },
    store::Draft,
};

use super::{
    Scenario,
    change::change,
    effect::RestartEffect,
    script::INTERVAL,
    session::{STACK, Session, actor},
    soak,
    world::{Reports, same_compose},
};

impl Scenario {
    #[track_caller]
    pub(super) fn command(&mut self, words: &[&str]) {
        match words {
            ["turn"] => self.turns(1),
            ["turn", n] => self.turns(n.parse().unwrap()),
            ["wait", seconds] => self
                .world
                .advance(Duration::from_secs(seconds.parse().unwrap())),
            ["add", service] => self.world.add(service),
            ["ledger", state @ ..] => self.ledger(state),
            ["restart" | "engine" | "switch" | "reports", ..] => self.outside(words),
            ["session"] => self.restart_controller(),
            ["mode", mode] => {
                let mode = mode.parse().unwrap();
                let policy = Policy::for_mode(mode, INTERVAL);
                self.session = Session {
                    grants: Grants::for_mode(mode),
                    policy,
                    leads: self.session.leads,
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
            ["lead"] => {
                self.session.leads = true;
                self.restart_controller();
            }
            ["rival", "takes", seconds] => self.rival_takes(seconds.parse().unwrap()),
            ["stalls", seconds] => {
                let stall = Duration::from_secs(seconds.parse().unwrap());
                self.world.insides().stall = stall;
            }
            ["clock", by_s] => self.world.insides().gap_s = by_s.parse().unwrap(),
            ["compose", state @ ..] => self.compose(state),
            ["operator", request @ ..] => self.operator(request),
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

    /// The file of the ledger can be written, or not any more.
    fn ledger(&mut self, state: &[&str]) {
        let disk = self.disk.as_mut().expect("the ledger is in a file");
        match state {
            ["works"] => disk.work(),
            ["refuses", kind] => disk.refuse(kind),
            ["fails", "after", n_rows] => disk.fail_after(n_rows.parse().unwrap()),
            other => panic!("unknown state {other:?}"),
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
            ["asks", wish, seconds] => EventKind::OperatorRequest(OperatorRequest {
                wish: wish.parse().unwrap(),
                until: at.after(Duration::from_secs(seconds.parse().unwrap())),
            }),
            ["withdraws", request] => EventKind::OperatorAnswer(OperatorAnswer::plain(
                request.parse().unwrap(),
                Reply::Withdrawn,
            )),
            ["sees", "clock", by_s] => EventKind::ClockJumped {
                by_ms: by_s.parse::<i64>().unwrap() * 1_000,
            },
            ["soak", rest @ ..] => soak::row(rest),
            ["resumes"] => EventKind::ActionsResumed { service: None },
            ["resumes", service] => EventKind::ActionsResumed {
                service: Some(service.parse().unwrap()),
            },
            ["acks", service] => EventKind::Acknowledged {
                service: service.parse().unwrap(),
            },
            other => panic!("unknown request {other:?}"),
        };
        let actor = Actor { pid: 2, ..actor() };
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

    /// Something outside of the services changes.
    #[track_caller]
    fn outside(&self, words: &[&str]) {
        let mut insides = self.world.insides();
        match words {
            ["restart", "takes", seconds] => {
                insides.restart = RestartEffect::Takes(seconds.parse().unwrap());
            }
            ["restart", effect] => insides.restart = effect.parse().unwrap(),
            ["engine", state] => insides.is_engine_away = *state == "away",
            ["switch", "pulled"] => {
                let source = Redacted::from_raw("KILL file");
                insides.kill_switch = KillSwitch::Pulled { source };
            }
            ["switch", "pulled", "late"] => insides.pulls_late = true,
            ["switch", "clear"] => {
                insides.pulls_late = false;
                insides.kill_switch = KillSwitch::Clear;
            }
            ["reports", "prompt"] => insides.reports = Reports::default(),
            ["reports", "late", seconds] => {
                insides.reports.lag = Duration::from_secs(seconds.parse().unwrap());
                insides.reports.since = insides.now;
            }
            ["reports", "twice"] => insides.reports.are_doubled = true,
            other => panic!("unknown command {other:?}"),
        }
    }

    #[track_caller]
    fn compose(&self, state: &[&str]) {
        let mut insides = self.world.insides();
        let mut facts = same_compose();
        insides.compose = Some(match state {
            ["drifted"] => {
                facts.drifted.push("ui".parse().unwrap());
                Reading::Known(facts)
            }
            ["is", "old"] => {
                facts.installed_major = Some(1);
                Reading::Known(facts)
            }
            ["is", "unreadable"] => Reading::Unknown(Redacted::from_raw("no such file")),
            ["is", "silent"] => {
                insides.compose = None;
                return;
            }
            ["answers"] => Reading::Known(facts),
            other => panic!("unknown state {other:?}"),
        });
    }

    /// Another controller takes the stack over, as if we were gone.
    fn rival_takes(&mut self, seconds: u64) {
        let now = self.world.insides().now;
        let rival = Actor { pid: 9, ..actor() };
        let hold = (now, Duration::from_secs(seconds));
        let ledger = self.desk.journal.ledger_mut();
        ledger.lease_take(STACK, &rival, hold, |_| true).unwrap();
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
}
