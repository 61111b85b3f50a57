//! How many requests to OSS each thing takes, exactly.

mod common;

use common::{CONFIG, IMAGE, LAYER, PART, World, content, descriptor, image, sha256};
use ossicle_registry::memory::{Driver, Operation};
use ossicle_registry::{Options, Redirects};

/// As in use: parts of 10 MiB and redirects from 1 MiB.
fn world() -> World {
    World::with(&Driver::new(10 << 20), Options::new("a secret that is long enough"))
}

#[test]
fn docker_push_of_28_mb_and_a_config_takes_16_requests() {
    let world = world();
    let (layer, config) = (content(28_000_000), content(1500));
    let layer_digest = world.push_streamed("app", &layer);
    assert_eq!(world.requests(), 3 + 6, "three parts, and six besides");
    // Docker looks for the config before it pushes it.
    world.head(&format!("/v2/app/blobs/{}", sha256(&config))).expect(404);
    assert_eq!(world.requests(), 1);
    let config_digest = world.push_streamed("app", &config);
    assert_eq!(world.operations(), [Operation::PutObject; 2]);
    let manifest = image(&descriptor(CONFIG, &config, &config_digest), &[descriptor(LAYER, &layer, &layer_digest)]);
    // After each blob docker looks whether it is there.
    world.head(&format!("/v2/app/blobs/{layer_digest}")).expect(200);
    world.head(&format!("/v2/app/blobs/{config_digest}")).expect(200);
    assert_eq!(world.requests(), 0);
    world.put_manifest("app", "latest", &manifest, IMAGE).expect(201);
    assert_eq!(world.operations(), [Operation::PutObject; 4]);
}

#[test]
fn skopeo_push_of_three_blobs_takes_22_requests() {
    let world = world();
    let (small, large, config) = (content(3_000_000), content(25_000_000), content(1500));
    let mut layers = Vec::new();
    for layer in [&small, &large] {
        for _ in 0..2 {
            world.head(&format!("/v2/app/blobs/{}", sha256(layer))).expect(404);
        }
        layers.push(descriptor(LAYER, layer, &world.push_streamed("app", layer)));
    }
    world.head(&format!("/v2/app/blobs/{}", sha256(&config))).expect(404);
    let config = descriptor(CONFIG, &config, &world.push_streamed("app", &config));
    world.put_manifest("app", "latest", &image(&config, &layers), IMAGE).expect(201);
    assert_eq!(world.requests(), 22);
}

#[test]
fn pull_of_three_blobs_takes_9_requests_and_then_1() {
    let pusher = world();
    let layers: Vec<_> = [3_000_000, 25_000_000]
        .map(|length| descriptor(LAYER, &content(length), &pusher.push("app", &content(length))))
        .to_vec();
    let config = descriptor(CONFIG, &content(1500), &pusher.push("app", &content(1500)));
    pusher.put_manifest("app", "latest", &image(&config, &layers), IMAGE).expect(201);

    let world = World::with(&pusher.driver, Options::new("a secret that is long enough"));
    for expected in [9, 1] {
        world.requests();
        let manifest = world.get("/v2/app/manifests/latest").expect(200).json();
        for layer in manifest["layers"].as_array().unwrap() {
            world.get(&format!("/v2/app/blobs/{}", layer["digest"].as_str().unwrap())).expect(307);
        }
        world.get(&format!("/v2/app/blobs/{}", manifest["config"]["digest"].as_str().unwrap())).expect(200);
        assert_eq!(world.requests(), expected);
    }
}

