//! The forms of packages. Each lives its life in a repository of its own.

use serde_json::{Map, Value, json};

use crate::client::Client;
use crate::content::{Algorithm, content};
use crate::life::live;
use crate::package::{
    CONFIG, DOCKER_CONFIG, DOCKER_IMAGE, DOCKER_LAYER, DOCKER_LIST, EMPTY, IMAGE, INDEX, LAYER, Package,
};
use crate::run::Run;

const TYPE_ONE: &str = "application/vnd.example.one+json";
const TYPE_TWO: &str = "application/vnd.example.two";

/// Makes a group of each form: what is done with the package that its function makes.
macro_rules! forms {
    ($($(#[doc = $what:literal])* $form:ident: $build:expr;)*) => {
        $(
            $(#[doc = $what])*
            pub async fn $form(client: &impl Client) {
                let build: fn() -> Package = $build;
                let run = Run::new(client, stringify!($form));
                live(&run, concat!("forms/", stringify!($form)), &build()).await;
                run.check_list();
            }
        )*
    };
}

forms! {
    /// An image.
    image: || package(|package| {
        package.image("image", "image");
    });
    /// An image whose layers are not compressed.
    image_uncompressed: || package(|package| {
        let mut image = package.image_of("uncompressed");
        for layer in image["layers"].as_array_mut().expect("layers") {
            layer["mediaType"] = "application/vnd.oci.image.layer.v1.tar".into();
        }
        package.manifest(image, "uncompressed");
    });
    /// A manifest of nearly 4 MB, by its annotations.
    large_manifest: || package(|package| {
        let mut image = package.image_of("large");
        image["annotations"] = large_annotations();
        package.manifest(image, "large");
        let size = package.manifests[0].content.len();
        assert!((3_900_000..4_000_000).contains(&size), "{size}");
    });
    /// An index of two images.
    index: || package(|package| {
        package.index("index", "index");
    });
    /// An index of two indexes.
    nested_index: || package(|package| {
        let inner = [package.index("first", ""), package.index("second", "")];
        package.manifest(index_of(&inner), "nested");
    });
    /// An index of nothing.
    empty_index: || package(|package| {
        package.manifest(index_of(&[]), "empty");
    });
    /// An artifact.
    artifact: || package(|package| {
        let artifact = package.artifact_of("artifact", TYPE_ONE);
        package.manifest(artifact, "artifact");
    });
    /// An index of artifacts with a type of its own.
    artifact_index: || package(|package| {
        let index = artifact_index_of(package, "artifact index");
        package.manifest(index, "artifacts");
    });
    /// An artifact whose only layer is the empty document, which is its config too.
    artifact_without_layers: || package(|package| {
        let empty = package.blob(EMPTY, "{}");
        let artifact = json!({ "mediaType": IMAGE, "artifactType": TYPE_ONE, "config": empty, "layers": [empty] });
        package.manifest(artifact, "bare");
    });
    /// An image, and an image and two artifacts that refer to it.
    artifacts_with_subject: || package(with_referrers);
    /// An index, and an index of artifacts and the artifacts themselves that refer to it.
    index_with_subject: || package(|package| {
        let subject = package.index("subject", "subject");
        let refer = |mut manifest: Value, which: &str| {
            manifest["subject"] = subject.clone();
            manifest["annotations"] = json!({ "org.example.which": which });
            manifest
        };
        let artifacts = ["first", "second"].map(|seed| {
            let artifact = refer(package.artifact_of(seed, TYPE_ONE), seed);
            package.manifest(artifact, "")
        });
        let mut index = refer(index_of(&artifacts), "index");
        index["artifactType"] = TYPE_ONE.into();
        package.manifest(index, "refers");
    });
    /// An artifact that refers to what is not there.
    missing_subject: || package(|package| {
        let mut artifact = package.artifact_of("missing subject", TYPE_ONE);
        artifact["subject"] = json!({ "mediaType": IMAGE, "digest": package.algorithm.digest(b"missing"), "size": 7 });
        artifact["annotations"] = json!({ "org.example.which": "artifact" });
        package.manifest(artifact, "refers");
    });
    /// Descriptors that hold the content too.
    data_field: || package(|package| {
        let small = |package: &mut Package, media_type: &str, text: &str, encoded: &str| {
            let mut descriptor = package.blob(media_type, text.to_owned());
            descriptor["data"] = encoded.into();
            descriptor
        };
        let config = small(package, CONFIG, "{\"data\":0}", "eyJkYXRhIjowfQ==");
        let layers = [small(package, LAYER, "first", "Zmlyc3Q="), small(package, LAYER, "second", "c2Vjb25k")];
        package.manifest(json!({ "mediaType": IMAGE, "config": config, "layers": layers }), "data");
    });
    /// Layers that are not pushed, because they may not be distributed, beside one that is.
    non_distributable_layers: || package(|package| {
        let elsewhere = |media_type: &str, seed: &str| {
            let digest = Algorithm::Sha256.digest(seed.as_bytes());
            let url = format!("https://store.example.com/{digest}");
            json!({ "mediaType": media_type, "digest": digest, "size": 123_456, "urls": [url] })
        };
        let layers = [
            elsewhere("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", "first"),
            elsewhere("application/vnd.oci.image.layer.nondistributable.v1.tar", "second"),
            package.blob(LAYER, content("third", 600)),
        ];
        let config = package.blob(CONFIG, "{\"elsewhere\":true}");
        package.manifest(json!({ "mediaType": IMAGE, "config": config, "layers": layers }), "elsewhere");
    });
    /// Fields that nobody knows, in configs, images and an index.
    custom_fields: || package(|package| {
        let images = ["first", "second"].map(|seed| {
            let mut image = package.image_of(seed);
            let config = json!({ "os": "linux", "architecture": "amd64", "org.example.unknown": [seed] });
            package.blobs.pop();
            image["config"] = package.blob(CONFIG, config.to_string());
            image["org.example.unknown"] = json!({ "deep": [true] });
            image["layers"][0]["org.example.unknown"] = 1.into();
            package.manifest(image, "")
        });
        let mut index = index_of(&images);
        index["org.example.unknown"] = Value::Null;
        package.manifest(index, "custom");
    });
    /// An image with an empty list of layers.
    no_layers: || package(|package| {
        let config = package.blob(CONFIG, "{\"layers\":0}");
        package.manifest(json!({ "mediaType": IMAGE, "config": config, "layers": [] }), "no-layers");
    });
    /// An index whose digests are all SHA-512, by its digest alone.
    sha512: || {
        let mut package = Package::new(Algorithm::Sha512);
        package.index("sha512", "");
        package
    };
    /// Tags in the request that pushes a digest: eleven, one and one.
    tag_param_sha256: || by_parameter(Algorithm::Sha256);
    /// The same for digests of SHA-512, for which there is no other way to have a tag.
    tag_param_sha512: || by_parameter(Algorithm::Sha512);
    /// A manifest with some white space that its digest does not know.
    bad_digest_image: || package(|package| {
        package.image("wrong digest", "");
        let manifest = &mut package.manifests[0];
        manifest.content = [manifest.content.as_ref(), b"  "].concat().into();
        package.has_wrong_digests = true;
    });
    /// An image as docker makes it.
    docker_image: || package(|package| {
        let image = docker_image_of(package, "docker image");
        package.manifest(image, "docker");
    });
    /// A list of docker's, of its own images and one of OCI's.
    docker_list: || package(|package| {
        let images = ["first", "second"].map(|seed| {
            let image = docker_image_of(package, seed);
            package.manifest(image, "")
        });
        let manifests = [images.as_slice(), &[package.image("third", "")]].concat();
        package.manifest(json!({ "mediaType": DOCKER_LIST, "manifests": manifests }), "list");
    });
    /// What refers to an image by a digest of SHA-512.
    sha512_subject: || {
        let mut package = Package::new(Algorithm::Sha512);
        with_referrers(&mut package);
        for manifest in &mut package.manifests {
            manifest.tags.clear();
        }
        package
    };
}

fn package(build: impl FnOnce(&mut Package)) -> Package {
    let mut package = Package::new(Algorithm::Sha256);
    build(&mut package);
    package
}

fn index_of(manifests: &[Value]) -> Value {
    json!({ "mediaType": INDEX, "manifests": manifests })
}

fn artifact_index_of(package: &mut Package, seed: &str) -> Value {
    let artifacts = ["first", "second"].map(|which| {
        let artifact = package.artifact_of(&format!("{seed} {which}"), TYPE_ONE);
        package.manifest(artifact, "")
    });
    let mut index = index_of(&artifacts);
    index["artifactType"] = TYPE_TWO.into();
    index
}

fn docker_image_of(package: &mut Package, seed: &str) -> Value {
    let layers = ["first", "second"].map(|place| package.blob(DOCKER_LAYER, content(&format!("{seed} {place}"), 2048)));
    let config = package.blob(DOCKER_CONFIG, json!({ "docker": seed }).to_string());
    json!({ "mediaType": DOCKER_IMAGE, "config": config, "layers": layers })
}

/// 390 of 10 000 characters each.
fn large_annotations() -> Value {
    let annotations = (0..390).map(|place| (format!("org.example.large.{place}"), json!("y".repeat(10_000))));
    Value::Object(annotations.collect::<Map<_, _>>())
}

fn with_referrers(package: &mut Package) {
    let subject = package.image("subject", "subject");
    let mut image = package.image_of("refers");
    image["subject"] = subject.clone();
    package.manifest(image, "");
    for (artifact_type, tag) in [(TYPE_ONE, "artifact-one"), (TYPE_TWO, "artifact-two")] {
        let mut artifact = package.artifact_of(tag, artifact_type);
        artifact["subject"] = subject.clone();
        artifact["annotations"] = json!({ "org.example.which": tag, "org.example.same": "the same" });
        package.manifest(artifact, tag);
    }
}

fn by_parameter(algorithm: Algorithm) -> Package {
    let mut package = Package::new(algorithm);
    package.index("by parameter", "index");
    package.tags_by_parameter = true;
    for (place, manifest) in package.manifests.iter_mut().enumerate() {
        manifest.tags.push(format!("tag-{place}"));
    }
    // As many as the specification wants to be taken at once, and one.
    let index = package.manifests.last_mut().expect("the index");
    index.tags.extend((3..12).map(|place| format!("tag-{place}")));
    package
}
