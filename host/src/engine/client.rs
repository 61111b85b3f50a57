//! The `wasi:http` that a component imports: wasmtime's, except that each request waits for a permit, belongs to a call, and
//! has the bytes of its head counted.

use super::heads;
use super::store::StoreData;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use wasmtime::AsContextMut;
use wasmtime::component::{Accessor, HasData, Linker, Resource};
use wasmtime_wasi::TrappableError;
use wasmtime_wasi_http::p3::bindings::http::client::{self, HostWithStore};
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::p3::{Request, Response};
use wasmtime_wasi_http::{WasiHttp, WasiHttpCtxView, WasiHttpView};

type Sent = Result<Resource<Response>, TrappableError<ErrorCode>>;

/// `wasi:http/client` of a store.
struct Client;

impl HasData for Client {
    type Data<'a> = WasiHttpCtxView<'a>;
}

impl HostWithStore<StoreData> for Client {
    async fn send(accessor: &Accessor<StoreData, Self>, request: Resource<Request>) -> Sent {
        let (call, egress) = accessor
            .with(|mut access| {
                let mut store = access.as_context_mut();
                let task = store.async_call_stack()?.last();
                let data = store.data();
                wasmtime::error::Ok((task.and_then(|task| data.call(task)), data.hooks.egress()))
            })
            .map_err(TrappableError::trap)?;
        // Before anything of the body is read: what waits holds nothing in the host.
        let turn = egress.turn(call).await.map_err(|_| TrappableError::from(ErrorCode::InternalError(None)))?;
        accessor.with(|mut access| access.as_context_mut().data_mut().hooks.next(turn));
        let http = accessor.with_getter::<WasiHttp>(StoreData::http);
        let mut sending = pin!(<WasiHttp as HostWithStore<StoreData>>::send(&http, request));
        // It takes the turn before it waits for anything, unless the request is one that can't be sent.
        let polled = poll_fn(|cx| Poll::Ready(sending.as_mut().poll(cx))).await;
        accessor.with(|mut access| access.as_context_mut().data_mut().hooks.forget());
        let response = match polled {
            Poll::Ready(sent) => sent?,
            Poll::Pending => sending.await?,
        };
        accessor.with(|mut access| keep(access.as_context_mut().data_mut(), response))
    }
}

/// Keeps a response for the component, if there is room for its head.
fn keep(data: &mut StoreData, response: Resource<Response>) -> Sent {
    let (heads, table) = data.heads();
    let fields = table.get(&response).map_err(TrappableError::trap)?.headers.clone();
    if !heads.take_response(&fields, table) {
        table.delete(response).map_err(TrappableError::trap)?;
        return Err(ErrorCode::HttpResponseHeaderSectionSize(None).into());
    }
    Ok(response)
}

/// Links `wasi:http`.
pub(crate) fn link(linker: &mut Linker<StoreData>) -> wasmtime::Result<()> {
    client::add_to_linker::<_, Client>(linker, StoreData::http)?;
    wasmtime_wasi_http::p3::bindings::http::types::add_to_linker::<_, WasiHttp>(linker, StoreData::http)?;
    heads::link(linker)
}
