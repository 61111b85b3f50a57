//! An instance, in which one call is made at a time.

use std::path::PathBuf;
use std::sync::LazyLock;

use wasmtime::component::{Component, InstancePre, Linker, ResourceTable};
use wasmtime::{Cache, CacheConfig, Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::Client;

/// What the imports of an instance stand on.
pub struct Imports {
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    client: Client,
}

impl WasiView for Imports {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for Imports {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.client }
    }
}

/// An engine that runs nothing but 0.2. All test programs together compile the components once.
pub(super) static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut config = wasmtime::Config::new();
    let program = std::env::current_exe().expect("a program");
    let cache: PathBuf = program.parent().expect("a folder").join("compiled-components");
    let mut options = CacheConfig::new();
    options.with_directory(cache);
    config.concurrency_support(false).cache(Some(Cache::new(options).expect("a cache")));
    Engine::new(&config).expect("an engine")
});

/// A component with what it imports.
pub struct Linked(InstancePre<Imports>);

impl Linked {
    /// A component in an engine that runs nothing but 0.2.
    ///
    /// # Panics
    /// If it does not compile, or wants to import anything else.
    pub fn new(engine: &Engine, component: &[u8]) -> Self {
        let component = Component::new(engine, component).expect("the component compiles");
        let mut linker = Linker::new(engine);
        wasmtime_wasi_http::p2::add_to_linker_async(&mut linker).expect("a linker");
        Self(linker.instantiate_pre(&component).expect("what it imports is there"))
    }

    /// What instances are made of.
    pub fn pre(&self) -> &InstancePre<Imports> {
        &self.0
    }

    /// A store for one instance, whose requests this client sends.
    pub fn store(&self, client: Client) -> Store<Imports> {
        let wasi = WasiCtx::builder().build();
        Store::new(self.0.engine(), Imports { table: ResourceTable::new(), wasi, http: WasiHttpCtx::new(), client })
    }
}
