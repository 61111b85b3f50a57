//! Signs requests, sends them and retries.

use std::cell::{Cell, RefCell};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::{Either, select};

use super::answer::{Retry, read_headers};
use super::attempt::{AttemptError, Received};
use super::body::{Bounded, MAX_ERROR, read_up_to};
use super::call::Call;
use super::headers;
use super::retry;
use super::window::Window;
use crate::config::{Settings, SignatureVersion};
use crate::credentials::{ActiveCredentials, Provider};
use crate::error::{Error, ErrorKind};
use crate::message::{Method, Request, Response, is_field_value};
use crate::ports::{ExchangeTimeouts, Ports};
use crate::signature::{CanonicalHeaders, Moment, Query, Subject, v1, v4};

/// How long the system's time is derived from the monotonic clock: reading both clocks for each request would take
/// noticeable time, and OSS tolerates a clock that is wrong by 15 minutes.
const CLOCK_HOLDS: Duration = Duration::from_secs(1);

/// How wrong the time of a request may be, in seconds (OSS documentation: *RequestTimeTooSkewed*). The time in an error
/// response about that must differ by more, or it is not OSS's time.
const ALLOWED_SKEW: u64 = 15 * 60;
/// The beginning of 2011, when OSS started: an earlier `Date` is wrong.
const EARLIEST: u64 = 1_293_840_000;

/// How long a comparison of the clock with a response's `Date` is valid: even a bad clock drifts by less than a second
/// in that time.
const COMPARED_FOR: Duration = Duration::from_secs(3600);

