//! Values of several keys stored as one, while everything goes wrong.

mod crashes;
mod late;
mod random;
mod refused;
mod resealed;
mod scene;
