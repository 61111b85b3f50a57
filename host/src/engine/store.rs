//! The host's data in a store: the state of the linked imports, and nothing else.

use super::client;
use super::heads::{self, Heads};
use super::memory::MemoryLimit;
use crate::call::CallContext;
use crate::clock;
use crate::egress::{Egress, Hooks};
use std::collections::HashMap;
use std::sync::Arc;
use wasmtime::component::{GuestTaskId, Linker, ResourceTable};
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi::clocks::{WasiClocksCtx, WasiClocksCtxView, WasiClocksView};
use wasmtime_wasi::p3::bindings::random::random;
use wasmtime_wasi::random::{WasiRandom, WasiRandomCtx, WasiRandomView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

pub(crate) struct StoreData {
    pub(crate) memory: MemoryLimit,
    table: ResourceTable,
    http: WasiHttpCtx,
    heads: Heads,
    /// What sends requests.
    pub(crate) hooks: Hooks,
    /// The calls that are in it, by the task of the component's that each runs in.
    calls: HashMap<GuestTaskId, Arc<CallContext>>,
    clocks: WasiClocksCtx,
    random: WasiRandomCtx,
}

impl StoreData {
    pub(crate) fn new(memory: MemoryLimit, egress: Egress, handles: usize) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(handles);
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(heads::FIELDS);
        Self {
            memory,
            table,
            http,
            heads: Heads::default(),
            hooks: Hooks::new(egress),
            calls: HashMap::new(),
            // The only way to bring a clock of one's own in; the rest of the context is dropped.
            clocks: std::mem::take(WasiCtx::builder().monotonic_clock(clock::Shared).build().clocks()),
            random: WasiRandomCtx::default(),
        }
    }

    /// What the heads of its requests and responses take, and where they are.
    pub(crate) fn heads(&mut self) -> (&mut Heads, &mut ResourceTable) {
        (&mut self.heads, &mut self.table)
    }

    /// A call begins, or goes on, in this task.
    pub(crate) fn begin(&mut self, task: GuestTaskId, call: &Arc<CallContext>) {
        self.end(call);
        call.run_in(task);
        self.calls.insert(task, Arc::clone(call));
    }

    /// A call has ended.
    pub(crate) fn end(&mut self, call: &Arc<CallContext>) {
        // Another one may have begun in a task of the same number.
        if let Some(task) = call.task()
            && self.calls.get(&task).is_some_and(|present| Arc::ptr_eq(present, call))
        {
            self.calls.remove(&task);
        }
    }

    /// The call that a task belongs to.
    pub(crate) fn call(&self, task: GuestTaskId) -> Option<Arc<CallContext>> {
        self.calls.get(&task).cloned()
    }

    /// Links what the component may import. There is no context of WASI as a whole in the store, so a file system, an
    /// environment or a socket could not be linked by mistake.
    pub(crate) fn link(linker: &mut Linker<Self>) -> wasmtime::Result<()> {
        client::link(linker)?;
        wasmtime_wasi::p3::clocks::add_to_linker(linker)?;
        random::add_to_linker::<Self, WasiRandom>(linker, Self::random)
    }
}

impl WasiHttpView for StoreData {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.hooks }
    }
}

impl WasiClocksView for StoreData {
    fn clocks(&mut self) -> WasiClocksCtxView<'_> {
        WasiClocksCtxView { ctx: &mut self.clocks, table: &mut self.table }
    }
}

impl WasiRandomView for StoreData {
    fn random(&mut self) -> &mut WasiRandomCtx {
        &mut self.random
    }
}
