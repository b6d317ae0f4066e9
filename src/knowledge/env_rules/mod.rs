//! The keys of WiCAP: what each is for, what it may hold, how they fit together.

mod changes;
mod check;
mod defaults;
mod finding;
mod kind;
mod net;
mod rule;
mod table;

pub use changes::{Change, changes, is_secret_key, mask};
pub use check::check_values;
pub use defaults::{default_of, is_asked};
pub use finding::{Finding, Grade};
pub use kind::Kind;
pub use net::{Allowed, HostPort, allowlist, is_loopback_host, sql_address};
pub use rule::{EnvRule, Section, nearest_key, rule, rules};
