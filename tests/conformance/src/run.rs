//! A run of a group's cases.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::thread;

use crate::client::Client;
use crate::list::list;

/// A run of a group's cases against a registry. Keeps how often each was checked.
pub(crate) struct Run<'a, C> {
    pub client: &'a C,
    group: &'static str,
    checked: RefCell<BTreeMap<String, usize>>,
}

/// Says on its end which case it was, if that is by a panic.
struct Naming<'a> {
    group: &'a str,
    case: &'a str,
}

impl Drop for Naming<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("the case {:?} of the group {:?} failed", self.case, self.group);
        }
    }
}

impl<'a, C: Client> Run<'a, C> {
    pub fn new(client: &'a C, group: &'static str) -> Self {
        Self { client, group, checked: RefCell::default() }
    }

    /// Checks a case.
    pub async fn check<T>(&self, case: impl Into<String>, work: impl Future<Output = T>) -> T {
        let case = case.into();
        let naming = Naming { group: self.group, case: &case };
        let result = work.await;
        drop(naming);
        *self.checked.borrow_mut().entry(case).or_default() += 1;
        result
    }

    /// Checks that every case of the list was checked as often as the list says, and none besides.
    pub fn check_list(self) {
        let cases = list().into_iter().filter(|case| case.group == self.group);
        let listed: BTreeMap<String, usize> = cases.map(|case| (case.name.to_owned(), case.checks)).collect();
        let checked = self.checked.into_inner();
        let rows = |of: &BTreeMap<String, usize>, other: &BTreeMap<String, usize>| {
            let differ = of.iter().filter(|(case, checks)| other.get(*case) != Some(checks));
            differ.map(|(case, checks)| format!("| {} | {case} | {checks} |\n", self.group)).collect::<String>()
        };
        let (unlisted, unchecked) = (rows(&checked, &listed), rows(&listed, &checked));
        assert!(
            checked == listed,
            "checked and not so in the list:\n{unlisted}in the list and not so checked:\n{unchecked}"
        );
    }
}
