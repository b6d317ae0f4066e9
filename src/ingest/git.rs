//! The history of the repository.

use super::{IngestError, Roots, gather::Gatherer, identify::Library};

pub(super) fn read(
    _gatherer: &mut Gatherer<'_>,
    _library: &mut Library,
    _roots: &Roots,
) -> Result<(), IngestError> {
    Ok(())
}
