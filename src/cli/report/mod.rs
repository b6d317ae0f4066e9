//! Reports: what the evidence says as a whole.

mod backfill_report;
mod changelog_stats;
mod cross_patterns;
mod daily_report;
mod fix_lineage;
mod folders;
mod rollup;

use std::path::{Path, PathBuf};

use super::{Context, Exit, publish::Title};
use crate::{
    knowledge::report::{GitContext, GitEvidence, TrackRecord, Verified},
    model::{Timestamp, Zone},
    store::evidence::{Evidence, EvidenceError, SessionView, SignatureView},
};

pub(super) use backfill_report::Args as BackfillArgs;
pub(super) use changelog_stats::Args as ChangelogArgs;
pub(super) use cross_patterns::Args as PatternArgs;
pub(super) use daily_report::Args as DailyArgs;
pub(super) use fix_lineage::Args as LineageArgs;
pub(super) use folders::{Folders, PlaybookFile, file_name, playbook_of};
pub(super) use rollup::Args as RollupArgs;

/// Sessions and outcomes that are looked at for one failure.
const RELATED_MAX: i64 = 200;

/// Characters of a failure in a table.
pub(super) const FAILURE_CHARS: usize = 90;

/// One of the reports.
#[derive(Debug)]
pub(super) enum Report<'a> {
    Rollup(&'a RollupArgs),
    Daily(&'a DailyArgs),
    Patterns(&'a PatternArgs),
    Lineage(&'a LineageArgs),
    Backfill(&'a BackfillArgs),
    Changelog(&'a ChangelogArgs),
}

/// What a report is told from.
pub(in crate::cli) struct Desk {
    pub(super) evidence: Evidence,
    pub(super) folders: Folders,
    pub(super) now: Timestamp,
    pub(super) zone: Zone,
}

/// Runs a report.
///
/// # Errors
///
/// When there is no evidence, or when it cannot be read.
pub(super) fn run(report: &Report<'_>, ctx: &Context) -> anyhow::Result<Exit> {
    let args = match report {
        Report::Rollup(args) => args.report,
        Report::Daily(args) => args.report,
        Report::Patterns(args) => args.report,
        Report::Lineage(args) => args.report,
        Report::Backfill(args) => args.report,
        Report::Changelog(args) => args.report,
    };
    let paths = &ctx.settings.paths;
    let desk = Desk {
        evidence: Evidence::open_to_read(&paths.data_dir)?,
        folders: Folders::of(&paths.data_dir, paths.repo_root.as_deref()),
        now: args.now.unwrap_or(ctx.now),
        zone: Zone::utc(),
    };
    let told = match report {
        Report::Rollup(args) => rollup::tell(args, &desk),
        Report::Daily(args) => daily_report::tell(args, &desk),
        Report::Patterns(args) => cross_patterns::tell(args, &desk),
        Report::Lineage(args) => fix_lineage::tell(args, &desk),
        Report::Backfill(_) => backfill_report::tell(&desk),
        Report::Changelog(_) => changelog_stats::tell(&desk),
    }?;
    let (name, about) = match report {
        Report::Rollup(_) => ("rollup", None),
        Report::Daily(_) => ("daily-report", None),
        Report::Patterns(_) => ("cross-patterns", None),
        Report::Lineage(args) => ("fix-lineage", Some(args.signature.as_str())),
        Report::Backfill(_) => ("backfill-report", None),
        Report::Changelog(_) => ("changelog-stats", None),
    };
    let title = Title {
        name,
        about,
        as_of: desk.now,
    };
    told.tell(ctx, args, &title)?;
    Ok(Exit::Done)
}

/// What a failure is called in reports: its template.
pub(super) fn name_of(signature: &SignatureView) -> &str {
    match signature.template.is_empty() {
        true => &signature.example,
        false => &signature.template,
    }
}

/// The three names under which a playbook may know a failure.
pub(super) fn names_of(signature: &SignatureView) -> [&str; 3] {
    [&signature.signature_id, name_of(signature), &signature.v1]
}

pub(super) fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

impl Desk {
    /// An instant for people: date and time to the minute, in UTC.
    pub(super) fn minute(&self, ms: i64) -> String {
        let (date, time) = (at(ms).date(&self.zone), at(ms).time_of_day(&self.zone));
        let time: String = time.chars().take(5).collect();
        format!("{date} {time}")
    }

    /// Where in the history past work on a failure was done.
    pub(super) fn git_context(&self, key: i64) -> Result<GitContext, EvidenceError> {
        let bounds = (self.now.millis(), RELATED_MAX);
        let sessions = self.evidence.session_list_about(key, bounds)?;
        Ok(GitContext::of(sessions.iter().map(git_evidence)))
    }

    /// How verifications of a failure ended before now.
    pub(super) fn track_record(
        &self,
        key: i64,
        last_seen_ms: Option<i64>,
    ) -> Result<Option<TrackRecord>, EvidenceError> {
        let bounds = (self.now.millis(), RELATED_MAX);
        let outcomes = self.evidence.outcome_list_about(key, bounds)?;
        let verified = outcomes.iter().map(|outcome| Verified {
            at_ms: outcome.at_ms,
            verdict: &outcome.verdict,
        });
        Ok(TrackRecord::of(verified, last_seen_ms))
    }
}

fn git_evidence(session: &SessionView) -> GitEvidence<'_> {
    GitEvidence {
        source: &session.source,
        id: &session.session_id,
        repo_url: session.repo_url.as_deref(),
        branch: session.branch.as_deref(),
        commit_hash: session.commit_hash.as_deref(),
    }
}

/// The names of the files directly in a folder that end so, sorted; none when it is not there.
pub(super) fn files_in(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let Ok(read) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = read
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(ending) && path.is_file())
        .collect();
    paths.sort();
    paths
}
