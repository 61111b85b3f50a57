//! Requests that OSS performs only within a span of its own time. The holder of a lock sends them, so that OSS itself
//! rejects the write of a holder who lost the lock without noticing, however late it arrives and whatever the sender's
//! clock says.
//!
//! These requests are signed in their URL, which states from when and until when it is valid (OSS documentation:
//! *Include a V4 signature in a URL*). OSS checks the time when the request arrives, before the signature.

use std::cell::Cell;
use std::time::Duration;

use super::attempt::AttemptError;
use super::call::Call;
use super::client::Client;
use crate::config::SignatureVersion;
use crate::credentials::ActiveCredentials;
use crate::error::Error;
use crate::message::Request;
use crate::ports::Ports;
use crate::signature::{Moment, Subject, v1, v4};

/// A span of OSS's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The beginning, in seconds since 1970.
    pub from: u64,
    /// The length in seconds.
    pub seconds: u64,
}

/// How to send a request that OSS performs only within a window.
#[derive(Clone, Copy, Debug)]
pub struct Guard<'a> {
    /// The window.
    pub window: Window,
    /// Set to true if the request was sent again although an earlier attempt got no response, so that this attempt may
    /// still take effect, perhaps for a second time, until the window's end. If `None`, such a request is not sent
    /// again.
    pub doubled: Option<&'a Cell<bool>>,
}

/// The ECs for an expired URL, in V1 and V4.
const EXPIRED: [&str; 4] = ["0002-00000069", "0002-00000236", "0002-00000418", "0002-00000504"];

impl Window {
    /// The window's end, in seconds since 1970.
    pub fn end(&self) -> u64 {
        self.from.saturating_add(self.seconds)
    }

    /// Whether an error means that a request arrived after the window's end.
    pub fn closed(error: &Error) -> bool {
        error.answer.as_ref().is_some_and(|answer| {
            answer.status == 403
                && (answer.ec.as_deref().is_some_and(|ec| EXPIRED.contains(&ec))
                    || answer.code == "AccessDenied" && answer.message.to_ascii_lowercase().contains("expire"))
        })
    }
}

impl From<Window> for Guard<'_> {
    fn from(window: Window) -> Self {
        Self { window, doubled: None }
    }
}

impl<P: Ports> Client<P> {
    pub(super) fn sign_window(
        &self,
        call: &Call<'_>,
        window: &Window,
        active: &ActiveCredentials,
    ) -> Result<Request, AttemptError> {
        let settings = &self.settings;
        let subject = Subject {
            method: call.method.as_str(),
            bucket: Some(&settings.bucket),
            object: call.object,
            query: &call.query,
            headers: &call.headers,
        };
        let query = match settings.signature {
            SignatureVersion::V4 => {
                let moment = Moment::since_epoch(Duration::from_secs(window.from));
                let seconds = window.seconds.clamp(1, v4::MAX_EXPIRES);
                v4::presign(&subject, &[], seconds, &self.scope(moment), &active.credentials)
            }
            SignatureVersion::V1 => v1::presign(&subject, window.end(), &active.credentials),
        };
        self.request(call, call.headers.clone(), &query)
    }
}
