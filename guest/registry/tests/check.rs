//! A check of layouts as distribution 2.8.2 and 3.1.1 write them, whole and with everything that can be wrong.

mod common;

use std::time::Duration;

use common::{
    CONFIG, IMAGE, INDEX, LAYER, PART, World, blob_path, content, descriptor, image, options, sha256, sha512,
};
use ossicle_registry::check::{CheckOptions, CheckReport, Finding, LinkProblem, Severity};
use ossicle_registry::gc::{ABANDONED, Extent, Kind};
use ossicle_registry::memory::{Driver, Operation, run};

const REPOSITORIES: &str = "/docker/registry/v2/repositories";
const DOCKER_IMAGE: &str = "application/vnd.docker.distribution.manifest.v2+json";

/// A bucket that distribution writes to.
struct Distribution<'a>(&'a Driver);

impl Distribution<'_> {
    fn link(&self, repository: &str, folder: &str, digest: &str) -> String {
        let path = format!("{REPOSITORIES}/{repository}/{folder}/{}/link", digest.replace(':', "/"));
        self.0.plant(&path, digest.to_owned());
        path
    }

    /// Stores a blob and links it.
    fn blob(&self, repository: &str, content: &[u8]) -> String {
        let digest = sha256(content);
        self.0.plant(&blob_path(&digest), content.to_vec());
        self.link(repository, "_layers", &digest);
        digest
    }

    /// Stores a manifest under a tag.
    fn manifest(&self, repository: &str, tag: &str, manifest: &str) -> String {
        let digest = sha256(manifest.as_bytes());
        self.0.plant(&blob_path(&digest), manifest.to_owned());
        self.link(repository, "_manifests/revisions", &digest);
        self.link(repository, &format!("_manifests/tags/{tag}/index"), &digest);
        self.0.plant(&format!("{REPOSITORIES}/{repository}/_manifests/tags/{tag}/current/link"), digest.clone());
        digest
    }

    /// Stores an image of a layer of this content.
    fn image(&self, repository: &str, tag: &str, layer: &[u8]) -> String {
        let config = format!("{{\"of\":\"{tag}\"}}");
        let config = descriptor(CONFIG, config.as_bytes(), &self.blob(repository, config.as_bytes()));
        let layer = descriptor(LAYER, layer, &self.blob(repository, layer));
        let manifest = serde_json::json!({
            "schemaVersion": 2, "mediaType": DOCKER_IMAGE, "config": config, "layers": [layer],
        });
        self.manifest(repository, tag, &manifest.to_string())
    }

    /// Leaves an upload as both versions do when a client goes away.
    fn upload(&self, repository: &str, id: &str) {
        let folder = format!("{REPOSITORIES}/{repository}/_uploads/{id}");
        self.0.plant(&format!("{folder}/startedat"), "2026-11-26T18:10:50Z");
        self.0.plant(&format!("{folder}/hashstates/sha256/0"), vec![0; 108]);
        self.0.plant(&format!("{folder}/data"), "some bytes");
    }
}

fn check(driver: &Driver, options: CheckOptions) -> (CheckReport, Vec<Finding>) {
    let world = World::with(driver, common::options());
    let mut found = Vec::new();
    let before = driver.paths();
    let report = run(world.registry.check(options, |finding| found.push(finding))).unwrap();
    assert_eq!(driver.paths(), before, "it only reads");
    let count = |severity| found.iter().filter(|finding| finding.severity() == severity).count() as u64;
    let counts = [Severity::Broken, Severity::Danger, Severity::Untidy].map(count);
    assert_eq!([report.broken, report.danger, report.untidy], counts);
    (report, found)
}

fn found(driver: &Driver) -> Vec<Finding> {
    check(driver, CheckOptions::default()).1
}

