//! `ossicle --version`.

use crate::component;
use crate::exit::Exit;
use crate::output;
use crate::text;
use crate::trouble::Trouble;

/// The program's version, and which component is in it.
pub fn print() -> Result<Exit, Trouble> {
    let (size, digest) = (text::size(component::bytes().len() as u64), component::digest());
    let version = env!("CARGO_PKG_VERSION");
    output::print(&format!("ossicle {version}\ncomponent {size}, sha256:{digest}\n"))?;
    Ok(Exit::Success)
}
