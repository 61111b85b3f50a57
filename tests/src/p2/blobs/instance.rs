//! An instance with a driver.

use std::cell::RefCell;
use std::sync::LazyLock;

use tokio::sync::{Mutex, MutexGuard};
use wasmtime::Store;
use wasmtime::component::ResourceAny;

use super::opening::Opening;
use crate::p2::Client;
use crate::p2::bindings::blob_driver::{DriverError, Guest, GuestIndices};
use crate::p2::instance::{ENGINE, Imports, Linked};

static LINKED: LazyLock<Linked> = LazyLock::new(|| Linked::new(&ENGINE, ossicle_component::BLOBS_P2));

pub(super) struct Instance {
    store: Mutex<Store<Imports>>,
    pub(super) guest: Guest,
    pub(super) driver: ResourceAny,
    /// Of a resource that its holder has dropped, the instance hears when it is entered the next time.
    dropped: RefCell<Vec<ResourceAny>>,
}

impl Instance {
    pub(super) async fn start(opening: &Opening, client: Client) -> Result<Self, DriverError> {
        let pre = LINKED.pre();
        let indices = GuestIndices::new(pre).expect("what it exports");
        let mut store = LINKED.store(client);
        let instance = pre.instantiate_async(&mut store).await.expect("an instance");
        let guest = indices.load(&mut store, &instance).expect("its functions");
        let driver = opening.open(&mut store, &guest).await?;
        Ok(Self { store: Mutex::new(store), guest, driver, dropped: RefCell::default() })
    }

    /// Waits until no call is in it.
    pub(super) async fn enter(&self) -> MutexGuard<'_, Store<Imports>> {
        let mut store = self.store.lock().await;
        for resource in self.dropped.take() {
            resource.resource_drop_async(&mut *store).await.expect("no trap");
        }
        store
    }

    pub(super) fn drop_resource(&self, resource: ResourceAny) {
        self.dropped.borrow_mut().push(resource);
    }
}

/// A call of a resource: in its instance, and without a trap.
macro_rules! call {
    ($instance:expr, $kind:ident($resource:expr).$call:ident($($argument:expr),*)) => {{
        let mut store = $instance.enter().await;
        $instance.guest.$kind().$call(&mut *store, $resource $(, $argument)*).await.expect("no trap")
    }};
}

pub(super) use call;
