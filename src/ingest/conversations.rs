//! Conversations about the stack: a folder of artifacts each.

use std::path::Path;

use super::{
    documents::{ReadError, file_bytes, stamp},
    gather::Gatherer,
    reading::Reading,
    records::washed,
    source::ARTIFACTS,
};
use crate::{
    knowledge::sources::{
        codex::{Role, speaks_of_stack},
        conversation::{self, Mark},
        statements,
    },
    store::evidence::{Item, OutcomeRow, SessionRow, StatementRow},
};

/// What is known about an artifact beside its text.
#[derive(Debug, Default)]
struct About {
    updated_ms: Option<i64>,
    speaks_of_stack: bool,
}

pub(super) fn read(gatherer: &mut Gatherer<'_>, reading: &mut Reading) -> Result<(), ReadError> {
    let folder = reading.target.path.clone();
    let mut texts: Vec<(&str, String)> = Vec::new();
    let mut about: Vec<About> = Vec::new();
    for name in ARTIFACTS {
        let path = folder.join(name);
        if path.is_file() {
            texts.push((
                name,
                String::from_utf8_lossy(&file_bytes(&path)?).into_owned(),
            ));
        }
        about.extend(metadata(
            gatherer,
            reading,
            &folder.join(format!("{name}.metadata.json")),
        )?);
    }
    let speaks = about.iter().any(|about| about.speaks_of_stack)
        || texts.iter().any(|(_, text)| speaks_of_stack(text));
    if !speaks {
        *gatherer
            .batch
            .counts
            .entry((reading.file_id, "other_session"))
            .or_default() += 1;
        return Ok(());
    }
    let times = || about.iter().filter_map(|about| about.updated_ms);
    let (first_ms, last_ms) = (times().min(), times().max());
    let session_id = folder
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let title = texts.iter().find_map(|(_, text)| conversation::title(text));
    gatherer.batch.items.push(Item::Session(SessionRow {
        session_id: session_id.clone(),
        source: reading.target.source.name(),
        file_id: reading.file_id,
        title: title.map(|title| gatherer.wash.line(title)),
        first_ms,
        last_ms,
        ..SessionRow::default()
    }));
    for (artifact, (name, text)) in texts.iter().enumerate() {
        // Lines of one artifact follow those of the one before.
        let base = i64::try_from(artifact).unwrap_or(0) * 1_000_000;
        artifact_rows(
            gatherer,
            reading,
            (&session_id, last_ms, base),
            (name, text),
        );
    }
    Ok(())
}

fn artifact_rows(
    gatherer: &mut Gatherer<'_>,
    reading: &Reading,
    (session_id, at_ms, base): (&str, Option<i64>, i64),
    (name, text): (&str, &str),
) {
    let line = |at: usize| base + i64::try_from(at).unwrap_or(0);
    for (at, mark) in conversation::marks(text) {
        let (kind, said) = mark.kind_and_text();
        let verdict = match &mark {
            Mark::Tests(counts, _) => Some(counts.verdict().name()),
            Mark::Completed(_) | Mark::InProgress(_) | Mark::Pending(_) | Mark::Changed(_) => None,
        };
        let row = StatementRow {
            session_id: session_id.to_owned(),
            file_id: reading.file_id,
            line: line(at),
            at_ms,
            role: Role::Artifact.name(),
            kind,
            verdict,
            signature_id: None,
            text_hash: gatherer.wash.names().hash(said.as_bytes()),
            text: gatherer.wash.line(said),
        };
        gatherer.put_statement(reading, row);
    }
    for statement in statements::read(text) {
        let found = washed(&statement, gatherer.wash);
        let mut row = gatherer.statement(reading, found, (Role::Artifact, at_ms, base));
        session_id.clone_into(&mut row.session_id);
        gatherer.put_statement(reading, row);
    }
    if name != "walkthrough.md" {
        return;
    }
    for (at, verdict, said) in conversation::outcomes(text) {
        // The failure it speaks of, when the line names one.
        let as_error = statements::errors(said)
            .into_iter()
            .find(|error| error.text == said);
        let signature_id = as_error.map(|error| {
            let found = washed(&error, gatherer.wash);
            gatherer
                .statement(reading, found, (Role::Artifact, at_ms, base))
                .signature_id
        });
        let row = OutcomeRow {
            file_id: reading.file_id,
            session_id: Some(session_id.to_owned()),
            line: line(at),
            at_ms,
            scope: "walkthrough",
            verdict: verdict.name(),
            n_passed: None,
            n_failed: None,
            signature_id: signature_id.flatten(),
            text: gatherer.wash.line(said),
        };
        gatherer.put_row(reading, Item::Outcome(row));
    }
}

fn metadata(
    gatherer: &mut Gatherer<'_>,
    reading: &Reading,
    path: &Path,
) -> Result<Option<About>, ReadError> {
    if !path.is_file() {
        return Ok(None);
    }
    let bytes = file_bytes(path)?;
    let Ok(serde_json::Value::Object(fields)) = serde_json::from_slice(&bytes) else {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        gatherer.reject(reading, (0, 0), &format!("`{name}` is no JSON object"), "")?;
        return Ok(None);
    };
    let updated = fields.get("updatedAt").and_then(serde_json::Value::as_str);
    let text = String::from_utf8_lossy(&bytes);
    Ok(Some(About {
        updated_ms: updated.and_then(stamp).map(|time| time.ms),
        speaks_of_stack: speaks_of_stack(&text),
    }))
}
