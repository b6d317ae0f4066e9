//! Files that are read as a whole: scripts, the changelog, results of soaks, conversations.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use sha2::{Digest, Sha256};

use super::{
    IngestError, SourceReport,
    content::hash,
    conversations,
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
        sources::{changelog, harness, soak_result, statements::Statement},
    },
    store::evidence::{ChangeRow, Item, OutcomeRow, ScriptRow, SoakRow},
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
        let source = reading.target.source.name();
        let told = |report: &SourceReport| report.rows + report.events + report.quarantined;
        let before = told(gatherer.report.source(source));
        match reading.target.source {
            Source::Harness => script(gatherer, reading, &text, &bytes),
            Source::Changelog => changes(gatherer, reading, &text),
            Source::SoakResult => soak(gatherer, reading, &bytes)?,
            Source::Antigravity => conversations::read(gatherer, reading)?,
            Source::Soak
            | Source::Network
            | Source::Codex
            | Source::Git
            | Source::Container
            | Source::Import => (),
        }
        let report = gatherer.report.source(source);
        let lines = u64::try_from(text.lines().count()).unwrap_or(0);
        report.lines += lines;
        // A line that gave nothing was read all the same.
        let n_quiet = lines.saturating_sub(told(report) - before);
        report.counted += n_quiet;
        report.taken += lines - n_quiet;
        reading.progress.lines = i64::try_from(lines).unwrap_or(0);
    }
    reading.progress.tail_hash = content;
    reading.progress.head = (0, content);
    reading.progress.settled = length;
    reading.progress.offset = 0;
    let standing = Standing {
        offset: 0,
        end: length,
        is_last: true,
        part: None,
        head: None,
        tail: None,
    };
    gatherer.advance_document(reading, &standing);
    Ok(())
}

pub(super) fn file_bytes(path: &Path) -> io::Result<Vec<u8>> {
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

pub(super) fn stamp(text: &str) -> Option<LogTime> {
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

impl Gatherer<'_> {
    pub(super) fn put_row(&mut self, reading: &Reading, item: Item) {
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
        let found = washed(&Statement::line(text), self.wash);
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
