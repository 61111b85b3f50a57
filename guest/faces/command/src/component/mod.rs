//! The exports in terms of the verbs, the verbs in terms of imports.

#[allow(unsafe_code, missing_docs, clippy::all, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]
mod bindings {
    wit_bindgen::generate!({
        path: ["../../../wit", "wit"],
        world: "ossicle:command/command",
        generate_all,
    });
}

mod blob;
mod cert;
mod error;
mod lock;
mod output;
mod run;
mod session;
mod text;
mod trouble;

struct Component;

#[allow(unsafe_code)]
mod export {
    use super::Component;
    super::bindings::export!(Component with_types_in super::bindings);
}
