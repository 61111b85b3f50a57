//! Events in distribution's JSON.

use ossicle_registry::{Event, EventAction, EventTarget, Requester};
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::request::NotifiedRequest;

/// The media type of blobs in events, as distribution has it: what a blob is, only the manifests that name it say.
const OCTETS: &str = "application/octet-stream";

/// The body of a request to an endpoint.
#[derive(Serialize)]
pub(super) struct Envelope<'a> {
    pub events: [&'a Record; 1],
}

/// An event.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Record {
    pub id: String,
    timestamp: String,
    pub action: &'static str,
    pub target: Target,
    request: Request,
    actor: Actor,
    source: Source,
}

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Target {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    /// The same as the size, for old receivers.
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<u64>,
    repository: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from_repository: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    references: Vec<Value>,
}

#[derive(Clone, Debug, Serialize)]
struct Request {
    id: String,
    addr: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    method: String,
    useragent: String,
}

#[derive(Clone, Debug, Serialize)]
struct Actor {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

/// The process that tells.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Source {
    /// Its host and port.
    pub addr: String,
    /// Another one after each start.
    #[serde(rename = "instanceID")]
    pub instance_id: String,
}

/// What a manifest references: config, layers or manifests.
fn references(content: &[u8]) -> Vec<Value> {
    let Ok(Value::Object(mut document)) = serde_json::from_slice::<Value>(content) else { return Vec::new() };
    let mut found = Vec::new();
    found.extend(document.remove("config").filter(Value::is_object));
    for list in ["layers", "manifests", "blobs"] {
        if let Some(Value::Array(descriptors)) = document.remove(list) {
            found.extend(descriptors);
        }
    }
    found
}

fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

impl Record {
    /// The records of an event: one, or one for each tag.
    pub fn of(
        event: &Event,
        requester: Option<&Requester>,
        request: &NotifiedRequest,
        source: &Source,
        include_references: bool,
    ) -> Vec<Self> {
        let repository = event.repository.to_string();
        let base = request.host.as_ref().map(|host| format!("{}://{host}/v2/{repository}", request.scheme));
        let url = |kind: &str, digest: &str| base.as_ref().map(|base| format!("{base}/{kind}/{digest}"));
        let mut target = Target { repository: repository.clone(), ..Target::default() };
        let mut tags = Vec::new();
        match &event.target {
            EventTarget::Blob { digest, size } => {
                let digest = digest.to_string();
                if size.is_some() {
                    target.media_type = Some(OCTETS.to_owned());
                    target.url = url("blobs", &digest);
                }
                (target.size, target.length) = (*size, *size);
                target.digest = Some(digest);
            }
            EventTarget::Manifest { digest, document, tags: named } => {
                let digest = digest.to_string();
                if let Some(document) = document {
                    let size = document.content.len() as u64;
                    target.media_type = Some(document.media_type.clone());
                    (target.size, target.length) = (Some(size), Some(size));
                    target.url = url("manifests", &digest);
                    if include_references {
                        target.references = references(&document.content);
                    }
                }
                target.digest = Some(digest);
                tags.extend(named.iter().map(|tag| Some(tag.to_string())));
            }
            EventTarget::Tag(tag) => tags.push(Some(tag.to_string())),
        }
        let action = match &event.action {
            EventAction::Pull => "pull",
            EventAction::Push => "push",
            EventAction::Mount(from) => {
                target.from_repository = from.as_ref().map(ToString::to_string);
                "mount"
            }
            EventAction::Delete => "delete",
        };
        if tags.is_empty() {
            tags.push(None);
        }
        let record = Self {
            id: String::new(),
            // Years of four digits always have this form.
            timestamp: OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default(),
            action,
            target,
            request: Request {
                id: request.id.clone(),
                addr: request.client.to_string(),
                host: request.host.clone(),
                method: request.method.to_string(),
                useragent: request.user_agent.clone().unwrap_or_default(),
            },
            actor: Actor { name: requester.map(|requester| requester.0.clone()) },
            source: source.clone(),
        };
        let tagged = |tag| Self { id: new_id(), target: Target { tag, ..record.target.clone() }, ..record.clone() };
        tags.into_iter().map(tagged).collect()
    }
}

impl Source {
    /// This process, which is reached at an address.
    pub fn new(addr: String) -> Self {
        Self { addr, instance_id: new_id() }
    }
}

#[cfg(test)]
mod tests {
    use ossicle_registry::{Digest, EventDocument, RepositoryName, Tag};
    use serde_json::json;

    use super::super::test_server::request;
    use super::*;

