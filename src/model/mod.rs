//! The nouns: values with invariants. No IO, no clock, no async, ordered
//! collections only.

pub mod contract;
pub mod host;

mod action;
mod down;
mod event;
mod mode;
mod observation;
mod plan;
mod policy;
mod redacted;
mod request;
mod service;
mod signature;
mod soak;
mod stack;
mod tail;
mod time;
mod zone;

pub use action::{Action, ActionKind, ActionRule, ParseActionError};
pub use down::Down;
pub(crate) use event::millis;
pub use event::{Actor, Envelope, EventKind, SessionEnd};
pub use mode::{ControlMode, ParseModeError};
pub use observation::{
    ComposeFacts, Container, Happening, HappeningKind, Health, HealthCheck, KillSwitch, Lifecycle,
    Observation, ProbeReport, ProbeResult, Reading, RestartPolicy, Sight, Start,
};
pub use plan::{
    Denial, DownState, EscalationCause, Evidence, Execution, ExecutionStatus, Expectation, Fact,
    Facts, Gate, Hold, HoldCode, Refusal, Source, Step, Tenure, Verdict, Why,
};
pub use policy::{Ladder, Policy};
pub use redacted::{BLOCK_BYTES_MAX, LINE_CHARS_MAX, REDACTION_VERSION, Redacted, redact};
pub use request::{OperatorAnswer, OperatorRequest, Reply, Wish};
pub use service::{ParseServiceError, Project, ServiceId, ServiceName};
pub use signature::{NotASignatureId, SignatureId};
pub use soak::{
    PhaseStatus, ProcessMark, SoakEnded, SoakPhase, SoakPhased, SoakResult, SoakStarted,
};
pub use stack::{Criticality, HttpProbe, ServiceProfile, Stack};
pub use tail::{Tail, Tails};
pub use time::{DAY_MS, HOUR_MS, ParseTimestampError, Timestamp};
pub use zone::Zone;
