//! `control-center`: everything on one page, from the ledger and the settings alone.

use std::collections::BTreeMap;

use serde::Serialize;

use super::enforced::{Enforced, enforced};
use crate::{
    cli::{
        Context,
        known::Known,
        status::{self, gather},
        when::moment,
    },
    control::Request,
    model::{Action, Envelope, EventKind, Timestamp, Verdict, Zone},
    store::{EventFilter, StoreError},
    telemetry::{ndjson_line, sentence},
};

/// The most verdicts that the history of actions counts.
const VERDICTS_MAX: u32 = 200;
/// How many actions and how many events are shown.
const ACTIONS_SHOWN: usize = 4;
const EVENTS_SHOWN: u32 = 5;

/// The page.
#[derive(Serialize)]
pub(super) struct Center {
    generated_ts: Timestamp,
    policy: Enforced,
    /// What the ledger knows of the stack; none before anything was watched.
    observation: Option<gather::Report>,
    /// What people asked for and nobody has answered.
    requests: Vec<Open>,
    /// What came of the last actions, the most frequent first.
    actions: Vec<History>,
    /// The newest rows.
    events: Vec<serde_json::Value>,
    #[serde(skip)]
    rows: Vec<Envelope>,
}

#[derive(Serialize)]
struct Open {
    seq: u64,
    wish: String,
    until: Timestamp,
}

#[derive(Serialize)]
struct History {
    action: Action,
    met: u32,
    unmet: u32,
    inconclusive: u32,
}

impl Center {
    /// Gathers the page.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub(super) fn gather(ctx: &Context, known: Option<&Known>) -> Result<Self, StoreError> {
        let mut center = Self {
            generated_ts: ctx.now,
            policy: enforced(ctx, known),
            observation: None,
            requests: Vec::new(),
            actions: Vec::new(),
            events: Vec::new(),
            rows: Vec::new(),
        };
        let Some(known) = known else {
            return Ok(center);
        };
        center.observation = Some(gather::report(ctx, known)?);
        let open = known.state.requests();
        let open = open.filter(|request| ctx.now < request.until);
        center.requests = open.map(opened).collect();
        center.actions = history(known)?;
        center.rows = newest(known, None, EVENTS_SHOWN)?;
        let lines = center.rows.iter().map(ndjson_line);
        center.events = lines
            .filter_map(|line| serde_json::from_str(&line).ok())
            .collect();
        Ok(center)
    }

    /// The page for people.
    pub(super) fn text(&self, zone: &Zone) -> String {
        let mut out = self.policy.summary(zone);
        match &self.observation {
            Some(report) => {
                out.push('\n');
                out.push_str(&status::text(report, self.generated_ts, zone));
            }
            None => out.push_str("\nno ledger yet; `wicap-assist live` starts one\n"),
        }
        let requests = self.requests.iter();
        let requests = requests.map(|open| format!("row {}: {}", open.seq, open.wish));
        section(&mut out, "Asked, not answered", requests.collect());
        let actions = self.actions.iter().map(|history| {
            let History {
                action,
                met,
                unmet,
                inconclusive,
            } = history;
            let n_all = met + unmet + inconclusive;
            format!("{action:<28} {n_all:>4} in all, {met} helped, {unmet} did not, {inconclusive} unclear")
        });
        section(&mut out, "The last actions", actions.collect());
        let events = self.rows.iter().map(|row| {
            let at = moment(row.at, self.generated_ts, zone);
            format!("{:>6}  {at}  {}", row.seq, sentence(&row.kind))
        });
        section(&mut out, "The last events", events.collect());
        out
    }
}

fn opened(request: &Request) -> Open {
    Open {
        seq: request.seq,
        wish: request.wish.to_string(),
        until: request.until,
    }
}

/// The newest rows of the project, oldest first.
fn newest(known: &Known, kind: Option<&str>, limit: u32) -> Result<Vec<Envelope>, StoreError> {
    let rows = known.ledger.event_list(&EventFilter {
        kind: kind.map(str::to_owned),
        limit: Some(limit),
        ..EventFilter::default()
    })?;
    let rows = rows.into_iter().map(|row| row.envelope);
    Ok(rows.filter(|row| row.project == known.project).collect())
}

fn history(known: &Known) -> Result<Vec<History>, StoreError> {
    let mut by_action: BTreeMap<Action, History> = BTreeMap::new();
    for row in newest(known, Some("episode_closed"), VERDICTS_MAX)? {
        let EventKind::EpisodeClosed {
            action, verdict, ..
        } = row.kind
        else {
            continue;
        };
        let history = by_action.entry(action.clone()).or_insert(History {
            action,
            met: 0,
            unmet: 0,
            inconclusive: 0,
        });
        match verdict {
            Verdict::Met => history.met += 1,
            Verdict::Unmet => history.unmet += 1,
            Verdict::Inconclusive => history.inconclusive += 1,
        }
    }
    let mut all: Vec<History> = by_action.into_values().collect();
    all.sort_by_key(|one| std::cmp::Reverse(one.met + one.unmet + one.inconclusive));
    all.truncate(ACTIONS_SHOWN);
    Ok(all)
}

fn section(out: &mut String, title: &str, lines: Vec<String>) {
    if lines.is_empty() {
        return;
    }
    out.push_str(&format!("\n{title}\n"));
    for line in lines {
        out.push_str(&format!("  {line}\n"));
    }
}
