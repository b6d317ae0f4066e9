use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tokio::time::Instant;

use super::{
    docker::{ComposeLabels, EngineError, EngineEvent, Report, Row},
    past::Past,
};
use crate::model::{
    Container, Happening, HappeningKind, Project, Reading, Redacted, ServiceId, ServiceName, Sight,
    Start, Timestamp,
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
    engine: Reading<()>,
    slots: BTreeMap<ServiceId, Slot>,
    seen: BTreeSet<ServiceName>,
    compose: Option<ComposeLabels>,
    looks: BTreeMap<String, Look>,
    past: Past,
    /// Whether something happened that the last snapshot does not show.
    has_news: bool,
    /// Whether an answer is among the news that a report made us ask for.
    is_urgent: bool,
    /// Whether the inventory may have changed since it was made.
    is_outdated: bool,
    refreshed_at: Option<Instant>,
}

/// The container that fills a slot.
#[derive(Debug)]
struct Slot {
    row: Row,
    depends_on: Vec<ServiceName>,
    reading: Option<Reading<Container>>,
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
struct Look {
    asked_at: Instant,
    /// Whether a report made us ask.
    is_reported: bool,
    /// Whether to ask again after the answer, since more happened meanwhile.
    is_stale: bool,
}

/// Chooses the container that fills each slot. While one is being replaced there
/// are two: the one that is up counts, and of two equals the newer one.
pub(super) fn fill_slots(rows: Vec<Row>) -> BTreeMap<ServiceId, Row> {
    let rank = |row: &Row| (row.is_up, row.created_s);
    let mut slots: BTreeMap<ServiceId, Row> = BTreeMap::new();
    for row in rows {
        if slots
            .get(&row.slot)
            .is_none_or(|other| rank(other) < rank(&row))
        {
            slots.insert(row.slot.clone(), row);
        }
    }
    slots
}

impl Slot {
    fn new(row: Row) -> Self {
        Self {
            depends_on: row.compose.depends_on.clone().unwrap_or_default(),
            reading: None,
            row,
        }
    }
}

impl View {
    /// Knows nothing yet.
    pub(super) fn new(project: Option<Project>) -> Self {
        Self {
            project,
            engine: Reading::Unknown(Redacted::from_raw("not asked yet")),
            slots: BTreeMap::new(),
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
        let newest = self.slots.values().max_by_key(|slot| slot.row.created_s);
        if let Some(newest) = newest {
            self.compose = Some(newest.row.compose.clone());
        }
        self.slots
            .values()
            .map(|slot| slot.row.id.clone())
            .collect()
    }

    /// Takes in what the compose files say of services whose labels say nothing.
    pub(super) fn take_dependencies(
        &mut self,
        dependencies: &BTreeMap<ServiceName, BTreeSet<ServiceName>>,
    ) {
        for (id, slot) in &mut self.slots {
            if slot.row.compose.depends_on.is_none() {
                let needs = dependencies.get(id.name()).into_iter().flatten();
                slot.depends_on = needs.cloned().collect();
            }
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

    /// Takes in the answer about a container. Returns whether to ask again at once.
    pub(super) fn end_look(&mut self, id: &str, answer: Result<Container, EngineError>) -> bool {
        let look = self.looks.remove(id);
        if let Ok(container) = &answer
            && let Some(at) = container.started_at
        {
            let restart_count = container.restart_count;
            self.past.note_start(id, Start { at, restart_count });
        }
        self.is_urgent |= look.is_some_and(|look| look.is_reported);
        let slot = self.slots.iter().find(|(_, slot)| slot.row.id == id);
        if let Some(slot) = slot.map(|(slot, _)| slot.clone()) {
            self.take_answer(&slot, answer);
        }
        look.is_some_and(|look| look.is_stale)
    }

    fn take_answer(&mut self, slot: &ServiceId, answer: Result<Container, EngineError>) {
        let reading = match answer {
            Ok(container) => Reading::Known(container),
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

    /// Returns what compose wrote on the newest container of the project, also when
    /// there is none any more.
    pub(super) fn compose_labels(&self) -> Option<&ComposeLabels> {
        self.compose.as_ref()
    }

    /// Whether the engine answered when it was asked last.
    pub(super) fn engine(&self) -> Reading<()> {
        self.engine.clone()
    }

    /// How many reports there was no room for.
    pub(super) fn n_dropped(&self) -> u64 {
        self.past.n_dropped()
    }

    /// Shows everything that is known of the slots, and of the services that `named`
    /// lists.
    pub(super) fn snapshot<'a>(
        &'a mut self,
        named: impl Iterator<Item = &'a ServiceName>,
        now: (Instant, Timestamp),
    ) -> BTreeMap<ServiceId, Reading<Sight>> {
        self.past.forget_old(now.1);
        let mut shown: BTreeMap<ServiceId, Reading<Sight>> = BTreeMap::new();
        for (id, slot) in &self.slots {
            shown.insert(id.clone(), self.sight(id, slot, now.0));
        }
        let present: BTreeSet<&ServiceName> = self.slots.keys().map(ServiceId::name).collect();
        for name in named
            .chain(&self.seen)
            .filter(|name| !present.contains(name))
        {
            let id = ServiceId::first(name.clone());
            let reading = self.absence(&id);
            shown.insert(id, reading);
        }
        shown
    }

    fn sight(&self, id: &ServiceId, slot: &Slot, now: Instant) -> Reading<Sight> {
        if let Reading::Unknown(reason) = &self.engine {
            return Reading::Unknown(reason.clone());
        }
        if let Some(Reading::Unknown(reason)) = &slot.reading {
            return Reading::Unknown(reason.clone());
        }
        let is_overdue = |look: &Look| now.saturating_duration_since(look.asked_at) > STANDS_MAX;
        if self.looks.get(&slot.row.id).is_some_and(is_overdue) {
            return Reading::Unknown(Redacted::from_raw("the engine has not answered yet"));
        }
        match &slot.reading {
            Some(Reading::Known(container)) => {
                let mut container = Box::new(container.clone());
                container.depends_on.clone_from(&slot.depends_on);
                container.starts = self.past.starts(&slot.row.id);
                container.happenings = self.past.happenings(id);
                Reading::Known(Sight::Present(container))
            }
            Some(Reading::Unknown(_)) | None => {
                Reading::Unknown(Redacted::from_raw("not looked at yet"))
            }
        }
    }

    fn absence(&self, id: &ServiceId) -> Reading<Sight> {
        match (&self.engine, &self.project) {
            (Reading::Unknown(reason), _) => Reading::Unknown(reason.clone()),
            (Reading::Known(()), None) => Reading::Unknown(Redacted::from_raw(
                "it is not known which project is watched",
            )),
            (Reading::Known(()), Some(_)) => Reading::Known(Sight::Missing {
                happenings: self.past.happenings(id),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Health, Lifecycle, RestartPolicy};

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
        assert!(!view.end_look("id-ui", Ok(container(Lifecycle::Running))));
        assert!(view.begin_look("id-ui", Cause::Inventory, now));
        assert!(!view.begin_look("id-ui", Cause::Report, now));
        assert!(
            view.end_look("id-ui", Ok(container(Lifecycle::Running))),
            "once more"
        );
    }

    #[test]
    fn the_last_reading_stands_for_a_moment_and_no_longer() {
        let (mut view, now) = watching(&["ui"]);
        assert!(view.begin_look("id-ui", Cause::Report, now));
        assert_eq!("ui=Running", shown(&mut view, &[], now + STANDS_MAX));
        let later = now + STANDS_MAX + Duration::from_millis(1);
        assert_eq!("ui=unknown", shown(&mut view, &[], later));
        view.end_look("id-ui", Ok(container(Lifecycle::Running)));
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
        view.end_look("id-ui", Err(EngineError::NoSuchContainer));
        assert_eq!("ui=missing", shown(&mut view, &[], now));
    }

    #[test]
    fn the_container_that_is_up_fills_the_slot_and_then_the_newer_one() {
        for (rows, expected) in [
            ([("old", true, 1), ("new", false, 2)], "old"),
            ([("old", false, 1), ("new", true, 2)], "new"),
            ([("old", true, 1), ("new", true, 2)], "new"),
        ] {
            let rows = rows.map(|(id, is_up, created_s)| Row {
                id: id.to_owned(),
                ..row("ui", is_up, created_s)
            });
            let slots = fill_slots(rows.to_vec());
            assert_eq!(expected, slots[&"ui".parse().unwrap()].id);
        }
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
        view.end_look(id, Ok(container));
    }

    fn report(view: &mut View, slot: &str, kind: HappeningKind) -> Option<String> {
        view.take_report(event(slot, kind))
    }

    fn shown(view: &mut View, named: &[&str], now: Instant) -> String {
        let named: Vec<ServiceName> = named.iter().map(|name| name.parse().unwrap()).collect();
        let at = "2026-03-04T05:06:07Z".parse().unwrap();
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
            id: format!("id-{slot}"),
            project: "wicap".parse().unwrap(),
            slot: slot.parse().unwrap(),
            created_s,
            is_up,
            compose: ComposeLabels::default(),
        }
    }

    fn event(slot: &str, kind: HappeningKind) -> EngineEvent {
        let at: Timestamp = "2026-03-04T05:06:07Z".parse().unwrap();
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
            depends_on: Vec::new(),
            starts: Vec::new(),
            happenings: Vec::new(),
        }
    }
}
