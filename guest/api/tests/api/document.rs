//! The document has every route, status and problem that the code has, and no other.

use std::collections::BTreeSet;

use futures_util::future::join;
use ossicle_api::memory::run;
use ossicle_api::ports::{Locks, StorageError, StorageErrorKind};
use serde_json::{Value, json};

use crate::client::{Asked, Client, Seen, Sent, delete, get, post, put};

/// The problems that are no operation's: the server's, and of paths that lead nowhere.
const OTHERS: [&str; 3] = ["unauthorized", "unknown-route", "too-many-requests"];

const KINDS: [(StorageErrorKind, &str); 18] = [
    (StorageErrorKind::NotFound, "not-found"),
    (StorageErrorKind::InvalidKey, "invalid-key"),
    (StorageErrorKind::Exists, "conflict"),
    (StorageErrorKind::Conflict, "conflict"),
    (StorageErrorKind::TooLate, "lease-lost"),
    (StorageErrorKind::Denied, "storage-denied"),
    (StorageErrorKind::NoBucket, "no-bucket"),
    (StorageErrorKind::Misconfigured, "misconfigured"),
    (StorageErrorKind::Throttled, "throttled"),
    (StorageErrorKind::Overloaded, "overloaded"),
    (StorageErrorKind::TimedOut, "timed-out"),
    (StorageErrorKind::Unavailable, "unavailable"),
    (StorageErrorKind::Corrupt, "corrupt"),
    (StorageErrorKind::Unsupported, "unsupported"),
    (StorageErrorKind::BrokenContent, "broken-content"),
    (StorageErrorKind::Left, "left"),
    (StorageErrorKind::Refused, "storage-refused"),
    (StorageErrorKind::Defect, "defect"),
];

/// A tenant in which everything is there that the samples need.
struct World {
    client: Client,
    upload: String,
    lease: String,
}

fn world() -> World {
    let client = Client::default();
    client.send(put("/v1/certificates/a", b"0123"));
    client.send(put("/v1/blobs/a", b"0123"));
    let upload = client.send(post("/v1/blob-uploads", json!({ "path": "/b" }))).header("location").to_owned();
    let lease = client.send(Asked::new("POST", "/v1/locks/site/lease")).json()["lease"].as_str().unwrap().to_owned();
    World { client, upload, lease }
}

impl World {
    /// A request of an operation that succeeds.
    fn sample(&self, name: &str) -> Asked {
        let lease = |asked: Asked| asked.header("ossicle-lease", &self.lease);
        let copy = json!({ "source": "/a", "destination": "/c" });
        match name {
            "getDocument" => get("/openapi.json"),
            "listCertificates" => get("/v1/certificates"),
            "getCertificate" => get("/v1/certificates/a"),
            "headCertificate" => Asked::new("HEAD", "/v1/certificates/a"),
            "putCertificate" => put("/v1/certificates/a", b"4567"),
            "deleteCertificate" => delete("/v1/certificates/a"),
            "getCertificateInfo" => get("/v1/certificate-info/a"),
            "getLock" => get("/v1/locks/site"),
            "breakLock" => delete("/v1/locks/site?fencing_token=1"),
            "acquireLock" => Asked::new("POST", "/v1/locks/other/lease"),
            "renewLease" => lease(Asked::new("PUT", "/v1/locks/site/lease")),
            "releaseLease" => lease(delete("/v1/locks/site/lease")),
            "listBlobs" => get("/v1/blobs"),
            "getBlob" => get("/v1/blobs/a"),
            "headBlob" => Asked::new("HEAD", "/v1/blobs/a"),
            "putBlob" => put("/v1/blobs/a", b"4567"),
            "deleteBlob" => delete("/v1/blobs/a"),
            "getBlobInfo" => get("/v1/blob-info/a"),
            "walkBlobs" => get("/v1/blob-walk"),
            "copyBlob" => post("/v1/blob-copies", copy),
            "moveBlob" => post("/v1/blob-moves", copy),
            "presignBlob" => post("/v1/blob-urls", json!({ "path": "/a" })),
            "beginUpload" => post("/v1/blob-uploads", json!({ "path": "/d", "size": 4 })),
            "getUpload" => get(&self.upload),
            "headUpload" => Asked::new("HEAD", &self.upload),
            "appendUpload" => Asked::new("PATCH", &self.upload)
                .bytes(b"4567")
                .header("content-type", "application/octet-stream")
                .header("upload-offset", "0"),
            "abortUpload" => delete(&self.upload),
            "commitUpload" => Asked::new("POST", &format!("{}/commit", self.upload)),
            other => panic!("there is no sample of {other}"),
        }
    }
}

/// Every operation's id, statuses and names of problems.
fn declared(document: &Value) -> BTreeSet<Seen> {
    let mut declared = BTreeSet::new();
    for (method, operation) in
        document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap())
    {
        let name = operation["operationId"].as_str().unwrap();
        for (status, response) in operation["responses"].as_object().unwrap() {
            let status: u16 = status.parse().unwrap();
            let told = response["description"].as_str().unwrap();
            // A response to HEAD says nothing of its problem.
            let problems: Vec<_> = match told.split('`').skip(1).step_by(2).collect::<Vec<_>>() {
                problems
                    if status < 400 || (method == "head" && problems.iter().any(|name| !OTHERS.contains(name))) =>
                {
                    vec![""]
                }
                problems if method == "head" && !problems.is_empty() => vec![],
                problems => problems,
            };
            for problem in problems.into_iter().filter(|problem| !OTHERS.contains(problem)) {
                declared.insert((name.to_owned(), status, problem.to_owned()));
            }
        }
    }
    declared
}

