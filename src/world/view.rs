use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tokio::time::Instant;

use super::{
    compose_file::Dependencies,
    docker::{ComposeLabels, EngineError, EngineEvent, Inspected, Report, Row},
    past::{Past, Witness},
    slot::{Slot, Slots, fill_slots, present},
};
use crate::model::{
    Container, Happening, HappeningKind, Health, Lifecycle, ProbeReport, ProbeResult, Project,
    Reading, Redacted, ServiceId, ServiceName, Start, Timestamp,
};

/// How long the last reading of a container stands while a newer one is being
/// asked for. An `inspect` of a container that is just being started takes up to
/// 230 ms (measured); what takes longer than this is unknown.
pub(super) const STANDS_MAX: Duration = Duration::from_millis(500);

/// What is known of the engine's containers, put together from an inventory, from
/// looks at single containers and from the engine's reports.
#[derive(Debug)]
pub(super) struct View {
    /// The watched project, once it is known.
    pub(super) project: Option<Project>,
    pub(super) engine: Reading<()>,
    pub(super) slots: Slots,
    pub(super) seen: BTreeSet<ServiceName>,
    compose: Option<ComposeLabels>,
    pub(super) looks: BTreeMap<String, Look>,
    pub(super) past: Past,
    /// Whether something happened that the last snapshot does not show.
    has_news: bool,
    /// Whether an answer is among the news that a report made us ask for.
    is_urgent: bool,
    /// Whether the inventory may have changed since it was made.
    is_outdated: bool,
    refreshed_at: Option<Instant>,
}

/// Why a container is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// It stands in a new inventory.
    Inventory,
    /// The engine reported something about it.
    Report,
}

/// A question about a container that has no answer yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) asked_at: Instant,
    /// Whether a report made us ask.
    is_reported: bool,
    /// Whether to ask again after the answer, since more happened meanwhile.
    is_stale: bool,
}

impl View {
    /// Knows nothing yet.
    pub(super) fn new(project: Option<Project>) -> Self {
        Self {
            project,
            engine: Reading::Unknown(Redacted::from_raw("not asked yet")),
            slots: Slots::new(),
            seen: BTreeSet::new(),
            compose: None,
            looks: BTreeMap::new(),
            past: Past::default(),
            has_news: false,
            is_urgent: false,
            is_outdated: true,
            refreshed_at: None,
        }
    }

    /// Says whether the next snapshot needs a new inventory: always, unless it is
    /// taken for the sake of reports alone and the last one is young.
    pub(super) fn needs_refresh(&self, now: Instant, interval: Duration) -> bool {
        let is_young = |at: Instant| now.saturating_duration_since(at) < interval;
        self.is_outdated || !self.has_news || !self.refreshed_at.is_some_and(is_young)
    }

    /// Notes that a new inventory is being asked for.
    pub(super) fn begin_refresh(&mut self, now: Instant) {
        self.is_outdated = false;
        self.refreshed_at = Some(now);
    }

    /// Says whether an early snapshot is worth while, with a new inventory or without.
    pub(super) fn is_worth_a_turn(&self) -> bool {
        self.has_news || self.is_outdated
    }

    /// Says whether the engine reported something that the last snapshot does not
    /// show, and that is known by now. Such news do not wait for an inventory.
    pub(super) fn has_urgent_news(&self) -> bool {
        self.has_news && self.is_urgent
    }

    /// Notes that the next snapshot shows everything that is known.
    pub(super) fn clear_news(&mut self) {
        self.has_news = false;
        self.is_urgent = false;
    }

    /// Asks for a snapshot with a new inventory.
    pub(super) fn distrust(&mut self) {
        self.is_outdated = true;
    }

    /// Takes in that there is no inventory.
    pub(super) fn lose_engine(&mut self, error: &EngineError) {
        self.set_engine(Reading::Unknown(error.redacted()));
    }

    fn set_engine(&mut self, engine: Reading<()>) {
        self.has_news |= self.engine != engine;
        self.engine = engine;
    }

