use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;

use super::{super::Exit, Room, export, since::age};
use crate::store::{Ledger, Segment, StoreError, private::make_folder};

/// The least time that rows are kept. A controller folds over the last day, and a
/// day more lets somebody look what happened.
const KEEP_MIN: Duration = Duration::from_secs(2 * 86_400);

/// How far back what has ended may still be needed.
const NEEDED_FOR: Duration = Duration::from_secs(2 * 86_400);

/// Arguments of `ledger prune`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Keep segments that were closed within this time, at least 2d
    #[arg(long, value_name = "AGE", value_parser = keep)]
    keep: Duration,
    /// Export the others to this folder first, one file each
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// Write one JSON object a segment
    #[arg(long)]
    json: bool,
}

pub(super) const AFTER_HELP: &str = "\
A segment ends with its month, or at 64 MB. Only whole segments go, oldest first, and never one
that began something which still lasts. What stays of a segment is its checkpoint, from which
the chain goes on: `ledger verify` holds before and after.

Example: keep a bit more than a year
  wicap-assist ledger prune --keep 400d --to /var/backups/wicap-assist";

pub(super) fn run(args: &Args, room: &mut Room<'_>) -> anyhow::Result<Exit> {
    // Looked at first: to prune what is not there must not make it.
    drop(Ledger::open_to_read(room.data_dir)?);
    let mut ledger = Ledger::open(room.data_dir)?;
    ledger.segment_roll(room.now)?;
    let limit = room.now.before(args.keep);
    let old: Vec<Segment> = ledger
        .segment_list()?
        .into_iter()
        .filter(|segment| segment.dropped.is_none() && segment.closed < limit)
        .collect();
    if old.is_empty() && !args.json {
        writeln!(room.out, "no segment is that old")?;
    }
    for segment in &old {
        if !prune(&mut ledger, segment, (args, room))? {
            break;
        }
    }
    Ok(Exit::Done)
}

/// Exports and drops one segment; says no if it is still needed, and then so are the
/// ones after it.
fn prune(
    ledger: &mut Ledger,
    segment: &Segment,
    (args, room): (&Args, &mut Room<'_>),
) -> anyhow::Result<bool> {
    let path = args.to.join(format!("ledger-{:04}.ndjson", segment.number));
    make_folder(&args.to)
        .with_context(|| format!("cannot make the folder `{}`", args.to.display()))?;
    let exported = export::to_file(ledger, (segment.first_seq, segment.last_seq), &path)?;
    let times = (room.now, room.now.before(NEEDED_FOR));
    let kept = match ledger.segment_drop(segment.number, exported.digest, times) {
        Ok(()) => None,
        Err(error @ StoreError::SegmentInUse { .. }) => Some(error),
        Err(error) => return Err(error.into()),
    };
    if kept.is_some() {
        std::fs::remove_file(&path)
            .with_context(|| format!("cannot remove `{}`", path.display()))?;
    }
    say(segment, &path, kept.as_ref(), (args, room))?;
    Ok(kept.is_none())
}

fn say(
    segment: &Segment,
    path: &Path,
    kept: Option<&StoreError>,
    (args, room): (&Args, &mut Room<'_>),
) -> anyhow::Result<()> {
    let Segment {
        number,
        first_seq,
        last_seq,
        ..
    } = segment;
    let file = path.display();
    if args.json {
        let line = serde_json::json!({
            "segment": number,
            "first_seq": first_seq,
            "last_seq": last_seq,
            "dropped": kept.is_none(),
            "file": kept.is_none().then_some(path),
            "text": kept.map(ToString::to_string),
        });
        writeln!(room.out, "{line}")?;
    } else if let Some(kept) = kept {
        writeln!(room.out, "{kept}")?;
    } else {
        writeln!(
            room.out,
            "segment {number}: rows {first_seq} to {last_seq} are in `{file}`"
        )?;
    }
    Ok(())
}

fn keep(raw: &str) -> Result<Duration, String> {
    match age(raw) {
        Some(keep) if keep >= KEEP_MIN => Ok(keep),
        Some(_) => Err("at least 2d are kept".to_owned()),
        None => Err(format!("`{raw}` is no age (48h, 90d, 400d)")),
    }
}