/// Reads a successful response.
type Read<'a, P> =
    dyn Fn(Received<Bounded<'a, P>>) -> Pin<Box<dyn Future<Output = Result<(), AttemptError>> + 'a>> + 'a;

/// A client of one bucket. Its state can all be restored: the last reading of the clock and a correction, temporary
/// credentials and a derived key.
pub struct Client<P> {
    pub(crate) ports: P,
    pub(crate) settings: Settings,
    /// The last reading of the system's clock, after that of the monotonic clock at the same time.
    seen: Cell<Option<(Duration, Duration)>>,
    /// The credentials' provider. It also keeps the clock's correction, because lifetimes depend on it.
    provider: Provider,
    /// When a response's `Date` was last compared with the system's clock, by the monotonic clock, and by how many
    /// seconds it was ahead.
    compared: Cell<Option<(Duration, i64)>>,
    /// The signing key, and the generation of the credentials that it was derived from.
    signing_key: RefCell<Option<(u64, v4::SigningKey)>>,
}

impl<P: Ports> Client<P> {
    /// A client of the bucket in these settings.
    pub fn new(ports: P, settings: Settings) -> Self {
        let provider = Provider::new(settings.credentials.clone());
        let (seen, compared) = (Cell::new(None), Cell::new(None));
        Self { ports, settings, seen, provider, compared, signing_key: RefCell::new(None) }
    }

    /// The client's settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The client's credentials, for a host that renews them.
    pub fn credentials(&self) -> &Provider {
        &self.provider
    }

    /// The time, as exactly as it is known: to the second if a response of OSS stated it.
    pub(crate) fn moment(&self) -> Moment {
        match self.compared.get() {
            Some((_, ahead)) => Moment::since_epoch(shifted(self.ports.now(), ahead)),
            None => Moment::since_epoch(self.provider.now(&self.ports)),
        }
    }

    /// Whether a response of OSS has stated the time.
    pub(crate) fn knows_time(&self) -> bool {
        self.compared.get().is_some()
    }

    /// The time to sign with, at this time of the monotonic clock.
    fn moment_at(&self, monotonic: Duration) -> Moment {
        let passed = |(then, time): (Duration, Duration)| {
            monotonic.checked_sub(then).filter(|passed| *passed < CLOCK_HOLDS).map(|passed| time.saturating_add(passed))
        };
        Moment::since_epoch(self.seen.get().and_then(passed).unwrap_or_else(|| {
            let time = self.provider.now(&self.ports);
            self.seen.set(Some((monotonic, time)));
            time
        }))
    }

    /// Sends a call until it succeeds, a retry can't help, or the attempts or the time are used up. The transport
    /// limits each wait to the operation's remaining time when the attempt begins, and [`Bounded`] limits the reading
    /// of a body: a timer of our own for every exchange would cost a tenth of it. `read` converts a response into a
    /// value; an error that it finds is the attempt's error.
    pub(crate) async fn perform<T>(
        &self,
        call: &Call<'_>,
        read: impl AsyncFn(Received<Bounded<'_, P>>) -> Result<T, AttemptError>,
    ) -> Result<T, Error> {
        let made = Cell::new(None);
        // The rest is not generic, so that the component contains it only once: copies for every operation would make
        // up a tenth of it.
        let (read, kept) = (&read, &made);
        let read = move |received| -> Pin<Box<dyn Future<Output = Result<(), AttemptError>> + '_>> {
            Box::pin(async move {
                kept.set(Some(read(received).await?));
                Ok(())
            })
        };
        self.send(call, &read).await?;
        made.take()
            .ok_or_else(|| Error::new(ErrorKind::Service, call.key.unwrap_or_default(), "the answer was not read"))
    }

    async fn send<'a>(&'a self, call: &Call<'_>, read: &Read<'a, P>) -> Result<(), Error> {
        let within = call.within.unwrap_or(self.settings.timeouts.operation).saturating_add(call.extra_time);
        let mut now = self.ports.monotonic();
        let deadline = now.saturating_add(within);
        let mut attempt = 1;
        let mut clock_was_set = false;
        let mut refused = false;
        let mut refusal = None;
        let mut undecided = false;
        loop {
            let skew = self.provider.skew();
            let error = match self.attempt(call, read, deadline, now).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            undecided |= error.is_undecided();
            // If no other credentials could be fetched, the reason why OSS rejected the last ones says the most.
            let error = match refusal.take() {
                Some(refusal) if error.signed_with.is_none() => and_then(refusal, error),
                _ => error,
            };
            match error.retry {
                Retry::Refresh
                    if !refused && error.signed_with.is_some_and(|used| self.provider.note_rejected(used)) =>
                {
                    if call.once {
                        return Err(self.error(
                            call,
                            AttemptError { retry: Retry::Always, ..error },
                            attempt,
                            undecided,
                        ));
                    }
                    refused = true;
                    refusal = Some(error);
                    now = self.ports.monotonic();
                    continue;
                }
                // Another request may have set the clock after this one was signed.
                Retry::SetClock if !clock_was_set && (self.provider.skew() != skew || self.set_clock(&error)) => {
                    if call.once {
                        return Err(self.error(
                            call,
                            AttemptError { retry: Retry::Always, ..error },
                            attempt,
                            undecided,
                        ));
                    }
                    clock_was_set = true;
                    now = self.ports.monotonic();
                    continue;
                }
                Retry::Always => {}
                Retry::IfIdempotent if call.idempotent => {}
                Retry::SetClock | Retry::Refresh | Retry::IfIdempotent | Retry::Never => {
                    return Err(self.error(call, error, attempt, undecided));
                }
            }
            let pause = retry::pause(attempt, self.ports.random_u64(), error.retry_after);
            now = self.ports.monotonic();
            let left = deadline.saturating_sub(now);
            if call.once || attempt >= self.settings.attempts || pause >= left {
                return Err(self.error(call, error, attempt, undecided));
            }
            if let Some(doubled) = call.doubled.filter(|_| undecided) {
                doubled.set(true);
            }
            self.ports.sleep(pause).await;
            now = self.ports.monotonic();
            attempt += 1;
        }
    }

    async fn attempt<'a>(
        &'a self,
        call: &Call<'_>,
        read: &Read<'a, P>,
        deadline: Duration,
        now: Duration,
    ) -> Result<(), AttemptError> {
        let active = self.credentials_until(deadline).await?;
        // Fetching credentials may have taken time. Otherwise don't read the clock again: that would cost a noticeable
        // call of the host.
        let now = if self.provider.is_renewed() { self.ports.monotonic() } else { now };
        let result = self.exchange(call, read, deadline, now, &active).await;
        result.map_err(|error| error.signed_with(active.generation, &active.credentials))
    }

    async fn exchange<'a>(
        &'a self,
        call: &Call<'_>,
        read: &Read<'a, P>,
        deadline: Duration,
        now: Duration,
        active: &ActiveCredentials,
    ) -> Result<(), AttemptError> {
        let request = match &call.window {
            None => self.sign(call, active, now)?,
            Some(window) => self.sign_window(call, window, active)?,
        };
        let timeouts = &self.settings.timeouts;
        let left = deadline.saturating_sub(now);
        let timeouts = ExchangeTimeouts {
            connect: timeouts.connect.min(left),
            first_byte: timeouts.first_byte.saturating_add(call.extra_time).min(left),
            between_bytes: timeouts.between_bytes.min(left),
        };
        let Response { status, headers, body } = self.ports.send(request, timeouts).await?;
        let body = Bounded::new(body, &self.ports, deadline);
        let succeeded = status == call.expects || call.or_expects.contains(&status);
        // The reader of a successful object operation fetches its CRC-64 anyway, and that proves as much as the request
        // id.
        let states_crc64 = succeeded && call.object.is_some() && call.method != Method::Delete;
        let is_from_oss = states_crc64 && headers.crc64().is_some() || headers.contains(headers::REQUEST_ID);
        if !is_from_oss {
            return Err(AttemptError::foreign(status, &headers));
        }
        let redact = |text: &str| active.credentials.redact(text);
        self.compare(&headers, now);
        if succeeded {
            let (headers, credentials) = (Rc::new(headers), active.credentials.clone());
            let received = Received { status, headers: headers.clone(), body, credentials };
            return read(received).await.map_err(|error| error.after(read_headers(status, &headers, &redact)));
        }
        if (200..300).contains(&status) {
            // Another successful status is an error: a 200 in response to a ranged read is the whole object.
            let message = format!("OSS answered {status} instead of {}", call.expects);
            let answer = read_headers(status, &headers, &redact);
            return Err(AttemptError::new(ErrorKind::Service, Retry::Never, message).after(answer));
        }
        let document = match read_up_to(body, MAX_ERROR).await {
            Ok(document) => document,
            // The status says enough, and the next attempt may reach a better server.
            Err(_) if status >= 500 => Bytes::new(),
            // Without its code an error can't be told from others: a missing key from a missing bucket.
            Err(error) => return Err(AttemptError::from(error).after(read_headers(status, &headers, &redact))),
        };
        Err(AttemptError::refused(status, &headers, &document, &redact, &self.settings))
    }

    fn sign(&self, call: &Call<'_>, active: &ActiveCredentials, now: Duration) -> Result<Request, AttemptError> {
        let (settings, credentials) = (&self.settings, &active.credentials);
        let moment = self.moment_at(now);
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
            SignatureVersion::V4 => self.authorize_v4(&subject, moment, active),
            SignatureVersion::V1 => v1::authorization(&subject, &moment, credentials),
        };
        let mut request = self.request(call, headers, &call.query)?;
        request.headers.push(("authorization".to_owned(), authorization.into_bytes()));
        Ok(request)
    }

    /// Builds a request with these headers and this query, without an `Authorization` header.
    pub(super) fn request(
        &self,
        call: &Call<'_>,
        headers: CanonicalHeaders,
        query: &Query,
    ) -> Result<Request, AttemptError> {
        let target = &self.settings.target;
        let mut path_with_query = target.path(call.object);
        if !query.is_empty() {
            path_with_query.push('?');
            query.encode(&mut path_with_query);
        }
        let mut fields = Vec::with_capacity(8);
        for (name, value) in headers {
            if !is_field_value(&value) {
                let message = format!("the value of the header {name} fits no HTTP message");
                return Err(AttemptError::new(ErrorKind::Unsupported, Retry::Never, message));
            }
            fields.push((name, value.into_bytes()));
        }
        // Without this header, a transport that does not know that there is no body would send an empty chunked one.
        if !matches!(call.method, Method::Get | Method::Head) {
            fields.push(("content-length".to_owned(), call.body.len().to_string().into_bytes()));
        }
        Ok(Request {
            method: call.method,
            secure: target.secure,
            authority: target.authority.clone(),
            path_with_query,
            headers: fields,
            body: call.body.clone(),
        })
    }

    pub(crate) fn scope(&self, moment: Moment) -> v4::Scope<'_> {
        v4::Scope { moment, region: &self.settings.region, product: v4::PRODUCT }
    }

    fn authorize_v4(&self, subject: &Subject<'_>, moment: Moment, active: &ActiveCredentials) -> String {
        let mut kept = self.signing_key.borrow_mut();
        let mut key = match kept.take() {
            Some((generation, key)) if generation == active.generation && key.is_of(&moment) => key,
            _ => v4::SigningKey::derive(&active.credentials.access_key_secret, &self.scope(moment)),
        };
        let authorization = v4::authorization(subject, &[], &moment, &active.credentials.access_key_id, &mut key);
        *kept = Some((active.generation, key));
        authorization
    }

    /// Sets the clock by a response which says that it is wrong. Returns false if the response contains no time that
    /// differs.
    fn set_clock(&self, error: &AttemptError) -> bool {
        let own = self.provider.now(&self.ports).as_secs();
        let is_time = |time: &u64| *time >= EARLIEST && time.abs_diff(own) >= ALLOWED_SKEW;
        let Some(time) = error.times.into_iter().flatten().find(is_time) else { return false };
        self.provider.set_clock(&self.ports, time);
        self.seen.set(None);
        self.compared.set(None);
        true
    }

    /// Compares a response's `Date` with the clock from time to time. A clock that is wrong by more than OSS allows is
    /// set only by the error response about that; any other `Date` that differs so much comes from a cache.
    fn compare(&self, headers: &crate::message::ResponseHeaders, sent: Duration) {
        if self.compared.get().is_some_and(|(at, _)| sent.saturating_sub(at) < COMPARED_FOR) {
            return;
        }
        let Some(date) = headers::date(headers, "date") else { return };
        let known = self.provider.now(&self.ports).as_secs();
        if date.abs_diff(known) < ALLOWED_SKEW && !headers.contains("age") {
            let own = i64::try_from(self.ports.now().as_secs()).unwrap_or(i64::MAX);
            let ahead = i64::try_from(date).unwrap_or(i64::MAX).saturating_sub(own);
            self.compared.set(Some((sent, ahead)));
            self.provider.recompute_expiry(&self.ports, date);
        }
    }

    /// The credentials to sign with; waits for them until the deadline at most.
    pub(crate) async fn credentials_until(&self, deadline: Duration) -> Result<ActiveCredentials, AttemptError> {
        let mut active = pin!(self.provider.active(&self.ports));
        // A timer costs a call of the host, and nearly always there is nothing to wait for.
        if let Some(ready) = active.as_mut().now_or_never() {
            return Ok(ready?);
        }
        let left = deadline.saturating_sub(self.ports.monotonic());
        match select(active, pin!(self.ports.sleep(left))).await {
            Either::Left((active, _)) => Ok(active?),
            Either::Right(_) => {
                let message = "no credentials came before time was up";
                Err(AttemptError {
                    no_credentials: true,
                    ..AttemptError::new(ErrorKind::TimedOut, Retry::Always, message)
                })
            }
        }
    }

    /// The error of a call whose last attempt failed with `error`; `undecided` says whether any attempt may have taken
    /// effect.
    fn error(&self, call: &Call<'_>, error: AttemptError, attempts: u8, undecided: bool) -> Error {
        let mut message = [call.operation, ": ", &error.message].concat();
        if attempts > 1 {
            message.push_str(&format!(", {attempts} times"));
        }
        let undecided = undecided && !matches!(call.method, Method::Get | Method::Head);
        if undecided && !error.is_undecided() {
            message.push_str("; an earlier attempt, whose answer was lost, may have taken effect");
        }
        let error = Error {
            kind: error.kind,
            key: call.key.map(str::to_owned),
            message,
            answer: error.answer,
            retryable: match error.retry {
                Retry::Always | Retry::IfIdempotent => true,
                // The provider may renew the credentials for the next call.
                Retry::Refresh => self.provider.is_renewed(),
                // A clock that this response could not set is not set by the next one either.
                Retry::SetClock | Retry::Never => false,
            },
            undecided,
            no_credentials: error.no_credentials,
        };
        let is_late = call.window.is_some() && Window::closed(&error);
        Error { kind: if is_late { ErrorKind::TooLate } else { error.kind }, ..error }
    }
}

/// Adds seconds to a time.
fn shifted(time: Duration, seconds: i64) -> Duration {
    let length = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { time.saturating_sub(length) } else { time.saturating_add(length) }
}

/// Adds to an error the message of one that followed.
fn and_then(first: AttemptError, then: AttemptError) -> AttemptError {
    AttemptError { message: [&first.message, "; then ", &then.message].concat(), retry: then.retry, ..first }
}
