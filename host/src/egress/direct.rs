//! The way out without the component: what the component is measured against.

use super::send::Egress;
use http::{Request, Response};
use std::time::Duration;
use wasmtime_wasi_http::{Error as HttpError, RequestOptions, WasiBody};

/// The pooled client of a tenant, with its allow-list, limits and timeouts, for requests that the caller signs. For benchmarks.
#[derive(Clone)]
pub struct PooledClient(Egress);

impl PooledClient {
    pub(crate) fn new(egress: Egress) -> Self {
        Self(egress)
    }

    /// Sends a request as it would be sent for the component, with these limits on connecting, on the wait for the first byte
    /// of the answer and between two bytes of it.
    pub async fn send(
        &self,
        request: Request<WasiBody>,
        timeouts: [Duration; 3],
    ) -> Result<Response<WasiBody>, HttpError> {
        let [connect_timeout, first_byte_timeout, between_bytes_timeout] = timeouts.map(Some);
        let options = RequestOptions { connect_timeout, first_byte_timeout, between_bytes_timeout };
        let turn = self.0.turn(None).await.map_err(|_| HttpError::InternalError(None))?;
        self.0.send(request, options, turn).await
    }
}
