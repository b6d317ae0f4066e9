//! The sensor: a pulse every 0.4 s, now and then a finding.

use std::{fs, io::Write as _, path::PathBuf, process::ExitCode, time::Duration};

use serde_json::json;
use tokio::time::sleep;

use crate::{
    faults::now_ms,
    lifecycle::Service,
    lines::{child, launcher},
    queue::Queue,
};

/// One channel visit, after which WiCAP's scout sends its pulse.
const PULSE: Duration = Duration::from_millis(400);

/// Every so many pulses a new network is seen.
const FINDING_EVERY: u64 = 7;

/// Pushes events for ever; while Redis is away they go to a file.
pub(crate) async fn work(service: Service) -> ExitCode {
    let name = service.name.as_str();
    let captures = captures();
    let mut queue = Queue::from_environment();
    launcher("INFO", "Initializing WiFiWizard Suite...");
    launcher("INFO", &format!("Started service: {name} (PID 9)"));
    launcher("INFO", "Suite running. Press Ctrl+C to stop.");
    let text = format!("event_queue: Connected to Redis Queue at {}", queue.url());
    child(name, "INFO", &text);
    child(
        name,
        "INFO",
        "wicap.scout: Starting scout on interface wlan1",
    );
    let mut failing = false;
    for n in 0_u64.. {
        let event = event(n);
        match queue.push(event.clone()).await {
            Ok(()) => failing = false,
            Err(error) => {
                if !failing {
                    let text =
                        format!("event_queue: Redis write failed: {error}. Falling back to file.");
                    child(name, "ERROR", &text);
                }
                failing = true;
                append(&captures.join("event_queue.jsonl"), &event);
            }
        }
        sleep(PULSE).await;
    }
    ExitCode::SUCCESS
}

/// The folder that WiCAP's services share.
pub(crate) fn captures() -> PathBuf {
    let path = std::env::var("STANDIN_CAPTURES").unwrap_or_else(|_| "/app/captures".to_owned());
    PathBuf::from(path)
}

fn event(n: u64) -> String {
    let channel = [1, 6, 11][(n % 3) as usize];
    let finding = n % FINDING_EVERY == FINDING_EVERY - 1;
    json!({
        "event_id": format!("{n:064x}"),
        "run_id": "5f0c9a1b",
        "ts_epoch": now_ms() as f64 / 1000.0,
        "event_type": if finding { "new_ssid" } else { "telemetry_pulse" },
        "channel": channel,
        "band": "2.4ghz",
        "freq": 2407 + 5 * channel,
        "score": if finding { 2 } else { 0 },
        "dwell_triggered": false,
        "keys": {
            "bssid": finding.then(|| format!("02:11:22:33:44:{:02x}", n % 256)),
            "ssid": finding.then(|| format!("CoffeeNet-{}", n % 40)),
            "sa": null, "da": null,
            "rssi_dbm": finding.then_some(-61),
        },
        "sensor_id": "a1b2c3d4",
    })
    .to_string()
}

fn append(path: &std::path::Path, line: &str) {
    let _ = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()));
}
