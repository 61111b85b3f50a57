//! What wasmtime generates from what the WIT package of 0.2 exports. The imports are wasmtime's own.
#![allow(missing_docs, clippy::all, clippy::pedantic)]

wasmtime::component::bindgen!({
    inline: "
        package test:exports;

        world exports {
            export ossicle:storage/types@0.2.0;
            export ossicle:storage/lock@0.2.0;
            export ossicle:storage/cert-storage@0.2.0;
            export ossicle:storage/blob-driver@0.2.0;
        }
    ",
    path: "../wit/p2",
    world: "test:exports/exports",
    exports: { default: async },
});

pub use exports::ossicle::storage::{blob_driver, cert_storage, lock, types};
