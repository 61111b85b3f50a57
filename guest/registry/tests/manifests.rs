//! Manifests, tags, referrers, the catalog, and what is on disk.

mod common;

use common::{CONFIG, IMAGE, INDEX, LAYER, World, blob_path, content, descriptor, image, options, sha256, sha512};
use ossicle_registry::Options;

const REPOSITORY: &str = "/docker/registry/v2/repositories/a";

fn tags(world: &World, uri: &str) -> (Vec<String>, String) {
    let reply = world.get(uri).expect(200);
    let tags = reply.json()["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap().to_owned()).collect();
    let next = reply.header("link").split(['<', '>']).nth(1).unwrap_or_default().to_owned();
    (tags, next)
}

#[test]
fn layout_of_an_image_is_that_of_distribution() {
    let world = World::new();
    let digest = world.push_image("a", "v1", b"layer");
    let config = sha256(b"{\"tag\":\"v1\"}");
    let encoded = |digest: &str| digest.split_once(':').unwrap().1.to_owned();
    let mut expected = vec![
        blob_path(&digest),
        blob_path(&config),
        blob_path(&sha256(b"layer")),
        format!("{REPOSITORY}/_layers/sha256/{}/link", encoded(&config)),
        format!("{REPOSITORY}/_layers/sha256/{}/link", encoded(&sha256(b"layer"))),
        format!("{REPOSITORY}/_manifests/revisions/sha256/{}/link", encoded(&digest)),
        format!("{REPOSITORY}/_manifests/tags/v1/current/link"),
        format!("{REPOSITORY}/_manifests/tags/v1/index/sha256/{}/link", encoded(&digest)),
    ];
    expected.sort();
    assert_eq!(world.driver.paths(), expected);
    for path in expected.iter().filter(|path| path.contains("_manifests")) {
        assert_eq!(world.driver.content(path).unwrap(), digest, "{path}");
    }
}

#[test]
fn manifest_is_given_as_it_was_pushed_whatever_is_accepted() {
    let world = World::new();
    let digest = world.push_image("a", "v1", b"layer");
    let stored = world.driver.content(&blob_path(&digest)).unwrap();
    for reference in ["v1", &digest] {
        let uri = format!("/v2/a/manifests/{reference}");
        for accept in ["*/*", "application/vnd.docker.distribution.manifest.v2+json"] {
            let reply = world.send("GET", &uri, &[("accept", accept)], "").expect(200);
            assert_eq!((reply.bytes(), reply.header("content-type")), (&stored, IMAGE));
            assert_eq!(reply.header("docker-content-digest"), digest);
            assert_eq!(reply.header("etag"), format!("\"{digest}\""));
        }
        let head = world.head(&uri).expect(200);
        assert_eq!(head.header("content-length"), stored.len().to_string());
        assert!(head.bytes().is_empty());
        let etag = format!("\"{digest}\"");
        let unchanged = world.send("GET", &uri, &[("if-none-match", &etag)], "").expect(304);
        assert!(unchanged.bytes().is_empty());
    }
    world.get("/v2/a/manifests/v2").expect_code(404, "MANIFEST_UNKNOWN");
    world.get(&format!("/v2/b/manifests/{digest}")).expect_code(404, "MANIFEST_UNKNOWN");
    world.get("/v2/a/manifests/sha256:bad").expect_code(400, "DIGEST_INVALID");
}

/// Content that another registry took, stored as a manifest under a tag.
fn plant_manifest(world: &World, tag: &str, content: &str) -> String {
    let digest = sha256(content.as_bytes());
    let encoded = digest.replace(':', "/");
    world.driver.plant(&blob_path(&digest), content.to_owned());
    world.driver.plant(&format!("{REPOSITORY}/_manifests/revisions/{encoded}/link"), digest.clone());
    world.driver.plant(&format!("{REPOSITORY}/_manifests/tags/{tag}/index/{encoded}/link"), digest.clone());
    world.driver.plant(&format!("{REPOSITORY}/_manifests/tags/{tag}/current/link"), digest.clone());
    digest
}

#[test]
fn what_is_stored_is_given_and_deleted_whatever_it_is() {
    let octets = "application/octet-stream";
    for (content, media_type) in [
        // What distribution takes and a push to this registry would not: no sizes, a null, wrong kinds of members.
        (
            r#"{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","layers":null}"#,
            "application/vnd.docker.distribution.manifest.v2+json",
        ),
        (r#"{"schemaVersion":2,"config":{"digest":"x"},"layers":[{"size":-1}]}"#, IMAGE),
        (r#"{"schemaVersion":2,"manifests":[{"platform":{}}],"annotations":{"a":1}}"#, INDEX),
        (
            r#"{"mediaType":"application/vnd.cncf.helm.x+json; a=b","subject":7}"#,
            "application/vnd.cncf.helm.x+json; a=b",
        ),
        (r#"{"a":1}"#, octets),
        ("[1,2]", octets),
        ("not JSON at all \u{1f}", octets),
        ("", octets),
    ] {
        let world = World::new();
        let digest = plant_manifest(&world, "v1", content);
        for reference in ["v1", &digest] {
            let uri = format!("/v2/a/manifests/{reference}");
            let reply = world.get(&uri).expect(200);
            assert_eq!((reply.bytes().as_ref(), reply.header("content-type")), (content.as_bytes(), media_type));
            assert_eq!(reply.header("docker-content-digest"), digest);
            let head = world.head(&uri).expect(200);
            assert_eq!(head.header("content-length"), content.len().to_string());
        }
        world.delete(&format!("/v2/a/manifests/{digest}")).expect(202);
        world.get("/v2/a/manifests/v1").expect(404);
        assert_eq!(world.driver.paths(), [blob_path(&digest)]);
    }
}

#[test]
fn manifest_of_schema_1_is_not_served_and_can_be_deleted() {
    let world = World::new();
    for content in [
        r#"{"schemaVersion":1,"name":"a","tag":"v1","fsLayers":[{"blobSum":"sha256:0"}],"history":[]}"#,
        r#"{"schemaVersion":"1","mediaType":"application/vnd.docker.distribution.manifest.v1+prettyjws"}"#,
    ] {
        let digest = plant_manifest(&world, "v1", content);
        let reply = world.get("/v2/a/manifests/v1").expect_code(404, "MANIFEST_UNKNOWN");
        assert!(reply.json()["errors"][0]["message"].as_str().unwrap().contains("schema 1"), "{reply:?}");
        world.delete(&format!("/v2/a/manifests/{digest}")).expect(202);
        assert_eq!(tags(&world, "/v2/a/tags/list?last=a").0, Vec::<String>::new());
    }
}

#[test]
fn fallback_list_that_is_no_index_lists_nothing() {
    let world = World::new();
    let subject = world.push_image("a", "v1", b"layer");
    for content in ["no JSON", r#"{"manifests":[{"digest":"md5:1"},{"size":1},"x"]}"#, "[]"] {
        plant_manifest(&world, &subject.replace(':', "-"), content);
        let listed = World::with(&world.driver, options()).get(&format!("/v2/a/referrers/{subject}")).expect(200);
        assert_eq!(listed.json()["manifests"], serde_json::json!([]), "{content}");
    }
}

#[test]
fn manifest_with_missing_parts_wrong_digest_or_wrong_type_is_refused() {
    let world = World::new();
    let config = descriptor(CONFIG, b"config", &world.push("a", b"config"));
    let missing = [b"one", b"two"].map(|layer| descriptor(LAYER, layer, &sha256(layer)));
    let manifest = image(&config, &missing);
    let refused = world.put_manifest("a", "v1", &manifest, IMAGE).expect_code(400, "MANIFEST_BLOB_UNKNOWN").json();
    let named: Vec<_> =
        refused["errors"].as_array().unwrap().iter().map(|error| error["detail"]["digest"].clone()).collect();
    assert_eq!(named, [sha256(b"one"), sha256(b"two")]);

    let whole = image(&config, &[]);
    let other = sha256(b"other");
    world.put_manifest("a", &other, &whole, IMAGE).expect_code(400, "DIGEST_INVALID");
    world.put_manifest("a", "v1", &whole, INDEX).expect_code(400, "MANIFEST_INVALID");
    world.put_manifest("a", "v1", "not json", IMAGE).expect_code(400, "MANIFEST_INVALID");
    world.put_manifest("a", ".v1", &whole, IMAGE).expect_code(400, "TAG_INVALID");
    let index =
        serde_json::json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor(IMAGE, b"", &other)] });
    world.put_manifest("a", "v1", &index.to_string(), INDEX).expect_code(400, "MANIFEST_BLOB_UNKNOWN");
    let large = format!("{whole}{}", " ".repeat(4 << 20));
    world.put_manifest("a", "v1", &large, IMAGE).expect_code(413, "SIZE_INVALID");
    assert_eq!(world.driver.paths().len(), 2, "the config and its link alone");
    world.get("/v2/a/tags/list").expect(200);
}

#[test]
fn index_of_nothing_leaves_a_layer_link_for_distributions_collection() {
    let world = World::new();
    let index = serde_json::json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [] }).to_string();
    world.put_manifest("a", "v1", &index, INDEX).expect(201);
    let digest = sha256(index.as_bytes());
    let link = format!("{REPOSITORY}/_layers/sha256/{}/link", digest.split_once(':').unwrap().1);
    assert_eq!(world.driver.content(&link).unwrap(), digest);
}

