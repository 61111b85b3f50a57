//! The list of tags.

use bytes::Bytes;
use http::Response;
use serde_json::json;

use crate::api::{Call, json as document, next_page, with_parameter};
use crate::client::Client;
use crate::content::Algorithm;
use crate::package::{IMAGE, Package};
use crate::run::Run;
use crate::upload::{Outcome, Way};

const NAME: &str = "tagged/repository";

/// In the order of their bytes. Object storage would have some of them in another one, since it sorts `v1/` after `v1-rc/`.
const TAGS: [&str; 12] = ["0", "A", "Z", "_", "a", "latest", "v1", "v1-rc", "v1-rc.1", "v1.0", "v1.0-rc", "v10"];

fn uri() -> String {
    format!("/v2/{NAME}/tags/list")
}

/// The tags that a response lists.
fn listed(response: &Response<Bytes>) -> Vec<String> {
    let document = document(response);
    assert_eq!(document["name"], json!(NAME));
    let tags = document["tags"].as_array().expect("a list").iter();
    tags.map(|tag| tag.as_str().expect("a tag").to_owned()).collect()
}

/// The list of tags.
pub async fn tags(client: &impl Client) {
    let run = Run::new(client, "tags");
    let mut package = Package::new(Algorithm::Sha256);
    package.image("tagged", "");
    for (digest, content) in &package.blobs {
        Way::PostPut.push(client, NAME, digest, content, Outcome::Created).await;
    }
    let untagged = async {
        let uri = format!("/v2/{NAME}/manifests/{}", package.manifests[0].digest);
        let call = Call::new("PUT", uri).header("content-type", IMAGE).body(package.manifests[0].content.clone());
        call.expect(client, &[201]).await;
        assert_eq!(listed(&Call::get(uri_of("")).expect(client, &[200]).await), <[String; 0]>::default());
    };
    run.check("none", untagged).await;
    // From the last to the first: the order is not that of the pushes.
    for tag in TAGS.iter().rev() {
        let call = Call::new("PUT", format!("/v2/{NAME}/manifests/{tag}")).header("content-type", IMAGE);
        call.body(package.manifests[0].content.clone()).expect(client, &[201]).await;
    }
    let all = async { assert_eq!(listed(&Call::get(uri()).expect(client, &[200]).await), TAGS) };
    run.check("all in order", all).await;
    let none = async {
        let response = Call::get(uri_of("n=0")).expect(client, &[200]).await;
        assert!(listed(&response).is_empty() && next_page(&response).is_none());
    };
    run.check("n of 0", none).await;
    for size in 1..=TAGS.len() + 1 {
        run.check("pages of every size", pages(client, size)).await;
    }
    for (place, last) in TAGS.iter().enumerate() {
        let after = async {
            let rest = Call::get(with_parameter(&uri(), "last", last)).expect(client, &[200]).await;
            assert_eq!(listed(&rest), TAGS[place + 1..]);
            let next = with_parameter(&with_parameter(&uri(), "n", "1"), "last", last);
            let next = Call::get(next).expect(client, &[200]).await;
            assert_eq!(listed(&next), TAGS[place + 1..].first().into_iter().copied().collect::<Vec<_>>());
        };
        run.check("after each tag", after).await;
    }
    for (last, from) in [("v1-", 7), ("m", 6), ("zzz", TAGS.len()), ("!", 0)] {
        let after = async {
            let rest = Call::get(with_parameter(&uri(), "last", last)).expect(client, &[200]).await;
            assert_eq!(listed(&rest), TAGS[from..]);
        };
        run.check("after what is no tag of it", after).await;
    }
    for wrong in ["n=-1", "n=many"] {
        let call = Call::get(uri_of(wrong)).expect_error(client, 400, "PAGINATION_NUMBER_INVALID");
        run.check("n that is no number", call).await;
    }
    run.check_list();
}

fn uri_of(query: &str) -> String {
    format!("{}?{query}", uri())
}

/// Reads all tags by pages of a size.
async fn pages(client: &impl Client, size: usize) {
    let (mut next, mut read) = (Some(with_parameter(&uri(), "n", &size.to_string())), Vec::new());
    while let Some(uri) = next {
        let response = Call::get(uri).expect(client, &[200]).await;
        let page = listed(&response);
        next = next_page(&response);
        assert!(page.len() == size || next.is_none(), "{} of {size} and more to come", page.len());
        read.extend(page);
        assert!(read.len() <= TAGS.len(), "{read:?}");
    }
    assert_eq!(read, TAGS);
}
