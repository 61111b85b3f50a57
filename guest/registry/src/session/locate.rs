//! Finds the upload that a request is about.

use http::{HeaderValue, StatusCode, header};

use super::token::UploadState;
use super::{Checkout, Claim, ContentLocation, LiveUpload};
use crate::body::ResponseBody;
use crate::digest::Algorithm;
use crate::failure::{ErrorCode, Failure};
use crate::links::found;
use crate::name::RepositoryName;
use crate::ports::{Clock, Entropy, Ports, Storage, Writer};
use crate::ranges::ContentRange;
use crate::registry::{Answer, Call, Registry, header_value, response};

/// How long an upload may last, in seconds: after that, distribution's purge, or this registry's, may remove it.
pub(super) const LONGEST_UPLOAD: u64 = 168 * 60 * 60;

pub(super) const UPLOAD_UUID: &str = "docker-upload-uuid";

/// The writer of a registry over these ports.
pub(crate) type WriterOf<P> = <<P as Ports>::Storage as Storage>::Writer;

/// What to do if an upload is not in this process's memory.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Absence {
    /// The request sends content from the beginning: nothing is looked for, and no request is sent. Without session
    /// affinity the upload is looked for nevertheless: another process may have received content since, which the
    /// sender of an old `Location` does not know.
    Begins,
    /// The request needs the existing upload.
    Asks,
}

impl<P: Ports> Registry<P> {
    /// The time by this machine's clock, in seconds since 1970.
    pub(super) fn seconds(&self) -> u64 {
        self.environment().now().as_secs()
    }

    /// A new upload's id: a random UUID.
    pub(super) fn new_uuid(&self) -> String {
        let mut bytes = [0; 16];
        self.environment().fill(&mut bytes);
        let number = u128::from_be_bytes(bytes);
        // Version 4 and the variant of RFC 9562.
        let number = number & !(0xf << 76) & !(0b11 << 62) | (0x4 << 76) | (0b10 << 62);
        let hex = format!("{number:032x}");
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
    }

    /// A new session's name: 24 hexadecimal digits, which distribution's purge takes for no UUID.
    pub(super) fn new_session(&self) -> String {
        let mut bytes = [0; 12];
        self.environment().fill(&mut bytes);
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The state in a request's `Location`.
    pub(super) fn read_state(
        &self,
        name: &RepositoryName,
        uuid: &str,
        call: &Call<'_>,
    ) -> Result<UploadState, Failure> {
        let text = call.query.get("_state").ok_or_else(Failure::upload_unknown)?;
        let state = UploadState::open(text, &self.options().secret);
        let state = state.filter(|state| state.name == name.as_str() && state.uuid == uuid).ok_or_else(|| {
            let message = "the state in the Location is not one that this registry, or one with its secret, has sealed";
            Failure::bad_request(ErrorCode::BlobUploadInvalid, message)
        })?;
        if self.seconds().saturating_sub(state.started_at) > LONGEST_UPLOAD {
            return Err(Failure::upload_unknown());
        }
        Ok(state)
    }

    /// The upload that a request is about, and the state in the request's `Location`.
    pub(super) async fn locate(
        &self,
        name: &RepositoryName,
        uuid: &str,
        call: &Call<'_>,
        absence: Absence,
    ) -> Result<(Checkout<'_, WriterOf<P>>, UploadState), Failure> {
        let state = self.read_state(name, uuid, call)?;
        let claimed = match self.claim_sound(name, uuid, &state).await? {
            Claim::Live(checkout) => return Ok((checkout, state)),
            Claim::Ended => return Err(Failure::upload_unknown()),
            Claim::Busy => return Err(Failure::upload_busy()),
            Claim::Absent(claimed) => claimed,
        };
        let is_looked_for = absence == Absence::Asks || self.options().durable_uploads;
        let live = if state.offset == 0 && !is_looked_for {
            self.fresh(name, uuid, &state)?
        } else {
            self.resume(name, uuid, &state).await?
        };
        Ok((claimed.with(Box::new(live)), state))
    }

    /// The upload in this process's memory, if it can be continued. Otherwise, because an earlier request was dropped,
    /// it is evicted.
    async fn claim_sound(
        &self,
        name: &RepositoryName,
        uuid: &str,
        state: &UploadState,
    ) -> Result<Claim<'_, WriterOf<P>>, Failure> {
        let now = self.environment().monotonic();
        let mut checkout = match self.sessions().claim(name, uuid, now).await {
            Claim::Live(checkout) => checkout,
            other => return Ok(other),
        };
        if checkout.live.aim.is_some() {
            checkout.live.cancel(self.storage()).await?;
            *checkout.live = self.fresh(name, uuid, state)?;
        }
        if checkout.live.check().is_ok() {
            return Ok(Claim::Live(checkout));
        }
        self.evict_unsound(checkout).await?;
        Ok(self.sessions().claim(name, uuid, now).await)
    }