#[test]
fn sha512_manifest_keeps_its_algorithm_and_takes_tags_by_parameter() {
    let world = World::new();
    let config = descriptor(CONFIG, b"config", &world.push("a", b"config"));
    let manifest = image(&config, &[]);
    let digest = sha512(manifest.as_bytes());
    let reference = format!("{digest}?tag=x&tag=y");
    let created = world.put_manifest("a", &reference, &manifest, IMAGE).expect(201);
    let named: Vec<_> = created.headers.get_all("oci-tag").iter().collect();
    assert_eq!(named, ["x", "y"]);
    assert_eq!(created.header("docker-content-digest"), digest);
    for reference in [&digest, "x", "y"] {
        let reply = world.get(&format!("/v2/a/manifests/{reference}")).expect(200);
        assert_eq!(
            (reply.bytes().as_ref(), reply.header("docker-content-digest")),
            (manifest.as_bytes(), digest.as_str())
        );
    }
    assert!(world.driver.content(&blob_path(&digest)).is_some());
    assert!(world.driver.content(&blob_path(&sha256(manifest.as_bytes()))).is_none());
}

#[test]
fn alias_that_distribution_wrote_for_sha512_is_read() {
    let world = World::new();
    let layer = content(100);
    let (canonical, asked) = (world.push("a", &layer), sha512(&layer));
    let link = format!("{REPOSITORY}/_layers/sha512/{}/link", asked.split_once(':').unwrap().1);
    world.driver.plant(&link, canonical.clone());
    let reply = world.get(&format!("/v2/a/blobs/{asked}")).expect(200);
    assert_eq!((reply.bytes().as_ref(), reply.header("docker-content-digest")), (layer.as_slice(), asked.as_str()));
    world.send("POST", &format!("/v2/b/blobs/uploads/?from=a&mount={asked}"), &[], "").expect(202);
}

