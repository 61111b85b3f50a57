//! The component of blobs.

mod convert;
mod driver;
mod instance;
mod opening;
mod reading;
mod upload;
mod writing;

use std::cell::RefCell;
use std::rc::Rc;

use ossicle::BlobOptions;

use super::Client;
use super::config::config;
use crate::blobs::small_parts;
use crate::{Ground, Signature, Told};
use instance::Instance;
use opening::Opening;

pub use reading::Reading;
pub use upload::Upload;
pub use writing::Writing;

/// The most bytes that come or go in one call.
pub const PIECE: usize = 1 << 20;

/// A driver. Calls that are made at once are made one after the other.
pub struct Blobs {
    opening: Opening,
    client: Client,
    instance: RefCell<Rc<Instance>>,
}

impl Blobs {
    /// A driver of a ground's bucket, whose parts are small enough for a test.
    pub async fn open(ground: &Ground, signature: Signature, client: Client) -> Self {
        Self::open_with(ground, signature, client, small_parts()).await
    }

    /// The same, with options.
    pub async fn open_with(ground: &Ground, signature: Signature, client: Client, options: BlobOptions) -> Self {
        let opening = Opening::Config(Box::new((config(ground, signature), options.into())));
        Self::opened(opening, client).await.expect("a driver")
    }

    /// A driver by a registry's parameters.
    pub async fn by_parameters(
        parameters: impl IntoIterator<Item = (&'static str, String)>,
        client: Client,
    ) -> Told<Self> {
        let parameters = parameters.into_iter().map(|(name, value)| (name.to_owned(), value));
        Self::opened(Opening::Parameters(parameters.collect()), client).await
    }

    async fn opened(opening: Opening, client: Client) -> Told<Self> {
        let instance = Instance::start(&opening, client.clone()).await?;
        Ok(Self { opening, client, instance: RefCell::new(Rc::new(instance)) })
    }

    fn instance(&self) -> Rc<Instance> {
        Rc::clone(&self.instance.borrow())
    }
}
