use super::gather::{Controller, Report, Service};
use crate::{
    cli::when::when,
    model::{Timestamp, Zone},
    telemetry::words,
};

/// The report for people, one topic a line.
pub(in crate::cli) fn text(report: &Report, now: Timestamp, zone: &Zone) -> String {
    let mut page = Page {
        text: String::new(),
        now,
        zone,
    };
    page.line("project", report.project.as_str());
    controllers(&mut page, report);
    page.line(
        "kill switch",
        report.kill_switch.as_deref().unwrap_or("clear"),
    );
    for pause in &report.pauses {
        let who = match &pause.service {
            Some(service) => service.to_string(),
            None => "every service".to_owned(),
        };
        let until = page.when(pause.until);
        page.line("paused", &format!("{who}, until {until}"));
    }
    if let Some(since) = report.engine_unseen_since {
        let since = page.when(since);
        page.line("engine", &format!("does not answer since {since}"));
    }
    for one in &report.services {
        service(&mut page, one);
    }
    if report.services.is_empty() {
        page.line("services", "nothing is known to be wrong");
    }
    budgets(&mut page, report);
    ledger(&mut page, report);
    let verdict = match report.healthy {
        true => "well".to_owned(),
        false => format!("NOT WELL: {}", report.reasons.join("; ")),
    };
    page.line("so", &verdict);
    page.text
}

struct Page<'a> {
    text: String,
    now: Timestamp,
    zone: &'a Zone,
}

impl Page<'_> {
    fn line(&mut self, topic: &str, text: &str) {
        self.text.push_str(&format!("{topic:<12}  {text}\n"));
    }

    fn when(&self, at: Timestamp) -> String {
        when(at, self.now, self.zone)
    }
}

fn controllers(page: &mut Page<'_>, report: &Report) {
    match &report.controller {
        Some(controller) => {
            let who = who(page, controller);
            page.line("controller", &who);
        }
        None => page.line("controller", "none runs"),
    }
    for watcher in &report.watchers {
        let who = who(page, watcher);
        page.line("beside it", &who);
    }
    if let Some(lease) = &report.lease {
        let until = page.when(lease.expires_at);
        let text = match (lease.valid, lease.expires_at == Timestamp::from_millis(0)) {
            (_, true) => format!("given back (hold {})", lease.token),
            (true, false) => format!(
                "held by process {} on {} until {until}, renewed every turn (hold {})",
                lease.pid, lease.host, lease.token
            ),
            (false, false) => format!(
                "process {} on {} has lost it; it ran to {until} (hold {})",
                lease.pid, lease.host, lease.token
            ),
        };
        page.line("lead", &text);
    }
    if let Some(ended) = &report.last_session {
        let text = format!(
            "session {} ended {}: {}",
            ended.session,
            page.when(ended.at),
            words::end(ended.end)
        );
        page.line("last end", &text);
    }
}

fn who(page: &Page<'_>, controller: &Controller) -> String {
    let Controller {
        session,
        mode,
        shadow,
        user,
        host,
        pid,
        since,
    } = controller;
    let since = page.when(*since);
    let shadow = if *shadow { " (shadow)" } else { "" };
    format!("{mode}{shadow}, process {pid} of {user} on {host}, since {since} (session {session})")
}

fn service(page: &mut Page<'_>, service: &Service) {
    let name = &service.service;
    if let (Some(since), Some(state)) = (service.down_since, service.state) {
        let (since, state) = (page.when(since), words::state(state));
        let tried = match service.attempts {
            0 => String::new(),
            n => format!(", {} so far", words::count(n, "attempt")),
        };
        page.line("down", &format!("{name}: {state}, since {since}{tried}"));
    } else if service.unseen {
        page.line("unseen", &format!("{name} cannot be seen"));
    }
    if let Some(code) = service.held {
        page.line("held", &format!("{name}: {}", words::hold(code)));
    }
    if let Some(acting) = &service.acting {
        let text = format!(
            "{name}: {} (row {}), judged by {}",
            words::doing(&acting.action),
            acting.seq,
            page.when(acting.deadline)
        );
        page.line("acting", &text);
    }
    if let Some(cause) = service.needs_person {
        let noted = match service.acknowledged {
            true => "; somebody took note",
            false => "",
        };
        page.line("person", &format!("{name}: {}{noted}", words::cause(cause)));
    }
}

fn budgets(page: &mut Page<'_>, report: &Report) {
    for budget in &report.budgets {
        let who = match &budget.service {
            Some(service) => service.to_string(),
            None => "the stack".to_owned(),
        };
        let next = match budget.next_at {
            Some(at) => format!("; the next one {}", page.when(at)),
            None => String::new(),
        };
        let window = words::span(budget.window_s * 1_000);
        let text = format!(
            "{who}: {} of {} actions left in {window}{next}",
            budget.left, budget.max
        );
        page.line("budget", &text);
    }
}

fn ledger(page: &mut Page<'_>, report: &Report) {
    let ledger = &report.ledger;
    let head = match (&ledger.head, ledger.last_at) {
        (Some(head), Some(at)) => format!("last row {}; ends with {head}", page.when(at)),
        _ => "no row".to_owned(),
    };
    page.line("ledger", &head);
    let free = match ledger.free_bytes {
        Some(free) => format!("; {} free on the disk", bytes(free)),
        None => String::new(),
    };
    let sizes = format!(
        "ledger {}, {} snapshots {}{free}",
        bytes(ledger.bytes),
        ledger.snapshots,
        bytes(ledger.snapshot_bytes)
    );
    page.line("files", &sizes);
}

/// Bytes in the greatest unit that leaves a whole number before the point.
pub(in crate::cli) fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut unit = 0;
    let mut tenths = n.saturating_mul(10);
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths /= 1_024;
        unit += 1;
    }
    match unit {
        0 => format!("{n} B"),
        _ => format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_short() {
        for (n, expected) in [
            (0, "0 B"),
            (1_023, "1023 B"),
            (1_536, "1.5 KiB"),
            (3 << 30, "3.0 GiB"),
        ] {
            assert_eq!(expected, bytes(n));
        }
    }
}