#[test]
fn link_without_content_or_with_other_content_is_not_served() {
    let world = World::new();
    let digest = world.push("a", b"layer");
    world.driver.uproot(&blob_path(&digest));
    let cold = World::with(&world.driver, options());
    cold.head(&format!("/v2/a/blobs/{digest}")).expect(404);
    cold.get(&format!("/v2/a/blobs/{digest}")).expect_code(404, "BLOB_UNKNOWN");
    world.driver.plant(&blob_path(&digest), "LAYER");
    cold.get(&format!("/v2/a/blobs/{digest}")).expect_code(500, "UNKNOWN");
}

#[test]
fn tags_come_in_byte_order_and_pages_of_any_size_make_the_whole() {
    let world = World::new();
    let mut expected: Vec<String> =
        ["v1", "v1-rc", "v1.1", "v1.1-x", "v10", "v1_", "V1", "latest", "a", "a-", "a.b.c", "a-b"]
            .map(str::to_owned)
            .to_vec();
    expected.extend((0..2500).map(|number| format!("v1.{number}")));
    let digest = world.push_image("a", "v1", b"layer");
    for tag in &expected {
        world.driver.plant(&format!("{REPOSITORY}/_manifests/tags/{tag}/current/link"), digest.clone());
    }
    expected.sort();
    expected.dedup();
    assert_eq!(tags(&world, "/v2/a/tags/list").0, expected);
    for limit in [1, 7, 999, 1000, 1001, 5000] {
        let (mut all, mut next) = (Vec::new(), format!("/v2/a/tags/list?n={limit}"));
        // Pages of one would take long: the first hundred.
        while !next.is_empty() && (limit > 1 || all.len() < 100) {
            let (page, following) = tags(&world, &next);
            assert!(page.len() == limit || following.is_empty());
            all.extend(page);
            next = following;
        }
        assert_eq!(all, expected[..all.len()], "pages of {limit}");
        assert!(limit == 1 || all.len() == expected.len());
    }
    world.requests();
    tags(&world, "/v2/a/tags/list?n=1000&last=v1");
    assert!(world.requests() <= 4, "a page and the beginnings of its last tag");
    let (page, next) = tags(&world, "/v2/a/tags/list?n=0");
    assert_eq!((page.len(), next.as_str()), (0, ""));
    world.get("/v2/a/tags/list?n=x").expect_code(400, "PAGINATION_NUMBER_INVALID");
    world.get("/v2/b/tags/list").expect_code(404, "NAME_UNKNOWN");
}

