//! Rust bindings of the WIT package. `generate!` takes a world's name as a literal only, so each world has an invocation.

#[cfg(all(feature = "certificates", not(feature = "blobs"), not(feature = "p2")))]
wit_bindgen::generate!({ path: "wit", world: "certificates", generate_all });
#[cfg(all(feature = "blobs", not(feature = "certificates"), not(feature = "p2")))]
wit_bindgen::generate!({ path: "wit", world: "blobs", generate_all });
#[cfg(all(feature = "certificates", feature = "blobs", not(feature = "p2")))]
wit_bindgen::generate!({ path: "wit", world: "ossicle", generate_all });

#[cfg(all(feature = "certificates", not(feature = "blobs"), feature = "p2"))]
wit_bindgen::generate!({ path: "wit/p2", world: "certificates", generate_all });
#[cfg(all(feature = "blobs", not(feature = "certificates"), feature = "p2"))]
wit_bindgen::generate!({ path: "wit/p2", world: "blobs", generate_all });
#[cfg(all(feature = "certificates", feature = "blobs", feature = "p2"))]
wit_bindgen::generate!({ path: "wit/p2", world: "ossicle", generate_all });