    fn digest(letter: &str) -> Digest {
        Digest::parse(&format!("sha256:{}", letter.repeat(64))).unwrap()
    }

    /// The records as JSON, without what is another each time, which must be there.
    fn records(action: EventAction, target: EventTarget, include_references: bool) -> Vec<Value> {
        let event = Event { action, repository: RepositoryName::parse("a/b").unwrap(), target };
        let source = Source::new("node:5000".to_owned());
        let records = Record::of(&event, Some(&Requester("ada".to_owned())), &request(), &source, include_references);
        let mut ids = std::collections::HashSet::new();
        let stripped = records.iter().map(|record| {
            let mut value = serde_json::to_value(record).unwrap();
            assert!(ids.insert(value["id"].take().as_str().unwrap().to_owned()));
            let time = value["timestamp"].take();
            assert!(OffsetDateTime::parse(time.as_str().unwrap(), &Rfc3339).is_ok(), "{time}");
            assert_eq!(value["source"], json!({ "addr": "node:5000", "instanceID": source.instance_id }));
            assert_eq!(value["actor"], json!({ "name": "ada" }));
            assert_eq!(
                value["request"],
                json!({
                    "id": "request-1", "addr": "192.0.2.7:4711", "host": "registry.example", "method": "PUT",
                    "useragent": "docker/20.10.24",
                })
            );
            json!([value["action"], value["target"]])
        });
        stripped.collect()
    }

    #[test]
    fn blobs_are_told_with_size_length_and_url() {
        let of = digest("a").to_string();
        let blob = |size| EventTarget::Blob { digest: digest("a"), size };
        let url = format!("https://registry.example/v2/a/b/blobs/{of}");
        let mut target = json!({
            "mediaType": "application/octet-stream", "size": 7, "length": 7, "digest": of, "repository": "a/b", "url": url,
        });
        assert_eq!(records(EventAction::Push, blob(Some(7)), true), [json!(["push", target])]);
        assert_eq!(records(EventAction::Pull, blob(Some(7)), true), [json!(["pull", target])]);
        assert_eq!(records(EventAction::Mount(None), blob(Some(7)), true), [json!(["mount", target])]);
        target["fromRepository"] = json!("c");
        let from = RepositoryName::parse("c");
        assert_eq!(records(EventAction::Mount(from), blob(Some(7)), true), [json!(["mount", target])]);
        let deleted = json!({ "digest": of, "repository": "a/b" });
        assert_eq!(records(EventAction::Delete, blob(None), true), [json!(["delete", deleted])]);
    }

    #[test]
    fn manifests_are_told_once_for_each_tag_and_with_references_if_wanted() {
        let layer = json!({ "mediaType": "layer", "digest": digest("b").to_string(), "size": 1 });
        let content = json!({ "config": layer, "layers": [layer] }).to_string();
        let size = content.len();
        let of = digest("a").to_string();
        let tags = ["v1", "v2"].map(|tag| Tag::parse(tag).unwrap()).to_vec();
        let document = EventDocument { media_type: "image".to_owned(), content: content.into() };
        let target = |tags: &[Tag]| EventTarget::Manifest {
            digest: digest("a"),
            document: Some(document.clone()),
            tags: tags.to_vec(),
        };
        let url = format!("https://registry.example/v2/a/b/manifests/{of}");
        let told = |tag: Option<&str>, has_references: bool| {
            let mut told = json!({
                "mediaType": "image", "size": size, "length": size, "digest": of, "repository": "a/b", "url": url,
            });
            if let Some(tag) = tag {
                told["tag"] = json!(tag);
            }
            if has_references {
                told["references"] = json!([layer, layer]);
            }
            json!(["push", told])
        };
        assert_eq!(
            records(EventAction::Push, target(&tags), false),
            [told(Some("v1"), false), told(Some("v2"), false)]
        );
        assert_eq!(records(EventAction::Push, target(&[]), true), [told(None, true)]);
        let deleted = EventTarget::Manifest { digest: digest("a"), document: None, tags: vec![] };
        assert_eq!(
            records(EventAction::Delete, deleted, true),
            [json!(["delete", { "digest": of, "repository": "a/b" }])]
        );
        let untagged = EventTarget::Tag(tags[0].clone());
        assert_eq!(
            records(EventAction::Delete, untagged, true),
            [json!(["delete", { "repository": "a/b", "tag": "v1" }])]
        );
    }

    #[test]
    fn references_of_anything_are_no_panic() {
        for content in ["", "[]", "1", "null", r#"{"config":1,"layers":{},"manifests":"x"}"#] {
            assert_eq!(references(content.as_bytes()), Vec::<Value>::new());
        }
    }
}
