//! Callbacks: after an object was stored, OSS tells a server of the application and answers what that answers.
//! (OSS documentation: *Callback*.)
//!
//! The emulator calls servers on this machine only, over HTTP: a test must not reach out into the network. It does not sign
//! what it sends, for which OSS has a key of its own.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::settings;
use crate::call::Call;
use crate::failures::Failure;
use crate::percent;
use crate::reply::Reply;
use crate::store::Content;

/// How long the server may take, and how many bytes of it are passed on.
const PATIENCE: Duration = Duration::from_secs(5);
const MAX_ANSWER: usize = 3 << 20;

/// What a request says of the callback.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    /// Several are separated by semicolons, and tried in turn.
    callback_url: String,
    callback_host: Option<String>,
    callback_body: String,
    callback_body_type: Option<String>,
}

/// What may be said in place of a callback: the name of one in the bucket's callback policy.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    callback_policy: Option<String>,
}

/// A callback that is to be made.
#[derive(Debug)]
pub(crate) struct Callback {
    wanted: Wanted,
    variables: Map<String, Value>,
}

/// The callback a request asks for: by headers, or by parameters of a signed URL. A wrong one is refused before anything is
/// stored.
pub(crate) fn wanted(call: &Call) -> Result<Option<Callback>, Failure> {
    let given =
        |header: &str, parameter: &str| call.header(header).or_else(|| call.query.filled(parameter)).map(str::to_owned);
    let Some(callback) = given("x-oss-callback", "callback") else { return Ok(None) };
    let (callback, own) = match decode::<Named>(&callback, "x-oss-callback")?.callback_policy {
        None => (callback, None),
        Some(name) => by_policy(call, &name)?,
    };
    let wanted: Wanted = decode(&callback, "x-oss-callback")?;
    let variables = match given("x-oss-callback-var", "callback-var").or(own) {
        Some(variables) => decode(&variables, "x-oss-callback-var")?,
        None => Map::new(),
    };
    if wanted.callback_url.is_empty() || wanted.callback_body.is_empty() {
        return Err(malformed("x-oss-callback", &callback));
    }
    Ok(Some(Callback { wanted, variables }))
}

/// The callback that the bucket's policy has under a name, and its variables.
fn by_policy(call: &Call, name: &str) -> Result<(String, Option<String>), Failure> {
    let policy = settings::kept(&*call.bucket()?, "policy/callback");
    let item =
        policy.as_ref().and_then(|policy| policy.all("PolicyItem").find(|it| it.value("PolicyName") == Some(name)));
    let text = |element: &'static str| {
        item.and_then(|item| item.value(element)).map(str::to_owned).filter(|text| !text.is_empty())
    };
    let callback = text("Callback").ok_or_else(|| malformed("x-oss-callback", name))?;
    Ok((callback, text("CallbackVar")))
}

fn decode<T: for<'a> Deserialize<'a>>(text: &str, name: &str) -> Result<T, Failure> {
    let bytes = STANDARD.decode(text).map_err(|_| malformed(name, text))?;
    serde_json::from_slice(&bytes).map_err(|_| malformed(name, text))
}

fn malformed(name: &str, value: &str) -> Failure {
    Failure::argument("The callback configuration is not json format.", "", name, value)
}

