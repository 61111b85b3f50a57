//! A registry process: the registry's core, to which the simulation sends requests of the protocol.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt, Full};
use ossicle_registry::gc::GcSettings;
use ossicle_registry::ports::{Anyone, OssTime, Ports};
use ossicle_registry::{Options, Registry};

use crate::driver::Driver;
use crate::fleet::GRACE;
use crate::judge::Spot;
use crate::shelf::{REPOSITORIES, Shelf};
use crate::weather::SECOND;
use crate::world::{EPOCH, Node};

/// A call to a registry.
#[derive(Clone, Copy, Debug)]
pub enum Call {
    Head(Spot),
    Mount(Spot),
    Upload(Spot),
    Manifest(Spot),
    Delete(Spot),
}

struct Machine {
    node: Node,
    driver: Driver,
}

impl Ports for Machine {
    type Storage = Driver;
    type Environment = Node;
    type Access = Anyone;

    fn storage(&self) -> &Driver {
        &self.driver
    }

    fn environment(&self) -> &Node {
        &self.node
    }

    fn access(&self) -> &Anyone {
        &Anyone
    }
}

/// One life of a process: what it knows is gone after a crash.
pub struct Process {
    node: Node,
    registry: Registry<Machine>,
    shelf: Rc<Shelf>,
}

/// A response's status, its `Location` and its body.
struct Reply {
    status: u16,
    location: String,
    body: Bytes,
}

impl Process {
    pub fn new(node: Node, gc: GcSettings, shelf: Rc<Shelf>) -> Self {
        // What is remembered is never too old by the local clock: the rules alone must see to it.
        let presence_ttl = Duration::MAX;
        let options = Options { gc, delete_enabled: true, presence_ttl, ..Options::new("the simulation's") };
        let machine = Machine { driver: Driver(node.clone()), node: node.clone() };
        Self { registry: Registry::new(machine, options), node, shelf }
    }

    pub async fn handle(&self, call: Call) -> u16 {
        let status = match call {
            Call::Head(spot) => self.head(spot).await,
            Call::Mount(spot) => self.mount(spot).await,
            Call::Upload(spot) => self.upload(spot).await,
            Call::Manifest(spot) => self.manifest(spot).await,
            Call::Delete((repository, item)) => {
                let folder = if self.shelf.items[item].named.is_empty() { "blobs" } else { "manifests" };
                self.send(Method::DELETE, &self.uri((repository, item), folder), None).await.status
            }
        };
        let world = self.node.world();
        world.note(|| format!("{} answers {call:?}: {status}", self.node.name()));
        if status == 503 {
            world.judge(|judge| judge.stats.unavailable += 1);
        }
        status
    }

    fn uri(&self, (repository, item): Spot, folder: &str) -> String {
        format!("/v2/{}/{folder}/{}", REPOSITORIES[repository], self.shelf.items[item].digest)
    }

    async fn send(&self, method: Method, uri: &str, item: Option<usize>) -> Reply {
        let mut request = Request::builder().method(method).uri(uri);
        let mut content = Bytes::new();
        if let Some(item) = item.map(|item| &self.shelf.items[item]) {
            request = request.header(header::CONTENT_TYPE, item.media_type);
            content = item.content.clone();
        }
        let request = request.header(header::CONTENT_LENGTH, content.len());
        let response = self.registry.handle(request.body(Full::new(content)).unwrap()).await;
        let location = response.headers().get(header::LOCATION);
        let location = location.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        let status = response.status().as_u16();
        let Ok(body) = response.into_body().collect().await else { panic!("nothing streams content here") };
        Reply { status, location, body: body.to_bytes() }
    }

    /// What the client may rely on from now on: the link as it is now.
    fn promised(&self, spot: Spot, at_least: OssTime) {
        let link = &self.shelf.items[spot.1].links[spot.0];
        let world = self.node.world();
        let modified = world.bucket(|bucket| bucket.objects.get(link).map(|object| object.modified));
        if let Some(modified) = modified {
            world.judge(|judge| judge.promised(spot, modified.max(at_least)));
        }
    }

    async fn head(&self, spot: Spot) -> u16 {
        // Promised is half the grace period from the view on, which is W longer than from now on.
        let half = OssTime(EPOCH + self.node.world().now() / SECOND - GRACE / 2);
        let status = self.send(Method::HEAD, &self.uri(spot, "blobs"), None).await.status;
        if status == 200 {
            self.promised(spot, half);
        }
        status
    }

    async fn mount(&self, (repository, item): Spot) -> u16 {
        let (to, from, digest) =
            (REPOSITORIES[repository], REPOSITORIES[1 - repository], &self.shelf.items[item].digest);
        let uri = format!("/v2/{to}/blobs/uploads/?mount={digest}&from={from}");
        let status = self.send(Method::POST, &uri, None).await.status;
        if status == 201 {
            self.promised((repository, item), OssTime(0));
        }
        status
    }

    async fn upload(&self, (repository, item): Spot) -> u16 {
        let begun = self.send(Method::POST, &format!("/v2/{}/blobs/uploads/", REPOSITORIES[repository]), None).await;
        assert_eq!(begun.status, 202, "to begin an upload takes no request");
        let separator = if begun.location.contains('?') { '&' } else { '?' };
        let uri = format!("{}{separator}digest={}", begun.location, self.shelf.items[item].digest);
        let status = self.send(Method::PUT, &uri, Some(item)).await.status;
        if status == 201 {
            self.promised((repository, item), OssTime(0));
        }
        status
    }

    async fn manifest(&self, spot: Spot) -> u16 {
        let world = self.node.world();
        let (began, promises) = (world.now(), world.judge(|judge| judge.promises(spot)));
        let reply = self.send(Method::PUT, &self.uri(spot, "manifests"), Some(spot.1)).await;
        match reply.status {
            201 => world.bucket(|bucket| world.judge(|judge| judge.stored(spot, bucket))),
            400 => {
                let document: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
                let errors = document["errors"].as_array().unwrap().iter();
                let missing: Vec<usize> =
                    errors.map(|error| self.shelf.by_digest[error["detail"]["digest"].as_str().unwrap()]).collect();
                let now = world.now();
                world.judge(|judge| judge.refused(spot, &missing, began, &promises, now));
            }
            _ => {}
        }
        reply.status
    }
}