#[test]
fn catalog_lists_repositories_by_pages() {
    let world = World::new();
    let names = ["a", "a-b", "a.c", "a/0", "a/b", "b", "b/_".trim_end_matches("/_"), "z/y/x"];
    for name in names {
        world.push_image(name, "v1", b"layer");
    }
    for number in 0..1500 {
        world.driver.plant(&format!("{REPOSITORY}/_manifests/tags/t{number}/current/link"), "x");
    }
    world.driver.plant("/docker/registry/v2/repositories/u/_uploads/1/startedat", "x");
    let mut expected = names.to_vec();
    expected.sort_by_key(|name| format!("{name}/_"));
    expected.dedup();
    let list = |uri: &str| {
        let reply = world.get(uri).expect(200);
        let next = reply.header("link").split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        let names = reply.json()["repositories"].as_array().unwrap().clone();
        (names.iter().map(|name| name.as_str().unwrap().to_owned()).collect::<Vec<_>>(), next)
    };
    assert_eq!(list("/v2/_catalog"), (expected.iter().map(|name| (*name).to_owned()).collect(), String::new()));
    for limit in 1..9 {
        let (mut all, mut next) = (Vec::new(), format!("/v2/_catalog?n={limit}"));
        while !next.is_empty() {
            let (page, following) = list(&next);
            assert!(page.len() <= limit);
            all.extend(page);
            next = following;
        }
        assert_eq!(all, expected, "pages of {limit}");
    }
}

