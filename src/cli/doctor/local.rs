//! The data folder and the ledger.

use std::{os::unix::fs::PermissionsExt as _, path::Path};

use super::Check;
use crate::{
    cli::{Context, status::bytes},
    config::check_data_folder,
    store::{Holder, Ledger, StoreError},
    telemetry::words,
    world::{disk_free, is_gone},
};

/// Less room than this and the next incident may not be written down.
const FREE_BYTES_MIN: u64 = 64 << 20;
/// Less room than this is worth a word.
const FREE_BYTES_WISH: u64 = 1 << 30;

pub(super) fn checks(ctx: &Context) -> Vec<Check> {
    let folder = &ctx.settings.paths.data_dir;
    let mut checks = vec![data_folder(folder)];
    checks.extend(disk(folder));
    match Ledger::open_to_read(folder) {
        Ok(ledger) => {
            checks.push(sound(&ledger));
            checks.extend(leases(ctx, &ledger));
        }
        Err(StoreError::Missing { .. }) => {
            checks.push(Check::ok("ledger", "there is none yet; `live` starts it"));
        }
        Err(error) => checks.push(broken(&error)),
    }
    checks
}

fn data_folder(folder: &Path) -> Check {
    let name = "data folder";
    let path = folder.display();
    if let Err(error) = check_data_folder(folder) {
        return Check::fail(name, error.to_string(), error.hint());
    }
    let Ok(found) = folder.metadata() else {
        return Check::ok(name, format!("`{path}` can be made"));
    };
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Check::ok(name, format!("`{path}` is ours alone (mode {mode:o})"));
    }
    Check::warn(
        name,
        format!("`{path}` can be entered by others (mode {mode:o})"),
        format!("chmod 700 {path}"),
    )
}

fn disk(folder: &Path) -> Option<Check> {
    let name = "disk";
    let place = folder.ancestors().find(|path| path.exists());
    let free = disk_free(place.unwrap_or(Path::new(".")))?;
    let text = format!("{} free where the data folder is", bytes(free));
    Some(match free {
        _ if free < FREE_BYTES_MIN => Check::fail(
            name,
            text,
            "make room: what cannot be written down is not done",
        ),
        _ if free < FREE_BYTES_WISH => Check::warn(name, text, "make room in time"),
        _ => Check::ok(name, text),
    })
}

fn sound(ledger: &Ledger) -> Check {
    let name = "ledger";
    match ledger.verify(None) {
        Ok(found) if found.is_sound() => Check::ok(name, format!("sound, {} rows", found.n_rows)),
        Ok(found) => {
            let n = u32::try_from(found.n_faults).unwrap_or(u32::MAX);
            let text = format!("BROKEN, {}", words::count(n, "fault"));
            Check::fail(name, text, "`wicap-assist ledger verify` names each row")
        }
        Err(error) => broken(&error),
    }
}

fn broken(error: &StoreError) -> Check {
    let next = error.hint().unwrap_or("look at the file and its disk");
    Check::fail("ledger", error.to_string(), next)
}

/// Who leads which stack, and whether that one still lives.
fn leases(ctx: &Context, ledger: &Ledger) -> Vec<Check> {
    let name = "lead";
    let leases = ledger.lease_list().unwrap_or_default().into_iter();
    let held = leases.filter(|(_, holder)| ctx.now < holder.tenure.expires_at);
    held.map(|(stack, Holder { actor, .. })| {
        let (pid, host) = (actor.pid, &actor.host);
        match is_gone(&actor) {
            false => Check::ok(name, format!("process {pid} on {host} leads `{stack}`")),
            true => Check::warn(
                name,
                format!("process {pid} led `{stack}` and is gone"),
                "nothing: the next controller takes over at once",
            ),
        }
    })
    .collect()
}
