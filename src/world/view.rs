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

/// A question about a container that has no answer yet.
#[derive(Clone, Copy, Debug)]
struct Look {
    asked_at: Instant,
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

    /// Says whether an early snapshot is worth while.
    pub(super) fn has_news(&self) -> bool {
        self.has_news || self.is_outdated
    }

    /// Notes that the next snapshot shows everything that is known.
    pub(super) fn clear_news(&mut self) {
        self.has_news = false;
    }

    /// Asks for a snapshot with a new inventory.
    pub(super) fn distrust(&mut self) {
        self.is_outdated = true;
        self.has_news = true;
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
        }
        if changes_inventory {
            self.distrust();
            return None;
        }
        Some(event.id)
    }

    /// Says whether to ask about a container now. If it is being asked already, it
    /// will be asked once more.
    pub(super) fn begin_look(&mut self, id: &str, now: Instant) -> bool {
        if let Some(look) = self.looks.get_mut(id) {
            look.is_stale = true;
            return false;
        }
        let look = Look {
            asked_at: now,
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
