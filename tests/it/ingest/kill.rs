//! Killed at any point, the next ingest finishes what was begun.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use super::corpus::{Place, assert_same, dump, log, share_key};

/// How often an ingest is killed here; `scripts/kill.sh` sets another number.
const KILLS: u64 = 12;

/// Runs for each that is killed: some are done before.
const ROUNDS_PER_KILL: u64 = 6;

fn n_kills() -> u64 {
    let asked = std::env::var("WICAP_ASSIST_KILLS").ok();
    asked.map_or(KILLS, |text| text.parse().unwrap())
}

fn command(place: &Place, data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wicap-assist"));
    command
        .arg("--data-dir")
        .arg(data)
        .args([
            "ingest",
            "--scan-soaks",
            "--zone",
            "UTC",
            "--batch-rows",
            "20",
            "--repo-root",
        ])
        .arg(place.repo())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

#[test]
fn a_killed_ingest_is_finished_by_the_next() {
    let place = Place::new();
    place.write("wicap/wicap.log", log(21, 4_000));
    place.write("wicap/logs_soak_1772352000/a.log", log(22, 2_000));
    place.write("wicap/logs_soak_1772352000/b.log", log(23, 800));
    let undisturbed = place.folder.path().join("undisturbed");
    share_key(&undisturbed);
    share_key(&place.data());
    let started = std::time::Instant::now();
    assert!(command(&place, &undisturbed).status().unwrap().success());
    let whole = started.elapsed();
    let data = place.data();
    let (mut n_killed, mut n_whole) = (0, 0);
    for round in 0..ROUNDS_PER_KILL * n_kills() {
        if n_killed == n_kills() {
            break;
        }
        let mut child = command(&place, &data).spawn().unwrap();
        // Spread over the time that a whole run takes.
        thread::sleep(
            whole
                .mul_f64((round as f64 * 0.618_034).fract())
                .max(Duration::from_millis(2)),
        );
        let is_done = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        if is_done {
            // What earlier ones left was finished: from the beginning again.
            assert_same(&dump(&undisturbed), &dump(&data));
            fs::remove_dir_all(&data).unwrap();
            share_key(&data);
            n_whole += 1;
        } else {
            n_killed += 1;
        }
    }
    println!(
        "{n_killed} were killed before they were done; {n_whole} times others finished what was left"
    );
    assert!(n_killed > 0, "every run was over before it was killed");
    assert!(command(&place, &data).status().unwrap().success());
    assert_same(&dump(&undisturbed), &dump(&data));
}
