//! What a store holds beside the component: the ends of what is linked, and nothing else.

use super::memory::MemoryLimit;
use crate::clock;
use crate::egress::Egress;
use wasmtime::component::{Linker, ResourceTable};
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi::clocks::{WasiClocksCtx, WasiClocksCtxView, WasiClocksView};
use wasmtime_wasi::p3::bindings::random::random;
use wasmtime_wasi::random::{WasiRandom, WasiRandomCtx, WasiRandomView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

pub(crate) struct State {
    pub(super) memory: MemoryLimit,
    table: ResourceTable,
    http: WasiHttpCtx,
    egress: Egress,
    clocks: WasiClocksCtx,
    random: WasiRandomCtx,
}

impl State {
    pub(super) fn new(memory: MemoryLimit, egress: Egress, handles: usize) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(handles);
        Self {
            memory,
            table,
            http: WasiHttpCtx::new(),
            egress,
            // The only way to bring a clock of one's own in; the rest of the context is dropped.
            clocks: std::mem::take(WasiCtx::builder().monotonic_clock(clock::Shared).build().clocks()),
            random: WasiRandomCtx::default(),
        }
    }

    /// Links what the component may import. There is no context of WASI as a whole in the store, so a file system, an
    /// environment or a socket could not be linked by mistake.
    pub(crate) fn link(linker: &mut Linker<Self>) -> wasmtime::Result<()> {
        wasmtime_wasi_http::p3::add_to_linker(linker)?;
        wasmtime_wasi::p3::clocks::add_to_linker(linker)?;
        random::add_to_linker::<Self, WasiRandom>(linker, Self::random)
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.egress }
    }
}

impl WasiClocksView for State {
    fn clocks(&mut self) -> WasiClocksCtxView<'_> {
        WasiClocksCtxView { ctx: &mut self.clocks, table: &mut self.table }
    }
}

impl WasiRandomView for State {
    fn random(&mut self) -> &mut WasiRandomCtx {
        &mut self.random
    }
}
