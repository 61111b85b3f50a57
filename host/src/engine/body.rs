//! The body of a response that the component handed on as it came.

use super::store::StoreData;
use wasmtime::AsContextMut;
use wasmtime::component::{Accessor, FutureReader, StreamReader};
use wasmtime_wasi_http::p3::bindings::http::types::{HostFields, HostResponseWithStore};
use wasmtime_wasi_http::{WasiBody, WasiHttp, WasiHttpView};

/// The body behind a stream that came out of the component.
///
/// wasmtime-wasi-http takes a stream apart that it made of a body itself, and that no component has read of, where a response
/// is made of it: the pieces are then those that hyper read from the connection, and nothing of the store is asked for them.
/// (A stream that the component wrote itself comes as well, a copy later.)
pub(crate) fn handed_on(accessor: &Accessor<StoreData>, stream: StreamReader<u8>) -> wasmtime::Result<WasiBody> {
    let http = accessor.with_getter::<WasiHttp>(StoreData::http);
    let fields = http.with(|mut access| HostFields::new(&mut access.get()))?;
    let trailers = http.with(|access| FutureReader::new(access, async { Ok::<_, wasmtime::Error>(Ok(None)) }))?;
    let (response, mut sent) =
        http.with(|access| <WasiHttp as HostResponseWithStore<_>>::new(access, fields, Some(stream), trailers))?;
    http.with(|mut access| {
        sent.close(&mut access)?;
        let response = access.get().table.delete(response)?;
        Ok(response.into_http(access.as_context_mut(), async { Ok(()) })?.into_body())
    })
}
