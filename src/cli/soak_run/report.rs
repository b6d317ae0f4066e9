//! What a soak leaves for people: its figures, a comparison, and two reports.

use std::path::Path;

use super::course::Course;
use crate::{
    knowledge::{
        soak::{Compared, Deed, Measured, Page, SoakRecord, compare, guidance},
        sources::soak_result,
    },
    model::{EventKind, SoakResult},
    store::{Ledger, SoakFolders, StoreError},
};

/// The figures of a run, in its folder.
pub(in crate::cli) const MEASURED: &str = "measured.json";
/// The reports of a run, in its folder.
pub(in crate::cli) const REPORTS: [&str; 2] = ["report.md", "report.html"];
/// Rows of the ledger that are read at a time.
const PAGE_ROWS: u32 = 1_000;

impl Course<'_> {
    /// Writes the figures and the reports, with the last run that passed beside them.
    pub(super) fn write_reports(&mut self, report: Option<&soak_result::SoakResult>) {
        let measured = self.seen.measured.borrow().clone();
        let base = baseline(&self.folders, &self.record);
        let compared = match &base {
            Some((_, base)) => compare(base, &measured),
            None => Vec::new(),
        };
        let deeds = deeds(self.desk.journal.ledger(), self.record.session).unwrap_or_default();
        self.advice = guidance(&self.record, &deeds, &compared);
        let page = Page {
            record: &self.record,
            measured: &measured,
            base: base.as_ref().map(|(record, measured)| (record, measured)),
            compared: &compared,
            report,
            advice: &self.advice,
        };
        let figures = serde_json::to_vec(&measured).expect("figures serialize");
        for (name, bytes) in [
            (MEASURED, figures),
            (REPORTS[0], page.markdown().into_bytes()),
            (REPORTS[1], page.html().into_bytes()),
        ] {
            if let Err(error) = self.folders.write(&self.record.run, name, &bytes) {
                tracing::warn!("{error}");
            }
        }
        self.compared = compared;
    }
}

/// The figures of a run, as it left them.
pub(in crate::cli) fn measured(folder: &Path) -> Option<Measured> {
    let bytes = std::fs::read(folder.join(MEASURED)).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// The newest run before this one that passed on the same stack with the same harness
/// and load.
fn baseline(folders: &SoakFolders, own: &SoakRecord) -> Option<(SoakRecord, Measured)> {
    let records: Vec<SoakRecord> = folders.record_list().ok()?;
    let mut like = records.into_iter().rev().filter(|one| {
        one.run < own.run
            && one.stack == own.stack
            && one.result == Some(SoakResult::Passed)
            && one.harness.kind == own.harness.kind
            && one.harness.load.minutes == own.harness.load.minutes
    });
    like.find_map(|one| {
        let measured = measured(&folders.of(&one.run))?;
        Some((one, measured))
    })
}

/// What was done in a session, and what was refused, oldest first.
fn deeds(ledger: &Ledger, session: u64) -> Result<Vec<Deed>, StoreError> {
    let mut deeds = Vec::new();
    let mut read = session;
    loop {
        let rows = ledger.event_list_after(read, PAGE_ROWS)?;
        let Some(last) = rows.last() else {
            return Ok(deeds);
        };
        read = last.envelope.seq;
        let own = rows.into_iter().map(|row| row.envelope);
        for row in own.filter(|row| row.session == session) {
            if let EventKind::ActionReturned { action, status, .. } = &row.kind {
                deeds.push(Deed {
                    action: action.clone(),
                    status: Some(*status),
                });
            }
            if let EventKind::ActionDenied { action, .. } = &row.kind {
                deeds.push(Deed {
                    action: action.clone(),
                    status: None,
                });
            }
        }
    }
}

/// The comparison as lines for people.
pub(in crate::cli) fn compared_text(compared: &[Compared]) -> String {
    let rows: Vec<Vec<String>> = compared.iter().map(crate::knowledge::soak::row).collect();
    let mut text = format!("{:<18} {:<28} {:<28} drift\n", "metric", "before", "now");
    for row in rows {
        text.push_str(&format!(
            "{:<18} {:<28} {:<28} {}\n",
            row[0], row[1], row[2], row[3]
        ));
    }
    text
}
