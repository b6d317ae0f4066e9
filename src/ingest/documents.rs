//! Files that are read as a whole: scripts, the changelog, results of soaks, conversations.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use sha2::{Digest, Sha256};

use super::{
    IngestError,
    content::hash,
    gather::{Gatherer, Standing},
    identify::Stat,
    reading::Reading,
    records::washed,
    source::{ARTIFACTS, Source},
};
use crate::{
    knowledge::{
        outcome::Verdict,
        signature::{LogTime, read_time},
        sources::{
            changelog,
            codex::{Role, speaks_of_stack},
            conversation::{self, Mark},
            harness, soak_result,
            statements::{self, Kind, Statement},
        },
    },
    store::evidence::{ChangeRow, Item, OutcomeRow, ScriptRow, SessionRow, SoakRow, StatementRow},
};

/// Most bytes of a document.
const DOCUMENT_BYTES_MAX: u64 = 8 << 20;

/// Why a file was not read.
#[derive(Debug)]
pub(super) enum ReadError {
    /// It cannot be read.
    Io(io::Error),
    /// The ingest cannot go on.
    Ingest(IngestError),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<IngestError> for ReadError {
    fn from(error: IngestError) -> Self {
        Self::Ingest(error)
    }
}

/// Reads a document anew: what it gave before goes.
pub(super) fn read(gatherer: &mut Gatherer<'_>, reading: &mut Reading) -> Result<(), ReadError> {
    let is_folder = reading.target.source == Source::Antigravity;
    let bytes = if is_folder {
        folder_bytes(&reading.target.path)?
    } else {
        file_bytes(&reading.target.path)?
    };
    let content = hash(&bytes);
    let length = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let is_same = reading.progress.tail_hash == content && reading.progress.settled == length;
    if !is_same {
        gatherer.batch.items.push(Item::Forget {
            file_id: reading.file_id,
            from: 0,
        });
        let text = String::from_utf8_lossy(&bytes).into_owned();
        match reading.target.source {
            Source::Harness => script(gatherer, reading, &text, &bytes),
            Source::Changelog => changes(gatherer, reading, &text),
            Source::SoakResult => soak(gatherer, reading, &bytes)?,
            Source::Antigravity => talk(gatherer, reading)?,
            Source::Soak
            | Source::Network
            | Source::Codex
            | Source::Git
            | Source::Container
            | Source::Import => (),
        }
        let report = gatherer.report.source(reading.target.source.name());
        report.lines += u64::try_from(text.lines().count()).unwrap_or(0);
    }
    reading.progress.tail_hash = content;
    reading.progress.head = (0, content);
    reading.progress.settled = length;
    reading.progress.lines = 0;
    reading.progress.offset = 0;
    let standing = Standing {
        offset: 0,
        end: length,
        is_last: true,
        part: None,
    };
    gatherer.advance_document(reading, &standing);
    Ok(())
}

fn file_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(DOCUMENT_BYTES_MAX)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// All artifacts of a conversation with what is known about them, one after the other.
fn folder_bytes(folder: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for path in folder_files(folder) {
        bytes.extend_from_slice(path.file_name().unwrap_or_default().as_encoded_bytes());
        bytes.push(b'\n');
        bytes.extend(file_bytes(&path)?);
    }
    Ok(bytes)
}

fn folder_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let names = ARTIFACTS
        .iter()
        .flat_map(|name| [(*name).to_owned(), format!("{name}.metadata.json")]);
    names
        .map(|name| folder.join(name))
        .filter(|path| path.is_file())
        .collect()
}

/// The newest change and the whole size of a conversation's files.
pub(super) fn folder_stat(folder: &Path, mut stat: Stat) -> Stat {
    stat.size = 0;
    for path in folder_files(folder) {
        let Ok(meta) = fs::metadata(path) else {
            continue;
        };
        let of_file = Stat::of(&meta);
        stat.size += of_file.size;
        stat.mtime_ns = stat.mtime_ns.max(of_file.mtime_ns);
        stat.ctime_ns = stat.ctime_ns.max(of_file.ctime_ns);
    }
    stat
}

fn script(gatherer: &mut Gatherer<'_>, reading: &Reading, text: &str, bytes: &[u8]) {
    let found = harness::read(&reading.target.name, text);
    let list = |words: &[String]| {
        let clean: Vec<String> = words.iter().map(|word| gatherer.wash.line(word)).collect();
        serde_json::to_string(&clean).unwrap_or_default()
    };
    let digest = Sha256::digest(bytes);
    let row = ScriptRow {
        file_id: reading.file_id,
        path: reading.target.name.clone(),
        role: found.role.name(),
        commands: list(&found.commands),
        tools: list(&found.tools),
        variables: list(&found.variables),
        sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        mtime_ms: reading.stat.mtime_ms(),
    };
    gatherer.put_row(reading, Item::Script(row));
}