/// A bucket in order: repositories whose names sort around those of others, images, an index, an upload in progress.
fn in_order() -> Driver {
    let driver = Driver::new(PART);
    let distribution = Distribution(&driver);
    for name in ["a", "a/0", "a/b", "a-b", "b"] {
        distribution.image(name, "v1", b"shared layer");
        let part = distribution.image(name, "v2", name.as_bytes());
        let index = serde_json::json!({
            "schemaVersion": 2, "manifests": [descriptor(IMAGE, &driver.content(&blob_path(&part)).unwrap(), &part)],
        });
        distribution.manifest(name, "v3", &index.to_string());
    }
    distribution.upload("a", "in-progress");
    driver
}

#[test]
fn nothing_is_wrong_with_what_distribution_and_this_registry_write() {
    let driver = in_order();
    let hashes = CheckOptions { hashes: true, ..CheckOptions::default() };
    let (report, findings) = check(&driver, hashes);
    assert_eq!(findings, []);
    assert_eq!((report.repositories, report.tags, report.manifests, report.layers), (5, 15, 15, 5 * 4));
    assert_eq!(report.blobs, driver.paths().iter().filter(|path| path.ends_with("/data")).count() as u64 - 1);

    let world = World::with(&driver, options());
    let subject = world.push_image("a", "v9", b"layer");
    world.push_streamed("new", &content(3 * PART));
    let config = descriptor(CONFIG, b"c", &world.push("a", b"c"));
    let mut referrer: serde_json::Value = serde_json::from_str(&image(&config, &[])).unwrap();
    let manifest = driver.content(&blob_path(&subject)).unwrap();
    referrer["subject"] = descriptor(IMAGE, &manifest, &subject);
    let referrer = referrer.to_string();
    let by_512 = sha512(referrer.as_bytes());
    world.put_manifest("a", &by_512, &referrer, IMAGE).expect(201);
    world.delete("/v2/a/manifests/v2").expect(202);
    run(world.registry.collector().collect(Extent::Delete)).unwrap();
    let (report, findings) = check(&driver, hashes);
    assert_eq!((findings, report.repositories), (vec![], 6));
}

#[test]
fn missing_and_wrong_blobs_are_found() {
    let driver = in_order();
    let distribution = Distribution(&driver);
    let digest = distribution.image("x", "v1", b"gone");
    let gone = sha256(b"gone");
    driver.uproot(&blob_path(&gone));
    let link = format!("{REPOSITORIES}/x/_layers/{}/link", gone.replace(':', "/"));
    let missing = Finding::MissingBlob { repository: "x".into(), manifest: parsed(&digest), digest: parsed(&gone) };
    assert_eq!(found(&driver), [Finding::DanglingLink { path: link.clone(), digest: parsed(&gone) }, missing.clone()]);
    // Distribution 3 takes the link as well.
    driver.uproot(&link);
    assert_eq!(found(&driver), [missing]);

    driver.plant(&blob_path(&gone), "gone");
    let not_linked = Finding::MissingLink {
        repository: "x".into(),
        manifest: parsed(&digest),
        digest: parsed(&gone),
        kind: Kind::Blob,
    };
    assert_eq!(found(&driver), [not_linked]);
    distribution.link("x", "_layers", &gone);
    assert_eq!(found(&driver), []);

    driver.plant(&blob_path(&gone), "gon");
    let manifest = parsed(&digest);
    let wrong = Finding::WrongSize { repository: "x".into(), manifest, digest: parsed(&gone), stated: 4, stored: 3 };
    assert_eq!(found(&driver), [wrong]);
    // The right size, and other content: only its hash tells.
    driver.plant(&blob_path(&gone), "done");
    assert_eq!(found(&driver), []);
    let hashes = CheckOptions { hashes: true, ..CheckOptions::default() };
    let computed = parsed(&sha256(b"done"));
    assert_eq!(check(&driver, hashes).1, [Finding::WrongContent { digest: parsed(&gone), computed }]);
    driver.plant(&blob_path(&gone), "gone");

    // A manifest's content is always looked at, and told once.
    driver.plant(&blob_path(&digest), "{}");
    let wrong = [Finding::WrongContent { digest: parsed(&digest), computed: parsed(&sha256(b"{}")) }];
    assert_eq!(found(&driver), wrong);
    assert_eq!(check(&driver, hashes).1, wrong);
    driver.uproot(&blob_path(&digest));
    assert!(matches!(&found(&driver)[..], [Finding::DanglingLink { .. }]));
}

