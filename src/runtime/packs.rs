//! Snapshot packs: what the stack looked like when a person was called or an action did
//! not help. They are made beside the loop, and nothing is ever decided by them.

use std::future::Future;

use serde::Serialize;
use tokio::task::{JoinSet, spawn_blocking};

use crate::{
    model::{
        Envelope, EventKind, Observation, Project, Redacted, ServiceId, Tails, Timestamp, Verdict,
    },
    store::{Ledger, SnapshotFolder, StoreError},
};

/// The most packs that are made at a time; one more is left out.
const AT_ONCE_MAX: usize = 8;

/// The form of a pack; a higher number has more in it.
const FORMAT: u32 = 1;

/// A pack: one JSON object in a file of its own.
#[derive(Clone, Debug, Serialize)]
pub struct Pack {
    /// The form of this file.
    pub format: u32,
    /// The program's version.
    pub version: &'static str,
    /// The row that asked for it.
    pub seq: u64,
    /// When that was.
    pub at: Timestamp,
    /// The compose project.
    pub project: Project,
    /// What the row says.
    pub event: EventKind,
    /// The end of the ledger then, `SEQ:HASH`.
    pub ledger: Option<String>,
    /// The digest of the snapshot that the row rests on.
    pub input: Option<String>,
    /// That snapshot: states and probes.
    pub seen: Observation,
    /// What the services wrote last.
    pub logs: Tails,
}

/// A pack that is on disk, and not yet an event.
#[derive(Debug)]
struct Taken {
    service: ServiceId,
    at: Timestamp,
    file: String,
    sha256: String,
}

/// The packs that are being made.
#[derive(Debug, Default)]
pub(super) struct Packs {
    folder: Option<SnapshotFolder>,
    making: JoinSet<Result<Taken, StoreError>>,
    taken: Vec<Taken>,
}

impl Packs {
    /// Keeps packs beside a ledger; a ledger in memory has none.
    pub(super) fn beside(ledger: &Ledger) -> Self {
        Self {
            folder: ledger.folder().map(SnapshotFolder::below),
            ..Self::default()
        }
    }

    /// Whether a row asks for a pack: a person is called for the first time, or an
    /// action did not help.
    pub(super) fn is_asked_by(kind: &EventKind) -> bool {
        matches!(
            kind,
            EventKind::Escalated {
                repeated: false,
                ..
            } | EventKind::EpisodeClosed {
                verdict: Verdict::Unmet,
                ..
            }
        )
    }

    /// Begins to make a pack for a row.
    pub(super) fn make(
        &mut self,
        ledger: &Ledger,
        (row, seen): (Envelope, &Observation),
        tails: impl Future<Output = Tails> + Send + 'static,
    ) {
        let (Some(folder), Some(service)) = (self.folder.clone(), row.kind.service().cloned())
        else {
            return;
        };
        if self.making.len() >= AT_ONCE_MAX {
            tracing::warn!("no snapshot for row {}: others are not done", row.seq);
            return;
        }
        let digest = |seq| Some(ledger.event_get(seq).ok()??.input?.to_string());
        let head = ledger.event_head().ok().flatten();
        let mut pack = Pack {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION"),
            seq: row.seq,
            at: row.at,
            project: row.project,
            event: row.kind,
            ledger: head.map(|head| head.to_string()),
            input: digest(row.seq),
            seen: seen.clone(),
            logs: Tails::default(),
        };
        self.making.spawn(async move {
            pack.logs = tails.await;
            let at = pack.logs.at;
            let writing = spawn_blocking(move || folder.write(pack.seq, &pack));
            let (file, digest) = writing.await.expect("writing a pack does not panic")?;
            let sha256 = digest.to_string();
            Ok(Taken {
                service,
                at,
                file,
                sha256,
            })
        });
    }

    /// Takes those that are done.
    pub(super) fn gather(&mut self) {
        while let Some(joined) = self.making.try_join_next() {
            self.keep(joined);
        }
    }

    /// The next pack that has no row yet.
    pub(super) fn next(&self) -> Option<(Timestamp, EventKind)> {
        let taken = self.taken.first()?;
        let event = EventKind::SnapshotTaken {
            service: taken.service.clone(),
            file: Redacted::from_raw(&taken.file),
            sha256: taken.sha256.clone(),
        };
        Some((taken.at, event))
    }

    /// Forgets the pack that has its row now.
    pub(super) fn done(&mut self) {
        self.taken.remove(0);
    }

    /// Whether one is being made.
    pub(super) fn is_busy(&self) -> bool {
        !self.making.is_empty()
    }

    /// Resolves when a pack is done; never, when none is being made.
    pub(super) async fn one_done(&mut self) {
        match self.making.join_next().await {
            Some(joined) => self.keep(joined),
            None => std::future::pending().await,
        }
    }

    fn keep(&mut self, joined: Result<Result<Taken, StoreError>, tokio::task::JoinError>) {
        match joined {
            Ok(Ok(taken)) => self.taken.push(taken),
            Ok(Err(error)) => tracing::warn!(%error, "a snapshot was not kept"),
            Err(error) => tracing::warn!(%error, "a snapshot was not made"),
        }
    }
}
