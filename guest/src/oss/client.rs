//! Signing, sending and sending again.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, select};

use super::answer::Retry;
use super::attempt::{Received, Trouble};
use super::body::{MAX_ERROR, read_up_to};
use super::call::Call;
use super::headers;
use super::retry;
use crate::config::{Settings, SignatureVersion};
use crate::credentials::{Lease, Provider};
use crate::error::{Error, ErrorKind};
use crate::ports::{ExchangeTimeouts, Ports, TransportErrorKind};
use crate::signature::{Moment, Subject, v1, v4};

/// A client of one bucket. Holds nothing that a fresh one could not find again: a correction of the clock, temporary
/// credentials and a derived key.
pub struct Client<P> {
    pub(crate) ports: P,
    pub(crate) settings: Settings,
    /// Seconds to add to the clock, learnt from an answer's `Date`.
    skew: Cell<i64>,
    provider: Provider,
    /// With the generation of the credentials it was derived from.
    signing_key: RefCell<Option<(u64, v4::SigningKey)>>,
}

impl<P: Ports> Client<P> {
    /// A client of the bucket of these settings.
    pub fn new(ports: P, settings: Settings) -> Self {
        let provider = Provider::new(settings.credentials.clone());
        Self { ports, settings, skew: Cell::new(0), provider, signing_key: RefCell::new(None) }
    }

    /// The settings it works by.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Its credentials, for a host that renews them.
    pub fn credentials(&self) -> &Provider {
        &self.provider
    }

    /// The time to sign with.
    pub(crate) fn moment(&self) -> Moment {
        let now = self.ports.now();
        let skew = Duration::from_secs(self.skew.get().unsigned_abs());
        Moment::since_epoch(if self.skew.get() < 0 { now.saturating_sub(skew) } else { now.saturating_add(skew) })
    }

    /// Sends a call until it succeeds, a retry can't help, the attempts are used up or time is. `read` makes the value of
    /// an answer; what it finds wrong counts as the attempt's failure.
    pub(crate) async fn perform<T>(
        &self,
        call: &Call<'_>,
        read: impl AsyncFn(Received<P::Body>) -> Result<T, Trouble>,
    ) -> Result<T, Error> {
        let deadline = self.ports.monotonic().saturating_add(self.settings.timeouts.operation);
        let mut attempt = 1;
        let mut clock_was_set = false;
        let mut refused = false;
        let mut refusal = None;
        loop {
            let left = deadline.saturating_sub(self.ports.monotonic());
            let trouble = {
                let answer = pin!(self.attempt(call, &read, left));
                let alarm = pin!(self.ports.sleep(left));
                match select(answer, alarm).await {
                    Either::Left((Ok(value), _)) => return Ok(value),
                    Either::Left((Err(trouble), _)) => trouble,
                    Either::Right(_) => return Err(self.error(call, Trouble::too_late(), attempt)),
                }
            };
            // Where no other credentials came, why OSS took the last ones no more says the most.
            let trouble = match refusal.take() {
                Some(refusal) if trouble.signed_with.is_none() => and_then(refusal, trouble),
                _ => trouble,
            };
            match trouble.retry {
                Retry::Refresh if !refused && trouble.signed_with.is_some_and(|used| self.provider.refuse(used)) => {
                    refused = true;
                    refusal = Some(trouble);
                    continue;
                }
                Retry::SetClock if !clock_was_set && self.set_clock(&trouble) => {
                    clock_was_set = true;
                    continue;
                }
                Retry::Again => {}
                Retry::Repeat if call.repeatable => {}
                Retry::SetClock | Retry::Refresh | Retry::Repeat | Retry::Never => {
                    return Err(self.error(call, trouble, attempt));
                }
            }
            let pause = retry::pause(attempt, self.ports.random_u64(), trouble.retry_after);
            let left = deadline.saturating_sub(self.ports.monotonic());
            if call.once || attempt >= self.settings.attempts || pause >= left {
                return Err(self.error(call, trouble, attempt));
            }
            self.ports.sleep(pause).await;
            attempt += 1;
        }
    }

    async fn attempt<T>(
        &self,
        call: &Call<'_>,
        read: &impl AsyncFn(Received<P::Body>) -> Result<T, Trouble>,
        left: Duration,
    ) -> Result<T, Trouble> {
        let lease = self.provider.lease(&self.ports).await?;
        let result = self.exchange(call, read, left, &lease).await;
        result.map_err(|trouble| trouble.signed_with(lease.generation, &lease.credentials))
    }

