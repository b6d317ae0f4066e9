//! A predecessor's database becomes evidence, once.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read},
    path::Path,
};

use sha2::{Digest, Sha256};

use super::{
    IngestError, Source, Wash, Zone, clock::FileClock, gather::Gatherer, key, lock::Lock,
    records::washed, run::now_ms,
};
use crate::{
    knowledge::{
        outcome,
        pseudonym::Pseudonyms,
        signature::read_time,
        sources::{
            quote,
            statements::{Kind, Statement},
        },
    },
    model::Timestamp,
    store::evidence::{
        ChangeRow, Clock, EventRow, Evidence, FileProgress, Imported, Item, NewFile, OutcomeRow,
        Predecessor, SessionRow, StatementRow,
    },
};

/// Rows that are read at once.
const ROWS_MAX: i64 = 2_000;

/// What was imported.
#[derive(Clone, Debug, Default)]
pub struct Import {
    /// When it was imported before; then nothing was done.
    pub before_ms: Option<i64>,
    /// Rows by table.
    pub rows: BTreeMap<String, u64>,
    /// How many of them gave nothing: no failure, or of a kind that is not kept.
    pub skipped: u64,
}

/// Imports a predecessor's database, which is only read.
///
/// # Errors
///
/// Fails if it is no such database, or if the store cannot be written.
pub fn import(data_dir: &Path, path: &Path, keep_identifiers: bool) -> Result<Import, IngestError> {
    let own = |source| IngestError::Own {
        path: path.to_owned(),
        source,
    };
    let sha256 = digest(path).map_err(own)?;
    let size = path.metadata().map_err(own)?.len();
    let old = Predecessor::open(path)?;
    let mut evidence = Evidence::open(data_dir)?;
    let now = now_ms();
    let _lock = Lock::take(data_dir, &Timestamp::from_millis(now).to_string())?;
    if let Some(before_ms) = evidence.imported_at(&sha256)? {
        return Ok(Import {
            before_ms: Some(before_ms),
            ..Import::default()
        });
    }
    let wash = Wash::new(Pseudonyms::new(key::load(data_dir)?, keep_identifiers));
    let name = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let file = evidence.file_add(&NewFile {
        source: Source::Import.name(),
        path: &name.to_string_lossy(),
        device: 0,
        inode: 0,
        zone: "UTC",
    })?;
    let mut gatherer = Gatherer::new(&mut evidence, &wash, now)?;
    // What a killed import left is dropped first.
    gatherer.batch.items.push(Item::Forget {
        file_id: file.file_id,
        from: 0,
    });
    let mut rows = BTreeMap::new();
    let mut skipped = 0;
    for table in Predecessor::tables() {
        let mut after = i64::MIN;
        loop {
            let found = old.rows(table, after, ROWS_MAX)?;
            let Some(last) = found.last() else { break };
            after = last.id;
            *rows.entry(table.to_owned()).or_default() += found.len() as u64;
            for row in found {
                let is_taken = take(&mut gatherer, file.file_id, table, &row);
                skipped += u64::from(!is_taken);
            }
            gatherer.flush_when_due()?;
        }
    }
    let read = FileProgress {
        stat: (i64::try_from(size).unwrap_or(0), 0, 0),
        ..file.progress
    };
    gatherer.batch.progress.insert(file.file_id, read);
    gatherer.refresh_templates();
    gatherer.flush()?;
    let counts = serde_json::to_string(&rows).unwrap_or_default();
    evidence.import_add(&name.to_string_lossy(), &sha256, (now, &counts))?;
    Ok(Import {
        before_ms: None,
        rows,
        skipped,
    })
}

