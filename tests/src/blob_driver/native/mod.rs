//! The core, natively.

mod convert;
mod driver;
mod reading;
mod writing;

use std::cell::RefCell;

use ossicle::BlobOptions;
use ossicle_guest::blob::{Driver, Options};
use ossicle_guest::config::Settings;

use crate::blobs::small_parts;
use crate::native::Native;
use crate::{Ground, Signature};

/// A driver of the core's.
pub struct NativeBlobs {
    settings: Settings,
    options: Options,
    driver: RefCell<Driver<Native>>,
}

impl NativeBlobs {
    /// A driver of a ground's bucket, whose parts are small enough for a test.
    pub fn open(ground: &Ground, signature: Signature) -> Self {
        Self::open_with(ground, signature, small_parts())
    }

    /// The same, with options.
    pub fn open_with(ground: &Ground, signature: Signature, options: BlobOptions) -> Self {
        let settings = ground.settings(signature);
        let options = convert::options(options).check(&settings).expect("the options are fine");
        let driver = Driver::new(Native::default(), settings.clone(), options.clone());
        Self { settings, options, driver: RefCell::new(driver) }
    }

    fn driver(&self) -> Driver<Native> {
        self.driver.borrow().clone()
    }
}