    /// Removes an upload that can't be continued from memory. The bytes that its writer has taken are a prefix of it,
    /// and are kept, unless another process has the upload.
    pub(super) async fn evict_unsound(&self, mut checkout: Checkout<'_, WriterOf<P>>) -> Result<(), Failure> {
        let live = &mut *checkout.live;
        if !live.is_lost
            && let ContentLocation::Writer(writer) = &mut live.location
        {
            found(writer.close().await)?;
        }
        checkout.forget();
        Ok(())
    }

    /// An upload without content.
    pub(super) fn fresh(
        &self,
        name: &RepositoryName,
        uuid: &str,
        state: &UploadState,
    ) -> Result<LiveUpload<WriterOf<P>>, Failure> {
        let algorithm = state.algorithm().ok_or_else(Failure::upload_unknown)?;
        Ok(LiveUpload::new(name, uuid, self.new_session(), state.started_at, algorithm))
    }

    /// Checks that the content of a request begins at the upload's position. Without `Content-Range`, the `Location`
    /// shows the position that the client expects.
    pub(super) fn check_start(
        &self,
        name: &RepositoryName,
        uuid: &str,
        live: &LiveUpload<WriterOf<P>>,
        state: &UploadState,
        range: Option<ContentRange>,
    ) -> Result<(), Failure> {
        let start = range.map_or(state.offset, |range| range.first);
        let message = if start != live.offset {
            format!("the upload has {} bytes, and this would go on at {start}", live.offset)
        } else if state.offset == start && state.hash_differs(&live.hasher) {
            // Another process has received different content of this length.
            format!("the {start} bytes of the upload are not those that this would go on with")
        } else {
            return Ok(());
        };
        let mut failure = Failure::new(StatusCode::RANGE_NOT_SATISFIABLE, ErrorCode::RangeInvalid, message);
        failure.headers.extend(self.upload_headers(name, uuid, live)?);
        Err(failure)
    }

    /// The headers that tell a client where an upload is and how far it got.
    pub(super) fn upload_headers(
        &self,
        name: &RepositoryName,
        uuid: &str,
        live: &LiveUpload<WriterOf<P>>,
    ) -> Result<[(http::HeaderName, HeaderValue); 3], Failure> {
        let state = UploadState::new(name, uuid, &live.session, live.offset, live.started_at, &live.hasher);
        let sealed = state.seal(&self.options().secret).ok_or_else(|| {
            Failure::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                ErrorCode::Unknown,
                "the upload's state could not be sealed",
            )
        })?;
        // No `bytes=`, and an empty upload is `0-0`: docker's client parses two numbers.
        let range = format!("0-{}", live.offset.saturating_sub(1));
        Ok([
            (header::LOCATION, header_value(format_args!("/v2/{name}/blobs/uploads/{uuid}?_state={sealed}"))),
            (header::RANGE, header_value(range)),
            (header::HeaderName::from_static(UPLOAD_UUID), header_value(uuid)),
        ])
    }

    /// The response that tells a client where an upload is and how far it got.
    pub(super) fn upload_response(
        &self,
        status: StatusCode,
        name: &RepositoryName,
        uuid: &str,
        live: &LiveUpload<WriterOf<P>>,
    ) -> Result<Answer<P>, Failure> {
        let mut response = response(status, ResponseBody::empty());
        response.headers_mut().extend(self.upload_headers(name, uuid, live)?);
        Ok(response)
    }

    /// The response for a new upload. No request: all of its state is in the response.
    pub(crate) fn new_upload(&self, name: &RepositoryName, algorithm: Algorithm) -> Result<Answer<P>, Failure> {
        let (uuid, started_at) = (self.new_uuid(), self.seconds());
        // A session begins with the first bytes, in the process that receives them.
        let live = LiveUpload::new(name, &uuid, String::new(), started_at, algorithm);
        self.upload_response(StatusCode::ACCEPTED, name, &uuid, &live)
    }
}
