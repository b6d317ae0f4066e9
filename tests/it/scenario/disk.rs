//! A ledger in a file that sometimes cannot be written.

use std::path::Path;

use rusqlite::Connection;
use tempfile::TempDir;
use wicap_assist::store::Ledger;

/// Where there is a file system in memory, nothing waits for a disk.
const MEMORY: &str = "/dev/shm";

/// The tables into which the controller writes, and which end is refused.
const REFUSED: [(&str, &str, &str); 5] = [
    ("events", "INSERT", "NEW.seq > {limit}"),
    (
        "leases",
        "INSERT",
        "{limit} <= (SELECT max(seq) FROM events)",
    ),
    (
        "leases",
        "UPDATE",
        "{limit} <= (SELECT max(seq) FROM events)",
    ),
    (
        "heartbeats",
        "INSERT",
        "{limit} <= (SELECT max(seq) FROM events)",
    ),
    (
        "heartbeats",
        "UPDATE",
        "{limit} <= (SELECT max(seq) FROM events)",
    ),
];

/// The folder of a ledger, and a second hand on its file.
pub(crate) struct Disk {
    /// Removed with the last hand on it.
    _folder: TempDir,
    other: Connection,
    /// The last row that can be written.
    limit: Option<u64>,
    /// Whether rows of one kind cannot be written.
    is_choosy: bool,
}

impl Disk {
    pub(super) fn new() -> (Self, Ledger) {
        let folder = match Path::new(MEMORY).is_dir() {
            true => tempfile::tempdir_in(MEMORY),
            false => tempfile::tempdir(),
        };
        let folder = folder.unwrap();
        let ledger = Ledger::open(folder.path()).unwrap();
        let other = Connection::open(folder.path().join("ledger.db")).unwrap();
        let limit = None;
        let disk = Self {
            _folder: folder,
            other,
            limit,
            is_choosy: false,
        };
        (disk, ledger)
    }

    /// After `n_rows` more rows nothing can be written.
    pub(super) fn fail_after(&mut self, n_rows: u64) {
        self.work();
        let limit = self.head() + n_rows;
        for (table, deed, when) in REFUSED {
            let when = when.replace("{limit}", &limit.to_string());
            let sql = format!(
                "CREATE TRIGGER full_{table}_{deed} BEFORE {deed} ON {table} WHEN {when} \
                 BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
            );
            self.other.execute_batch(&sql).unwrap();
        }
        self.limit = Some(limit);
    }

    /// No row of a kind can be written: the file is full at the worst moment.
    pub(super) fn refuse(&mut self, kind: &str) {
        self.work();
        let sql = format!(
            "CREATE TRIGGER full_events_INSERT BEFORE INSERT ON events WHEN NEW.kind = '{kind}' \
             BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
        );
        self.other.execute_batch(&sql).unwrap();
        self.is_choosy = true;
    }

    pub(super) fn work(&mut self) {
        self.is_choosy = false;
        for (table, deed, _) in REFUSED {
            let sql = format!("DROP TRIGGER IF EXISTS full_{table}_{deed}");
            self.other.execute_batch(&sql).unwrap();
        }
        self.limit = None;
    }

    /// Whether a write will fail sooner or later.
    pub(crate) fn is_failing(&self) -> bool {
        self.limit.is_some() || self.is_choosy
    }

    /// Whether nothing can be written.
    pub(crate) fn is_full(&self) -> bool {
        self.limit.is_some_and(|limit| limit <= self.head())
    }

    fn head(&self) -> u64 {
        let sql = "SELECT coalesce(max(seq), 0) FROM events";
        let head: i64 = self.other.query_row(sql, [], |row| row.get(0)).unwrap();
        u64::try_from(head).unwrap()
    }
}
