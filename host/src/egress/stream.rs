//! A connection, with TLS or without, through a proxy or not.

use super::tunnel::Tunnel;
use crate::admission::Held;
use crate::metrics::Counted;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use std::io::{IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// A connection.
pub(crate) struct Stream {
    transport: Transport,
    _open: Open,
}

/// What an open connection is counted by, and what it takes of its tenant's share.
pub(super) struct Open {
    _counted: Counted,
    _held: Held,
}

impl Open {
    pub(super) fn new(counted: Counted, held: Held) -> Self {
        Self { _counted: counted, _held: held }
    }
}

/// What a connection is made of.
pub(super) enum Transport {
    Plain(TokioIo<TcpStream>),
    Tls(TokioIo<Box<TlsStream<TcpStream>>>),
    /// To a proxy that sends requests on.
    Proxied(TokioIo<Tunnel>),
    /// With TLS, in a tunnel that a proxy made.
    Tunnelled(TokioIo<Box<TlsStream<Tunnel>>>),
}

impl Stream {
    /// It is shown as open from when it was made on.
    pub(super) fn new(transport: Transport, open: Open) -> Self {
        Self { transport, _open: open }
    }
}

impl Transport {
    fn reader(&mut self) -> Pin<&mut (dyn Read + Unpin)> {
        match self {
            Self::Plain(stream) => Pin::new(stream),
            Self::Tls(stream) => Pin::new(stream),
            Self::Proxied(stream) => Pin::new(stream),
            Self::Tunnelled(stream) => Pin::new(stream),
        }
    }

    fn writer(&mut self) -> Pin<&mut (dyn Write + Unpin)> {
        match self {
            Self::Plain(stream) => Pin::new(stream),
            Self::Tls(stream) => Pin::new(stream),
            Self::Proxied(stream) => Pin::new(stream),
            Self::Tunnelled(stream) => Pin::new(stream),
        }
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        // A proxy wants the whole URL to know where a request goes.
        Connected::new().proxy(matches!(self.transport, Transport::Proxied(_)))
    }
}

impl Read for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: ReadBufCursor<'_>) -> Poll<Result<()>> {
        self.transport.reader().poll_read(cx, buffer)
    }
}

impl Write for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        self.transport.writer().poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.transport.writer().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.transport.writer().poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.transport {
            Transport::Plain(stream) => stream.is_write_vectored(),
            Transport::Tls(stream) => stream.is_write_vectored(),
            Transport::Proxied(stream) => stream.is_write_vectored(),
            Transport::Tunnelled(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        self.transport.writer().poll_write_vectored(cx, slices)
    }
}
