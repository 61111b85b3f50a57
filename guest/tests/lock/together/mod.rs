//! Values of several keys stored as one, while everything goes wrong.

mod broken;
mod crashes;
mod late;
#[cfg(feature = "lock-mutants")]
mod mutants;
mod random;
mod refused;
mod resealed;
mod scene;
