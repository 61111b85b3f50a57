//! A scripted network under a virtual clock, for tests: nothing waits, and every send is recorded.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;

use crate::config::{Config, Settings, SignatureVersion, TimeoutOptions};
use crate::credentials::{CredentialSource, Credentials, Temporary};
use crate::endpoint::Endpoint;
use crate::message::{Request, Response, ResponseHeaders};
use crate::ports::{
    Body, Clock, CredentialHost, Entropy, ExchangeTimeouts, Transport, TransportError, TransportErrorKind,
};
use crate::wake_signal::{self, WakeOnDrop, WakeSignal, WakeSignals};

/// What the network does with one request.
#[derive(Clone)]
pub(crate) enum Act {
    /// It answers after a while.
    Answer { after: Duration, status: u16, headers: Vec<(&'static str, String)>, body: Bytes },
    /// It fails after a while.
    Fail { after: Duration, kind: TransportErrorKind },
}

impl Act {
    pub(crate) fn answer(status: u16, body: impl Into<Bytes>) -> Self {
        let headers = vec![("x-oss-request-id", "R".to_owned()), ("date", "Wed, 28 Dec 2022 10:27:41 GMT".to_owned())];
        Self::Answer { after: Duration::ZERO, status, headers, body: body.into() }
    }

    pub(crate) fn object(body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let (length, crc64) = (body.len().to_string(), crate::checksum::crc64(&body).to_string());
        Self::answer(200, body).with("content-length", length).with("x-oss-hash-crc64ecma", crc64)
    }

    /// A put that succeeds: it answers with the CRC-64 of what was sent.
    pub(crate) fn stored() -> Self {
        Self::answer(200, "").with("x-oss-hash-crc64ecma", OF_THE_REQUEST)
    }

    pub(crate) fn fail(kind: TransportErrorKind) -> Self {
        Self::Fail { after: Duration::ZERO, kind }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name, value.into()));
        }
        self
    }

    pub(crate) fn without(mut self, name: &'static str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.retain(|(other, _)| *other != name);
        }
        self
    }

    pub(crate) fn late(mut self, by: Duration) -> Self {
        match &mut self {
            Self::Answer { after, .. } | Self::Fail { after, .. } => *after = by,
        }
        self
    }
}

const OF_THE_REQUEST: &str = "of the request";

/// A request as it was sent.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) at: Duration,
    pub(crate) request: Request,
    pub(crate) timeouts: ExchangeTimeouts,
}

impl Sent {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.request.header(name).unwrap_or_default()
    }
}

#[derive(Default)]
struct State {
    elapsed: Cell<Duration>,
    /// How far the clock has been set ahead.
    jumped: Cell<Duration>,
    alarms: RefCell<Vec<Duration>>,
    script: RefCell<VecDeque<Act>>,
    sent: RefCell<Vec<Sent>>,
    handed_over: RefCell<VecDeque<Temporary>>,
}

/// The ports of a scripted world. Its clock starts at 2022-12-28T10:27:41Z, off by `clock_error` seconds.
#[derive(Clone, Default)]
pub(crate) struct Scripted {
    state: Rc<State>,
    pub(crate) clock_error: i64,
    pub(crate) random: u64,
}

pub(crate) const START: u64 = 1_672_223_261;

impl Scripted {
    pub(crate) fn new(script: impl IntoIterator<Item = Act>) -> Self {
        let scripted = Self { random: u64::MAX, ..Self::default() };
        scripted.state.script.borrow_mut().extend(script);
        scripted
    }

    /// Goes on with the script.
    pub(crate) fn play(&self, script: impl IntoIterator<Item = Act>) {
        self.state.script.borrow_mut().extend(script);
    }

    /// Lets time pass.
    pub(crate) fn skip(&self, length: Duration) {
        self.state.elapsed.set(self.state.elapsed.get() + length);
    }

    /// Sets the clock ahead; the monotonic one goes on as it did.
    pub(crate) fn jump(&self, length: Duration) {
        self.state.jumped.set(self.state.jumped.get() + length);
    }

    /// Lays in credentials for the host to give when it is asked.
    pub(crate) fn hand_over(&self, given: Temporary) {
        self.state.handed_over.borrow_mut().push_back(given);
    }

