//! The nouns: values with invariants. No IO, no clock, no async, ordered
//! collections only.

mod action;
mod event;
mod mode;
mod observation;
mod plan;
mod policy;
mod redacted;
mod service;
pub mod signature;
mod stack;
mod time;

pub use action::{Action, ActionKind, ParseActionError};
pub(crate) use event::millis;
pub use event::{Actor, Down, Envelope, EventKind, SessionEnd};
pub use mode::{ControlMode, ParseModeError};
pub use observation::{
    Container, Happening, HappeningKind, Health, HealthCheck, KillSwitch, Lifecycle, Observation,
    ProbeReport, ProbeResult, Reading, RestartPolicy, Sight, Start,
};
pub use plan::{
    Denial, DownState, EscalationCause, Evidence, Execution, ExecutionStatus, Expectation, Fact,
    Facts, Gate, Hold, HoldCode, Refusal, Source, Step, Verdict, Why,
};
pub use policy::{Ladder, Policy};
pub use redacted::{BLOCK_BYTES_MAX, LINE_CHARS_MAX, REDACTION_VERSION, Redacted, redact};
pub use service::{ParseServiceError, Project, ServiceId, ServiceName};
pub use stack::{Criticality, HttpProbe, ServiceProfile, Stack};
pub use time::{ParseTimestampError, Timestamp};