    /// Takes in an inventory of the watched project, and returns the containers to
    /// look at.
    pub(super) fn take_inventory(&mut self, rows: Vec<Row>) -> Vec<String> {
        self.set_engine(Reading::Known(()));
        let mut before = std::mem::take(&mut self.slots);
        for (id, row) in fill_slots(rows) {
            self.seen.insert(id.name().clone());
            let known = before.remove(&id).filter(|slot| slot.row.id == row.id);
            self.has_news |= known.is_none();
            let slot = match known {
                Some(known) => Slot { row, ..known },
                None => Slot::new(row),
            };
            self.slots.insert(id, slot);
        }
        self.has_news |= !before.is_empty();
        let slots = &self.slots;
        self.past
            .forget_others(|id| slots.values().any(|slot| slot.row.id == id));
        let newest = self.slots.values().max_by_key(|slot| slot.row.created_s);
        if let Some(newest) = newest {
            self.compose = Some(newest.row.compose.clone());
        }
        self.slots
            .values()
            .map(|slot| slot.row.id.clone())
            .collect()
    }

    /// Takes in what the compose files say of services.
    pub(super) fn take_dependencies(&mut self, dependencies: &Dependencies) {
        for (id, slot) in &mut self.slots {
            slot.needs = dependencies.get(id.name()).cloned().unwrap_or_default();
        }
    }

    /// Takes in a report, and returns the container to look at, if one is to be
    /// looked at by itself.
    pub(super) fn take_report(&mut self, event: EngineEvent) -> Option<String> {
        let Some(project) = &self.project else {
            self.distrust();
            return None;
        };
        if *project != event.project {
            return None;
        }
        let is_known = self
            .slots
            .get(&event.slot)
            .is_some_and(|slot| slot.row.id == event.id);
        let mut changes_inventory = !is_known;
        if let Report::Happening(kind) = event.report {
            changes_inventory |= matches!(
                kind,
                HappeningKind::Create | HappeningKind::Destroy | HappeningKind::Rename
            );
            let happening = Happening { at: event.at, kind };
            self.past.note_happening(&event.slot, happening);
            self.has_news = true;
        }
        if changes_inventory {
            self.distrust();
            return None;
        }
        Some(event.id)
    }

    /// Says whether to ask about a container now. If it is being asked about already,
    /// a report makes it be asked about once more.
    pub(super) fn begin_look(&mut self, id: &str, cause: Cause, now: Instant) -> bool {
        let is_reported = cause == Cause::Report;
        if let Some(look) = self.looks.get_mut(id) {
            look.is_stale |= is_reported;
            return false;
        }
        let look = Look {
            asked_at: now,
            is_reported,
            is_stale: false,
        };
        self.looks.insert(id.to_owned(), look);
        true
    }

    /// Takes in the answer about a container, at a moment. Returns whether to ask
    /// again at once.
    pub(super) fn end_look(
        &mut self,
        id: &str,
        answer: Result<Inspected, EngineError>,
        at: Timestamp,
    ) -> bool {
        let look = self.looks.remove(id);
        if let Ok(inspected) = &answer {
            self.note_past(id, &inspected.container, at);
        }
        self.is_urgent |= look.is_some_and(|look| look.is_reported);
        let slot = self.slots.iter().find(|(_, slot)| slot.row.id == id);
        if let Some(slot) = slot.map(|(slot, _)| slot.clone()) {
            self.take_answer(&slot, answer);
        }
        look.is_some_and(|look| look.is_stale)
    }

    /// Remembers a start, and whether the container's own check passes. An
    /// `unhealthy` without a failed check is the engine's guess and no change.
    fn note_past(&mut self, id: &str, container: &Container, at: Timestamp) {
        let Some(started_at) = container.started_at else {
            return;
        };
        let start = Start {
            at: started_at,
            restart_count: container.restart_count,
        };
        self.past.note_start(id, start);
        let is_well = match container.health {
            Health::Healthy => true,
            Health::Unhealthy { streak } if streak > 0 => false,
            Health::Unhealthy { .. } | Health::Starting | Health::Unchecked => return,
        };
        if container.lifecycle == Lifecycle::Running {
            let said = (Witness::Check, is_well);
            self.past.note_wellness(id, started_at, said, at);
        }
    }

    /// Remembers whether our probe of a service passes.
    pub(super) fn take_probe(&mut self, name: &ServiceName, report: &ProbeReport) {
        let is_well = match report.result {
            ProbeResult::Ok => true,
            ProbeResult::Failed(_) | ProbeResult::Degraded(_) => false,
        };
        for slot in self
            .slots
            .values()
            .filter(|slot| slot.row.slot.name() == name)
        {
            let known = slot.reading.as_ref().and_then(Reading::known);
            let started_at = known.and_then(|known| known.container.started_at);
            if let Some(started_at) = started_at.filter(|&started_at| started_at <= report.at) {
                let said = (Witness::Probe, is_well);
                self.past
                    .note_wellness(&slot.row.id, started_at, said, report.at);
            }
        }
    }

