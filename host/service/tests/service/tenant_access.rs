//! Several tenants that ask for credentials: what each one's users can do, and that it is nothing with another's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use ossicle_emulator::Emulator;
use rcgen::KeyPair;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{CONFIG, Client, IMAGE, LAYER, Reply, content, descriptor, image, sha256, whole, with_digest};
use crate::token_server::{ISSUER, SERVICE, claims, jwk, key, token, write};
use crate::world::{Process, serve_tenants};

/// The users of the file of vectors: one for each tenant.
const USERS: &str = include_str!("../../../../guest/registry/tests/vectors/htpasswd");
const ADA: (&str, &str) = ("ada", "correct horse");
const BOB: (&str, &str) = ("bob", "pass:word");

/// A client that sends credentials to a host.
#[derive(Clone)]
struct User {
    client: Client,
    credentials: Option<String>,
    host: &'static str,
}

impl User {
    fn nobody(process: &Process) -> Self {
        Self { client: process.client(), credentials: None, host: "registry.example" }
    }

    fn password(process: &Process, (user, password): (&str, &str)) -> Self {
        let credentials = Some(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))));
        Self { credentials, ..Self::nobody(process) }
    }

    fn token(process: &Process, token: &str) -> Self {
        Self { credentials: Some(format!("Bearer {token}")), ..Self::nobody(process) }
    }

    fn at(&self, host: &'static str) -> Self {
        Self { host, ..self.clone() }
    }

    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Reply {
        let mut headers = headers.to_vec();
        headers.push(("host", self.host));
        if let Some(credentials) = &self.credentials {
            headers.push(("authorization", credentials));
        }
        self.client.send_body(method, path, &headers, whole(body)).await
    }

    async fn status(&self, method: &str, path: &str) -> u16 {
        self.send(method, path, &[], "").await.status.as_u16()
    }

    /// Pushes an image of one layer; the digests of the layer and the image.
    async fn push(&self, name: &str, layer: &Bytes) -> (String, String) {
        let config = Bytes::from_static(b"{\"os\":\"linux\"}");
        for blob in [layer, &config] {
            let uri = format!("/v2/{name}/blobs/uploads/?digest={}", sha256(blob));
            self.send("POST", &uri, &[], blob.clone()).await.expect(201);
        }
        let manifest = image(&descriptor(CONFIG, &config), &[descriptor(LAYER, layer)]);
        let uri = format!("/v2/{name}/manifests/latest");
        let pushed = self.send("PUT", &uri, &[("content-type", IMAGE)], manifest).await.expect(201);
        (sha256(layer), pushed.header("docker-content-digest").to_owned())
    }
}

/// The settings of a tenant with an htpasswd file that has one of the users.
fn htpasswd(folder: &TempDir, user: (&str, &str), more: &str) -> String {
    let line = USERS.lines().find(|line| line.starts_with(user.0)).expect("a user");
    let path = write(folder, &format!("{}.htpasswd", user.0), line).expect("a file");
    format!("allow-delete = true\n{more}\nhtpasswd = {{ path = {:?}, realm = \"{}\" }}", path.display(), user.0)
}

/// The settings of a tenant that takes tokens signed with a key.
fn tokens(folder: &TempDir, name: &str, key: &KeyPair, service: &str, more: &str) -> String {
    let jwks = write(folder, &format!("{name}.json"), &json!({ "keys": [jwk("ES256", key)] }).to_string());
    format!(
        "allow-delete = true\n{more}\ntoken = {{ realm = \"https://auth.example/token\", service = \"{service}\", \
         issuer = \"{ISSUER}\", jwks = {:?} }}",
        jwks.expect("a file").display()
    )
}

fn token_for(key: &KeyPair, service: &str, access: Value) -> String {
    let mut claims = claims();
    claims["aud"] = service.into();
    claims["access"] = access;
    token("ES256", key, json!({ "jwk": jwk("ES256", key) }), &claims)
}

