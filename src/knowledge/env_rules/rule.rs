use super::{Kind, table};
use crate::knowledge::spelling::nearest;

/// One key of WiCAP.
#[derive(Debug)]
pub struct EnvRule {
    /// The key.
    pub key: &'static str,
    /// Where it stands in the wizard; `None` if the wizard does not ask for it.
    pub section: Option<Section>,
    /// What it may hold.
    pub kind: Kind,
    /// The value that the wizard proposes; `None` where only the operator can know.
    pub default: Option<&'static str>,
    /// Whether WiCAP does not start without it.
    pub is_required: bool,
    /// One sentence for the operator.
    pub help: &'static str,
    /// Values that it takes.
    pub good: &'static [&'static str],
    /// Values that it refuses.
    pub bad: &'static [&'static str],
}

/// A part of the wizard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// What WiCAP needs to start.
    Boot,
    /// The dashboard on a machine without a screen.
    Ui,
    /// The radio that captures.
    Capture,
    /// The Bluetooth sniffer.
    Bluetooth,
    /// Dwell and queue.
    Tuning,
    /// Where its own logs are sent.
    Otlp,
}

impl Section {
    /// Returns the heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Boot => "Required to boot",
            Self::Ui => "Dashboard without a screen",
            Self::Capture => "Wi-Fi capture",
            Self::Bluetooth => "Bluetooth sniffer",
            Self::Tuning => "Dwell and queue tuning",
            Self::Otlp => "OTLP export",
        }
    }

    /// Returns what the operator should know before the section's questions.
    pub fn rail(self) -> &'static str {
        match self {
            Self::Boot => {
                "Secrets are typed unseen and need at least 12 characters. \
                 Loopback always stays in the allow-list: WiCAP's own services call from there."
            }
            Self::Ui => {
                "The address under which WiCAP's services and your browser reach the dashboard. \
                 An address that is not loopback has to be in the allow-list."
            }
            Self::Capture => {
                "The capture interface leaves your network while it listens. \
                 The one that carries the default route is refused: \
                 you would lock yourself out of this host."
            }
            Self::Bluetooth => {
                "Serial sniffers are named by /dev/serial/by-id, \
                 which stays the same when they are plugged in again."
            }
            Self::Tuning => {
                "Limits of the dwell and of the event queue. The defaults suit most hosts."
            }
            Self::Otlp => {
                "Off unless you have a collector. Keys go over https only, or stay on this host."
            }
        }
    }
}

impl EnvRule {
    /// Whether the value must never be shown.
    pub fn is_secret(&self) -> bool {
        matches!(self.kind, Kind::Secret | Kind::Token | Kind::Headers)
    }
}

/// Returns every rule, in the wizard's order.
pub fn rules() -> impl Iterator<Item = &'static EnvRule> {
    table::TABLES.iter().copied().flatten()
}

/// Returns the rule of a key.
pub fn rule(key: &str) -> Option<&'static EnvRule> {
    rules().find(|rule| rule.key == key)
}

/// Returns the known key that a mistyped one was probably meant to be.
pub fn nearest_key(key: &str) -> Option<&'static str> {
    nearest(key, rules().map(|rule| rule.key))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_rule_takes_its_good_examples_and_refuses_its_bad_ones() {
        for rule in rules() {
            assert!(!rule.good.is_empty(), "{} has no good example", rule.key);
            for value in rule.good.iter().copied().chain(rule.default) {
                assert_eq!(Ok(()), rule.kind.check(value), "{}: `{value}`", rule.key);
            }
            for value in rule.bad {
                assert!(rule.kind.check(value).is_err(), "{}: `{value}`", rule.key);
            }
        }
    }

    #[test]
    fn kinds_that_refuse_anything_have_a_bad_example() {
        for rule in rules().filter(|rule| rule.bad.is_empty()) {
            assert!(
                matches!(rule.kind, Kind::Text),
                "{} has no bad example",
                rule.key
            );
        }
    }

    #[test]
    fn no_key_stands_twice() {
        let keys: BTreeSet<&str> = rules().map(|rule| rule.key).collect();
        assert_eq!(rules().count(), keys.len());
    }

    #[test]
    fn a_reason_never_shows_a_secret() {
        for rule in rules().filter(|rule| rule.is_secret()) {
            let Err(why) = rule.kind.check("hunter2\0") else {
                panic!("{} takes a zero byte", rule.key);
            };
            assert!(!why.contains("hunter2"), "{}: {why}", rule.key);
        }
    }
}
