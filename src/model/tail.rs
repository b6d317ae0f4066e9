use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Reading, Redacted, ServiceId, Timestamp};

/// What the services of a stack wrote last, for a person who looks later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tails {
    /// When it was read.
    pub at: Timestamp,
    /// The end of each service's log.
    pub services: BTreeMap<ServiceId, Tail>,
}

/// The end of one service's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tail {
    /// The container's name, where there is one.
    pub container: Option<String>,
    /// The fingerprint of the configuration that the container was made from.
    pub config_hash: Option<String>,
    /// The last lines, oldest first, each with its time; at most [`Tail::LINES_MAX`].
    pub lines: Reading<Vec<Redacted>>,
}

impl Tail {
    /// The most lines that are kept of a service.
    pub const LINES_MAX: usize = 200;
}