    async fn exchange<T>(
        &self,
        call: &Call<'_>,
        read: &impl AsyncFn(Received<P::Body>) -> Result<T, Trouble>,
        left: Duration,
        lease: &Lease,
    ) -> Result<T, Trouble> {
        let request = self.sign(call, lease)?;
        let timeouts = &self.settings.timeouts;
        let timeouts = ExchangeTimeouts {
            connect: timeouts.connect.min(left),
            first_byte: timeouts.first_byte.min(left),
            between_bytes: timeouts.between_bytes.min(left),
        };
        let (head, body) = self.ports.send(request, timeouts).await?.into_parts();
        if !head.headers.contains_key(headers::REQUEST_ID) {
            return Err(Trouble::foreign(head.status));
        }
        if head.status.as_u16() == call.expects {
            return read(Received { headers: head.headers, body }).await;
        }
        // A body that breaks off takes nothing from what the status says.
        let document = match read_up_to(body, MAX_ERROR).await {
            Ok(document) => document,
            Err(error) if error.kind == TransportErrorKind::TimedOut => return Err(error.into()),
            Err(_) => Bytes::new(),
        };
        Err(Trouble::refused(head.status, &head.headers, &document))
    }

    fn sign(&self, call: &Call<'_>, lease: &Lease) -> Result<http::Request<Bytes>, Trouble> {
        let (settings, credentials) = (&self.settings, &lease.credentials);
        let moment = self.moment();
        let mut headers = call.headers.clone();
        match settings.signature {
            SignatureVersion::V4 => v4::prepare(&mut headers, &moment, credentials),
            SignatureVersion::V1 => v1::prepare(&mut headers, &moment, credentials),
        }
        let subject = Subject {
            method: call.method.as_str(),
            bucket: Some(&settings.bucket),
            object: call.object,
            query: &call.query,
            headers: &headers,
        };
        let authorization = match settings.signature {
            SignatureVersion::V4 => self.authorize_v4(&subject, moment, lease),
            SignatureVersion::V1 => v1::authorization(&subject, &moment, credentials),
        };
        let mut path = settings.target.path(call.object);
        let query = call.query.encoded();
        if !query.is_empty() {
            path.extend(["?", &query]);
        }
        let uri = http::Uri::builder()
            .scheme(settings.target.scheme.clone())
            .authority(settings.target.authority.as_str())
            .path_and_query(path);
        let mut request = http::Request::builder().method(call.method.clone());
        if let Ok(uri) = uri.build() {
            request = request.uri(uri);
        }
        for (name, value) in headers.iter() {
            request = request.header(name, value);
        }
        if matches!(call.method, http::Method::PUT | http::Method::POST) {
            request = request.header("content-length", call.body.len());
        }
        let mut secret = http::HeaderValue::try_from(authorization)
            .map_err(|_| Trouble::new(ErrorKind::Unsupported, Retry::Never, "the signature fits no header"))?;
        secret.set_sensitive(true);
        request
            .header("authorization", secret)
            .body(call.body.clone())
            .map_err(|_| Trouble::new(ErrorKind::Unsupported, Retry::Never, "the request fits no HTTP message"))
    }

    pub(crate) fn scope(&self, moment: Moment) -> v4::Scope<'_> {
        v4::Scope { moment, region: &self.settings.region, product: v4::PRODUCT }
    }

    fn authorize_v4(&self, subject: &Subject<'_>, moment: Moment, lease: &Lease) -> String {
        let scope = self.scope(moment);
        let mut kept = self.signing_key.borrow_mut();
        let key = match kept.take() {
            Some((generation, key)) if generation == lease.generation && key.is_of(&moment) => key,
            _ => v4::SigningKey::derive(&lease.credentials.access_key_secret, &scope),
        };
        let authorization = v4::authorization(subject, &[], &scope, &lease.credentials.access_key_id, &key);
        *kept = Some((lease.generation, key));
        authorization
    }

    /// Learns the difference to OSS's clock. False when the answer has no date.
    fn set_clock(&self, trouble: &Trouble) -> bool {
        let Some(server) = trouble.server_time.and_then(|time| i64::try_from(time).ok()) else { return false };
        let own = i64::try_from(self.ports.now().as_secs()).unwrap_or(0);
        self.skew.set(server.saturating_sub(own));
        true
    }

    pub(crate) async fn lease(&self) -> Result<Lease, Trouble> {
        Ok(self.provider.lease(&self.ports).await?)
    }

    fn error(&self, call: &Call<'_>, trouble: Trouble, attempts: u8) -> Error {
        let mut message = [call.operation, ": ", &trouble.message].concat();
        if attempts > 1 {
            message.push_str(&format!(", {attempts} times"));
        }
        Error {
            kind: trouble.kind,
            key: call.key.map(str::to_owned),
            message,
            answer: trouble.answer,
            // Credentials that the provider can renew may be good the next time.
            retryable: match trouble.retry {
                Retry::Never => false,
                Retry::Refresh => self.provider.is_renewed(),
                Retry::Again | Retry::Repeat | Retry::SetClock => true,
            },
        }
    }
}

/// One failure that led to another.
fn and_then(first: Trouble, then: Trouble) -> Trouble {
    Trouble { message: [&first.message, "; then ", &then.message].concat(), retry: then.retry, ..first }
}
