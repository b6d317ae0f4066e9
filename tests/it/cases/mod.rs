//! What the controller does and does not do, case by case.

mod gates;
mod ladder;
mod restraint;
