//! `ossicle --version`.

use crate::component::Component;
use crate::error::CommandError;
use crate::error::Exit;
use crate::terminal::output;
use crate::terminal::text;

/// The program's version, and which components are in it.
pub fn print() -> Result<Exit, CommandError> {
    let mut out = format!("ossicle {}\n", env!("CARGO_PKG_VERSION"));
    for component in Component::ALL {
        let (name, size) = (component.name(), text::size(component.bytes().len() as u64));
        out.push_str(&format!("component {name}: {size}, sha256:{}\n", component.digest()));
    }
    output::print(&out)?;
    Ok(Exit::Success)
}
