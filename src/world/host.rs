//! What this host is: interfaces, routes, devices.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket},
    path::Path,
};

use crate::model::{
    Reading, Redacted,
    host::{Host, Interface},
};

/// Flags of a route in the kernel's tables: it is up; it refuses.
const ROUTE_UP: u32 = 0x1;
const ROUTE_REJECT: u32 = 0x200;
/// How far interfaces are followed down: VLAN on bond on bridge is three.
const LAYERS_MAX: usize = 8;

/// Looks at this host.
pub fn look() -> Host {
    Host {
        address: own_address(),
        ..look_below(Path::new("/"))
    }
}

/// Looks at the host whose file system is mounted at `root`. Its address is left out.
pub fn look_below(root: &Path) -> Host {
    Host {
        interfaces: reading(interfaces(root), "cannot list the network interfaces"),
        management: reading(management(root), "cannot read the routing table"),
        address: None,
        serial_devices: serial_devices(root),
        is_bluetooth_blocked: is_bluetooth_blocked(root),
    }
}

/// What stands where a folder should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folder {
    /// A folder that this user may write into.
    Writable,
    /// A folder that this user may not write into.
    ReadOnly,
    /// Something else.
    NoFolder,
    /// Nothing.
    Missing,
}

/// Looks at a folder.
pub fn folder(path: &Path) -> Folder {
    match fs::metadata(path) {
        Err(_) => Folder::Missing,
        Ok(data) if !data.is_dir() => Folder::NoFolder,
        Ok(_) => match rustix::fs::access(path, rustix::fs::Access::WRITE_OK) {
            Ok(()) => Folder::Writable,
            Err(_) => Folder::ReadOnly,
        },
    }
}

/// Whether `address` is one of this host's own: only then a socket can be bound to it.
pub fn is_own_address(address: IpAddr) -> bool {
    address.is_loopback() || (!address.is_unspecified() && UdpSocket::bind((address, 0)).is_ok())
}

fn reading<T>(result: io::Result<T>, what: &str) -> Reading<T> {
    match result {
        Ok(value) => Reading::Known(value),
        Err(error) => Reading::Unknown(Redacted::from_raw(&format!("{what}: {error}"))),
    }
}

fn interfaces(root: &Path) -> io::Result<BTreeMap<String, Interface>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(root.join("sys/class/net"))? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = entry.path();
        if !path.is_dir() {
            // `bonding_masters` is a plain file among the interfaces.
            continue;
        }
        let mac = fs::read_to_string(path.join("address")).ok();
        let mac = mac.map(|mac| mac.trim().to_ascii_lowercase());
        let is_wireless = path.join("wireless").exists() || path.join("phy80211").exists();
        let interface = Interface {
            mac: mac.filter(|mac| mac.len() == 17 && mac != "00:00:00:00:00:00"),
            is_wireless,
        };
        found.insert(name, interface);
    }
    Ok(found)
}

/// The interfaces that carry a default route, and everything below them.
fn management(root: &Path) -> io::Result<Vec<String>> {
    let mut names: BTreeSet<String> = routes_v4(&fs::read_to_string(root.join("proc/net/route"))?);
    match fs::read_to_string(root.join("proc/net/ipv6_route")) {
        Ok(table) => names.extend(routes_v6(&table)),
        // A kernel without IPv6 has no such table.
        Err(error) if error.kind() == io::ErrorKind::NotFound => (),
        Err(error) => return Err(error),
    }
    for _ in 0..LAYERS_MAX {
        let below: BTreeSet<String> = names.iter().flat_map(|name| lower(root, name)).collect();
        if below.is_subset(&names) {
            break;
        }
        names.extend(below);
    }
    Ok(names.into_iter().collect())
}

fn routes_v4(table: &str) -> BTreeSet<String> {
    let route = |line: &str| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let [name, target, _, flags, _, _, _, mask, ..] = fields.as_slice() else {
            return None;
        };
        let flags = u32::from_str_radix(flags, 16).ok()?;
        let mask = u32::from_str_radix(mask, 16).ok()?.count_ones();
        let _ = u32::from_str_radix(target, 16).ok()?;
        // Tunnels split the default route into two halves of one bit.
        is_default(flags, mask).then(|| (*name).to_owned())
    };
    table.lines().skip(1).filter_map(route).collect()
}

fn routes_v6(table: &str) -> BTreeSet<String> {
    let route = |line: &str| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let [_, prefix, _, _, _, _, _, _, flags, name] = fields.as_slice() else {
            return None;
        };
        let flags = u32::from_str_radix(flags, 16).ok()?;
        let bits = u32::from_str_radix(prefix, 16).ok()?;
        (is_default(flags, bits) && *name != "lo").then(|| (*name).to_owned())
    };
    table.lines().filter_map(route).collect()
}

fn is_default(flags: u32, bits: u32) -> bool {
    bits <= 1 && flags & ROUTE_UP != 0 && flags & ROUTE_REJECT == 0
}

/// The interfaces directly below one: the members of a bridge, bond or VLAN.
fn lower(root: &Path, name: &str) -> Vec<String> {
    let folder = root.join("sys/class/net").join(name);
    let names = |folder: &Path| -> Vec<String> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect()
    };
    let linked = names(&folder).into_iter();
    let linked = linked.filter_map(|entry| entry.strip_prefix("lower_").map(str::to_owned));
    linked.chain(names(&folder.join("brif"))).collect()
}

