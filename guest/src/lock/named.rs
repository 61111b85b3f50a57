//! Values by the names of locks.

/// Values by the names of locks, few of them: in a vector, in the order of the names. A `BTreeMap` would take 7 KiB of the
/// component for each kind of value, of which there are four.
#[derive(Debug)]
pub(super) struct Named<V> {
    entries: Vec<(String, V)>,
}

impl<V> Default for Named<V> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<V> Named<V> {
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

    /// Puts a value in place of the one there was. With more than `most` names the first of the others goes.
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
            const MOST: usize = 6;
            let (mut named, mut map) = (Named::default(), BTreeMap::new());
            for (number, (kind, name)) in steps.into_iter().enumerate() {
                let name = format!("n{name}");
                match kind {
                    0 => assert_eq!(named.remove(&name), map.remove(&name)),
                    1 => {
                        if map.len() >= MOST && !map.contains_key(&name) {
                            map.pop_first();
                        }
                        map.insert(name.clone(), number);
                        named.put(&name, number, MOST);
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
