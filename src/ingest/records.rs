//! Lines that are records of their own: JSON, one object a line.

use super::{IngestError, gather::{Gatherer, Standing}, reading::Reading, source::Source, wash::Wash};

/// What a segment of records holds.
#[derive(Debug, Default)]
pub(super) struct RecordSegment {
    /// Bytes of complete lines.
    pub(super) length: usize,
}

pub(super) fn scan(_source: Source, bytes: &[u8], _is_last: bool, _wash: &Wash) -> RecordSegment {
    RecordSegment { length: bytes.len() }
}

impl Gatherer<'_> {
    pub(super) fn records(
        &mut self,
        reading: &mut Reading,
        _segment: RecordSegment,
        standing: &Standing,
    ) -> Result<(), IngestError> {
        self.advance(reading, standing)
    }
}
