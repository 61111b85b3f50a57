//! All ports of the bucket.

use super::blobs::BucketBlobs;
use super::certificates::BucketCertificates;
use super::locks::BucketLocks;
use ossicle_api::RequestId;
use ossicle_api::ports::Ports;
use ossicle_face_storage::bindings::ossicle::storage::blob_driver::Driver;
use ossicle_face_storage::bindings::ossicle::storage::cert_storage::Storage;
use ossicle_face_storage::bindings::ossicle::storage::lock::Locks;
use std::rc::Rc;

/// The certificates, locks and blobs of one bucket. A clone is the same.
#[derive(Clone)]
pub struct BucketPorts {
    certificates: BucketCertificates,
    locks: BucketLocks,
    blobs: BucketBlobs,
}

impl BucketPorts {
    /// Over what was opened.
    pub fn new(certificates: Storage, locks: Locks, blobs: Driver) -> Self {
        Self {
            certificates: BucketCertificates(Rc::new(certificates)),
            locks: BucketLocks(Rc::new(locks)),
            blobs: BucketBlobs(Rc::new(blobs)),
        }
    }
}

impl Ports for BucketPorts {
    type Locks = BucketLocks;
    type Certificates = BucketCertificates;
    type Blobs = BucketBlobs;

    /// The contract has no place for an id: the client alone is told it.
    fn for_request(&self, _: &RequestId) -> Self {
        self.clone()
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