    fn take_answer(&mut self, slot: &ServiceId, answer: Result<Inspected, EngineError>) {
        let reading = match answer {
            Ok(inspected) => Reading::Known(inspected),
            Err(EngineError::NoSuchContainer) => {
                self.slots.remove(slot);
                self.has_news = true;
                return;
            }
            Err(error) => Reading::Unknown(error.redacted()),
        };
        if let Some(slot) = self.slots.get_mut(slot)
            && slot.reading.as_ref() != Some(&reading)
        {
            slot.reading = Some(reading);
            self.has_news = true;
        }
    }

    /// Services of `named` that have no container, while that is known.
    pub(super) fn missing<'a>(
        &self,
        named: impl Iterator<Item = &'a ServiceName>,
    ) -> Vec<&'a ServiceName> {
        if self.engine.known().is_none() || self.project.is_none() {
            return Vec::new();
        }
        let present = present(&self.slots);
        named.filter(|name| !present.contains(name)).collect()
    }

    /// The containers of the inventory.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.slots.values().map(|slot| &slot.row)
    }

    /// Notes that something is known that the last snapshot does not show.
    pub(super) fn add_news(&mut self) {
        self.has_news = true;
    }

    /// Returns what compose wrote on the newest container of the project, also when
    /// there is none any more.
    pub(super) fn compose_labels(&self) -> Option<&ComposeLabels> {
        self.compose.as_ref()
    }

    /// Whether the engine answered when it was asked last.
    pub(super) fn engine(&self) -> Reading<()> {
        self.engine.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{RestartPolicy, Sight};

    const INTERVAL: Duration = Duration::from_secs(10);

    #[test]
    fn reports_alone_need_no_inventory_while_the_last_is_young() {
        let (mut view, now) = watching(&["ui"]);
        assert!(view.needs_refresh(now, INTERVAL), "a tick");
        report(&mut view, "ui", HappeningKind::Die { exit_code: 1 });
        look(
            &mut view,
            "id-ui",
            Cause::Report,
            container(Lifecycle::Exited),
        );
        assert!(!view.needs_refresh(now, INTERVAL), "a report");
        assert!(
            view.needs_refresh(now + INTERVAL, INTERVAL),
            "an old inventory"
        );
        view.distrust();
        assert!(view.needs_refresh(now, INTERVAL), "a lost connection");
    }

    #[test]
    fn only_answers_to_reports_are_urgent() {
        let (mut view, _) = watching(&["ui"]);
        look(
            &mut view,
            "id-ui",
            Cause::Inventory,
            container(Lifecycle::Exited),
        );
        assert!(view.is_worth_a_turn() && !view.has_urgent_news());
        look(
            &mut view,
            "id-ui",
            Cause::Report,
            container(Lifecycle::Running),
        );
        assert!(view.has_urgent_news());
        view.clear_news();
        look(
            &mut view,
            "id-ui",
            Cause::Report,
            container(Lifecycle::Running),
        );
        assert!(!view.is_worth_a_turn(), "nothing has changed");
    }

    #[test]
    fn a_container_is_asked_about_once_at_a_time() {
        let (mut view, now) = watching(&["ui"]);
        assert!(view.begin_look("id-ui", Cause::Inventory, now));
        assert!(!view.begin_look("id-ui", Cause::Inventory, now));
        assert!(!end(&mut view, container(Lifecycle::Running)));
        assert!(view.begin_look("id-ui", Cause::Inventory, now));
        assert!(!view.begin_look("id-ui", Cause::Report, now));
        assert!(end(&mut view, container(Lifecycle::Running)), "once more");
    }

    #[test]
    fn the_last_reading_stands_for_a_moment_and_no_longer() {
        let (mut view, now) = watching(&["ui"]);
        assert!(view.begin_look("id-ui", Cause::Report, now));
        assert_eq!("ui=Running", shown(&mut view, &[], now + STANDS_MAX));
        let later = now + STANDS_MAX + Duration::from_millis(1);
        assert_eq!("ui=unknown", shown(&mut view, &[], later));
        end(&mut view, container(Lifecycle::Running));
        assert_eq!("ui=Running", shown(&mut view, &[], later));
    }

    #[test]
    fn what_the_profile_or_an_earlier_inventory_names_is_missing() {
        let (mut view, now) = watching(&["ui", "worker#1", "worker#2"]);
        let all = "redis=missing ui=Running worker=Running worker#2=Running";
        assert_eq!(all, shown(&mut view, &["redis"], now));
        view.take_inventory(vec![row("worker#2", true, 1)]);
        let rest = "redis=missing ui=missing worker#2=Running";
        assert_eq!(rest, shown(&mut view, &["redis"], now));
    }

    #[test]
    fn reports_that_change_the_inventory_ask_for_a_new_one() {
        for kind in [
            HappeningKind::Create,
            HappeningKind::Destroy,
            HappeningKind::Rename,
        ] {
            let (mut view, now) = watching(&["ui"]);
            assert_eq!(None, report(&mut view, "ui", kind));
            assert!(view.is_worth_a_turn() && view.needs_refresh(now, INTERVAL));
        }
        let (mut view, _) = watching(&["ui"]);
        assert_eq!(None, report(&mut view, "db", HappeningKind::Start));
        assert!(view.is_worth_a_turn(), "an unknown container");
    }

    #[test]
    fn other_projects_are_nothing_to_us() {
        let (mut view, _) = watching(&["ui"]);
        let mut event = event("ui", HappeningKind::Destroy);
        event.project = "shop".parse().unwrap();
        assert_eq!(None, view.take_report(event));
        assert!(!view.is_worth_a_turn());
    }

    #[test]
    fn a_container_that_is_gone_leaves_its_slot() {
        let (mut view, now) = watching(&["ui"]);
        assert!(view.begin_look("id-ui", Cause::Report, now));
        view.end_look("id-ui", Err(EngineError::NoSuchContainer), now_at());
        assert_eq!("ui=missing", shown(&mut view, &[], now));
    }

    #[test]
    fn the_past_of_a_container_comes_with_it() {
        let (mut view, now) = watching(&["ui"]);
        report(&mut view, "ui", HappeningKind::Oom);
        let shown = view.snapshot([].iter(), (now, event("ui", HappeningKind::Oom).at));
        let Some(Reading::Known(Sight::Present(ui))) = shown.values().next() else {
            panic!("{shown:?}");
        };
        assert_eq!(HappeningKind::Oom, ui.happenings[0].kind);
        assert_eq!(1, ui.starts.len());
    }

    #[test]
    fn a_borrowed_network_is_known_by_its_owners_id_and_else_by_the_files() {
        let (mut view, now) = watching(&["ui", "side"]);
        let lives_in_ui = Inspected {
            network_of: Some("id-ui".to_owned()),
            ..inspected(container(Lifecycle::Running))
        };
        assert!(view.begin_look("id-side", Cause::Report, now));
        view.end_look("id-side", Ok(lives_in_ui), now_at());
        assert_eq!(Some("ui".parse().unwrap()), network_owner(&mut view, now));
        let side = view.slots.get_mut(&"side".parse().unwrap()).unwrap();
        side.needs.network_owner = Some("ui".parse().unwrap());
        let other = Row {
            id: "another".to_owned(),
            ..row("ui", true, 2)
        };
        view.take_inventory(vec![other, row("side", true, 1)]);
        assert_eq!(Some("ui".parse().unwrap()), network_owner(&mut view, now));
    }

    fn network_owner(view: &mut View, now: Instant) -> Option<ServiceName> {
        let shown = view.snapshot([].iter(), (now, now_at()));
        let side = shown[&"side".parse().unwrap()].known();
        let Some(Sight::Present(side)) = side else {
            panic!("{side:?}");
        };
        side.network_owner.clone()
    }

    #[test]
    fn what_check_and_probe_both_see_is_one_change_and_guesses_are_none() {
        let (mut view, now) = watching(&["ui"]);
        for health in [
            Health::Starting,
            Health::Healthy,
            Health::Unhealthy { streak: 0 },
            Health::Healthy,
            Health::Unhealthy { streak: 3 },
        ] {
            let sick = Container {
                health,
                ..container(Lifecycle::Running)
            };
            look(&mut view, "id-ui", Cause::Inventory, sick);
        }
        for result in [ProbeResult::Ok, ProbeResult::Failed(Redacted::default())] {
            let latency = Duration::ZERO;
            let at = now_at();
            let report = ProbeReport {
                at,
                latency,
                result,
            };
            view.take_probe(&"ui".parse().unwrap(), &report);
        }
        let shown = view.snapshot([].iter(), (now, now_at()));
        let Some(Reading::Known(Sight::Present(ui))) = shown.values().next() else {
            panic!("{shown:?}");
        };
        assert_eq!(1, ui.changes.len());
    }

    #[test]
    fn without_the_engine_nothing_is_known() {
        let (mut view, now) = watching(&["ui"]);
        view.lose_engine(&EngineError::NoSuchContainer);
        assert!(view.is_worth_a_turn());
        assert_eq!(
            "redis=unknown ui=unknown",
            shown(&mut view, &["redis"], now)
        );
    }

    /// A view of a project whose containers all run, with nothing new in it.
    fn watching(slots: &[&str]) -> (View, Instant) {
        let now = Instant::now();
        let mut view = View::new(Some("wicap".parse().unwrap()));
        view.begin_refresh(now);
        for id in view.take_inventory(slots.iter().map(|slot| row(slot, true, 1)).collect()) {
            look(
                &mut view,
                &id,
                Cause::Inventory,
                container(Lifecycle::Running),
            );
        }
        view.clear_news();
        (view, now)
    }

    fn look(view: &mut View, id: &str, cause: Cause, container: Container) {
        assert!(view.begin_look(id, cause, Instant::now()));
        view.end_look(id, Ok(inspected(container)), now_at());
    }

    fn end(view: &mut View, container: Container) -> bool {
        view.end_look("id-ui", Ok(inspected(container)), now_at())
    }

    fn inspected(container: Container) -> Inspected {
        Inspected {
            container,
            network_of: None,
        }
    }

    fn now_at() -> Timestamp {
        "2026-03-04T05:06:07Z".parse().unwrap()
    }

    fn report(view: &mut View, slot: &str, kind: HappeningKind) -> Option<String> {
        view.take_report(event(slot, kind))
    }

    fn shown(view: &mut View, named: &[&str], now: Instant) -> String {
        let named: Vec<ServiceName> = named.iter().map(|name| name.parse().unwrap()).collect();
        let at = now_at();
        let word = |sight: &Reading<Sight>| match sight {
            Reading::Unknown(_) => "unknown".to_owned(),
            Reading::Known(Sight::Missing { .. }) => "missing".to_owned(),
            Reading::Known(Sight::Present(container)) => format!("{:?}", container.lifecycle),
        };
        let shown = view.snapshot(named.iter(), (now, at));
        let words = shown
            .iter()
            .map(|(id, sight)| format!("{id}={}", word(sight)));
        words.collect::<Vec<_>>().join(" ")
    }

    fn row(slot: &str, is_up: bool, created_s: i64) -> Row {
        Row {
            name: None,
            id: format!("id-{slot}"),
            project: "wicap".parse().unwrap(),
            slot: slot.parse().unwrap(),
            created_s,
            is_up,
            compose: ComposeLabels::default(),
        }
    }

    fn event(slot: &str, kind: HappeningKind) -> EngineEvent {
        let at = now_at();
        EngineEvent {
            at,
            at_nanos: at.millis() * 1_000_000,
            id: format!("id-{slot}"),
            project: "wicap".parse().unwrap(),
            slot: slot.parse().unwrap(),
            report: Report::Happening(kind),
        }
    }

    fn container(lifecycle: Lifecycle) -> Container {
        Container {
            id: "id".to_owned(),
            name: "wicap".to_owned(),
            lifecycle,
            health: Health::Unchecked,
            health_check: None,
            restart_policy: RestartPolicy::No,
            restart_count: 0,
            exit_code: 0,
            is_oom_killed: false,
            error: Redacted::default(),
            started_at: "2026-03-04T05:06:00Z".parse().ok(),
            finished_at: None,
            stop_timeout: Duration::from_secs(10),
            network_owner: None,
            depends_on: Vec::new(),
            starts: Vec::new(),
            happenings: Vec::new(),
            changes: Vec::new(),
        }
    }
}
