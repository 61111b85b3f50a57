//! How much of the host's memory the heads of requests and responses take that a component holds.
//!
//! They are kept for it, in resources that it may have thousands of, and `wasi:http` bounds each of them but not all together.
//! So what goes in is counted, and when that has come to the limit what is there is counted anew: most of it will have gone
//! with its request. Texts that `wasi:http` does not bound at all are bounded here.

use super::store::StoreData;
use crate::limits::HEADS;
use http::HeaderMap;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, LinkerInstance, Resource, ResourceTable};
use wasmtime_wasi::TrappableError;
use wasmtime_wasi_http::p3::bindings::http::types::{HeaderError, HostFields, HostRequest, Method};
use wasmtime_wasi_http::p3::{Request, Response};
use wasmtime_wasi_http::{FieldMap, WasiHttpView};

/// Bytes of one `fields` resource. OSS takes 8 KiB of metadata in a request's head and gives as much back, and a security
/// token has about 2 KiB.
pub(crate) const FIELDS: usize = 32 << 10;

/// Bytes of a request's path and query. A key of 1023 bytes, percent-encoded, has 3 KiB, and a listing names up to three.
const PATH: usize = 16 << 10;

/// Bytes of a request's host and port: twice as long as the name of a host can be.
const AUTHORITY: usize = 512;

/// Bytes of a request's method.
const METHOD: usize = 32;

/// What a field takes in a map besides its name and value: both records, twice for a table that is half full, and two small
/// blocks of memory.
const FIELD: usize = 288;

/// What was put into the heads of an instance since they were counted.
#[derive(Debug, Default)]
pub(crate) struct Heads(usize);

impl Heads {
    /// Room for so many bytes more, if there is.
    fn take(&mut self, bytes: usize, table: &mut ResourceTable) -> bool {
        self.0 = self.0.saturating_add(bytes);
        if self.0 <= HEADS {
            return true;
        }
        let held: usize = table.iter_mut().map(|entry| held(entry)).sum();
        self.0 = held.saturating_add(bytes);
        if self.0 > HEADS {
            self.0 = held;
            tracing::warn!(held, "the component holds as many heads of requests as it may");
            return false;
        }
        true
    }

    /// Room for the head of a response that has come, if there is.
    pub(super) fn take_response(&mut self, fields: &HeaderMap, table: &mut ResourceTable) -> bool {
        self.take(map(fields), table)
    }
}

/// What a map of fields takes.
fn map(fields: &HeaderMap) -> usize {
    fields.iter().map(|(name, value)| field(name.as_str().len(), value.len())).sum()
}

fn field(name: usize, value: usize) -> usize {
    name + value + FIELD
}

/// What an entry of the table takes of that.
fn held(entry: &(dyn std::any::Any + Send)) -> usize {
    if let Some(fields) = entry.downcast_ref::<FieldMap>() {
        map(fields)
    } else if let Some(response) = entry.downcast_ref::<Response>() {
        map(&response.headers)
    } else if let Some(request) = entry.downcast_ref::<Request>() {
        let path = request.path_with_query.as_ref().map_or(0, |path| path.as_str().len());
        let authority = request.authority.as_ref().map_or(0, |authority| authority.as_str().len());
        map(&request.headers) + path + authority + request.method.as_str().len()
    } else {
        0
    }
}

type Store<'a> = StoreContextMut<'a, StoreData>;
type Fields = Resource<FieldMap>;
/// What a function of `fields` comes to.
type Changed<T> = wasmtime::Result<(Result<T, HeaderError>,)>;
/// What a setter of a request comes to.
type Set = wasmtime::Result<(Result<(), ()>,)>;

fn changed<T>(result: Result<T, TrappableError<HeaderError>>) -> Changed<T> {
    Ok((match result {
        Ok(value) => Ok(value),
        Err(error) => Err(error.downcast()?),
    },))
}

/// Whether there is room for so many bytes more.
fn takes(store: &mut Store<'_>, bytes: usize) -> bool {
    let (heads, table) = store.data_mut().heads();
    heads.take(bytes, table)
}

/// Puts functions that count and bound in the place of those of `wasi:http` that put something into a head.
pub(super) fn link(linker: &mut Linker<StoreData>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    let mut types = linker.instance("wasi:http/types@0.3.0")?;
    link_fields(&mut types)?;
    link_requests(&mut types)?;
    linker.allow_shadowing(false);
    Ok(())
}

fn link_fields(types: &mut LinkerInstance<'_, StoreData>) -> wasmtime::Result<()> {
    type Entries = Vec<(String, Vec<u8>)>;
    types.func_wrap("[static]fields.from-list", |mut store: Store<'_>, (entries,): (Entries,)| -> Changed<Fields> {
        let bytes = entries.iter().map(|(name, value)| field(name.len(), value.len())).sum();
        if !takes(&mut store, bytes) {
            return Ok((Err(HeaderError::SizeExceeded),));
        }
        changed(store.data_mut().http().from_list(entries))
    })?;
    types.func_wrap(
        "[method]fields.set",
        |mut store: Store<'_>, (fields, name, values): (Fields, String, Vec<Vec<u8>>)| -> Changed<()> {
            let bytes = values.iter().map(|value| field(name.len(), value.len())).sum();
            if !takes(&mut store, bytes) {
                return Ok((Err(HeaderError::SizeExceeded),));
            }
            changed(store.data_mut().http().set(fields, name, values))
        },
    )?;
    types.func_wrap(
        "[method]fields.append",
        |mut store: Store<'_>, (fields, name, value): (Fields, String, Vec<u8>)| -> Changed<()> {
            if !takes(&mut store, field(name.len(), value.len())) {
                return Ok((Err(HeaderError::SizeExceeded),));
            }
            changed(store.data_mut().http().append(fields, name, value))
        },
    )
}

fn link_requests(types: &mut LinkerInstance<'_, StoreData>) -> wasmtime::Result<()> {
    type Text = Option<String>;
    let length = |text: &Text| text.as_ref().map_or(0, String::len);
    types.func_wrap(
        "[method]request.set-path-with-query",
        move |mut store: Store<'_>, (request, path): (Resource<Request>, Text)| -> Set {
            if length(&path) > PATH || !takes(&mut store, length(&path)) {
                return Ok((Err(()),));
            }
            Ok((store.data_mut().http().set_path_with_query(request, path)?,))
        },
    )?;
    types.func_wrap(
        "[method]request.set-authority",
        move |mut store: Store<'_>, (request, authority): (Resource<Request>, Text)| -> Set {
            if length(&authority) > AUTHORITY || !takes(&mut store, length(&authority)) {
                return Ok((Err(()),));
            }
            Ok((store.data_mut().http().set_authority(request, authority)?,))
        },
    )?;
    types.func_wrap(
        "[method]request.set-method",
        |mut store: Store<'_>, (request, method): (Resource<Request>, Method)| -> Set {
            if matches!(&method, Method::Other(name) if name.len() > METHOD) {
                return Ok((Err(()),));
            }
            Ok((store.data_mut().http().set_method(request, method)?,))
        },
    )
}
