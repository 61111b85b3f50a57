//! Values by the names of locks.

/// A map with the names of locks as keys, for few entries: a vector in the order of the names. A `BTreeMap` would add 7
/// KiB to the component for each of the four value types.
#[derive(Debug)]
pub(super) struct NameMap<V> {
    entries: Vec<(String, V)>,
}

impl<V> Default for NameMap<V> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<V> NameMap<V> {
    fn find(&self, name: &str) -> Result<usize, usize> {
        self.entries.binary_search_by(|(known, _)| known.as_str().cmp(name))
    }

    pub(super) fn get(&self, name: &str) -> Option<&V> {
        let (_, value) = self.entries.get(self.find(name).ok()?)?;
        Some(value)
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut V> {
        let place = self.find(name).ok()?;
        let (_, value) = self.entries.get_mut(place)?;
        Some(value)
    }

    /// Inserts or replaces a value. If there would be more than `most` names, removes the first of the others.
    pub(super) fn put(&mut self, name: &str, value: V, most: usize) {
        match self.get_mut(name) {
            Some(known) => *known = value,
            None => {
                if self.entries.len() >= most && most > 0 {
                    self.entries.remove(0);
                }
                let (Ok(place) | Err(place)) = self.find(name);
                self.entries.insert(place, (name.to_owned(), value));
            }
        }
    }

    pub(super) fn remove(&mut self, name: &str) -> Option<V> {
        let place = self.find(name).ok()?;
        Some(self.entries.remove(place).1)
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    proptest::proptest! {
        #[test]
        fn it_is_a_map_of_bounded_size(steps in proptest::collection::vec((0_u8..3, 0_u8..12), 0..60)) {
            const MAX_REMEMBERED: usize = 6;
            let (mut named, mut map) = (NameMap::default(), BTreeMap::new());
            for (number, (kind, name)) in steps.into_iter().enumerate() {
                let name = format!("n{name}");
                match kind {
                    0 => assert_eq!(named.remove(&name), map.remove(&name)),
                    1 => {
                        if map.len() >= MAX_REMEMBERED && !map.contains_key(&name) {
                            map.pop_first();
                        }
                        map.insert(name.clone(), number);
                        named.put(&name, number, MAX_REMEMBERED);
                    }
                    _ => {
                        if let (Some(a), Some(b)) = (named.get_mut(&name), map.get_mut(&name)) {
                            (*a, *b) = (number, number);
                        }
                    }
                }
                assert_eq!(named.get(&name), map.get(&name));
                assert!(named.entries.iter().map(|(name, value)| (name, value)).eq(&map));
            }
        }
    }
}
