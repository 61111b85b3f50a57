//! Responses, from the core's to the host's.

use crate::bindings::wasi::http::types::{ErrorCode, Fields, Response as HostResponse, Trailers};
use crate::bindings::{wit_future, wit_stream};
use crate::log;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use ossicle_face_storage::streams;
use std::fmt;

/// A response for the host. Its body is written when this has returned, as it is taken. One that breaks off ends with an error,
/// so that the host breaks the connection rather than ending the body, and why it did is logged.
///
/// # Errors
/// When the host refuses what the response is made of.
pub fn outgoing<B>(response: Response<B>) -> Result<HostResponse, ErrorCode>
where
    B: Body<Data = Bytes> + Unpin + 'static,
    B::Error: fmt::Display,
{
    let (head, body) = response.into_parts();
    let headers: Vec<(String, Vec<u8>)> =
        head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect();
    let headers = Fields::from_list(&headers).map_err(|_| refused("a header"))?;
    let (end, ended, writer, contents) = match body.is_end_stream() {
        true => {
            let (end, ended) = wit_future::new::<Result<Option<Trailers>, ErrorCode>>(|| Ok(None));
            (end, ended, None, None)
        }
        false => {
            // A body whose writing is given up is not whole.
            let (end, ended) = wit_future::new::<Result<Option<Trailers>, ErrorCode>>(|| Err(refused("the content")));
            let (writer, reader) = wit_stream::new::<u8>();
            (end, ended, Some(writer), Some(reader))
        }
    };
    let (response, transmission) = HostResponse::new(headers, contents, ended);
    response.set_status_code(head.status.as_u16()).map_err(|()| refused("the status"))?;
    if let Some(writer) = writer {
        wit_bindgen::spawn_local(async move {
            let written = streams::pour(body.into_data_stream(), writer).await;
            if let Err(error) = &written {
                log::line(&format!("a response broke off: {error}")).await;
            }
            let written = written.map(|()| None).map_err(|_| refused("the content"));
            // Where nobody waits for it, the connection is gone.
            let _unread = end.write(written).await;
            // A host may give a connection up when nobody wants to know any more how the response was sent.
            drop(transmission);
        });
    }
    Ok(response)
}

fn refused(what: &str) -> ErrorCode {
    ErrorCode::InternalError(Some(format!("{what} of the response can't be sent")))
}

/// A response of one line.
pub fn text(status: StatusCode, line: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(format!("{line}\n"))));
    *response.status_mut() = status;
    let media_type = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    response
}
