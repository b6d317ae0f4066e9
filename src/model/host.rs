//! The host as the `.env` tools need to know it.

use std::{collections::BTreeMap, net::IpAddr};

use super::{Reading, Redacted};

/// What was seen of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its network interfaces, by name.
    pub interfaces: Reading<BTreeMap<String, Interface>>,
    /// The interfaces that carry a default route, over IPv4 or IPv6, and whatever lies
    /// below them (the members of a bridge or bond): who loses one loses the host.
    pub management: Reading<Vec<String>>,
    /// The address from which the host reaches others.
    pub address: Option<IpAddr>,
    /// The devices in `/dev/serial/by-id`, as full paths, sorted.
    pub serial_devices: Vec<String>,
    /// Whether a Bluetooth radio is blocked by rfkill.
    pub is_bluetooth_blocked: bool,
}

/// One network interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// Its address, as `aa:bb:cc:dd:ee:ff`.
    pub mac: Option<String>,
    /// Whether it is a radio.
    pub is_wireless: bool,
}

/// How the UI of the compose project is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UiBinding {
    /// On the host's own network.
    HostNetwork,
    /// Through a published port.
    Published(u16),
    /// It has neither: only other containers reach it.
    Unpublished,
    /// The compose file is missing, unreadable, or names no such service.
    Unknown,
}

impl Host {
    /// Makes a host of which nothing is known.
    pub fn unseen() -> Self {
        let unknown = || Redacted::from_raw("not looked at");
        Self {
            interfaces: Reading::Unknown(unknown()),
            management: Reading::Unknown(unknown()),
            address: None,
            serial_devices: Vec::new(),
            is_bluetooth_blocked: false,
        }
    }

    /// Whether the host's own traffic may run over `interface`. True as well where that
    /// cannot be told.
    pub fn is_management(&self, interface: &str) -> bool {
        match &self.management {
            Reading::Known(names) => names.iter().any(|name| name == interface),
            Reading::Unknown(_) => true,
        }
    }

    /// Returns the names of the radios, sorted.
    pub fn radios(&self) -> Vec<&str> {
        match &self.interfaces {
            Reading::Known(all) => {
                let radios = all.iter().filter(|(_, interface)| interface.is_wireless);
                radios.map(|(name, _)| name.as_str()).collect()
            }
            Reading::Unknown(_) => Vec::new(),
        }
    }

    /// Returns the radio to capture with: one that no traffic of the host runs over, a
    /// USB adapter before a built-in one. None if there is no such radio.
    pub fn capture_radio(&self) -> Option<&str> {
        let mut free: Vec<&str> = self.radios();
        free.retain(|name| !self.is_management(name));
        let rank = |name: &&str| match name {
            name if name.starts_with("wlx") => 0,
            name if name.starts_with("wlo") => 2,
            _ => 1,
        };
        free.into_iter().min_by_key(rank)
    }
}
