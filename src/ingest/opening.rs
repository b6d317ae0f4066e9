//! Which files have something new, and what is known about each when it is opened.

use super::{
    IngestError, Zone,
    content::Parts,
    discover::Target,
    gather::Gatherer,
    identify::{Identity, Library, Stat},
    reading::Reading,
    source::Source,
};
use crate::store::evidence::{FileProgress, FileRow, FileState, NewFile};

/// The longest name of a file that is read.
const NAME_MAX: usize = 4096;

/// The files of one source that have something new.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) readings: Vec<Reading>,
    /// Bytes of all its files, also of those that have nothing new.
    pub(super) bytes: i64,
}

/// Finds out which files have something new, and opens a row for each that is new itself.
pub(super) fn prepare(
    gatherer: &mut Gatherer<'_>,
    library: &mut Library,
    targets: Vec<Target>,
    zone: &Zone,
) -> Result<Lane, IngestError> {
    let mut found: Vec<(Target, Stat, Option<Identity>)> = Vec::new();
    for target in targets {
        gatherer.report.source(target.source.name()).files_seen += 1;
        // A file that went away since it was listed is no failure.
        let Ok(meta) = target.path.metadata() else {
            continue;
        };
        let stat = documents_stat(&target, Stat::of(&meta));
        let identity = if target.source.is_lines() {
            library.same(&target, &stat).unwrap_or(None)
        } else {
            library.document(&target, &stat)
        };
        if target.name.len() <= NAME_MAX {
            found.push((target, stat, identity));
        }
    }
    let mut readings = Vec::new();
    let mut bytes = 0;
    for (target, stat, identity) in found {
        let bytes_before = bytes;
        bytes += stat.size;
        let identity = match identity {
            Some(identity) => identity,
            None if target.source.is_lines() => library
                .other(&target, &stat)
                .unwrap_or(Identity::New { replaces: None }),
            None => Identity::New { replaces: None },
        };
        let before = library.before(&target, &identity);
        if let Some(mut reading) = open(gatherer, (target, stat), identity, zone)? {
            reading.before = before;
            reading.bytes_before = bytes_before;
            gatherer
                .report
                .source(reading.target.source.name())
                .files_read += 1;
            readings.push(reading);
        }
    }
    Ok(Lane { readings, bytes })
}

/// A conversation is a folder: it is as new as its newest artifact.
fn documents_stat(target: &Target, stat: Stat) -> Stat {
    if target.source == Source::Antigravity {
        super::documents::folder_stat(&target.path, stat)
    } else {
        stat
    }
}

fn open(
    gatherer: &mut Gatherer<'_>,
    (target, stat): (Target, Stat),
    identity: Identity,
    zone: &Zone,
) -> Result<Option<Reading>, IngestError> {
    let (row, replaces) = match identity {
        Identity::Unchanged | Identity::Copy => return Ok(None),
        Identity::Known(row) => {
            let is_moved = row.path != target.name
                || row.state != FileState::Present
                || (row.device, row.inode) != (stat.device, stat.inode);
            if is_moved && !gatherer.is_dry {
                gatherer.evidence.file_move(
                    row.file_id,
                    &target.name,
                    (stat.device, stat.inode),
                )?;
            }
            (*row, None)
        }
        Identity::New { replaces } => (add(gatherer, &target, &stat, zone)?, replaces),
    };
    let mut reading = Reading::new(target, stat, &row, zone);
    let is_lines = reading.target.source.is_lines();
    let is_plain = reading.packing == super::identify::Packing::Plain;
    if is_lines && is_plain && row.progress.offset >= stat.size && row.progress.offset > 0 {
        // Touched or moved, and nothing new: only what the file system says is noted.
        reading.progress = row.progress.clone();
        reading.finish();
        gatherer
            .batch
            .progress
            .insert(row.file_id, reading.progress);
        return Ok(None);
    }
    if is_lines && row.progress.settled < row.progress.offset {
        let from = row.progress.settled;
        let again = gatherer.evidence.event_count_from(row.file_id, from)?;
        gatherer
            .report
            .source(reading.target.source.name())
            .read_again += again;
        reading.provisional = Some(from);
    }
    if let Some(replaced) = replaces.filter(|_| !gatherer.is_dry) {
        // The same line in a rewritten file is the same event. The last one is popped first.
        for (hash, event_id) in gatherer.evidence.event_hashes(replaced)?.into_iter().rev() {
            reading.adopt.entry(hash).or_default().push(event_id);
        }
    }
    if reading.target.source == Source::Codex
        && let Some(session_id) = gatherer.evidence.session_of_file(row.file_id)?
    {
        reading.session.resume(session_id);
    }
    Ok(Some(reading))
}

pub(super) fn add(
    gatherer: &mut Gatherer<'_>,
    target: &Target,
    stat: &Stat,
    zone: &Zone,
) -> Result<FileRow, IngestError> {
    let new = NewFile {
        source: target.source.name(),
        path: &target.name,
        device: stat.device,
        inode: stat.inode,
        zone: zone.name(),
    };
    if !gatherer.is_dry {
        return Ok(gatherer.evidence.file_add(&new)?);
    }
    gatherer.dry_files -= 1;
    Ok(FileRow {
        file_id: gatherer.dry_files,
        source: new.source.to_owned(),
        path: new.path.to_owned(),
        generation: 1,
        device: new.device,
        inode: new.inode,
        progress: FileProgress {
            parts: Parts::default().to_bytes(),
            ..FileProgress::default()
        },
        zone: new.zone.to_owned(),
        state: FileState::Present,
    })
}
