//! Files to read, and what was stored of them as text.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};

use rusqlite::{Connection, types::Value};
use wicap_assist::ingest::{BATCH_ROWS, Ingest, Options, Report, Roots, Source, Zone};

/// A checkout with a data folder beside it.
pub(super) struct Place {
    pub(super) folder: tempfile::TempDir,
}

impl Place {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("wicap/captures")).unwrap();
        Self { folder }
    }

    pub(super) fn repo(&self) -> PathBuf {
        self.folder.path().join("wicap")
    }

    pub(super) fn codex(&self) -> PathBuf {
        self.folder.path().join("codex")
    }

    pub(super) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(super) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(super) fn append(&self, name: &str, text: &str) {
        use std::io::Write;
        let path = self.folder.path().join(name);
        fs::OpenOptions::new()
            .append(true)
            .open(path)
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
    }

    pub(super) fn rename(&self, from: &str, to: &str) {
        fs::rename(self.folder.path().join(from), self.folder.path().join(to)).unwrap();
    }

    pub(super) fn options(&self) -> Options {
        let roots = Roots {
            repo: Some(self.repo()),
            codex: Some(self.codex()),
            antigravity: Some(self.codex().join("antigravity/brain")),
        };
        Options {
            data_dir: self.data(),
            roots,
            sources: BTreeSet::from([
                Source::Soak,
                Source::SoakResult,
                Source::Network,
                Source::Codex,
                Source::Antigravity,
                Source::Harness,
                Source::Changelog,
                Source::Git,
            ]),
            logs: None,
            repo_hints: vec!["/wicap".to_owned()],
            keep_identifiers: false,
            since_ms: None,
            dry_run: false,
            jobs: 2,
            zone: Zone::utc(),
            batch_rows: BATCH_ROWS,
        }
    }

    pub(super) fn ingest(&self) -> Report {
        ingest(self.options())
    }

    /// Texts of all events, in the order of time.
    pub(super) fn texts(&self) -> Vec<String> {
        self.column("SELECT text FROM events ORDER BY event_id")
    }

    pub(super) fn column(&self, sql: &str) -> Vec<String> {
        let conn = Connection::open(self.data().join("evidence.db")).unwrap();
        let mut statement = conn.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }
}

/// Pseudonyms are the same in all stores of the tests.
pub(super) fn share_key(data: &Path) {
    fs::create_dir_all(data).unwrap();
    fs::write(data.join("pseudonym.key"), [7; 32]).unwrap();
}

pub(super) fn ingest(options: Options) -> Report {
    if !options.data_dir.exists() {
        share_key(&options.data_dir);
    }
    Ingest::open(options)
        .unwrap()
        .once(&AtomicBool::new(false), &|_| ())
        .unwrap()
}

/// What differs between two runs over the same files: clocks of the runs, places on the disk, and
/// the engine's own counts.
const LEFT_OUT: [&str; 13] = [
    "signature_key",
    "service_key",
    "read_ms",
    "seen_ms",
    "device",
    "inode",
    "mtime_ns",
    "ctime_ns",
    "parts",
    "line_hash",
    "text_hash",
    "statement_id",
    "quarantine_id",
];

/// Everything that is stored, as text.
pub(super) fn dump(data: &Path) -> String {
    let conn = Connection::open(data.join("evidence.db")).unwrap();
    let mut text = String::new();
    for table in tables(&conn) {
        let sql = match table.as_str() {
            // Keys are in the order in which things were first seen, even if nothing came of them.
            "events" => "SELECT * FROM events JOIN signatures USING (signature_key) JOIN services USING (service_key)".to_owned(),
            "signatures" => "SELECT * FROM signatures WHERE n_events > 0".to_owned(),
            "signature_hours" => "SELECT * FROM signature_hours JOIN signatures USING (signature_key) JOIN services USING (service_key) WHERE n > 0".to_owned(),
            "signature_days" => "SELECT * FROM signature_days JOIN signatures USING (signature_key) WHERE n > 0".to_owned(),
            "signature_files" => "SELECT * FROM signature_files JOIN signatures USING (signature_key) WHERE n > 0".to_owned(),
            other => format!("SELECT * FROM {other}"),
        };
        let mut statement = conn.prepare(&sql).unwrap();
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.query([]).unwrap();
        let mut lines = BTreeSet::new();
        while let Some(row) = rows.next().unwrap() {
            let mut line = String::new();
            for (at, name) in names.iter().enumerate() {
                if !LEFT_OUT.contains(&name.as_str()) {
                    let value: Value = row.get(at).unwrap();
                    write!(line, "{name}={value:?} ").unwrap();
                }
            }
            lines.insert(line);
        }
        for line in lines {
            writeln!(text, "{table} {line}").unwrap();
        }
    }
    text
}

/// Fails with the lines in which two dumps differ.
#[track_caller]
pub(super) fn assert_same(one: &str, other: &str) {
    let (a, b): (BTreeSet<&str>, BTreeSet<&str>) = (one.lines().collect(), other.lines().collect());
    let only = |a: &BTreeSet<&str>, b: &BTreeSet<&str>| {
        a.difference(b)
            .take(5)
            .map(|line| (*line).to_owned())
            .collect::<Vec<_>>()
    };
    assert!(
        one == other,
        "only in the first: {:#?}\nonly in the second: {:#?}",
        only(&a, &b),
        only(&b, &a)
    );
}

fn tables(conn: &Connection) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'
               AND name NOT LIKE '%search%' AND name NOT IN ('runs', 'settings') ORDER BY name";
    let mut statement = conn.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Lines of a service's log with failures, tracebacks and noise; the same for the same seed.
pub(super) fn log(seed: u64, n_lines: usize) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = move |n: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % n
    };
    let mut text = String::new();
    for number in 0..n_lines as u64 {
        let second = number / 7;
        let stamp = format!(
            "2026-03-{:02} {:02}:{:02}:{:02},{:03}",
            1 + second / 86_400,
            second / 3_600 % 24,
            second / 60 % 60,
            second % 60,
            next(1000)
        );
        match next(40) {
            0 => writeln!(text, "{stamp} ERROR [wicap.scout] queue overflow: dropped {} frames", next(9000)),
            1 => writeln!(
                text,
                "{stamp} ERROR [wicap.processor] Unhandled exception in worker {}\nTraceback (most recent call last):\n  File \"/opt/a.py\", line {}, in run\n    go()\nKeyError: 'bssid{}'",
                next(9), next(400), next(3)
            ),
            2 => writeln!(text, "10.0.0.{} - - [04/Mar/2026:05:06:07] \"GET /api/x HTTP/1.1\" 503 {}", next(250), next(900)),
            3 => writeln!(text, "{stamp} WARNING [wicap.scout] low rssi {}", next(90)),
            4 => writeln!(text, "brcmfmac: mailbox indicates firmware halted"),
            _ => writeln!(text, "{stamp} INFO [wicap.scout] beacon seq={} rate={} ssid=lab-net", next(9000), next(54)),
        }
        .unwrap();
    }
    text
}