#[test]
fn referrers_are_listed_filtered_and_merged_with_the_fallback_tag() {
    let world = World::new();
    let subject_digest = world.push_image("a", "v1", b"layer");
    let list = |query: &str| {
        let reply = world.get(&format!("/v2/a/referrers/{subject_digest}{query}")).expect(200);
        assert_eq!(reply.header("content-type"), INDEX);
        let index = reply.json();
        assert_eq!((index["schemaVersion"].as_u64(), index["mediaType"].as_str()), (Some(2), Some(INDEX)));
        (index["manifests"].as_array().unwrap().clone(), reply.header("oci-filters-applied").to_owned())
    };
    assert_eq!(list("").0.len(), 0);
    world.get("/v2/nowhere/referrers/sha256:bad").expect_code(400, "DIGEST_INVALID");
    world.get(&format!("/v2/nowhere/referrers/{subject_digest}")).expect(200);

    let subject = descriptor(IMAGE, b"", &subject_digest);
    let config = descriptor(CONFIG, b"config", &world.push("a", b"config"));
    let refers = |mut manifest: serde_json::Value| {
        manifest["schemaVersion"] = 2.into();
        manifest["subject"] = subject.clone();
        manifest.to_string()
    };
    let signature = refers(serde_json::json!({ "mediaType": IMAGE, "config": config, "layers": [],
        "artifactType": "application/x-signature", "annotations": { "made": "here" } }));
    let plain = refers(serde_json::json!({ "mediaType": IMAGE, "config": config, "layers": [] }));
    let index = refers(serde_json::json!({ "mediaType": INDEX, "manifests": [] }));
    for (manifest, media_type) in [(&signature, IMAGE), (&plain, IMAGE), (&index, INDEX)] {
        let created = world.put_manifest("a", &sha256(manifest.as_bytes()), manifest, media_type).expect(201);
        assert_eq!(created.header("oci-subject"), subject_digest);
    }
    let all = list("").0;
    let by_digest = |manifest: &str| {
        let digest = sha256(manifest.as_bytes());
        all.iter().find(|entry| entry["digest"] == digest).unwrap_or_else(|| panic!("{all:?}")).clone()
    };
    assert_eq!(all.len(), 3);
    let described = by_digest(&signature);
    assert_eq!(described["artifactType"], "application/x-signature");
    assert_eq!(
        (described["annotations"]["made"].as_str(), described["size"].as_u64()),
        (Some("here"), Some(signature.len() as u64))
    );
    assert_eq!(by_digest(&plain)["artifactType"], CONFIG);
    assert!(by_digest(&index).get("artifactType").is_none());
    let (filtered, applied) = list("?artifactType=application%2Fx-signature");
    assert_eq!((filtered.len(), applied.as_str()), (1, "artifactType"));

    // One that another registry took, which keeps no list, and that its client has listed under the fallback tag; beside it
    // one that does not refer to the subject.
    let foreign =
        refers(serde_json::json!({ "mediaType": IMAGE, "config": config, "layers": [], "annotations": { "n": "1" } }));
    let foreign_digest = sha256(foreign.as_bytes());
    let encoded = foreign_digest.split_once(':').unwrap().1;
    world.driver.plant(&blob_path(&foreign_digest), foreign.clone());
    world.driver.plant(&format!("{REPOSITORY}/_manifests/revisions/sha256/{encoded}/link"), foreign_digest.clone());
    let unrelated = world.push_image("a", "v2", b"layer");
    let entries = [&foreign_digest, &unrelated].map(|digest| descriptor(IMAGE, b"", digest));
    let fallback = serde_json::json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": entries }).to_string();
    world.put_manifest("a", &subject_digest.replace(':', "-"), &fallback, INDEX).expect(201);
    let merged = list("").0;
    assert_eq!(merged.len(), 4);
    assert!(merged.iter().any(|entry| entry["digest"] == foreign_digest));

    world.delete(&format!("/v2/a/manifests/{}", sha256(plain.as_bytes()))).expect(202);
    assert_eq!(list("").0.len(), 3);
}

#[test]
fn deleted_things_are_gone_at_once() {
    let world = World::new();
    let first = world.push_image("a", "v1", b"one");
    world.put_manifest(
        "a",
        "also",
        std::str::from_utf8(&world.driver.content(&blob_path(&first)).unwrap()).unwrap(),
        IMAGE,
    );
    let second = world.push_image("a", "v2", b"two");
    // A tag that named the first and names the second now.
    let manifest = world.driver.content(&blob_path(&second)).unwrap();
    world.put_manifest("a", "also", std::str::from_utf8(&manifest).unwrap(), IMAGE).expect(201);

    world.delete(&format!("/v2/a/manifests/{first}")).expect(202);
    world.get(&format!("/v2/a/manifests/{first}")).expect_code(404, "MANIFEST_UNKNOWN");
    world.get("/v2/a/manifests/v1").expect_code(404, "MANIFEST_UNKNOWN");
    assert_eq!(tags(&world, "/v2/a/tags/list").0, ["also", "v2"]);
    world.delete(&format!("/v2/a/manifests/{first}")).expect_code(404, "MANIFEST_UNKNOWN");

    world.delete("/v2/a/manifests/also").expect(202);
    world.get("/v2/a/manifests/also").expect(404);
    world.get(&format!("/v2/a/manifests/{second}")).expect(200);
    world.delete("/v2/a/manifests/also").expect_code(404, "MANIFEST_UNKNOWN");

    let layer = sha256(b"two");
    world.delete(&format!("/v2/a/blobs/{layer}")).expect(202);
    world.head(&format!("/v2/a/blobs/{layer}")).expect(404);
    world.delete(&format!("/v2/a/blobs/{layer}")).expect_code(404, "BLOB_UNKNOWN");
    assert!(world.driver.content(&blob_path(&layer)).is_some(), "the content is left to the garbage collection");
}

