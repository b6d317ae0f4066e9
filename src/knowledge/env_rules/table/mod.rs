//! The rule table, a part of the wizard a file.

mod boot;
mod capture;
mod other;
mod tuning;

use super::{EnvRule, Kind, Section};

/// Every rule; those that the wizard asks for come first, in its order.
pub(super) const TABLES: &[&[EnvRule]] = &[
    boot::BOOT,
    boot::UI,
    capture::CAPTURE,
    capture::BLUETOOTH,
    tuning::TUNING,
    tuning::OTLP,
    other::OTHER,
    other::STREAMS,
    other::SOAK,
];

/// A rule with everything optional left out.
const fn asked(section: Section, key: &'static str, kind: Kind) -> EnvRule {
    EnvRule {
        key,
        section: Some(section),
        kind,
        default: None,
        is_required: false,
        help: "",
        good: &[],
        bad: &[],
    }
}

/// A rule of a key that is checked where it is set, and never asked for.
const fn checked(key: &'static str, kind: Kind) -> EnvRule {
    EnvRule {
        key,
        section: None,
        kind,
        default: None,
        is_required: false,
        help: "",
        good: &[],
        bad: &[],
    }
}

impl EnvRule {
    const fn default(mut self, value: &'static str) -> Self {
        self.default = Some(value);
        self
    }

    const fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    const fn help(mut self, text: &'static str) -> Self {
        self.help = text;
        self
    }

    const fn examples(
        mut self,
        good: &'static [&'static str],
        bad: &'static [&'static str],
    ) -> Self {
        self.good = good;
        self.bad = bad;
        self
    }
}
