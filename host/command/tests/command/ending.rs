//! `ossicle registry` that is to end while a push is under way.

#![cfg(unix)]

use crate::world::World;
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStderr};
use std::time::Duration;

/// A registry, and a push to it that has begun.
struct Pushing {
    child: Child,
    err: BufReader<ChildStderr>,
    push: TcpStream,
}

impl Pushing {
    /// Sends half of a chunk of ten bytes.
    fn begin(world: &World) -> Self {
        let mut child = world.spawn(&["registry", "--listen", "127.0.0.1:0", "--quiet"]);
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).unwrap();
        let address = line.trim().rsplit('/').next().unwrap();
        let open = || {
            let stream = TcpStream::connect(address).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
            stream
        };
        let mut begun = open();
        begun
            .write_all(
                b"POST /v2/app/blobs/uploads/ HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            )
            .unwrap();
        let mut reply = String::new();
        begun.read_to_string(&mut reply).unwrap();
        let location = reply.lines().find_map(|line| line.strip_prefix("location: ")).expect("a Location");
        let mut push = open();
        let expects = "expect: 100-continue\r\n";
        write!(push, "PATCH {location} HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n{expects}\r\n").unwrap();
        // The registry reads the body from here on.
        let mut interim = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
        push.read_exact(&mut interim).unwrap();
        assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
        push.write_all(b"01234").unwrap();
        Self { child, err: BufReader::new(err), push }
    }

    fn signal(&self) {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
    }

    /// The next line on standard error.
    fn says(&mut self) -> String {
        let mut line = String::new();
        self.err.read_line(&mut line).unwrap();
        line
    }
}

#[test]
fn push_that_is_under_way_comes_to_its_end_and_the_user_is_told_what_is_waited_for() {
    let world = World::new();
    let mut pushing = Pushing::begin(&world);
    pushing.signal();
    let said = pushing.says();
    assert!(said.contains("requests are under way, which may take up to 30 s"), "{said}");
    pushing.push.write_all(b"56789").unwrap();
    let mut reply = String::new();
    pushing.push.read_to_string(&mut reply).unwrap();
    assert!(reply.starts_with("HTTP/1.1 202 ") && reply.contains("range: 0-9\r\n"), "{reply}");
    assert_eq!(pushing.child.wait().unwrap().code(), Some(0));
    // What came is in OSS, where another process goes on with it.
    let keys = world.emulator.bucket("certificates").keys();
    assert!(keys.iter().any(|key| key.contains("/_uploads/") && key.contains("/hashstates/")), "{keys:?}");
}

#[test]
fn second_signal_ends_it_at_once() {
    let world = World::new();
    let mut pushing = Pushing::begin(&world);
    pushing.signal();
    assert!(pushing.says().contains("another signal ends it at once"));
    pushing.signal();
    assert_eq!(pushing.child.wait().unwrap().signal(), Some(2));
}
