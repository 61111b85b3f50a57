//! The components of an engine: for each interface the one that instances are made of now.

use super::exports::{Exports, StorageExports};
use super::store::StoreData;
use crate::error::{Error, SetupProblem};
use crate::wit::{blob_driver, cert_storage, lock};
use std::sync::{Arc, PoisonError, RwLock};
use wasmtime::Store;
use wasmtime::component::{Component, InstancePre, Linker};

/// What a component can be for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interface {
    CertStorage,
    BlobDriver,
}

impl Interface {
    pub(crate) const COUNT: usize = 2;
    pub(crate) const ALL: [Self; Self::COUNT] = [Self::CertStorage, Self::BlobDriver];

    fn name(self) -> &'static str {
        match self {
            Self::CertStorage => "ossicle:storage/cert-storage",
            Self::BlobDriver => "ossicle:storage/blob-driver",
        }
    }
}

/// A component as one of its interfaces has it.
pub(crate) struct Generation {
    pub(crate) number: u64,
    pub(crate) interface: Interface,
    pub(crate) engine: wasmtime::Engine,
    component: InstancePre<StoreData>,
    lock: lock::GuestIndices,
    storage: StorageIndices,
}

enum StorageIndices {
    CertStorage(Box<cert_storage::GuestIndices>),
    BlobDriver(Box<blob_driver::GuestIndices>),
}

impl StorageIndices {
    fn new(interface: Interface, component: &InstancePre<StoreData>) -> wasmtime::Result<Self> {
        Ok(match interface {
            Interface::CertStorage => Self::CertStorage(Box::new(cert_storage::GuestIndices::new(component)?)),
            Interface::BlobDriver => Self::BlobDriver(Box::new(blob_driver::GuestIndices::new(component)?)),
        })
    }
}

impl Generation {
    pub(crate) async fn instantiate(&self, store: &mut Store<StoreData>) -> wasmtime::Result<Exports> {
        let instance = self.component.instantiate_async(&mut *store).await?;
        let lock = Box::new(self.lock.load(&mut *store, &instance)?);
        let storage = match &self.storage {
            StorageIndices::CertStorage(indices) => {
                StorageExports::CertStorage(Box::new(indices.load(store, &instance)?))
            }
            StorageIndices::BlobDriver(indices) => {
                StorageExports::BlobDriver(Box::new(indices.load(store, &instance)?))
            }
        };
        Ok(Exports { lock, storage })
    }
}

/// The generation that is present, of each interface.
#[derive(Default)]
pub(super) struct Generations {
    cert_storage: RwLock<Option<Arc<Generation>>>,
    blob_driver: RwLock<Option<Arc<Generation>>>,
}

impl Generations {
    /// Compiles a component and makes it the present one of every interface that it exports.
    ///
    /// Fails with [`Error::Component`]; then everything stays as it is.
    pub(super) fn compile(&self, engine: &wasmtime::Engine, component: &[u8], number: u64) -> Result<(), Error> {
        let failed = |error: wasmtime::Error| Error::Component(SetupProblem::of(format!("{error:#}"), error));
        let component = Component::new(engine, component).map_err(failed)?;
        let mut linker = Linker::new(engine);
        StoreData::link(&mut linker).map_err(failed)?;
        let linked = linker.instantiate_pre(&component).map_err(failed)?;
        let has = |interface: &Interface| {
            let names = component.component_type();
            names.exports(engine).any(|(name, _)| name.split('@').next() == Some(interface.name()))
        };
        // All of them before the first one counts.
        let found = Interface::ALL.into_iter().filter(has).map(|interface| {
            let (lock, storage) = (lock::GuestIndices::new(&linked)?, StorageIndices::new(interface, &linked)?);
            let (engine, component) = (engine.clone(), linked.clone());
            Ok(Generation { number, interface, engine, component, lock, storage })
        });
        let found = found.collect::<wasmtime::Result<Vec<_>>>().map_err(failed)?;
        if found.is_empty() {
            let [one, other] = Interface::ALL.map(Interface::name);
            return Err(Error::component(format!("it exports neither {one} nor {other}")));
        }
        for generation in found {
            let mut present = self.slot(generation.interface).write().unwrap_or_else(PoisonError::into_inner);
            // Of two at once the later one stays.
            if present.as_ref().is_none_or(|present| present.number < number) {
                *present = Some(Arc::new(generation));
            }
        }
        Ok(())
    }

    /// Fails with [`Error::Component`] when no component exports the interface.
    pub(super) fn present(&self, interface: Interface) -> Result<Arc<Generation>, Error> {
        let present = self.slot(interface).read().unwrap_or_else(PoisonError::into_inner);
        let missing = || Error::component(format!("this engine has none that exports {}", interface.name()));
        present.clone().ok_or_else(missing)
    }

    fn slot(&self, interface: Interface) -> &RwLock<Option<Arc<Generation>>> {
        match interface {
            Interface::CertStorage => &self.cert_storage,
            Interface::BlobDriver => &self.blob_driver,
        }
    }
}