fn changes(gatherer: &mut Gatherer<'_>, reading: &Reading, text: &str) {
    for entry in changelog::read(text) {
        let row = ChangeRow {
            file_id: reading.file_id,
            line: i64::try_from(entry.line).unwrap_or(0),
            release_tag: gatherer.wash.line(&entry.release),
            released_ms: entry.day.as_deref().and_then(stamp).map(|time| time.ms),
            section: gatherer.wash.line(&entry.section),
            text: gatherer.wash.line(&entry.text),
        };
        gatherer.put_row(reading, Item::Change(row));
    }
}

fn stamp(text: &str) -> Option<LogTime> {
    let day = [text, " 00:00:00"].concat();
    let raw = if text.len() == 10 { day.as_str() } else { text };
    read_time(raw.as_bytes()).map(|(time, _)| time)
}

fn soak(
    gatherer: &mut Gatherer<'_>,
    reading: &mut Reading,
    bytes: &[u8],
) -> Result<(), IngestError> {
    let result = match soak_result::read(bytes) {
        Ok(result) => result,
        Err(reason) => return gatherer.reject(reading, (0, 0), &reason, ""),
    };
    let mut at = |text: &Option<String>| {
        let time = text.as_deref().and_then(stamp)?;
        reading.clock.take(time)
    };
    let (started_ms, ended_ms) = (at(&result.started), at(&result.ended));
    let verdict = result.verdict.map_or("unknown", Verdict::name);
    let clean = |texts: &[String]| -> Vec<String> {
        texts.iter().map(|text| gatherer.wash.line(text)).collect()
    };
    let detail = serde_json::json!({
        "errors": clean(&result.errors), "warnings": clean(&result.warnings),
        "regressions": clean(&result.regressions), "more": result.detail,
    });
    let count = |texts: &[String]| i64::try_from(texts.len()).unwrap_or(i64::MAX);
    let row = SoakRow {
        file_id: reading.file_id,
        path: reading.target.name.clone(),
        started_ms,
        ended_ms,
        verdict,
        n_checks_passed: result.checks_passed,
        n_checks_failed: result.checks_failed,
        n_errors: count(&result.errors),
        n_regressions: count(&result.regressions),
        detail: gatherer.wash.text(&detail.to_string()),
    };
    let said = format!(
        "soak {verdict}: {} checks passed, {} failed, {} errors, {} regressions",
        row.n_checks_passed, row.n_checks_failed, row.n_errors, row.n_regressions
    );
    gatherer.put_row(reading, Item::Soak(row));
    let outcome = OutcomeRow {
        file_id: reading.file_id,
        session_id: None,
        line: 0,
        at_ms: ended_ms.or(started_ms),
        scope: "soak",
        verdict,
        n_passed: Some(result.checks_passed),
        n_failed: Some(result.checks_failed),
        signature_id: None,
        text: said,
    };
    gatherer.put_row(reading, Item::Outcome(outcome));
    // Errors and regressions of a soak are failures like any other.
    for (at, text) in result.errors.iter().chain(&result.regressions).enumerate() {
        gatherer.document_failure(reading, text, (i64::try_from(at).unwrap_or(0), ended_ms));
    }
    Ok(())
}

/// What is known about an artifact beside its text.
#[derive(Debug, Default)]
struct About {
    updated_ms: Option<i64>,
    speaks_of_stack: bool,
}

fn talk(gatherer: &mut Gatherer<'_>, reading: &mut Reading) -> Result<(), ReadError> {
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
        let as_error = Statement {
            kind: Kind::Error,
            text: said.to_owned(),
            verdict: None,
        };
        let is_error = statements::errors(said)
            .iter()
            .any(|error| error.text == said);
        let signature_id = is_error.then(|| {
            let found = washed(&as_error, gatherer.wash);
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

impl Gatherer<'_> {
    fn put_row(&mut self, reading: &Reading, item: Item) {
        self.report.source(reading.target.source.name()).rows += 1;
        self.batch.items.push(item);
    }

    fn advance_document(&mut self, reading: &mut Reading, standing: &Standing) {
        let source = reading.target.source.name();
        self.report.source(source).bytes += u64::try_from(standing.end).unwrap_or(0);
        reading.progress.offset = standing.end;
        reading.finish();
        self.batch
            .progress
            .insert(reading.file_id, reading.progress.clone());
    }

    /// A failure that a document tells of.
    fn document_failure(&mut self, reading: &Reading, text: &str, (at, at_ms): (i64, Option<i64>)) {
        use crate::store::evidence::{Clock, EventRow};
        let statement = Statement {
            kind: Kind::Error,
            text: text.to_owned(),
            verdict: None,
        };
        let found = washed(&statement, self.wash);
        let Some(named) = found.named else { return };
        let id = self.signature(&named, ("error", "error"), &found.text);
        self.report.source(reading.target.source.name()).events += 1;
        self.batch.items.push(Item::Event(EventRow {
            file_id: reading.file_id,
            offset: at,
            line: 0,
            at_ms,
            clock: if at_ms.is_some() {
                Clock::Assumed
            } else {
                Clock::None
            },
            signature_id: id.to_string(),
            service: String::new(),
            category: "error",
            level: "error",
            line_hash: found.hash,
            text: found.text,
            block: None,
            network: None,
        }));
    }
}