#[test]
fn read_only_and_without_deletion() {
    let world = World::new();
    let digest = world.push_image("a", "v1", b"layer");
    let fixed = World::with(&world.driver, Options { delete_enabled: false, ..options() });
    fixed.delete("/v2/a/manifests/v1").expect_code(405, "UNSUPPORTED");
    fixed.delete(&format!("/v2/a/blobs/{}", sha256(b"layer"))).expect_code(405, "UNSUPPORTED");
    let location = fixed.begin("a");
    fixed.delete(&location).expect(204);
    let closed = World::with(&world.driver, Options { read_only: true, ..options() });
    closed.send("POST", "/v2/a/blobs/uploads/", &[], "").expect_code(405, "UNSUPPORTED");
    closed.put_manifest("a", "v1", "{}", IMAGE).expect_code(405, "UNSUPPORTED");
    closed.delete(&format!("/v2/a/manifests/{digest}")).expect_code(405, "UNSUPPORTED");
    closed.get("/v2/a/manifests/v1").expect(200);
    let wrong = closed.send("GET", "/v2/a/blobs/uploads/", &[], "").expect_code(405, "UNSUPPORTED");
    assert_eq!(wrong.header("allow"), "POST");
}

/// Lets each request of a manifest's push fail: no tag ever names what is not there.
#[test]
fn fault_at_every_request_of_a_manifest_leaves_no_tag_without_its_blobs() {
    use ossicle_registry::memory::Fault;
    for fault in [Fault::RequestLost, Fault::ResponseLost, Fault::Refused] {
        for failing in 0..9 {
            let world = World::new();
            let config = descriptor(CONFIG, b"config", &world.push("a", b"config"));
            let layer = descriptor(LAYER, b"layer", &world.push("a", b"layer"));
            let manifest = image(&config, &[layer]);
            let cold = World::with(&world.driver, options());
            let mut place = 0;
            world.driver.set_faults(move |_| {
                place += 1;
                (place == failing + 1).then_some(fault)
            });
            let reply = cold.put_manifest("a", "v1", &manifest, IMAGE);
            world.driver.clear_faults();
            let reader = World::with(&world.driver, options());
            match reader.get("/v2/a/tags/list").status.as_u16() {
                200 if !tags(&reader, "/v2/a/tags/list").0.is_empty()
                    && world.driver.content(&format!("{REPOSITORY}/_manifests/tags/v1/current/link")).is_some() =>
                {
                    reader.get("/v2/a/manifests/v1").expect(200);
                }
                _ => assert!(reply.status.is_server_error(), "{fault:?} at {failing}"),
            }
            cold.put_manifest("a", "v1", &manifest, IMAGE).expect(201);
            reader.get("/v2/a/manifests/v1").expect(200);
        }
    }
}

#[test]
fn base_says_which_api_it_is() {
    let world = World::new();
    let reply = world.get("/v2/").expect(200);
    assert_eq!((reply.bytes().as_ref(), reply.header("docker-distribution-api-version")), (&b"{}"[..], "registry/2.0"));
    world.get("/v1/").expect(404);
    world.send("PUT", "/v2/", &[], "").expect_code(405, "UNSUPPORTED");
}

/// Who sends a manifest that is too large sees why: it is read to its end, as long as that is not far.
#[test]
fn manifest_that_is_too_large_is_heard_out() {
    use http_body_util::{BodyExt, StreamBody};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    let world = World::new();
    for (pieces, expected) in [(5, 5), (16, 16), (40, 17)] {
        let read = Arc::new(AtomicUsize::new(0));
        let counted = read.clone();
        let body = (0..pieces).map(move |_| {
            counted.fetch_add(1, Relaxed);
            Ok(http_body::Frame::data(bytes::Bytes::from(vec![b' '; 1 << 20])))
        });
        let body = BodyExt::boxed(StreamBody::new(futures_util::stream::iter(body)));
        let reply = world.send_body("PUT", "/v2/app/manifests/large", &[("content-type", IMAGE)], body);
        reply.expect_code(413, "SIZE_INVALID");
        assert_eq!(read.load(Relaxed), expected, "pieces of {pieces}");
    }
}