fn serial_devices(root: &Path) -> Vec<String> {
    let entries = fs::read_dir(root.join("dev/serial/by-id"));
    let entries = entries.into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .map(|name| format!("/dev/serial/by-id/{name}"))
        .collect();
    names.sort();
    names
}

fn is_bluetooth_blocked(root: &Path) -> bool {
    let entries = fs::read_dir(root.join("sys/class/rfkill"));
    let read = |path: &Path, name: &str| fs::read_to_string(path.join(name)).unwrap_or_default();
    entries.into_iter().flatten().flatten().any(|entry| {
        let path = entry.path();
        let is_blocked = ["soft", "hard"]
            .iter()
            .any(|name| read(&path, name).trim() == "1");
        read(&path, "type").trim() == "bluetooth" && is_blocked
    })
}

/// The address that this host uses towards others. A datagram socket only looks the
/// route up; nothing is sent.
fn own_address() -> Option<IpAddr> {
    let targets: [(IpAddr, IpAddr); 2] = [
        (
            Ipv4Addr::UNSPECIFIED.into(),
            Ipv4Addr::new(192, 0, 2, 1).into(),
        ),
        (
            Ipv6Addr::UNSPECIFIED.into(),
            Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into(),
        ),
    ];
    targets.into_iter().find_map(|(from, to)| {
        let socket = UdpSocket::bind((from, 0)).ok()?;
        socket.connect((to, 9)).ok()?;
        let address = socket.local_addr().ok()?.ip();
        (!address.is_loopback() && !address.is_unspecified()).then_some(address)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n";

    #[test]
    fn the_default_route_names_the_management_interface() {
        check_v4(
            "eth0 00000000 0101A8C0 0003 0 0 100 00000000 0 0 0\n",
            &["eth0"],
        );
        check_v4("eth0 0001A8C0 00000000 0001 0 0 100 00FFFFFF 0 0 0\n", &[]);
        check_v4("eth0 00000000 0101A8C0 0200 0 0 100 00000000 0 0 0\n", &[]);
    }

    #[test]
    fn a_tunnel_that_splits_the_default_route_carries_it() {
        let halves = "tun0 00000000 01000A0A 0003 0 0 0 00000080 0 0 0\n\
                      tun0 00000080 01000A0A 0003 0 0 0 00000080 0 0 0\n\
                      wlan0 00000000 0101A8C0 0003 0 0 600 00000000 0 0 0\n";
        check_v4(halves, &["tun0", "wlan0"]);
    }

    #[test]
    fn the_refusing_route_of_loopback_is_no_default_route() {
        let zeros = "00000000000000000000000000000000";
        let line = |flags: &str, name: &str| {
            format!("{zeros} 00 {zeros} 00 {zeros} ffffffff 00000001 00000000 {flags} {name}\n")
        };
        let table = line("00200200", "lo") + &line("00000003", "wlan0");
        assert_eq!(BTreeSet::from(["wlan0".to_owned()]), routes_v6(&table));
    }

    #[test]
    fn members_of_a_bridge_are_protected_with_it() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(
            "proc/net/route",
            &format!("{HEAD}br0 00000000 0101A8C0 0003 0 0 0 00000000 0 0 0\n"),
        );
        write("sys/class/net/br0/brif/eth0/x", "");
        write("sys/class/net/eth0/address", "AA:BB:CC:00:11:22\n");
        write("sys/class/net/wlan1/wireless/x", "");
        write("sys/class/net/bonding_masters", "");
        write("sys/class/rfkill/rfkill0/type", "bluetooth\n");
        write("sys/class/rfkill/rfkill0/soft", "1\n");
        write("dev/serial/by-id/usb-b", "");
        write("dev/serial/by-id/usb-a", "");
        let host = look_below(root);
        let both = vec!["br0".to_owned(), "eth0".to_owned()];
        assert_eq!(Reading::Known(both), host.management);
        assert_eq!(vec!["wlan1"], host.radios());
        assert!(host.is_bluetooth_blocked);
        assert_eq!(
            ["/dev/serial/by-id/usb-a", "/dev/serial/by-id/usb-b"],
            *host.serial_devices
        );
        let Reading::Known(interfaces) = &host.interfaces else {
            panic!("{:?}", host.interfaces);
        };
        assert_eq!(3, interfaces.len());
        assert_eq!(Some("aa:bb:cc:00:11:22"), interfaces["eth0"].mac.as_deref());
    }

    #[test]
    fn a_routing_table_that_cannot_be_read_protects_every_interface() {
        let root = tempfile::tempdir().unwrap();
        assert!(look_below(root.path()).is_management("wlan1"));
    }

    #[test]
    fn only_own_addresses_are_own() {
        assert!(is_own_address("127.0.0.1".parse().unwrap()));
        assert!(!is_own_address("192.0.2.77".parse().unwrap()));
        assert!(!is_own_address("0.0.0.0".parse().unwrap()));
    }

    #[track_caller]
    fn check_v4(lines: &str, expected: &[&str]) {
        let found = routes_v4(&format!("{HEAD}{lines}"));
        let expected: BTreeSet<String> = expected.iter().map(|&name| name.to_owned()).collect();
        assert_eq!(expected, found);
    }
}
