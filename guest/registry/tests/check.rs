//! A check of a bucket's layout.

mod common;

use common::{World, blob_path, sha256};
use ossicle_registry::check::{CheckOptions, CheckReport, Finding, LinkProblem, Severity};
use ossicle_registry::memory::run;

const ROOT: &str = "/docker/registry/v2/repositories";

fn check(world: &World, hashes: bool) -> (CheckReport, Vec<Finding>) {
    let mut found = Vec::new();
    let options = CheckOptions { hashes, ..CheckOptions::default() };
    let report = run(world.registry.check(options, |finding| found.push(finding))).unwrap();
    (report, found)
}

fn hex(digest: &str) -> &str {
    digest.split_once(':').unwrap().1
}

#[test]
fn registry_that_is_whole_has_no_findings() {
    let world = World::new();
    let image = world.push_image("app", "v1", b"layer");
    world.push_image("other", "v1", b"layer");
    let (report, found) = check(&world, true);
    assert_eq!(found, []);
    assert_eq!((report.repositories, report.tags, report.manifests, report.blobs), (2, 2, 2, 3), "{image}");
    assert_eq!((report.broken, report.danger, report.untidy), (0, 0, 0));
}

#[test]
fn what_leads_nowhere_or_is_damaged_is_found() {
    let world = World::new();
    let image = world.push_image("app", "v1", b"layer");
    let layer = sha256(b"layer");
    let found_after = |damage: &dyn Fn(), mend: &dyn Fn(), severity: Severity, is_it: &dyn Fn(&Finding) -> bool| {
        damage();
        let (_, found) = check(&world, true);
        assert!(found.iter().any(|finding| is_it(finding) && finding.severity() == severity), "{found:?}");
        mend();
        assert_eq!(check(&world, true).1, []);
    };
    let path = blob_path(&layer);
    found_after(
        &|| world.driver.uproot(&path),
        &|| world.driver.plant(&path, &b"layer"[..]),
        Severity::Broken,
        &|finding| matches!(finding, Finding::MissingBlob { digest, .. } if digest.to_string() == layer),
    );
    found_after(
        &|| world.driver.plant(&path, &b"laYer"[..]),
        &|| world.driver.plant(&path, &b"layer"[..]),
        Severity::Broken,
        &|finding| matches!(finding, Finding::WrongContent { digest, .. } if digest.to_string() == layer),
    );
    let link = format!("{ROOT}/app/_layers/sha256/{}/link", hex(&layer));
    found_after(
        &|| world.driver.plant(&link, format!("{layer}\n")),
        &|| world.driver.plant(&link, layer.clone()),
        Severity::Broken,
        &|finding| matches!(finding, Finding::BadLink { problem: LinkProblem::TrailingSpace, .. }),
    );
    found_after(
        &|| world.driver.uproot(&link),
        &|| world.driver.plant(&link, layer.clone()),
        Severity::Broken,
        &|finding| matches!(finding, Finding::MissingLink { digest, .. } if digest.to_string() == layer),
    );
    let revision = format!("{ROOT}/app/_manifests/revisions/sha256/{}/link", hex(&image));
    found_after(
        &|| world.driver.uproot(&revision),
        &|| world.driver.plant(&revision, image.clone()),
        Severity::Broken,
        &|finding| matches!(finding, Finding::DanglingTag { tag, .. } if tag == "v1"),
    );
    let alias = format!("{ROOT}/app/_layers/sha512/{}/link", "0".repeat(128));
    found_after(
        &|| world.driver.plant(&alias, layer.clone()),
        &|| world.driver.uproot(&alias),
        Severity::Danger,
        &|finding| matches!(finding, Finding::Alias { stored, .. } if stored.to_string() == layer),
    );
}