/// Makes the callback, if there is one, and answers with what came back. The object stays, whatever comes of it.
pub(crate) async fn make(
    call: &Call,
    callback: Option<Callback>,
    content: &Content,
    mut reply: Reply,
) -> Result<Reply, Failure> {
    let Some(callback) = callback else { return Ok(reply) };
    let body = callback.body(call, content);
    let mut last = "Error status : 502. No callback server could be asked.".to_owned();
    for url in callback.wanted.callback_url.split(';') {
        let asked = tokio::time::timeout(PATIENCE, callback.ask(url.trim(), body.clone())).await;
        match asked.unwrap_or_else(|_| Err("Error status : 504. The callback server did not answer in time.".into())) {
            Ok(answer) => {
                reply.set(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
                reply.body = answer.into();
                return Ok(reply);
            }
            Err(why) => last = why,
        }
    }
    Err(Failure::callback(last))
}

impl Callback {
    fn is_json(&self) -> bool {
        self.wanted.callback_body_type.as_deref() == Some("application/json")
    }

    /// The body, its `${…}` replaced. In a form values are percent-encoded, in JSON they are quoted.
    fn body(&self, call: &Call, content: &Content) -> String {
        let mut out = String::new();
        let mut rest = self.wanted.callback_body.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                out.push_str("${");
                rest = after;
                continue;
            };
            let value = self.value(name, call, content);
            match (self.is_json(), value) {
                (true, value) => out.push_str(&value.to_string()),
                (false, Value::String(text)) => out.push_str(&percent::encode(&text)),
                (false, value) => out.push_str(&value.to_string()),
            }
            rest = after;
        }
        out + rest
    }

    fn value(&self, name: &str, call: &Call, content: &Content) -> Value {
        let kind = content.metadata.headers.iter().find(|(name, _)| name == "content-type");
        match name {
            "bucket" => call.bucket_name().into(),
            "object" => call.target.key.as_deref().unwrap_or("").into(),
            "etag" => content.etag.as_str().into(),
            "size" => content.body.len().into(),
            "mimeType" => kind.map_or("application/octet-stream", |(_, value)| value).into(),
            "crc64" => content.crc64.to_string().into(),
            "contentMd5" => content.md5.as_deref().unwrap_or("").into(),
            "operation" => call.operation.name().into(),
            other => self.variables.get(other).cloned().unwrap_or_else(|| "".into()),
        }
    }

    /// Asks one server; otherwise why it gave no answer that counts.
    async fn ask(&self, url: &str, body: String) -> Result<Bytes, String> {
        let broken = |error: &dyn std::fmt::Display| format!("Error status : 502. {error}");
        let url = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
        let uri: Uri = url.parse().map_err(|error| broken(&error))?;
        let address =
            loopback(&uri).ok_or_else(|| broken(&"The emulator calls only servers on this machine, over HTTP."))?;
        let stream = tokio::net::TcpStream::connect(address).await.map_err(|error| broken(&error))?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| broken(&error))?;
        let serving = tokio::spawn(connection);
        let authority = uri.authority().map_or("", http::uri::Authority::as_str);
        let kind = self.wanted.callback_body_type.as_deref().unwrap_or("application/x-www-form-urlencoded");
        let request = Request::builder()
            .method(Method::POST)
            .uri(uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str))
            .header(header::HOST, self.wanted.callback_host.as_deref().unwrap_or(authority))
            .header(header::CONTENT_TYPE, kind)
            .header(header::USER_AGENT, "http-client/0.0.1")
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| broken(&error))?;
        let answered = sender.send_request(request).await.map_err(|error| broken(&error))?;
        let status = answered.status();
        let answer = Limited::new(answered.into_body(), MAX_ANSWER).collect().await.map_err(|error| broken(&error));
        serving.abort();
        if !status.is_success() {
            return Err(format!("Error status : {}.", status.as_u16()));
        }
        let answer = answer?.to_bytes();
        if serde_json::from_slice::<Value>(&answer).is_err() {
            return Err("Response body is not valid json format.".into());
        }
        Ok(answer)
    }
}

/// The address of a server on this machine that speaks HTTP.
fn loopback(uri: &Uri) -> Option<SocketAddr> {
    if uri.scheme_str() != Some("http") {
        return None;
    }
    let host = uri.host()?.trim_matches(['[', ']']);
    let address: IpAddr = if host == "localhost" { [127, 0, 0, 1].into() } else { host.parse().ok()? };
    address.is_loopback().then(|| SocketAddr::new(address, uri.port_u16().unwrap_or(80)))
}
