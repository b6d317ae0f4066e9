use std::collections::BTreeMap;

use serde_json::{Value, json};
use url::Url;

use crate::{
    knowledge::env_rules::{Finding, sql_address},
    model::{
        Reading, Redacted,
        contract::{HttpAnswer, HttpFact, PortAddress},
    },
    world::env_probes::{self, Answers, Emit, Targets, UiTarget},
};

/// The event of the internal call: no page knows it, so it changes nothing.
const PING_EVENT: &str = "assistant_validation_ping";

type Values = BTreeMap<String, String>;
type Checks = BTreeMap<&'static str, Value>;

/// Findings of the network, all of one weight.
struct Live<'a> {
    is_required: bool,
    findings: &'a mut Vec<Finding>,
    checks: &'a mut Checks,
}

/// Asks what the values point at, and adds what was found.
pub(super) fn add(
    values: &Values,
    is_required: bool,
    findings: &mut Vec<Finding>,
    checks: &mut Checks,
) -> anyhow::Result<()> {
    let targets = targets(values);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let answers = runtime.block_on(env_probes::ask(&targets))?;
    let mut live = Live {
        is_required,
        findings,
        checks,
    };
    if let Some(ui) = &targets.ui {
        live.checks.insert("ui_host", json!(ui.host));
        live.checks.insert("ui_port", json!(ui.port));
    }
    live.judge(&answers);
    Ok(())
}

fn targets(values: &Values) -> Targets {
    let text = |key: &str| {
        values
            .get(key)
            .map(|value| value.trim())
            .filter(|text| !text.is_empty())
    };
    let url = |key: &str| text(key).and_then(|text| Url::parse(text).ok());
    let sql = text("WICAP_SQL_HOST").and_then(|text| sql_address(text).ok());
    let ui = url("WICAP_UI_URL").and_then(|url| {
        Some(UiTarget {
            origin: url.origin().ascii_serialization(),
            host: url.host_str()?.to_owned(),
            port: url.port_or_known_default()?,
            is_https: url.scheme() == "https",
        })
    });
    let ping = json!({ "event": PING_EVENT, "data": { "source": "wicap-assist" } });
    Targets {
        sql: sql.map(|at| PortAddress {
            host: at.host,
            port: at.port,
        }),
        redis: url("WICAP_REDIS_URL").map(|url| url.to_string()),
        ui,
        secret: text("WICAP_INTERNAL_SECRET").map(str::to_owned),
        ping: ping.to_string(),
    }
}

impl Live<'_> {
    fn judge(&mut self, answers: &Answers) {
        if let Some(seen) = &answers.sql {
            let result = port(seen);
            self.note("sql_reachable", "sql_reason", "WICAP_SQL_HOST", result);
        }
        if let Some(seen) = &answers.redis {
            let result = seen.clone().map_err(|why| why.to_string());
            self.note("redis_ok", "redis_reason", "WICAP_REDIS_URL", result);
        }
        if let Some(seen) = &answers.ui {
            let result = port(seen);
            self.note(
                "ui_reachable",
                "ui_reachability_reason",
                "WICAP_UI_URL",
                result,
            );
        }
        if let Some(seen) = &answers.health {
            let result = ok(seen);
            self.note("ui_health_ok", "ui_health_reason", "WICAP_UI_URL", result);
            self.add_database(seen);
        }
        let result = match &answers.emit {
            None | Some(Emit::NobodyThere) => return,
            Some(Emit::WouldLeak) => {
                let why = "was not asked: over plain HTTP the secret stays on this host";
                Err(why.to_owned())
            }
            Some(Emit::Asked(seen)) => ok(seen),
        };
        let key = "WICAP_INTERNAL_SECRET";
        self.note("internal_emit_ok", "internal_emit_reason", key, result);
    }

    fn note(
        &mut self,
        check: &'static str,
        reason: &'static str,
        key: &str,
        result: Result<(), String>,
    ) {
        self.checks.insert(check, json!(result.is_ok()));
        let why = result.as_ref().err().map_or("ok", String::as_str);
        self.checks.insert(reason, json!(why));
        if let Err(why) = result {
            let text = format!("live probe: {why}");
            self.findings.push(match self.is_required {
                true => Finding::error(check, key, text),
                false => Finding::warning(check, key, text),
            });
        }
    }

    /// The dashboard is healthy without its database; the operator is not.
    fn add_database(&mut self, seen: &Reading<HttpFact>) {
        let Reading::Known(fact) = seen else {
            return;
        };
        let HttpAnswer::Answered { body, .. } = &fact.answer else {
            return;
        };
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        if let Some("disconnected") = body.get("database").and_then(Value::as_str) {
            let text = "live probe: the dashboard has no connection to the database";
            self.findings.push(Finding::warning(
                "database_disconnected",
                "WICAP_SQL_HOST",
                text,
            ));
        }
    }
}

fn port(seen: &Reading<bool>) -> Result<(), String> {
    match seen {
        Reading::Known(true) => Ok(()),
        Reading::Known(false) => Err("nobody listens there".to_owned()),
        Reading::Unknown(why) => Err(why.to_string()),
    }
}

fn ok(seen: &Reading<HttpFact>) -> Result<(), String> {
    match seen {
        Reading::Unknown(why) => Err(why.to_string()),
        Reading::Known(fact) => match &fact.answer {
            HttpAnswer::Answered { status: 200, .. } => Ok(()),
            HttpAnswer::Answered { status, body } => {
                let body: String = body.chars().take(200).collect();
                Err(format!("HTTP {status}: {}", Redacted::from_raw(&body)))
            }
            HttpAnswer::Failed(why) => Err(why.to_string()),
        },
    }
}
