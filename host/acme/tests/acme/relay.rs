//! A network that keeps changes back: reads pass, and what changes something waits on its way until the gate is opened.

use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub struct Relay {
    address: SocketAddr,
    open: watch::Sender<bool>,
    /// How many changes are on their way.
    waiting: watch::Sender<usize>,
}

impl Relay {
    pub async fn new(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (open, waiting) = (watch::Sender::new(true), watch::Sender::new(0));
        let relay = Self { address, open, waiting };
        let (open, waiting) = (relay.open.clone(), relay.waiting.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, server, open.subscribe(), waiting.clone()));
            }
        });
        relay
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn close(&self) {
        self.open.send_replace(false);
    }

    pub fn open(&self) {
        self.open.send_replace(true);
    }

    pub fn waiting(&self) -> usize {
        *self.waiting.borrow()
    }
}

/// A connection. Each request's head begins a piece: the client waits for one response before it sends the next request.
async fn pass(client: TcpStream, server: SocketAddr, mut open: watch::Receiver<bool>, waiting: watch::Sender<usize>) {
    let server = TcpStream::connect(server).await.expect("the emulator");
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
    let mut piece = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from_client.read(&mut piece).await {
        let bytes = &piece[..length];
        if (bytes.starts_with(b"PUT ") || bytes.starts_with(b"POST ")) && !*open.borrow() {
            waiting.send_modify(|count| *count += 1);
            open.wait_for(|open| *open).await.expect("the relay");
            waiting.send_modify(|count| *count -= 1);
        }
        if to_server.write_all(bytes).await.is_err() {
            return;
        }
    }
}
