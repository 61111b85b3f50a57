//! The operations of `ossicle component`.

use super::arguments::{Components, Verb};
use super::push;
use crate::error::{CommandError, Exit};

/// Does what was asked.
pub async fn run(components: Components) -> Result<Exit, CommandError> {
    match components {
        Components { verb: Some(Verb::Push(push)), .. } => push::run(push).await,
        Components { component: Some(component), wasi, .. } => component.print(wasi),
        // clap requires one of them.
        Components { .. } => Err(CommandError::Usage("which component?".to_owned())),
    }
}