    /// Runs a future, moving the clock to the next alarm whenever nothing else can go on.
    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        loop {
            if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return value;
            }
            let mut alarms = self.state.alarms.borrow_mut();
            alarms.retain(|alarm| *alarm > self.state.elapsed.get());
            let next = alarms.iter().min().copied();
            self.state.elapsed.set(next.expect("the future waits for something that never happens"));
        }
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        assert!(self.state.script.borrow().is_empty(), "the script was not played to its end");
        self.state.sent.take()
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.state.elapsed.get()
    }
}

impl Clock for Scripted {
    fn now(&self) -> Duration {
        let start = START.checked_add_signed(self.clock_error).unwrap();
        Duration::from_secs(start) + self.state.elapsed.get() + self.state.jumped.get()
    }

    fn monotonic(&self) -> Duration {
        self.state.elapsed.get()
    }

    fn sleep(&self, length: Duration) -> impl Future<Output = ()> {
        let until = self.state.elapsed.get() + length;
        self.state.alarms.borrow_mut().push(until);
        std::future::poll_fn(move |_| if self.state.elapsed.get() >= until { Poll::Ready(()) } else { Poll::Pending })
    }
}

impl Entropy for Scripted {
    fn random_u64(&self) -> u64 {
        self.random
    }
}

impl WakeSignals for Scripted {
    fn wake_signal(&self) -> (WakeOnDrop, WakeSignal) {
        wake_signal::local()
    }
}

impl CredentialHost for Scripted {
    async fn credentials(&self) -> Result<Temporary, String> {
        let handed_over = self.state.handed_over.borrow_mut().pop_front();
        handed_over.ok_or_else(|| "the script has none".to_owned())
    }
}

pub(crate) struct OneChunk(Option<Bytes>);

impl Body for OneChunk {
    async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        Ok(self.0.take().filter(|bytes| !bytes.is_empty()))
    }
}

impl Transport for Scripted {
    type Body = OneChunk;

    async fn send(&self, request: Request, timeouts: ExchangeTimeouts) -> Result<Response<OneChunk>, TransportError> {
        let crc64 = crate::checksum::crc64(&request.body).to_string();
        self.state.sent.borrow_mut().push(Sent { at: self.elapsed(), request, timeouts });
        let act = self.state.script.borrow_mut().pop_front().expect("a request beyond the script");
        match act {
            Act::Answer { after, .. } | Act::Fail { after, .. } if after > timeouts.first_byte => {
                self.sleep(timeouts.first_byte).await;
                Err(TransportError { kind: TransportErrorKind::TimedOut, message: "the answer is late".into() })
            }
            Act::Answer { after, status, headers, body } => {
                self.sleep(after).await;
                let value = |value| if value == OF_THE_REQUEST { crc64.clone() } else { value };
                let fields = headers.into_iter().map(|(name, text)| (name.to_owned(), value(text).into_bytes()));
                Ok(Response { status, headers: ResponseHeaders::new(fields.collect()), body: OneChunk(Some(body)) })
            }
            Act::Fail { after, kind } => {
                self.sleep(after).await;
                Err(TransportError { kind, message: "the script says so".into() })
            }
        }
    }
}

/// Where a request goes.
pub(crate) fn url(request: &Request) -> String {
    let scheme = if request.secure { "https" } else { "http" };
    format!("{scheme}://{}{}", request.authority, request.path_with_query)
}

/// Headers of an answer.
pub(crate) fn headers(given: &[(&str, &str)]) -> ResponseHeaders {
    ResponseHeaders::new(given.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect())
}

/// Settings of a test's bucket.
pub(crate) fn settings(change: impl FnOnce(&mut Config)) -> Settings {
    let mut config = Config {
        bucket: "bucket".into(),
        region: "cn-hangzhou".into(),
        endpoint: Some(Endpoint::Public),
        addressing: None,
        secure: None,
        root: None,
        signature: Some(SignatureVersion::V4),
        credentials: CredentialSource::Static(Credentials {
            access_key_id: "ak".into(),
            access_key_secret: String::from("canary-secret").into(),
            security_token: Some(String::from("canary-token").into()),
        }),
        roles: Vec::new(),
        timeouts: TimeoutOptions::default(),
        attempts: None,
        acl: None,
    };
    change(&mut config);
    config.check().unwrap()
}
