use std::collections::BTreeSet;
use std::path::Path;

use public_api::{Builder, PublicItem};
use rustdoc_types::{Crate, Id, Impl, ItemEnum};

/// Traits that nobody can name on the stable toolchain, or that almost everything has and no user of the libraries asks for.
const UNTOLD: [&str; 4] = [
    "core::marker::Freeze for ",
    "core::marker::StructuralPartialEq for ",
    "core::marker::UnsafeUnpin for ",
    "core::panic::unwind_safe::",
];

/// A library's API, an item a line. What a trait's functions are in an implementation, the trait says.
pub fn of(json: &Path, library: &Crate) -> public_api::Result<String> {
    let api = Builder::from_rustdoc_json(json).omit_blanket_impls(true).build()?;
    let told = api.items().filter(|item| !is_function_of_trait(item, library)).map(|item| format!("{item}\n"));
    Ok(told.filter(|item| !UNTOLD.iter().any(|untold| item.contains(untold))).collect())
}

fn is_function_of_trait(item: &PublicItem, library: &Crate) -> bool {
    let inner = |id: Id| library.index.get(&id).map(|item| &item.inner);
    let is_function = matches!(inner(item.id()), Some(ItemEnum::Function(_)));
    is_function && matches!(item.parent_id().and_then(inner), Some(ItemEnum::Impl(Impl { trait_: Some(_), .. })))
}

/// What is in only one of two APIs.
pub fn changes(before: &str, after: &str) -> String {
    let (old, new): (BTreeSet<_>, BTreeSet<_>) = (before.lines().collect(), after.lines().collect());
    let gone = old.difference(&new).map(|line| format!("- {line}\n"));
    let come = new.difference(&old).map(|line| format!("+ {line}\n"));
    gone.chain(come).collect()
}
