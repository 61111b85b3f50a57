//! The body of a request, as it comes in: hashed on the way, and broken on demand.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use md5::{Digest as _, Md5};

use crate::call::Halt;
use crate::checksum::Crc64;
use crate::failures::Failure;
use crate::store::{Body, Spool, upper_hex};

/// A body that is not read yet.
#[derive(Debug)]
pub(crate) struct Inbound {
    body: Option<Incoming>,
    patience: Duration,
    cut: Option<u64>,
    corrupt: Option<u64>,
    /// Bytes a second.
    pace: Option<u64>,
    read: u64,
}

/// A body that was read.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) body: Body,
    pub(crate) crc64: u64,
    md5: [u8; 16],
}

/// Bytes are gathered into segments of this size at most.
const SEGMENT: usize = 1 << 20;

/// So much of an unwanted body is read before the error is answered: a client that is still sending would otherwise see
/// a reset connection instead of the error.
const DRAIN: u64 = 64 << 20;

impl Inbound {
    pub(crate) fn new(body: Incoming, patience: Duration, cut: Option<u64>, corrupt: Option<u64>) -> Self {
        Self { body: Some(body), patience, cut, corrupt, pace: None, read: 0 }
    }

    /// Takes so many bytes a second at most.
    pub(crate) fn set_pace(&mut self, bytes_a_second: u64) {
        self.pace = Some(bytes_a_second);
    }

    /// What is left of the body, with nothing left here.
    pub(crate) fn take(&mut self) -> Self {
        Self { body: self.body.take(), ..*self }
    }

    /// The body piece by piece, for a reader of its own.
    pub(crate) fn stream(&mut self) -> impl Stream<Item = Result<Bytes, Stopped>> + Send + '_ {
        futures_util::stream::try_unfold(self, async |inbound| {
            let Some(mut body) = inbound.body.take() else { return Ok(None) };
            if inbound.cut.is_some_and(|cut| inbound.read >= cut) {
                return Err(Stopped(Halt::HangUp));
            }
            let chunk = inbound.next(&mut body).await.map_err(Stopped)?;
            inbound.body = Some(body);
            Ok(chunk.map(|chunk| (chunk, inbound)))
        })
    }

    /// How many bytes were read.
    pub(crate) fn bytes(&self) -> u64 {
        self.read
    }

    /// Reads the body into memory, which may have `maximum` bytes.
    pub(crate) async fn receive(&mut self, maximum: u64) -> Result<Received, Halt> {
        self.receive_into(maximum, Spool::default()).await
    }

    /// Reads the body, which may have `maximum` bytes, to where a bucket keeps it.
    pub(crate) async fn receive_into(&mut self, maximum: u64, spool: Spool) -> Result<Received, Halt> {
        let Some(mut body) = self.body.take() else { return Err(Failure::body_incomplete().into()) };
        let announced = body.size_hint().exact();
        if announced.is_some_and(|length| length > maximum) {
            self.body = Some(body);
            return Err(Failure::too_large(maximum).into());
        }
        let mut gather = Gather::new(announced, spool);
        loop {
            if self.cut.is_some_and(|cut| self.read >= cut) {
                return Err(Halt::HangUp);
            }
            let Some(chunk) = self.next(&mut body).await? else { break };
            if gather.total + chunk.len() as u64 > maximum {
                return Err(Failure::too_large(maximum).into());
            }
            gather.add(&chunk).await?;
        }
        Ok(gather.finish().await?)
    }

    /// The next bytes, damaged if that is asked for.
    async fn next(&mut self, body: &mut Incoming) -> Result<Option<Bytes>, Halt> {
        loop {
            let frame = tokio::time::timeout(self.patience, body.frame()).await;
            let frame = match frame {
                Ok(None) => return Ok(None),
                Ok(Some(Ok(frame))) => frame,
                // The connection ended, or stood still, before the announced length.
                Ok(Some(Err(_))) | Err(_) => return Err(Failure::body_incomplete().into()),
            };
            let Ok(chunk) = frame.into_data() else { continue };
            let start = self.read;
            self.read += chunk.len() as u64;
            if let Some(pace) = self.pace {
                tokio::time::sleep(Duration::from_secs_f64(chunk.len() as f64 / pace as f64)).await;
            }
            return Ok(Some(match self.corrupt {
                Some(at) if (start..self.read).contains(&at) => flip(&chunk, (at - start) as usize),
                _ => chunk,
            }));
        }
    }

    /// Reads what is left of a body nobody wanted, up to a limit. `expecting` means the client waits to be asked for it.
    pub(crate) async fn drain(&mut self, expecting: bool) {
        let Some(mut body) = self.body.take() else { return };
        if expecting {
            return;
        }
        let mut left = DRAIN;
        while let Ok(Some(chunk)) = self.next(&mut body).await {
            left = left.saturating_sub(chunk.len() as u64);
            if left == 0 {
                return;
            }
        }
    }
}

