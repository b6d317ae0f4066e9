//! What a [`View`] shows of the slots.

use std::collections::BTreeMap;

use tokio::time::Instant;

use super::{
    slot::{Slot, present},
    view::{Look, STANDS_MAX, View},
};
use crate::model::{Reading, Redacted, ServiceId, ServiceName, Sight, Timestamp};

impl View {
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
        let present = present(&self.slots);
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
            Some(Reading::Known(known)) => {
                let mut container = Box::new(known.container.clone());
                container.depends_on = slot.depends_on();
                container.network_owner = slot.network_owner(&self.slots);
                container.starts = self.past.starts(&slot.row.id);
                container.happenings = self.past.happenings(id);
                container.changes = self.past.changes(&slot.row.id, container.started_at);
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
