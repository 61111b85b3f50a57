//! What follows from what a tenant's instances open.

use crate::admission::PartSizes;
use crate::config::Purpose;
use crate::engine::Interface;

impl Purpose {
    /// How large the parts of its uploads are.
    pub(super) fn part_sizes(&self) -> PartSizes {
        match self {
            // There are no uploads.
            Self::Certificates => PartSizes::new(Some(1 << 20), None),
            Self::Blobs(options) => PartSizes::new(options.part_size, options.parts_in_flight),
            Self::Parameters(parameters) => PartSizes::new(parameters.chunk_size(), None),
        }
    }

    /// What a component has to export for it.
    pub(crate) fn interface(&self) -> Interface {
        match self {
            Self::Certificates => Interface::CertStorage,
            Self::Blobs(_) | Self::Parameters(_) => Interface::BlobDriver,
        }
    }
}
