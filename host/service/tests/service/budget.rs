//! How many requests to OSS a push and a pull take.

use bytes::Bytes;
use ossicle_emulator::Operation;

use crate::client::{CONFIG, LAYER, content, descriptor, image, sha256};
use crate::world::{PART, Process, World, options};

#[tokio::test(flavor = "multi_thread")]
async fn docker_push_of_28_mb_and_a_config_takes_16_requests() {
    let world = World::new(PART).await;
    let client = world.client();
    let (layer, config) = (content(1, 28_000_000), content(2, 1500));
    let layer_digest = client.push_streamed("app", &layer).await;
    let of_layer = world.operations();
    assert_eq!(of_layer.len(), 3 + 6, "three parts, and six besides: {of_layer:?}");
    // Docker looks for the config before it pushes it.
    client.head(&format!("/v2/app/blobs/{}", sha256(&config))).await.expect(404);
    assert_eq!(world.requests(), 1);
    let config_digest = client.push_streamed("app", &config).await;
    assert_eq!(world.operations(), [Operation::PutObject; 2]);
    // After each blob docker looks whether it is there.
    client.head(&format!("/v2/app/blobs/{layer_digest}")).await.expect(200);
    client.head(&format!("/v2/app/blobs/{config_digest}")).await.expect(200);
    assert_eq!(world.requests(), 0);
    let manifest = image(&descriptor(CONFIG, &config), &[descriptor(LAYER, &layer)]);
    client.put_manifest("app", "latest", manifest).await.expect(201);
    assert_eq!(world.operations(), [Operation::PutObject; 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn skopeo_push_of_three_blobs_takes_22_requests() {
    let world = World::new(PART).await;
    let client = world.client();
    let layers: [Bytes; 2] = [content(1, 3_000_000), content(2, 25_000_000)];
    let config = content(3, 1500);
    for layer in &layers {
        for _ in 0..2 {
            client.head(&format!("/v2/app/blobs/{}", sha256(layer))).await.expect(404);
        }
        client.push_streamed("app", layer).await;
    }
    client.head(&format!("/v2/app/blobs/{}", sha256(&config))).await.expect(404);
    client.push_streamed("app", &config).await;
    let described = layers.each_ref().map(|layer| descriptor(LAYER, layer));
    client.put_manifest("app", "latest", image(&descriptor(CONFIG, &config), &described)).await.expect(201);
    let operations = world.operations();
    assert_eq!(operations.len(), 22, "{operations:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pull_of_three_blobs_takes_9_requests_and_then_1() {
    let mut world = World::new(PART).await;
    let client = world.client();
    let layers: [Bytes; 2] = [content(1, 3_000_000), content(2, 25_000_000)];
    let config = content(3, 1500);
    for blob in layers.iter().chain([&config]) {
        client.push_streamed("app", blob).await;
    }
    let described = layers.each_ref().map(|layer| descriptor(LAYER, layer));
    client.put_manifest("app", "latest", image(&descriptor(CONFIG, &config), &described)).await.expect(201);

    // Another process, which knows nothing yet.
    world.process = Process::start(&world.emulator, options(PART)).await;
    let client = world.client();
    for expected in [9, 1] {
        world.requests();
        let manifest = client.get("/v2/app/manifests/latest").await.expect(200).json();
        for layer in manifest["layers"].as_array().unwrap() {
            client.get(&format!("/v2/app/blobs/{}", layer["digest"].as_str().unwrap())).await.expect(307);
        }
        client.get(&format!("/v2/app/blobs/{}", manifest["config"]["digest"].as_str().unwrap())).await.expect(200);
        let operations = world.operations();
        assert_eq!(operations.len(), expected, "{operations:?}");
    }
}