fn granted(name: &str, actions: &[&str]) -> Value {
    json!({ "type": "repository", "name": name, "actions": actions })
}

/// Checks that a user can do nothing with what another one pushed to a repository, whose upload is under way.
async fn check_shut_out(user: &User, name: &str, (layer, manifest): &(String, String), upload: &str) {
    for (method, path) in [
        ("GET", format!("blobs/{layer}")),
        ("HEAD", format!("blobs/{layer}")),
        ("DELETE", format!("blobs/{layer}")),
        ("GET", "manifests/latest".to_owned()),
        ("HEAD", format!("manifests/{manifest}")),
        ("PUT", "manifests/latest".to_owned()),
        ("DELETE", format!("manifests/{manifest}")),
        ("GET", "tags/list".to_owned()),
        ("GET", format!("referrers/{manifest}")),
        ("POST", "blobs/uploads/".to_owned()),
        ("POST", format!("blobs/uploads/?mount={layer}&from={name}")),
    ] {
        assert_eq!(user.status(method, &format!("/v2/{name}/{path}")).await, 401, "{method} {path}");
    }
    for method in ["GET", "PATCH", "PUT", "DELETE"] {
        assert_eq!(user.status(method, &with_digest(upload, layer)).await, 401, "{method} of an upload");
    }
}

