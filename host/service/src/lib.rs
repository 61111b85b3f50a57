//! What Ossicle serves over HTTP: a container registry, whose core is `ossicle-registry`, over the storage driver that the
//! library `ossicle` runs.

#![deny(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]