fn flip(chunk: &Bytes, at: usize) -> Bytes {
    let mut copy = BytesMut::from(&chunk[..]);
    copy[at] ^= 0x01;
    copy.freeze()
}

/// Why a body stopped, on its way through a reader that knows nothing of it.
#[derive(Debug, thiserror::Error)]
#[error("the body stopped")]
pub(crate) struct Stopped(pub(crate) Halt);

/// Copies the network's chunks into segments of their own, so that a small object does not hold on to a read buffer.
pub(crate) struct Gather {
    spool: Spool,
    buffer: BytesMut,
    left: Option<u64>,
    total: u64,
    md5: Md5,
    crc64: Crc64,
}

impl Gather {
    pub(crate) fn new(announced: Option<u64>, spool: Spool) -> Self {
        Self { spool, buffer: BytesMut::new(), left: announced, total: 0, md5: Md5::new(), crc64: Crc64::new() }
    }

    pub(crate) async fn add(&mut self, mut chunk: &[u8]) -> Result<(), Failure> {
        self.md5.update(chunk);
        self.crc64.update(chunk);
        while !chunk.is_empty() {
            if self.buffer.is_empty() {
                let left = self.left.map_or(SEGMENT, |left| (left - self.total).min(SEGMENT as u64) as usize);
                self.buffer.reserve(left.max(1));
            }
            let take = chunk.len().min(SEGMENT - self.buffer.len());
            self.buffer.extend_from_slice(&chunk[..take]);
            self.total += take as u64;
            chunk = &chunk[take..];
            if self.buffer.len() == SEGMENT {
                self.flush().await?;
            }
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), Failure> {
        let full = std::mem::take(&mut self.buffer);
        // A chunked body announces nothing: its last segment may be much smaller than its buffer.
        let bytes = if full.capacity() > full.len() * 2 { Bytes::copy_from_slice(&full) } else { full.freeze() };
        self.spool.push(bytes).await
    }

    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    pub(crate) async fn finish(mut self) -> Result<Received, Failure> {
        self.flush().await?;
        let body = self.spool.finish().await?;
        Ok(Received { body, crc64: self.crc64.finish(), md5: self.md5.finalize().into() })
    }
}

impl Received {
    /// The MD5 as ETags spell it.
    pub(crate) fn etag(&self) -> String {
        upper_hex(&self.md5)
    }

    /// The MD5 as `Content-MD5` spells it.
    pub(crate) fn md5(&self) -> String {
        STANDARD.encode(self.md5)
    }

    /// Compares with the `Content-MD5` of the request, if there is one.
    pub(crate) fn check_md5(&self, given: Option<&str>) -> Result<(), Failure> {
        let Some(given) = given else { return Ok(()) };
        match STANDARD.decode(given) {
            Ok(bytes) if bytes == self.md5 => Ok(()),
            Ok(bytes) if bytes.len() == 16 => Err(Failure::digest_mismatch(given, &self.md5())),
            _ => Err(Failure::digest_malformed(given)),
        }
    }
}
