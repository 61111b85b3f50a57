use std::collections::{BTreeMap, BTreeSet};

use rustdoc_types::{Crate, Id, Impl, Item, ItemEnum, StructKind, VariantKind};
use serde_json::{Value, json};

/// The types and traits of other crates that are in a library's API without being re-exported, and where each is.
pub fn missing(library: &Crate) -> BTreeMap<String, String> {
    let items = public(library);
    let reexports: Vec<&[String]> = items.iter().filter_map(|item| reexported(item, library)).collect();
    let is_reexported = |path: &[String]| reexports.iter().any(|reexport| path.starts_with(reexport));

    let mut missing = BTreeMap::new();
    for item in &items {
        let mut named = BTreeSet::new();
        gather(&declaration(item), &mut named);
        for summary in named.iter().filter_map(|id| library.paths.get(id)) {
            if summary.crate_id != 0 && !is_of_rust(&summary.path) && !is_reexported(&summary.path) {
                missing.insert(summary.path.join("::"), place(item));
            }
        }
    }
    missing
}

/// What a user of a library reaches. Rustdoc writes more: implementations for types that it hides, for one.
fn public(library: &Crate) -> Vec<&Item> {
    let mut reached = BTreeMap::new();
    let mut next = vec![library.root];
    while let Some(id) = next.pop() {
        if let Some(item) = library.index.get(&id).filter(|item| item.crate_id == 0)
            && reached.insert(id, item).is_none()
        {
            next.extend(inside(item, library));
        }
    }
    reached.into_values().collect()
}

/// What else is reached where an item is.
fn inside(item: &Item, library: &Crate) -> Vec<Id> {
    match &item.inner {
        ItemEnum::Module(module) => module.items.clone(),
        ItemEnum::Use(reexport) => reexport.id.into_iter().collect(),
        ItemEnum::Union(union) => [&union.fields[..], &union.impls].concat(),
        ItemEnum::Struct(structure) => {
            let fields = match &structure.kind {
                StructKind::Unit => Vec::new(),
                StructKind::Tuple(fields) => fields.iter().flatten().copied().collect(),
                StructKind::Plain { fields, .. } => fields.clone(),
            };
            [fields, structure.impls.clone()].concat()
        }
        ItemEnum::Enum(choice) => [&choice.variants[..], &choice.impls].concat(),
        ItemEnum::Variant(variant) => match &variant.kind {
            VariantKind::Plain => Vec::new(),
            VariantKind::Tuple(fields) => fields.iter().flatten().copied().collect(),
            VariantKind::Struct { fields, .. } => fields.clone(),
        },
        ItemEnum::Trait(interface) => interface.items.clone(),
        ItemEnum::Impl(Impl { is_synthetic: true, .. } | Impl { blanket_impl: Some(_), .. }) => Vec::new(),
        // The types of a trait's functions are the trait's.
        ItemEnum::Impl(Impl { trait_: Some(_), items, .. }) => {
            let is_function =
                |id: &Id| matches!(library.index.get(id), Some(Item { inner: ItemEnum::Function(_), .. }));
            items.iter().copied().filter(|id| !is_function(id)).collect()
        }
        ItemEnum::Impl(Impl { items, .. }) => items.clone(),
        _ => Vec::new(),
    }
}

/// Where that is defined which an item re-exports: a type, or a crate with all that is in it.
fn reexported<'library>(item: &Item, library: &'library Crate) -> Option<&'library [String]> {
    let ItemEnum::Use(reexport) = &item.inner else { return None };
    Some(&library.paths.get(&reexport.id?)?.path)
}

fn is_of_rust(path: &[String]) -> bool {
    path.first().is_some_and(|name| ["std", "core", "alloc"].contains(&name.as_str()))
}

/// What an item's declaration says. The trait of an implementation does not count: whoever uses it has it.
fn declaration(item: &Item) -> Value {
    match &item.inner {
        ItemEnum::Impl(Impl { is_synthetic: true, .. } | Impl { blanket_impl: Some(_), .. }) => Value::Null,
        ItemEnum::Impl(Impl { generics, for_, trait_, .. }) => {
            json!([generics, for_, trait_.as_ref().map(|path| &path.args)])
        }
        other => json!(other),
    }
}

/// The ids of all types and traits that a declaration names, each in an object as [`rustdoc_types::Path`] is written.
fn gather(part: &Value, ids: &mut BTreeSet<Id>) {
    match part {
        Value::Object(fields) => {
            if let (Some(id), true) = (fields.get("id").and_then(Value::as_u64), fields.contains_key("args")) {
                ids.extend(u32::try_from(id).map(Id));
            }
            fields.values().for_each(|field| gather(field, ids));
        }
        Value::Array(parts) => parts.iter().for_each(|part| gather(part, ids)),
        _ => {}
    }
}

/// Where an item is declared.
fn place(item: &Item) -> String {
    let line = item.span.as_ref().map(|span| format!("{}:{}", span.filename.display(), span.begin.0));
    line.or_else(|| item.name.clone()).unwrap_or_default()
}