fn digest(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            break;
        }
        digest.update(&buffer[..n]);
    }
    Ok(digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

/// Whether a row gave something.
fn take(gatherer: &mut Gatherer<'_>, file_id: i64, table: &str, row: &Imported) -> bool {
    // Its clocks without a zone were taken for UTC.
    let mut clock = FileClock::new(Zone::utc(), None, gatherer.now_ms);
    let at_ms = row
        .at
        .as_deref()
        .and_then(|at| read_time(at.as_bytes()))
        .and_then(|(time, _)| clock.take(time));
    match table {
        "sessions" | "conversations" => session(gatherer, file_id, at_ms, row),
        "log_events" => return event(gatherer, file_id, at_ms, row),
        "signals" => return signal(gatherer, file_id, at_ms, row),
        "verification_outcomes" => {
            let verdict = outcome::verdict(&row.text).map_or("unknown", outcome::Verdict::name);
            gatherer.batch.items.push(Item::Outcome(OutcomeRow {
                file_id,
                session_id: (!row.origin.is_empty()).then(|| row.origin.clone()),
                line: row.id,
                at_ms,
                scope: "walkthrough",
                verdict,
                n_passed: None,
                n_failed: None,
                signature_id: None,
                text: gatherer.wash.line(&row.text),
            }));
        }
        _ => gatherer.batch.items.push(Item::Change(ChangeRow {
            file_id,
            line: row.id,
            release_tag: gatherer.wash.line(&row.origin),
            released_ms: None,
            section: gatherer.wash.line(&row.kind),
            text: gatherer.wash.line(&row.text),
        })),
    }
    true
}

fn session(gatherer: &mut Gatherer<'_>, file_id: i64, at_ms: Option<i64>, row: &Imported) {
    let clean = |at: usize| {
        row.more
            .get(at)?
            .as_deref()
            .map(|text| gatherer.wash.line(text))
    };
    let session = SessionRow {
        session_id: row.origin.clone(),
        source: Source::Import.name(),
        file_id,
        title: (row.kind == "conversation").then(|| gatherer.wash.line(&row.text)),
        cwd: None,
        repo_url: clean(1),
        branch: clean(2),
        commit_hash: clean(3),
        first_ms: at_ms,
        last_ms: at_ms,
    };
    gatherer.batch.items.push(Item::Session(session));
}

fn event(gatherer: &mut Gatherer<'_>, file_id: i64, at_ms: Option<i64>, row: &Imported) -> bool {
    let found = washed(&Statement::line(&row.text), gatherer.wash);
    let Some(named) = found.named else {
        return false;
    };
    let category = match row.kind.as_str() {
        "docker_fail" => "docker_fail",
        "pytest_fail" => "pytest_fail",
        _ => "error",
    };
    let id = gatherer.signature(&named, (category, "error"), &found.text);
    gatherer.batch.items.push(Item::Event(EventRow {
        file_id,
        offset: row.id,
        line: row.line,
        at_ms,
        clock: if at_ms.is_some() {
            Clock::Assumed
        } else {
            Clock::None
        },
        signature_id: id.to_string(),
        service: super::service::service_of(None, &row.origin),
        category,
        level: "error",
        line_hash: found.hash,
        text: found.text,
        block: None,
        network: None,
    }));
    true
}

fn signal(gatherer: &mut Gatherer<'_>, file_id: i64, at_ms: Option<i64>, row: &Imported) -> bool {
    let (kind, verdict) = match row.kind.as_str() {
        "commands" => (Kind::Command, None),
        "file_paths" => (Kind::FilePath, None),
        "errors" => (Kind::Error, None),
        "outcomes" => (Kind::Outcome, outcome::verdict(&row.text)),
        _ => return false,
    };
    let statement = Statement {
        kind,
        text: row.text.clone(),
        verdict,
        naming: (kind == Kind::Error)
            .then(|| quote::naming(&row.text))
            .flatten(),
    };
    let found = washed(&statement, gatherer.wash);
    let signature_id = found.named.map(|named| {
        gatherer
            .signature(&named, ("error", "error"), &found.text)
            .to_string()
    });
    gatherer.batch.items.push(Item::Statement(StatementRow {
        session_id: row.origin.clone(),
        file_id,
        line: row.id,
        at_ms,
        role: "assistant",
        kind: found.kind,
        verdict: found.verdict,
        signature_id,
        text_hash: found.hash,
        text: found.text,
    }));
    true
}
