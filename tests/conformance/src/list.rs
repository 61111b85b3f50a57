//! The list of the cases.

/// The tables of the list, in Markdown.
const TABLES: [&str; 3] =
    [include_str!("../cases/blobs.md"), include_str!("../cases/packages.md"), include_str!("../cases/rules.md")];

/// A case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// The group that it belongs to.
    pub group: &'static str,
    /// Its name in the group.
    pub name: &'static str,
    /// How often a run of the group checks it: once for each blob, manifest or tag that it is about.
    pub checks: usize,
    /// The section of the specification that it is about.
    pub section: &'static str,
}

/// Every case.
///
/// # Panics
/// If a row of a table is not one.
pub fn list() -> Vec<Case> {
    let rows = TABLES.iter().flat_map(|table| table.lines()).filter(|line| line.starts_with('|'));
    let rows = rows.map(|line| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>());
    let cases = rows.filter(|row| row[0] != "group" && !row[0].starts_with("---"));
    cases
        .map(|row| match row.as_slice() {
            [group, name, checks, section] => {
                Case { group, name, checks: checks.parse().expect("a number of checks"), section }
            }
            _ => panic!("{row:?} is not a group, a case, a number of checks and a section"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The headings of the specification that ask something of registries.
    const SECTIONS: [&str; 21] = [
        "Determining Support",
        "Pulling manifests",
        "Pulling blobs",
        "Checking if content exists in the registry",
        "Push",
        "Pushing blobs",
        "POST then PUT",
        "Single POST",
        "Pushing a blob in chunks",
        "Cancel a blob upload",
        "Mounting a blob from another repository",
        "Pushing Manifests",
        "Pushing Manifests with Subject",
        "Listing Tags",
        "Listing Referrers",
        "Enabling the Referrers API",
        "Deleting tags",
        "Deleting Manifests",
        "Deleting Blobs",
        "Registry Proxying",
        "Error Codes",
    ];

    macro_rules! names {
        ($($group:ident,)*) => { [$(stringify!($group)),*] };
    }

    #[test]
    fn list_has_every_group_and_names_sections_of_the_specification() {
        let list = list();
        let groups: BTreeSet<&str> = list.iter().map(|case| case.group).collect();
        assert_eq!(groups, crate::for_each_group!(names).into_iter().collect());
        let sections: BTreeSet<&str> = list.iter().map(|case| case.section).collect();
        assert_eq!(sections, SECTIONS.into_iter().collect());
        let names: BTreeSet<_> = list.iter().map(|case| (case.group, case.name)).collect();
        assert_eq!(names.len(), list.len(), "a case is listed twice");
        assert!(list.iter().all(|case| case.checks > 0));
        // The specification's suite has 986 of these, for its coming version.
        assert_eq!(list.iter().map(|case| case.checks).sum::<usize>(), 1485);
    }
}
