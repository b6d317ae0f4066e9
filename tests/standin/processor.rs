//! The event processor: queue in, files and UI pushes out.

use std::{fs, path::Path, process::ExitCode, time::Duration};

use serde_json::json;
use tokio::time::sleep;

use crate::{
    faults::{Fault, now_ms},
    http,
    lifecycle::Service,
    lines::{child, launcher},
    queue::Queue,
    scout::captures,
};

/// The wait after an empty batch and after a failure.
const IDLE: Duration = Duration::from_secs(1);

/// How long a push to the UI may take.
const PUSH_LIMIT: Duration = Duration::from_secs(2);

/// How many events are named in one line of progress.
const REPORT_EVERY: u64 = 25;

/// What it has done so far.
#[derive(Default)]
struct Progress {
    processed: u64,
    curated: u64,
    reported: u64,
    ui_ready: bool,
}

/// Takes events off the queue for ever.
pub(crate) async fn work(service: Service) -> ExitCode {
    let name = service.name.as_str();
    let captures = captures();
    let mut queue = Queue::from_environment();
    let mut progress = Progress::default();
    launcher("INFO", &format!("Started service: {name} (PID 8)"));
    child(name, "INFO", "wicap.processor: Using Redis Queue Backend");
    child(name, "INFO", "wicap.processor: SQL push: enabled");
    loop {
        match queue.pop().await {
            Ok(events) if events.is_empty() => sleep(IDLE).await,
            Ok(events) => {
                progress.take(&events);
                flush(&service);
                save(&progress, &captures);
                push(&mut progress, name, &events).await;
                report(&mut progress, name);
            }
            Err(error) => {
                let text = format!("wicap.processor: Redis queue error: {error}");
                child(name, "ERROR", &text);
                sleep(IDLE).await;
            }
        }
    }
}

impl Progress {
    fn take(&mut self, events: &[String]) {
        let is_pulse = |event: &&String| event.contains("\"telemetry_pulse\"");
        let pulses = events.iter().filter(is_pulse).count();
        self.processed += events.len() as u64;
        self.curated += (events.len() - pulses) as u64;
    }
}

/// The write to the database, which is a switch here.
fn flush(service: &Service) {
    if service.fault(Fault::DegradedDb).is_some() {
        let persistence = "wicap.processing.persistence";
        let text = format!(
            "{persistence}: SQL connection failed: ('HYT00', '[HYT00] [Microsoft][ODBC Driver 18 \
             for SQL Server]Login timeout expired (0) (SQLDriverConnect)')"
        );
        child(&service.name, "ERROR", &text);
        let text = format!("{persistence}: Cannot flush: database connection failed");
        child(&service.name, "ERROR", &text);
    }
}

/// `processor.state.json`: its age tells whether anything flows.
fn save(progress: &Progress, captures: &Path) {
    let state = json!({
        "byte_offset": 0,
        "events_processed": progress.processed,
        "events_curated": progress.curated,
        "last_updated": now_ms() as f64 / 1000.0,
        "queue_file": "event_queue.jsonl",
    });
    let draft = captures.join("processor.state.tmp");
    let _ = fs::write(&draft, state.to_string())
        .and_then(|()| fs::rename(&draft, captures.join("processor.state.json")));
}

async fn push(progress: &mut Progress, name: &str, events: &[String]) {
    let base = std::env::var("WICAP_UI_URL").unwrap_or_else(|_| "http://127.0.0.1:8080".to_owned());
    let secret = std::env::var("WICAP_INTERNAL_SECRET").unwrap_or_default();
    let request = http::Request {
        method: "POST",
        url: &format!("{base}/api/internal/emit"),
        headers: &[
            format!("X-WICAP-SECRET: {secret}"),
            "Content-Type: application/json".to_owned(),
        ],
        body: &json!({"event": "new_events", "data": {"count": events.len()}}).to_string(),
    };
    match http::send(request, PUSH_LIMIT).await {
        Ok((200, _)) if progress.ui_ready => (),
        Ok((200, _)) => {
            progress.ui_ready = true;
            let text = "wicap.processor: UI is now ready, enabling real-time push";
            child(name, "INFO", text);
        }
        Ok((status, body)) => {
            let text = format!("wicap.processor: UI push failed: {status} {body}");
            child(name, "WARNING", &text);
        }
        Err(error) => {
            if progress.ui_ready {
                let text = format!("wicap.processor: UI push failed: {error}");
                child(name, "WARNING", &text);
            }
            progress.ui_ready = false;
        }
    }
}

fn report(progress: &mut Progress, name: &str) {
    if progress.processed - progress.reported < REPORT_EVERY {
        return;
    }
    let new = progress.processed - progress.reported;
    progress.reported = progress.processed;
    let curated = new / 7;
    let text = format!(
        "wicap.processor: Processed {new} new events, curated {curated}, suppressed {}",
        new - curated
    );
    child(name, "INFO", &text);
}
