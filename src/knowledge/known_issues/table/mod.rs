//! The rules, by the part of the stack that shows them.

mod ble;
mod capture;
mod data;
mod host;
mod processor;
mod ui;

use super::KnownIssue;

pub(super) const TABLES: [&[KnownIssue]; 6] = [
    ui::ISSUES,
    processor::ISSUES,
    data::ISSUES,
    capture::ISSUES,
    ble::ISSUES,
    host::ISSUES,
];
