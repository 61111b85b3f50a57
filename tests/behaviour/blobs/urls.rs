//! Signed URLs that lead to another host than the requests of the driver.

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use ossicle::{Addressing, BlobOptions, Blobs, Endpoint, ErrorKind, ExposeSecret, Limits, SignatureVersion, UrlMethod};
use ossicle_tests::{DOMAIN, Ground, Signature};

/// Reads by a URL, as one who resolves its host to the emulator; the scheme and the authority are told as well.
async fn read(ground: &Ground, blobs: &Blobs) -> (String, u16, Bytes) {
    let url = blobs.url("/f", UrlMethod::Get, None).await.unwrap().url;
    let (origin, rest) = url.expose_secret().split_once("/f?").unwrap();
    let path = origin.splitn(4, '/').nth(3).map(|prefix| format!("/{prefix}")).unwrap_or_default();
    let host = origin.split('/').nth(2).unwrap();
    let request =
        http::Request::get(format!("http://{}{path}/f?{rest}", ground.emulator().addr())).header("host", host);
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let answer = client.request(request.body(Empty::new()).unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    (origin.to_owned(), status, answer.into_body().collect().await.unwrap().to_bytes())
}

/// The driver's requests go to the emulator's address, by path; its URLs lead to a domain bound to the bucket.
#[tokio::test(flavor = "multi_thread")]
async fn urls_lead_to_a_domain_bound_to_the_bucket() {
    for (signature, mark) in [(Signature::V4, SignatureVersion::V4), (Signature::V1, SignatureVersion::V1)] {
        let ground = Ground::new("some/root/").await;
        let domain = format!("http://{DOMAIN}:{}", ground.emulator().addr().port());
        let options =
            BlobOptions::new().url_endpoint(Endpoint::custom(domain.as_str())).url_addressing(Addressing::CustomDomain);
        let by_config = ground.blobs_by(ground.config().signature(mark).blobs(options), Limits::default());
        by_config.put("/f", "content").await.unwrap();
        let read = read(&ground, &by_config).await;
        assert_eq!(read, (format!("{domain}/some/root"), 200, Bytes::from("content")), "{signature:?}");

        let parameters = ground.parameters().set("signature", format!("{mark:?}").to_lowercase());
        let by_parameters = ground.blobs_by(parameters.set("urlendpoint", format!("{domain}/")), Limits::default());
        assert_eq!(self::read(&ground, &by_parameters).await, read, "{signature:?}");
    }
}

/// HTTPS, unless the endpoint says otherwise; and nothing is sent there.
#[tokio::test(flavor = "multi_thread")]
async fn urls_lead_to_hosts_of_oss() {
    let ground = Ground::new("").await;
    for (endpoint, host) in [
        (Endpoint::Public, "certificates.oss-cn-hangzhou.aliyuncs.com"),
        (Endpoint::Accelerate, "certificates.oss-accelerate.aliyuncs.com"),
        (Endpoint::custom("oss.example.com"), "certificates.oss.example.com"),
    ] {
        let blobs = ground.blobs_with(BlobOptions::new().url_endpoint(endpoint));
        blobs.put("/f", "content").await.unwrap();
        let url = blobs.url("/f", UrlMethod::Head, None).await.unwrap().url;
        assert!(url.expose_secret().starts_with(&format!("https://{host}/f?")), "{host}");
    }
    for (options, field) in [
        (BlobOptions::new().url_endpoint(Endpoint::custom("a.example.com/b")), "url-endpoint"),
        (BlobOptions::new().url_addressing(Addressing::Path), "url-addressing"),
    ] {
        let error = ground.blobs_with(options).url("/f", UrlMethod::Get, None).await.unwrap_err();
        assert_eq!(error.kind(), Some(ErrorKind::InvalidConfig));
        assert!(error.to_string().contains(field), "{error}");
    }
}