#[test]
fn single_calls_take_what_the_table_says() {
    let world = World::new();
    let (first, second) = (world.push("a", b"first"), world.push("a", b"second"));
    let image = world.push_image("a", "v1", b"third");
    let cold = || {
        let world = World::with(&world.driver, common::options());
        world.requests();
        world
    };

    let process = cold();
    process.head(&format!("/v2/a/blobs/{first}")).expect(200);
    assert_eq!(process.operations(), [Operation::GetObject, Operation::HeadObject]);
    process.head(&format!("/v2/a/blobs/{first}")).expect(200);
    assert_eq!(process.requests(), 0);
    process.head(&format!("/v2/a/blobs/{}", sha256(b"none"))).expect(404);
    assert_eq!(process.requests(), 1);

    process.get("/v2/a/manifests/v1").expect(200);
    assert_eq!(process.requests(), 3);
    process.get("/v2/a/manifests/v1").expect(200);
    assert_eq!(process.requests(), 1);
    let process = cold();
    process.get(&format!("/v2/a/manifests/{image}")).expect(200);
    assert_eq!(process.requests(), 2);
    process.get(&format!("/v2/a/manifests/{image}")).expect(200);
    assert_eq!(process.requests(), 0);

    let process = cold();
    process.begin("a");
    assert_eq!(process.requests(), 0);
    let mount = |from: &str, digest: &str| format!("/v2/b/blobs/uploads/?from={from}&mount={digest}");
    process.send("POST", &mount("a", &second), &[], "").expect(201);
    assert_eq!(process.requests(), 3);
    let other = format!("/v2/c/blobs/uploads/?from=a&mount={second}");
    process.send("POST", &other, &[], "").expect(201);
    assert_eq!(process.requests(), 1);

    process.push("a", &content(PART));
    assert_eq!(process.operations(), [Operation::PutObject; 2], "one part");
    process.push("a", &content(PART + 1));
    assert_eq!(process.requests(), 2 + 3, "two parts with the digest known at the start");
    process.push_streamed("a", &content(3 * PART));
    assert_eq!(process.requests(), 3 + 6, "three parts");

    process.get("/v2/a/tags/list").expect(200);
    assert_eq!(process.requests(), 1);
}

#[test]
fn manifest_push_looks_only_for_what_is_not_remembered() {
    let world = World::new();
    let layer = descriptor(LAYER, b"layer", &world.push("a", b"layer"));
    let config = descriptor(CONFIG, b"config", &world.push("a", b"config"));
    let manifest = image(&config, &[layer]);
    for (process, expected) in [(&world, 4), (&World::with(&world.driver, common::options()), 4 + 2 * 2)] {
        process.requests();
        process.put_manifest("a", "v1", &manifest, IMAGE).expect(201);
        assert_eq!(process.requests(), expected);
    }
}

#[test]
fn referrers_are_read_once() {
    let world = World::new();
    let subject = world.push_image("a", "v1", b"layer");
    let config = descriptor(CONFIG, b"config", &world.push("a", b"config"));
    for number in 0..20 {
        let mut manifest: serde_json::Value = serde_json::from_str(&image(&config, &[])).unwrap();
        manifest["subject"] = descriptor(IMAGE, b"", &subject);
        manifest["annotations"] = serde_json::json!({ "number": number.to_string() });
        let manifest = manifest.to_string();
        world.put_manifest("a", &sha256(manifest.as_bytes()), &manifest, IMAGE).expect(201);
    }
    let cold = World::with(&world.driver, common::options());
    for (process, expected) in [(&world, 2), (&cold, 2 + 20), (&cold, 2)] {
        process.requests();
        let listed = process.get(&format!("/v2/a/referrers/{subject}")).expect(200).json();
        assert_eq!(listed["manifests"].as_array().unwrap().len(), 20);
        assert_eq!(process.requests(), expected, "the list, the fallback tag, and each descriptor once");
    }
}

#[test]
fn small_blob_is_sent_and_large_one_redirected() {
    let world = World::new();
    let (small, middle, large) = (content(60_000), content(90_000), content(100_000));
    let [small_digest, middle_digest, large_digest] = [&small, &middle, &large].map(|blob| world.push("a", blob));
    let redirects = Some(Redirects { from_size: 100_000, ..Redirects::default() });
    let process = World::with(&world.driver, Options { redirects, ..common::options() });
    process.requests();
    assert_eq!(process.get(&format!("/v2/a/blobs/{small_digest}")).expect(200).bytes(), &small);
    assert_eq!(process.requests(), 2);
    assert_eq!(process.get(&format!("/v2/a/blobs/{middle_digest}")).expect(200).bytes(), &middle);
    assert_eq!(process.requests(), 3, "its beginning is read with the link");
    let redirect = process.get(&format!("/v2/a/blobs/{large_digest}")).expect(307);
    assert!(redirect.location().contains(&common::blob_path(&large_digest)), "{redirect:?}");
    assert_eq!(process.requests(), 2);
    let head = process.head(&format!("/v2/a/blobs/{large_digest}")).expect(200);
    assert_eq!(head.header("content-length"), "100000");
    assert_eq!(process.requests(), 2, "it confirms the blob, for which reading does not do");
    process.head(&format!("/v2/a/blobs/{large_digest}")).expect(200);
    assert_eq!(process.requests(), 0);

    let streaming = World::with(&world.driver, Options { redirects: None, ..common::options() });
    assert_eq!(streaming.get(&format!("/v2/a/blobs/{large_digest}")).expect(200).bytes(), &large);
}