#[test]
fn bad_links_and_tags_are_found() {
    let driver = in_order();
    let distribution = Distribution(&driver);
    let digest = distribution.image("x", "v1", b"layer");
    let layer = distribution.link("x", "_layers", &sha256(b"layer"));
    let current = format!("{REPOSITORIES}/x/_manifests/tags/v1/current/link");
    let bad = |path: &str, problem| Finding::BadLink { path: path.to_owned(), problem };
    for (path, text, problem) in [
        (&layer, format!("{}\n", sha256(b"layer")), LinkProblem::TrailingSpace),
        (&current, format!("{digest}\n"), LinkProblem::TrailingSpace),
        (&current, "v2".to_owned(), LinkProblem::NoDigest),
        (&current, format!("sha256:{}", "X".repeat(64)), LinkProblem::NoDigest),
    ] {
        let right = driver.content(path).unwrap();
        driver.plant(path, text);
        assert_eq!(found(&driver), [bad(path, problem)]);
        driver.plant(path, right);
    }
    driver.plant(&layer, "no digest");
    let findings = found(&driver);
    assert!(matches!(&findings[..], [Finding::BadLink { .. }, ..]), "{findings:?}");
    driver.plant(&layer, sha256(b"layer"));

    let nowhere = sha256(b"nowhere");
    driver.plant(&current, nowhere.clone());
    let tag = || "v1".to_owned();
    assert_eq!(found(&driver), [Finding::DanglingTag { repository: "x".into(), tag: tag(), digest: parsed(&nowhere) }]);
    driver.uproot(&current);
    assert_eq!(found(&driver), [Finding::TagWithoutLink { repository: "x".into(), tag: tag() }]);
    driver.plant(&current, digest);

    let path = distribution.link("x", &format!("_referrers/{}", sha256(b"subject").replace(':', "/")), &nowhere);
    assert_eq!(found(&driver), [Finding::DanglingReferrer { path, digest: parsed(&nowhere) }]);
}

