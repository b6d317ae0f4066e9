use std::net::IpAddr;

use crate::knowledge::hostname::is_host;

/// Where SQL Server listens unless the key says otherwise.
const SQL_PORT: u16 = 1433;

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort {
    /// A name or an address, without brackets.
    pub host: String,
    /// 1 to 65535.
    pub port: u16,
}

/// One entry of the allow-list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// An address, or a network of so many leading bits.
    Network(IpAddr, u8),
    /// A host name; WiCAP compares it with the caller's address as text.
    Name(String),
}

impl Allowed {
    /// Whether the entry lets `address` in.
    pub fn covers(&self, address: IpAddr) -> bool {
        let Self::Network(network, bits) = self else {
            return false;
        };
        match (network, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(*bits)).unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(*bits)).unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

/// Reads the allow-list; blank entries between commas are skipped.
pub fn allowlist(value: &str) -> Result<Vec<Allowed>, String> {
    let parts = value
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    parts.map(allowed).collect()
}

fn allowed(part: &str) -> Result<Allowed, String> {
    let (address, bits) = match part.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (part, None),
    };
    let zoneless = address.split('%').next().unwrap_or(address);
    let Ok(ip) = zoneless.parse::<IpAddr>() else {
        let is_name = bits.is_none() && is_host(part);
        let why = || format!("`{part}` is no address, network or host name");
        return is_name
            .then(|| Allowed::Name(part.to_owned()))
            .ok_or_else(why);
    };
    let bits_max = if ip.is_ipv4() { 32 } else { 128 };
    let bits = match bits {
        None => Some(bits_max),
        Some(bits) => bits.parse().ok().filter(|bits| *bits <= bits_max),
    };
    let network = bits.map(|bits| Allowed::Network(ip, bits));
    network.ok_or_else(|| format!("`{part}` has no prefix length from 0 to {bits_max}"))
}

/// Reads the address of SQL Server. A named instance is asked on the usual port.
pub fn sql_address(value: &str) -> Result<HostPort, String> {
    let bare = value.trim().strip_prefix("tcp:").unwrap_or(value.trim());
    let (server, port) = split_port(bare);
    let host = server.split('\\').next().unwrap_or(server);
    let host = host
        .strip_prefix('[')
        .and_then(|h| h.strip_suffix(']'))
        .unwrap_or(host);
    let is_known = is_host(host) || host == "(local)" || host == ".";
    if !is_known {
        return Err(format!(
            "`{value}` names no host; write `host` or `host,port`"
        ));
    }
    let port = match port {
        None => Some(SQL_PORT),
        Some(port) => port.trim().parse().ok().filter(|port| *port != 0),
    };
    let host = match host {
        "." | "(local)" => "localhost",
        host => host,
    };
    let found = port.map(|port| HostPort {
        host: host.to_owned(),
        port,
    });
    found.ok_or_else(|| format!("`{value}` has no port from 1 to 65535"))
}

/// Splits `host,port`, `host:port` or `[v6]:port`; a bare IPv6 address has no port.
fn split_port(text: &str) -> (&str, Option<&str>) {
    if let Some((server, port)) = text.split_once(',') {
        return (server.trim(), Some(port));
    }
    match text.rsplit_once(':') {
        Some((server, port)) if !server.contains(':') || server.ends_with(']') => {
            (server, Some(port))
        }
        Some(_) | None => (text, None),
    }
}

/// Whether a host, as written in an address, is this machine's loopback.
pub fn is_loopback_host(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let is_address = bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    is_address || bare.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sql_hosts_are_read_in_every_form() {
        check_sql("db", Some(("db", 1433)));
        check_sql("db,1444", Some(("db", 1444)));
        check_sql("db:1444", Some(("db", 1444)));
        check_sql("tcp:db,1433", Some(("db", 1433)));
        check_sql(r"db\INST", Some(("db", 1433)));
        check_sql("[::1]:1433", Some(("::1", 1433)));
        check_sql("::1", Some(("::1", 1433)));
        check_sql("fd00::7,1500", Some(("fd00::7", 1500)));
        check_sql(".", Some(("localhost", 1433)));
        check_sql("192.168.1.20", Some(("192.168.1.20", 1433)));
        for broken in [
            "",
            "db,x",
            "db,0",
            "db:70000",
            "a b",
            "300.1.1.1",
            "http://db",
        ] {
            check_sql(broken, None);
        }
    }

    #[test]
    fn an_allowlist_covers_what_its_networks_cover() {
        check_allowed("127.0.0.1,::1", "127.0.0.1", true);
        check_allowed("10.0.0.0/8", "10.9.8.7", true);
        check_allowed("10.0.0.0/8", "11.0.0.1", false);
        check_allowed("0.0.0.0/0", "11.0.0.1", true);
        check_allowed("0.0.0.0/0", "::1", false);
        check_allowed("::/0", "fd00::7", true);
        check_allowed("fe80::1%eth0", "fe80::1", true);
        check_allowed("ui.local", "127.0.0.1", false);
    }

    #[test]
    fn a_broken_allowlist_names_its_entry() {
        for part in [
            "10.0.0.0/99",
            "300.1.1.1",
            "gg::1",
            "10.0.0.0/x",
            "a b",
            "host/8",
        ] {
            let why = allowlist(&format!("127.0.0.1,{part}")).unwrap_err();
            assert!(why.contains(&format!("`{part}`")), "{why}");
        }
    }

    #[track_caller]
    fn check_sql(value: &str, expected: Option<(&str, u16)>) {
        let read = sql_address(value).ok();
        assert_eq!(
            expected,
            read.as_ref().map(|at| (&*at.host, at.port)),
            "{value}"
        );
    }

    #[track_caller]
    fn check_allowed(list: &str, address: &str, expected: bool) {
        let address = address.parse().unwrap();
        let list = allowlist(list).unwrap();
        assert_eq!(expected, list.iter().any(|entry| entry.covers(address)));
    }
}
