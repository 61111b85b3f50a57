//! All ports of one tenant.

use ossicle_api::RequestId;
use ossicle_api::ports::Ports;

use super::blobs::BucketBlobs;
use super::certificates::BucketCertificates;
use super::locks::BucketLocks;

/// The certificates, locks and blobs of one tenant, in its bucket.
#[derive(Clone, Debug)]
pub struct BucketPorts {
    tenant: ossicle::Tenant,
    certificates: BucketCertificates,
    locks: BucketLocks,
    blobs: BucketBlobs,
}

impl BucketPorts {
    /// Over the library's tenant.
    pub(crate) fn new(tenant: &ossicle::Tenant) -> Self {
        Self {
            tenant: tenant.clone(),
            certificates: BucketCertificates(tenant.certificates()),
            locks: BucketLocks(tenant.locks()),
            blobs: BucketBlobs(tenant.blobs()),
        }
    }
}

impl Ports for BucketPorts {
    type Locks = BucketLocks;
    type Certificates = BucketCertificates;
    type Blobs = BucketBlobs;

    fn for_request(&self, id: &RequestId) -> Self {
        // The library takes every text that is an id here.
        id.as_str().parse().map_or_else(|_| self.clone(), |id| Self::new(&self.tenant.with_request_id(id)))
    }

    fn locks(&self) -> &BucketLocks {
        &self.locks
    }

    fn certificates(&self) -> &BucketCertificates {
        &self.certificates
    }

    fn blobs(&self) -> &BucketBlobs {
        &self.blobs
    }
}