fn problems(document: &Value, name: &str) -> String {
    let paths = document["paths"].as_object().unwrap();
    let mut operations = paths.values().flat_map(|path| path.as_object().unwrap().values());
    let operation = operations.find(|operation| operation["operationId"] == name).unwrap();
    operation["responses"].to_string()
}

/// Asks for everything that the document has of an operation, each in a world of its own, and tells what was seen.
fn see(name: &str) -> BTreeSet<Seen> {
    let mut seen = BTreeSet::new();
    let mut ask = |change: &dyn Fn(&mut World, Asked) -> Asked| {
        let mut world = world();
        let sample = world.sample(name);
        let asked = change(&mut world, sample);
        world.client.send(asked);
        seen.extend(world.client.seen().into_iter().filter(|(other, ..)| other == name));
    };
    let told = problems(Client::default().document(), name);
    let has = |problem: &str| told.contains(&format!("`{problem}`"));
    ask(&|_, asked| asked);
    ask(&|_, asked| {
        let separator = if asked.path.contains('?') { '&' } else { '?' };
        Asked { path: format!("{}{separator}nonsense=1", asked.path), ..asked }
    });
    ask(&|world, asked| {
        world.client.grant.rights = Default::default();
        asked
    });
    for (kind, _) in KINDS.into_iter().filter(|(_, problem)| has(problem)) {
        ask(&|world, asked| {
            world.client.tenant.fail(move |_| Some(StorageError::new(kind, "as the test says")));
            asked
        });
    }
    for header in ["if-match", "if-none-match"] {
        let etag = "\"other\"";
        ask(&|_, asked| asked.header(header, if header == "if-match" { etag } else { "*" }));
    }
    for range in ["bytes=0-1", "bytes=9-"] {
        ask(&|_, asked| asked.header("range", range));
    }
    ask(&|world, asked| {
        world.client.grant.body_limit = 1;
        asked
    });
    ask(&|_, asked| asked.header("content-encoding", "gzip"));
    ask(&|_, asked| Asked { sent: Sent::Broken(b"{"), ..asked });
    ask(&|_, asked| asked.header("if-match", "*"));
    // The locks of conditional changes are held by others.
    ask(&|world, asked| {
        for name in ["certificates:a", "blobs:/a"] {
            run(world.client.tenant.try_lock(&format!("ossicle:conditional-change:{name}"))).unwrap();
        }
        asked.header("if-match", "*")
    });
    seen.extend(see_special(name));
    seen
}

/// What only some operations have.
fn see_special(name: &str) -> BTreeSet<Seen> {
    let world = world();
    let client = &world.client;
    match name {
        "deleteCertificate" => {
            client.send(put("/v1/certificates/a/b", b"x"));
            client.send(world.sample(name));
        }
        "acquireLock" => {
            client.send(Asked::new("POST", "/v1/locks/site/lease"));
        }
        "renewLease" => {
            client.send(delete("/v1/locks/site?fencing_token=1"));
            client.send(world.sample(name));
        }
        "releaseLease" => {
            client.send(delete("/v1/locks/other/lease").header("ossicle-lease", &world.lease));
        }
        "commitUpload" => {
            client.send(put("/v1/blobs/b", b"x"));
            client.send(world.sample(name).header("if-none-match", "*"));
        }
        "appendUpload" => {
            let mut asked = world.sample(name);
            asked.headers.retain(|(name, _)| *name != "upload-offset");
            client.send(asked.header("upload-offset", "5"));
        }
        _ => {}
    }
    if name.ends_with("Upload") && name != "beginUpload" {
        let first = Asked { sent: Sent::Nothing, ..world.sample("appendUpload") };
        run(join(client.sending(first), client.sending(world.sample(name))));
    }
    client.seen().into_iter().filter(|(other, ..)| other == name).collect()
}

#[test]
fn every_status_and_problem_of_the_document_is_seen_and_no_other() {
    let declared = declared(Client::default().document());
    let names: BTreeSet<_> = declared.iter().map(|(name, ..)| name.clone()).collect();
    assert_eq!(names.len(), 28, "{names:?}");
    let seen: BTreeSet<Seen> = names.iter().flat_map(|name| see(name)).collect();
    let never: Vec<_> = declared.difference(&seen).collect();
    assert!(never.is_empty(), "in the document and never seen: {never:#?}");
    let unknown: Vec<_> = seen.difference(&declared).collect();
    assert!(unknown.is_empty(), "seen and not in the document: {unknown:#?}");
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|value| references(value, found));
            }
            Value::Array(values) => values.iter().for_each(|value| references(value, found)),
            Value::Bool(false) => {}
            _ => {}
        }
    }
    let client = Client::default();
    let document = client.document();
    let mut found = BTreeSet::new();
    references(document, &mut found);
    assert!(found.len() > 15, "{found:?}");
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some_and(Value::is_object), "{reference}");
    }
    let text = document["paths"].to_string();
    assert!(
        !text.contains("\"schema\":false") && !text.contains("[false"),
        "an operation names a schema that there is not"
    );
}

#[test]
fn every_parameter_of_a_path_is_described() {
    let client = Client::default();
    for (path, operations) in client.document()["paths"].as_object().unwrap() {
        for operation in operations.as_object().unwrap().values() {
            let parameters = operation["parameters"].as_array().unwrap();
            let described: BTreeSet<_> = parameters
                .iter()
                .filter(|parameter| parameter["in"] == "path")
                .map(|parameter| format!("{{{}}}", parameter["name"].as_str().unwrap()))
                .collect();
            let named: BTreeSet<_> = path.split('/').filter(|part| part.starts_with('{')).map(str::to_owned).collect();
            assert_eq!(described, named, "{path}");
        }
    }
}
