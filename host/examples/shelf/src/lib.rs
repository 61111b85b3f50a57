//! A shelf: `PUT`, `GET` and `DELETE` of values below `/values/`, and of files of any size below `/files/`.
//!
//! It shows what a component looks like that uses the storages of Ossicle without knowing more of them than their WIT. Its
//! features `values` and `files` say which it uses.
#![cfg(target_arch = "wasm32")]

mod answer;
mod bucket;
#[cfg(feature = "files")]
mod files;
mod upload;
#[cfg(feature = "values")]
mod values;

#[allow(unsafe_code, clippy::all)]
mod bindings {
    #[cfg(all(feature = "values", feature = "files"))]
    wit_bindgen::generate!({ path: ["../../../wit", "wit"], world: "example:shelf/both", generate_all });
    #[cfg(all(feature = "values", not(feature = "files")))]
    wit_bindgen::generate!({ path: ["../../../wit", "wit"], world: "example:shelf/values", generate_all });
    #[cfg(all(feature = "files", not(feature = "values")))]
    wit_bindgen::generate!({ path: ["../../../wit", "wit"], world: "example:shelf/files", generate_all });
    use super::Shelf;
    export!(Shelf);
}

use answer::Failure;
use bindings::exports::wasi::http::handler::Guest;
use bindings::wasi::http::types::{ErrorCode, Request, Response};

struct Shelf;

impl Guest for Shelf {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        Ok(handled(request).await.unwrap_or_else(answer::failed))
    }
}

async fn handled(request: Request) -> Result<Response, Failure> {
    let path = request.get_path_with_query().unwrap_or_default();
    #[cfg(feature = "values")]
    if let Some(key) = path.strip_prefix("/values/") {
        return values::handled(key.to_owned(), request).await;
    }
    #[cfg(feature = "files")]
    if let Some(name) = path.strip_prefix("/files/") {
        return files::handled(format!("/{name}"), request).await;
    }
    if path == "/" {
        return Ok(answer::bytes(200, b"a shelf\n".to_vec()));
    }
    Err(Failure::new(404, &format!("there is no {path} here")))
}