fn is_empty(emulator: &Emulator, bucket: &str) -> bool {
    emulator.bucket(bucket).keys().is_empty() && emulator.bucket(bucket).uploads().is_empty()
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_of_each_tenant_are_known_at_the_shared_base_and_open_that_tenant_alone() {
    let folder = TempDir::new().unwrap();
    let (one, two) = (htpasswd(&folder, ADA, "path = \"one\""), htpasswd(&folder, BOB, "path = \"two\""));
    let (emulator, process) = serve_tenants(&[("first", &one), ("second", &two)]).await;
    let (ada, bob) = (User::password(&process, ADA), User::password(&process, BOB));
    // Docker and skopeo ask here, and send credentials from then on if they are asked for them.
    let asked = User::nobody(&process).send("GET", "/v2/", &[], "").await.expect(401);
    assert!(asked.header("www-authenticate").starts_with("Basic realm="), "{asked:?}");
    assert_eq!(asked.json()["errors"][0]["code"], "UNAUTHORIZED");
    for (user, expected) in [
        (&ada, 200),
        (&bob, 200),
        (&User::password(&process, ("ada", "pass:word")), 401),
        (&User::password(&process, ("eve", "x")), 401),
        (&User::token(&process, "x"), 401),
    ] {
        for path in ["/v2/", "/v2"] {
            assert_eq!(user.status("GET", path).await, expected, "{:?} {path}", user.credentials);
        }
    }

    let layer = content(1, 5000);
    let pushed = ada.push("one/app", &layer).await;
    let upload = ada.send("POST", "/v2/one/app/blobs/uploads/", &[], "").await.expect(202).location();
    for stranger in [&bob, &User::nobody(&process)] {
        check_shut_out(stranger, "one/app", &pushed, &upload).await;
    }
    // Neither does a blob come from the other tenant by a mount, nor an upload by its location.
    let mount = format!("/v2/two/app/blobs/uploads/?mount={}&from=one/app", pushed.0);
    assert_eq!(bob.status("POST", &mount).await, 202);
    assert_eq!(bob.status("PUT", &with_digest(&upload.replace("/one/", "/two/"), &pushed.0)).await, 400);
    assert_eq!(bob.status("GET", &format!("/v2/two/app/blobs/{}", pushed.0)).await, 404);
    // The catalog is nobody's here.
    for user in [&ada, &bob] {
        assert_eq!(user.status("GET", "/v2/_catalog").await, 404);
    }
    assert!(is_empty(&emulator, "second"));
    assert_eq!(ada.send("GET", &format!("/v2/one/app/blobs/{}", pushed.0), &[], "").await.expect(200).body, layer);
}

/// A name is read as it is decoded, and no writing of it leads elsewhere.
#[tokio::test(flavor = "multi_thread")]
async fn escaped_name_leads_to_the_same_tenant() {
    let folder = TempDir::new().unwrap();
    let one = htpasswd(&folder, ADA, "path = \"one\"");
    let (emulator, process) = serve_tenants(&[("first", &one), ("rest", "")]).await;
    let (ada, nobody) = (User::password(&process, ADA), User::nobody(&process));
    ada.push("one/app", &content(1, 5000)).await;
    for name in ["one/app", "%6Fne/app", "one%2Fapp", "%6f%6e%65%2fapp"] {
        let path = format!("/v2/{name}/tags/list");
        assert_eq!(nobody.status("GET", &path).await, 401, "{name}");
        assert_eq!(ada.send("GET", &path, &[], "").await.expect(200).json()["tags"], json!(["latest"]), "{name}");
        assert_eq!(nobody.status("POST", &format!("/v2/{name}/blobs/uploads/")).await, 401, "{name}");
    }
    assert!(is_empty(&emulator, "rest"));
}

/// The tenant that gets the rest asks nobody for credentials. Those who need some for another tenant are asked all the same,
/// and wrong ones are not taken for right ones.
#[tokio::test(flavor = "multi_thread")]
async fn open_tenant_does_not_decide_at_the_shared_base() {
    let folder = TempDir::new().unwrap();
    let one = htpasswd(&folder, ADA, "path = \"one\"");
    let (_emulator, process) = serve_tenants(&[("first", &one), ("open", "path = \"open\""), ("rest", "")]).await;
    assert_eq!(User::nobody(&process).status("GET", "/v2/").await, 401);
    assert_eq!(User::password(&process, ("ada", "wrong")).status("GET", "/v2/").await, 401);
    let ada = User::password(&process, ADA);
    assert_eq!(ada.status("GET", "/v2/").await, 200);
    for name in ["one/app", "open/app", "app"] {
        ada.push(name, &content(1, 500)).await;
    }
    for name in ["open/app", "app"] {
        assert_eq!(User::nobody(&process).status("GET", &format!("/v2/{name}/tags/list")).await, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_for_one_tenant_open_nothing_of_another() {
    let folder = TempDir::new().unwrap();
    let (key, other_key) = (key("ES256"), key("ES256"));
    let one = tokens(&folder, "one", &key, SERVICE, "path = \"one\"");
    let two = tokens(&folder, "two", &key, SERVICE, "path = \"two\"");
    let three = tokens(&folder, "three", &other_key, SERVICE, "path = \"three\"");
    let (emulator, process) = serve_tenants(&[("first", &one), ("second", &two), ("third", &three)]).await;
    let beginning = format!("Bearer realm=\"https://auth.example/token\",service=\"{SERVICE}\"");
    let asked = User::nobody(&process).send("GET", "/v2/", &[], "").await.expect(401);
    assert_eq!(asked.header("www-authenticate"), beginning);
    // A token that grants nothing is enough there: it is what `docker login` gets.
    for (key, grants, expected) in [(&key, json!([]), 200), (&other_key, json!([]), 200)] {
        let user = User::token(&process, &token_for(key, SERVICE, grants));
        assert_eq!(user.status("GET", "/v2/").await, expected);
    }
    let stranger = token_for(&crate::token_server::key("ES256"), SERVICE, json!([]));
    assert_eq!(User::token(&process, &stranger).status("GET", "/v2/").await, 401);
    assert_eq!(User::token(&process, &token_for(&key, "another", json!([]))).status("GET", "/v2/").await, 401);

    let all = ["pull", "push", "delete"];
    let ada = User::token(&process, &token_for(&key, SERVICE, json!([granted("one/app", &all)])));
    let pushed = ada.push("one/app", &content(1, 5000)).await;
    let upload = ada.send("POST", "/v2/one/app/blobs/uploads/", &[], "").await.expect(202).location();
    let bob = User::token(&process, &token_for(&key, SERVICE, json!([granted("two/app", &all)])));
    check_shut_out(&bob, "one/app", &pushed, &upload).await;
    let refused = bob.send("GET", "/v2/one/app/tags/list", &[], "").await.expect(401);
    let needed = format!("{beginning},scope=\"repository:one/app:pull\",error=\"insufficient_scope\"");
    assert_eq!(refused.header("www-authenticate"), needed);
    // With rights to both, a mount stays within its tenant all the same.
    let both = json!([granted("two/app", &all), granted("one/app", &all), granted("one/other", &all)]);
    let both = User::token(&process, &token_for(&key, SERVICE, both));
    let mount = |to: &str| format!("/v2/{to}/blobs/uploads/?mount={}&from=one/app", pushed.0);
    assert_eq!(both.status("POST", &mount("two/app")).await, 202);
    assert_eq!(both.status("POST", &mount("one/other")).await, 201);
    // A key of one tenant signs nothing for another, whatever the token grants.
    let foreign = User::token(&process, &token_for(&other_key, SERVICE, json!([granted("one/app", &all)])));
    check_shut_out(&foreign, "one/app", &pushed, &upload).await;
    assert!(is_empty(&emulator, "second") && is_empty(&emulator, "third"));
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_by_host_know_their_own_users_alone() {
    let folder = TempDir::new().unwrap();
    let key = key("ES256");
    let one = htpasswd(&folder, ADA, "hosts = [\"one.example\"]");
    let two = htpasswd(&folder, BOB, "hosts = [\"two.example\", \"zwei.example\"]");
    let three = tokens(&folder, "three", &key, "three", "hosts = [\"three.example\"]");
    let (emulator, process) = serve_tenants(&[("first", &one), ("second", &two), ("third", &three)]).await;
    let (ada, bob) = (User::password(&process, ADA), User::password(&process, BOB));
    let nobody = User::nobody(&process);
    for (host, realm) in [("one.example", "Basic realm=\"ada\""), ("TWO.example:5000", "Basic realm=\"bob\"")] {
        let asked = nobody.at(host).send("GET", "/v2/", &[], "").await.expect(401);
        assert_eq!(asked.header("www-authenticate"), realm);
    }
    let asked = nobody.at("three.example").send("GET", "/v2/_catalog", &[], "").await.expect(401);
    assert!(asked.header("www-authenticate").contains("service=\"three\",scope=\"registry:catalog:*\""), "{asked:?}");
    for (user, host, expected) in [
        (&ada, "one.example", 200),
        (&ada, "two.example", 401),
        (&bob, "zwei.example:443", 200),
        (&bob, "one.example", 401),
        (&bob, "three.example", 401),
        (&ada, "registry.example", 404),
    ] {
        for path in ["/v2/", "/v2/_catalog"] {
            assert_eq!(user.at(host).status("GET", path).await, expected, "{path} at {host}");
        }
    }
    let layer = content(1, 5000);
    let pushed = ada.at("one.example").push("app", &layer).await;
    let upload = ada.at("one.example").send("POST", "/v2/app/blobs/uploads/", &[], "").await.expect(202).location();
    check_shut_out(&bob.at("one.example"), "app", &pushed, &upload).await;
    check_shut_out(&ada.at("two.example"), "app", &pushed, &upload).await;
    // The same names are others at another host.
    let two = bob.at("two.example");
    assert_eq!(two.status("GET", &format!("/v2/app/blobs/{}", pushed.0)).await, 404);
    assert_eq!(two.status("POST", &format!("/v2/app/blobs/uploads/?mount={}&from=app", pushed.0)).await, 202);
    assert_eq!(two.status("PUT", &with_digest(&upload, &pushed.0)).await, 400);
    assert_eq!(two.send("GET", "/v2/_catalog", &[], "").await.expect(200).json()["repositories"], json!([]));
    assert!(is_empty(&emulator, "second"));
}
