use super::ServiceRow;
use crate::config::slot::{ProbeField, Slot};

/// Every setting of a service.
pub(in crate::config) const SERVICE_ROWS: &[ServiceRow] = &[
    ServiceRow {
        name: "criticality",
        help: "`critical` or `warn`: how much its absence matters",
        slot: |p| Slot::Criticality(&mut p.criticality),
    },
    ServiceRow {
        name: "restartable",
        help: "Whether the controller may restart it",
        slot: |p| Slot::Switch(&mut p.is_restartable),
    },
    ServiceRow {
        name: "core",
        help: "Whether `compose_up_core` may start it when its container is missing",
        slot: |p| Slot::Switch(&mut p.is_core),
    },
    ServiceRow {
        name: "one_shot",
        help: "Whether it is meant to end with code 0, such as a migration",
        slot: |p| Slot::Switch(&mut p.is_one_shot),
    },
    ServiceRow {
        name: "health_meaningful",
        help: "Whether its own health check says anything about its work",
        slot: |p| Slot::Switch(&mut p.is_health_meaningful),
    },
    ServiceRow {
        name: "depends_on",
        help: "Services that it needs; empty means as the compose file says",
        slot: |p| Slot::Names(&mut p.depends_on),
    },
    ServiceRow {
        name: "aliases",
        help: "Other names for it, such as its container name",
        slot: |p| Slot::Texts(&mut p.aliases),
    },
    ServiceRow {
        name: "probe",
        help: "A table that says how to ask it over HTTP; `false` for not at all",
        slot: |p| Slot::Probe(&mut p.probe, ProbeField::Whole),
    },
    ServiceRow {
        name: "probe.url",
        help: "Where to ask, `http` or `https`",
        slot: |p| Slot::Probe(&mut p.probe, ProbeField::Url),
    },
    ServiceRow {
        name: "probe.status",
        help: "The status that is expected",
        slot: |p| Slot::Probe(&mut p.probe, ProbeField::Status),
    },
    ServiceRow {
        name: "probe.timeout",
        help: "Time after which there is no answer, at least 100 ms",
        slot: |p| Slot::Probe(&mut p.probe, ProbeField::Timeout),
    },
    ServiceRow {
        name: "probe.degraded_if",
        help: "A text in the answer that names trouble with something the service needs; blanks do not count. No restart cures that, so none is made",
        slot: |p| Slot::Probe(&mut p.probe, ProbeField::Trouble),
    },
];
