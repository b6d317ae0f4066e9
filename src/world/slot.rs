use std::collections::{BTreeMap, BTreeSet};

use super::{
    compose_file::Needs,
    docker::{Inspected, Row},
};
use crate::model::{Reading, ServiceId, ServiceName};

/// The container that fills a slot.
#[derive(Debug)]
pub(super) struct Slot {
    /// What the inventory says of it.
    pub(super) row: Row,
    /// The last look at it.
    pub(super) reading: Option<Reading<Inspected>>,
    /// What the compose files say of its service.
    pub(super) needs: Needs,
}

/// The slots of the watched project.
pub(super) type Slots = BTreeMap<ServiceId, Slot>;

/// Chooses the container that fills each slot. While one is being replaced there
/// are two: the one that is up counts, and of two equals the newer one.
pub(super) fn fill_slots(rows: Vec<Row>) -> BTreeMap<ServiceId, Row> {
    let rank = |row: &Row| (row.is_up, row.created_s);
    let mut slots: BTreeMap<ServiceId, Row> = BTreeMap::new();
    for row in rows {
        let other = slots.get(&row.slot);
        if other.is_none_or(|other| rank(other) < rank(&row)) {
            slots.insert(row.slot.clone(), row);
        }
    }
    slots
}

impl Slot {
    /// Makes a slot of a container that nobody has looked at.
    pub(super) fn new(row: Row) -> Self {
        Self {
            row,
            reading: None,
            needs: Needs::default(),
        }
    }

    /// The services that it needs: as its labels say, else as the compose files say.
    pub(super) fn depends_on(&self) -> Vec<ServiceName> {
        let from_files = || self.needs.services.iter().cloned().collect();
        let from_labels = self.row.compose.depends_on.clone();
        from_labels.unwrap_or_else(from_files)
    }

    /// The service in whose network it lives, if it has none of its own. When that
    /// container is gone, only the compose files can tell whose it was.
    pub(super) fn network_owner(&self, slots: &Slots) -> Option<ServiceName> {
        let network_of = self.reading.as_ref()?.known()?.network_of.as_ref()?;
        let owner = slots.iter().find(|(_, slot)| slot.is_called(network_of));
        let by_id = owner.map(|(id, _)| id.name().clone());
        by_id.or_else(|| self.needs.network_owner.clone())
    }

    fn is_called(&self, id_or_name: &str) -> bool {
        let known = self.reading.as_ref().and_then(Reading::known);
        let has_name = known.is_some_and(|known| known.container.name == id_or_name);
        has_name || self.row.id == id_or_name
    }
}

/// The services that have a container.
pub(super) fn present(slots: &Slots) -> BTreeSet<&ServiceName> {
    slots.keys().map(ServiceId::name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::docker::ComposeLabels;

    #[test]
    fn the_container_that_is_up_fills_the_slot_and_then_the_newer_one() {
        for (rows, expected) in [
            ([("old", true, 1), ("new", false, 2)], "old"),
            ([("old", false, 1), ("new", true, 2)], "new"),
            ([("old", true, 1), ("new", true, 2)], "new"),
        ] {
            let rows = rows.map(|(id, is_up, created_s)| Row {
                is_up,
                created_s,
                ..row(id)
            });
            let slots = fill_slots(rows.to_vec());
            assert_eq!(expected, slots[&"ui".parse().unwrap()].id);
        }
    }

    #[test]
    fn labels_outrank_files() {
        let mut slot = Slot::new(row("a"));
        slot.needs.services = BTreeSet::from(["redis".parse().unwrap()]);
        assert_eq!(1, slot.depends_on().len());
        slot.row.compose.depends_on = Some(Vec::new());
        assert!(slot.depends_on().is_empty());
    }

    fn row(id: &str) -> Row {
        Row {
            id: id.to_owned(),
            name: None,
            project: "wicap".parse().unwrap(),
            slot: "ui".parse().unwrap(),
            created_s: 1,
            is_up: true,
            compose: ComposeLabels::default(),
        }
    }
}
