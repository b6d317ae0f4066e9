use std::{fs, io, os::linux::net::SocketAddrExt as _, os::unix::net, path::Path};

use crate::model::{Actor, Zone};

/// Tells who this process is: the user's name, the host's name, the process id.
pub fn actor() -> Actor {
    let uid = rustix::process::getuid().as_raw();
    let host = rustix::system::uname();
    Actor {
        user: user_name(uid).unwrap_or_else(|| format!("uid {uid}")),
        host: host.nodename().to_string_lossy().into_owned(),
        pid: std::process::id(),
    }
}

fn user_name(uid: u32) -> Option<String> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let uid = uid.to_string();
    let is_user = |line: &&str| line.split(':').nth(2) == Some(uid.as_str());
    let line = users.lines().find(is_user)?;
    line.split(':').next().map(ToOwned::to_owned)
}

/// Tells whether a process of this host is gone. Of another host nothing is known,
/// so its processes are never gone.
pub fn is_gone(actor: &Actor) -> bool {
    let host = rustix::system::uname();
    let is_here = host.nodename().to_string_lossy() == actor.host.as_str();
    is_here && has_ended(actor.pid)
}

/// Whether nothing of a process runs any more. One that nobody has waited for yet keeps its
/// number, and does nothing.
fn has_ended(pid: u32) -> bool {
    let path = Path::new("/proc").join(pid.to_string());
    match fs::read_to_string(path.join("status")) {
        Ok(status) => {
            let value = |key: &str| {
                let line = status.lines().find_map(|line| line.strip_prefix(key));
                line.map(str::trim)
            };
            let is_over = value("State:").is_some_and(|state| state.starts_with(['Z', 'X']));
            is_over && value("Threads:").is_none_or(|n| matches!(n, "0" | "1"))
        }
        Err(_) => !path.exists(),
    }
}

/// Returns the zone of this host; universal time where none is set.
pub fn zone() -> Zone {
    let local = fs::read("/etc/localtime").ok();
    local
        .and_then(|bytes| Zone::from_tzif(&bytes))
        .unwrap_or_else(Zone::utc)
}

/// A name that one process of this host has at a time. The kernel takes it back when
/// the process ends, however it ends.
#[derive(Debug)]
pub struct HostLock {
    _socket: net::UnixListener,
}

impl HostLock {
    /// Takes the name; `None` if another process has it.
    ///
    /// # Errors
    ///
    /// Fails if the kernel has no such names to give.
    pub fn take(name: &str) -> io::Result<Option<Self>> {
        let address = net::SocketAddr::from_abstract_name(format!("wicap-assist/{name}"))?;
        match net::UnixListener::bind_addr(&address) {
            Ok(socket) => Ok(Some(Self { _socket: socket })),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        process::Command,
        thread,
        time::{Duration, Instant},
    };

    use super::*;

    #[test]
    fn this_process_is_here_and_number_zero_is_not() {
        let own = actor();
        assert!(!is_gone(&own));
        assert!(is_gone(&Actor {
            pid: 0,
            ..own.clone()
        }));
        let elsewhere = Actor {
            host: "elsewhere".to_owned(),
            pid: 0,
            ..own
        };
        assert!(!is_gone(&elsewhere));
    }

    #[test]
    fn a_killed_process_is_gone_before_anybody_waited_for_it() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let its = Actor {
            pid: child.id(),
            ..actor()
        };
        assert!(!is_gone(&its));
        child.kill().unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        while !is_gone(&its) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(5));
        }
        assert!(is_gone(&its));
        assert!(child.try_wait().unwrap().is_some(), "it was a zombie");
    }

    #[test]
    fn a_name_is_had_once_and_given_back() {
        let name = format!("test/{}", std::process::id());
        let first = HostLock::take(&name).unwrap();
        assert!(first.is_some());
        assert!(HostLock::take(&name).unwrap().is_none());
        drop(first);
        assert!(HostLock::take(&name).unwrap().is_some());
    }
}
