//! How the host sends what its components ask for: a connection for each request, as wasmtime's own sender has it.

use http::{Uri, header};
use http_body_util::BodyExt;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

/// Sends over plain HTTP.
pub struct Sender;

type Sent = (http::Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>);

impl WasiHttpHooks for Sender {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        _: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<Sent, Error>> + Send> {
        Box::new(async {
            let response = send(request).await?.map(|body| body.map_err(Error::from).boxed_unsync());
            Ok((response, Box::new(std::future::ready(Ok(()))) as Box<_>))
        })
    }
}

async fn send(request: http::Request<WasiBody>) -> Result<http::Response<hyper::body::Incoming>, Error> {
    let (mut head, body) = request.into_parts();
    let authority = head.uri.authority().ok_or(Error::HttpRequestUriInvalid)?.to_string();
    let stream = TcpStream::connect(&authority).await.map_err(Error::Connect)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    head.headers.insert(header::HOST, authority.parse().expect("an authority is a header's value"));
    head.uri = Uri::from(head.uri.path_and_query().cloned().ok_or(Error::HttpRequestUriInvalid)?);
    Ok(sender.send_request(http::Request::from_parts(head, body)).await?)
}
