//! What is told about a failure that came.

use serde::Serialize;

use crate::{
    cli::{
        report::{Desk, PlaybookFile, file_name, name_of},
        table::cut,
    },
    knowledge::{
        guard::AlertKind,
        harness_match::{MatchedScript, Subject},
        known_issues::KnownIssue,
        routing::{Feedback, is_about_network},
    },
    model::Timestamp,
    runtime::answers,
    store::evidence::News,
};

/// Characters of a failure.
const FAILURE_CHARS: usize = 160;

/// Keys in the order of the alphabet, as the predecessor writes them.
#[derive(Serialize)]
pub(super) struct Alert {
    anomaly_route: Option<GuardRoute>,
    at: Option<Timestamp>,
    category: String,
    count: i64,
    file: String,
    first_step: Option<String>,
    harness_suggestion: Harness,
    pub(super) kind: AlertKind,
    known_issue: Option<&'static str>,
    line: String,
    line_number: i64,
    past_fix_track_record: Record,
    playbook: Option<String>,
    recent_session: Session,
    service: String,
    signature: String,
    signature_id: String,
}

#[derive(Serialize)]
struct Harness {
    role: Option<String>,
    script_path: Option<String>,
}

#[derive(Serialize)]
struct Record {
    fails: u32,
    passes: u32,
    relapse_risk: bool,
}

#[derive(Serialize)]
struct Session {
    session_id: Option<String>,
    ts_last: Option<Timestamp>,
}

/// Where to go with an anomaly of the network.
#[derive(Serialize)]
struct GuardRoute {
    action_ladder: Vec<&'static str>,
    class_id: &'static str,
    feedback: Feedback,
    verification_ladder: Vec<&'static str>,
}

/// What is known about a failure that came, beside the evidence.
pub(super) struct Known<'a> {
    pub(super) playbook: Option<&'a PlaybookFile>,
    pub(super) issue: Option<&'static KnownIssue>,
}

impl Known<'_> {
    pub(super) fn first_step(&self) -> Option<String> {
        let written = self
            .playbook
            .and_then(|file| file.playbook.first_step.clone());
        let of_rule = self.issue.and_then(|issue| issue.fix.first());
        written.or(of_rule.map(|step| (*step).to_owned()))
    }
}

pub(super) fn alert(
    news: &News,
    kind: AlertKind,
    known: &Known<'_>,
    desk: &Desk,
) -> anyhow::Result<Alert> {
    let signature = &news.seen.signature;
    let key = signature.key;
    let session = desk
        .evidence
        .session_list_about(key, (desk.now.millis(), 1))?
        .into_iter()
        .next();
    let record = desk.track_record(key, news.at_ms)?.unwrap_or_default();
    let first_step = known.first_step();
    let script = script(news, first_step.as_deref(), desk)?;
    Ok(Alert {
        anomaly_route: route(news, desk)?,
        at: news.at_ms.map(Timestamp::from_millis),
        category: signature.category.clone(),
        count: news.seen.n,
        file: news.path.clone(),
        first_step,
        harness_suggestion: Harness {
            role: script.as_ref().map(|script| script.role.clone()),
            script_path: script.map(|script| script.script),
        },
        kind,
        known_issue: known.issue.map(|issue| issue.id),
        line: news.text.clone(),
        line_number: news.line,
        past_fix_track_record: Record {
            fails: record.fails,
            passes: record.passes,
            relapse_risk: record.relapse_detected,
        },
        playbook: known.playbook.map(|file| file_name(&file.path)),
        recent_session: Session {
            ts_last: session
                .as_ref()
                .and_then(|session| session.last_ms)
                .map(Timestamp::from_millis),
            session_id: session.map(|session| session.session_id),
        },
        service: news.service.clone(),
        signature: name_of(signature).to_owned(),
        signature_id: signature.signature_id.clone(),
    })
}

/// The script of the harness that has most in common with the failure and its first step.
fn script(
    news: &News,
    first_step: Option<&str>,
    desk: &Desk,
) -> anyhow::Result<Option<MatchedScript>> {
    let signature = &news.seen.signature;
    let mut subject = Subject {
        category: &signature.category,
        texts: vec![&signature.template, &news.text],
        commands: Vec::new(),
    };
    subject.texts.extend(first_step);
    let code = first_step.and_then(|step| step.split('`').nth(1));
    subject.commands.extend(code);
    let found = answers::scripts_for(&desk.evidence, &subject)?;
    Ok(found.into_iter().next())
}

fn route(news: &News, desk: &Desk) -> anyhow::Result<Option<GuardRoute>> {
    let signature = &news.seen.signature;
    if !signature.is_network() && !is_about_network(&signature.template) {
        return Ok(None);
    }
    let route = answers::route_of(&desk.evidence, signature, desk.now.millis())?;
    Ok(Some(GuardRoute {
        action_ladder: route.action_ladder,
        class_id: route.class_id,
        feedback: route.feedback,
        verification_ladder: route.verification_ladder,
    }))
}

pub(super) fn text(alert: &Alert) -> String {
    let at = alert.at.map_or("-".to_owned(), |at| at.to_string());
    let mut text = format!(
        "{:<5}  {at}  {}x  {}  {}:{}\n       {}\n",
        alert.kind.name().to_uppercase(),
        alert.count,
        alert.signature_id,
        alert.file,
        alert.line_number,
        cut(&alert.signature, FAILURE_CHARS),
    );
    let step = cut(
        alert.first_step.as_deref().unwrap_or("(no step)"),
        FAILURE_CHARS,
    );
    match (&alert.playbook, alert.known_issue) {
        (Some(playbook), _) => text.push_str(&format!("       playbook {playbook}: {step}\n")),
        (None, Some(issue)) => text.push_str(&format!("       known issue {issue}: {step}\n")),
        (None, None) => (),
    }
    if let Some(route) = &alert.anomaly_route {
        let ladder = route.action_ladder.join(", then ");
        text.push_str(&format!("       route {}: {ladder}\n", route.class_id));
    }
    if let Some(script) = &alert.harness_suggestion.script_path {
        text.push_str(&format!("       script {script}\n"));
    }
    if let Some(session) = &alert.recent_session.session_id {
        let record = &alert.past_fix_track_record;
        let back = if record.relapse_risk {
            ", came back"
        } else {
            ""
        };
        text.push_str(&format!(
            "       past work: {session}, {} passed, {} failed{back}\n",
            record.passes, record.fails
        ));
    }
    text
}
