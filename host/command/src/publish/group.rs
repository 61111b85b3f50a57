//! The operations of `ossicle component`.

use super::arguments::{Components, Verb};
use super::push;
use crate::trouble::{Exit, Trouble};

/// Does what was asked.
pub async fn run(components: Components) -> Result<Exit, Trouble> {
    match components {
        Components { verb: Some(Verb::Push(push)), .. } => push::run(push).await,
        Components { component: Some(component), wasi, .. } => component.print(wasi),
        // clap requires one of them.
        Components { .. } => Err(Trouble::Usage("which component?".to_owned())),
    }
}
