//! What the controller does and does not do, case by case.

mod clock;
mod course;
mod gates;
mod ladder;
mod requests;
mod restraint;
mod soaks;
mod stops;
mod unwritable;