#[test]
fn what_another_registry_would_destroy_or_not_serve_is_found() {
    // By its SHA-512, as distribution stores it: by its SHA-256, with a link from the one to the other.
    let driver = in_order();
    let distribution = Distribution(&driver);
    let (stored, named) = (distribution.blob("x", b"layer"), sha512(b"layer"));
    let alias = distribution.link("x", "_layers", &named);
    driver.plant(&alias, stored.clone());
    let config = descriptor(CONFIG, b"config", &distribution.blob("x", b"config"));
    distribution.manifest("x", "v1", &image(&config, &[descriptor(LAYER, b"layer", &named)]));
    assert_eq!(found(&driver), [Finding::Alias { path: alias, digest: parsed(&named), stored: parsed(&stored) }]);
    driver.uproot(&blob_path(&stored));
    let findings = found(&driver);
    assert!(findings.iter().any(|finding| matches!(finding, Finding::MissingBlob { .. })), "{findings:?}");

    // Manifests and no links of layers: an index of nothing, which distribution takes.
    let driver = in_order();
    let distribution = Distribution(&driver);
    distribution.manifest("x", "v1", &serde_json::json!({ "mediaType": INDEX, "manifests": [] }).to_string());
    assert_eq!(found(&driver), [Finding::NoLayers { repository: "x".into() }]);

    for (content, expected) in [
        (r#"{"mediaType":"application/x"}"#, "unknown_media_type"),
        (r#"{"a":1}"#, "unknown_media_type"),
        (r#"{"schemaVersion":1,"fsLayers":[]}"#, "schema1"),
        ("no JSON", "not_a_manifest"),
    ] {
        let driver = in_order();
        let distribution = Distribution(&driver);
        distribution.blob("x", b"layer");
        let digest = distribution.manifest("x", "v1", content);
        let findings = found(&driver);
        let [finding] = &findings[..] else { panic!("{findings:?}") };
        assert_eq!(finding.severity(), Severity::Danger);
        let document = serde_json::to_value(finding).unwrap();
        assert_eq!((&document["finding"], &document["digest"]), (&expected.into(), &digest.into()));
        assert_eq!(document["repository"], "x");
    }

    let driver = in_order();
    let distribution = Distribution(&driver);
    distribution.blob("x", b"layer");
    let manifest = distribution.manifest("x", "v1", r#"{"schemaVersion":2,"layers":[{"digest":"md5:1"}]}"#);
    let bad = Finding::BadReference { repository: "x".into(), manifest: parsed(&manifest), text: "md5:1".into() };
    assert_eq!(found(&driver), [bad]);
}

#[test]
fn leftovers_are_found_when_they_are_old_enough() {
    let driver = in_order();
    let distribution = Distribution(&driver);
    distribution.upload("a", "0");
    let world = World::with(&driver, options());
    for _ in 0..2 {
        let location = world.begin("a");
        world.send_body("PATCH", &location, &[], common::whole(content(PART + 1))).expect(202);
    }
    run(world.registry.suspend_idle(Duration::ZERO)).unwrap();
    assert_eq!(found(&driver), []);
    driver.advance(Duration::from_secs(ABANDONED));
    driver.plant("/docker/registry/v2/blobs/sha256/ab/data", "");
    driver.plant(&format!("{REPOSITORIES}/a/_layers/x"), "");
    driver.plant(&format!("{REPOSITORIES}/README"), "");
    let findings = found(&driver);
    let of = |meant: fn(&Finding) -> bool| findings.iter().filter(|finding| meant(finding)).count();
    assert_eq!(of(|finding| matches!(finding, Finding::LeftUpload { .. })), 4);
    assert_eq!(of(|finding| matches!(finding, Finding::LeftParts { .. })), 2);
    assert_eq!(of(|finding| matches!(finding, Finding::StrayFile { .. })), 3);
    assert_eq!(findings.len(), 9, "{findings:?}");
    let later = CheckOptions { unused_for: Duration::from_secs(ABANDONED + 1), ..CheckOptions::default() };
    assert_eq!(check(&driver, later).1.len(), 3);
}

/// What is pushed while a check runs was not listed with the blobs.
#[test]
fn push_during_a_check_is_no_finding() {
    let driver = in_order();
    let (pusher, mut lists) = (driver.clone(), 0);
    driver.set_faults(move |request| {
        lists += u32::from(request.operation == Operation::ListObjects);
        if request.operation == Operation::ListObjects && lists == 2 {
            Distribution(&pusher).image("a/c", "v1", b"pushed after the blobs were listed");
        }
        None
    });
    let world = World::with(&driver, options());
    let mut findings = Vec::new();
    let report = run(world.registry.check(CheckOptions::default(), |finding| findings.push(finding))).unwrap();
    assert_eq!((findings, report.repositories), (vec![], 6));
}

#[test]
fn check_takes_a_request_for_each_thousand_files_each_tag_and_each_manifest() {
    let driver = Driver::new(PART);
    let distribution = Distribution(&driver);
    for number in 0..1500_u32 {
        distribution.blob("many", &number.to_be_bytes());
    }
    for tag in ["v1", "v2"] {
        distribution.image("many", tag, b"layer");
    }
    driver.take_requests();
    let (report, findings) = check(&driver, CheckOptions::default());
    assert_eq!((findings, report.layers), (vec![], 1503));
    let operations: Vec<Operation> = driver.take_requests().into_iter().map(|request| request.operation).collect();
    let count = |meant: Operation| operations.iter().filter(|operation| **operation == meant).count();
    assert_eq!(count(Operation::ListObjects), 2 + 2);
    assert_eq!(count(Operation::GetObject), 2 + 2, "tags and manifests");
    assert_eq!(count(Operation::ListMultipartUploads), 2);
    assert_eq!(operations.len(), 4 + 4 + 2);
}

fn parsed(digest: &str) -> ossicle_registry::Digest {
    ossicle_registry::Digest::parse(digest).unwrap()
}
