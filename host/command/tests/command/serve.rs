//! `ossicle serve`: started, used, told to read its config again, and ended.

use crate::served::send;
use crate::world::{BUCKET, KEY_ID, SECRET, Said, World, said, until};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::process::Child;
use std::time::Duration;

const PORT: [&str; 4] = ["serve", "--json", "--listen", "127.0.0.1:0"];

/// A server that was started.
struct Serving {
    child: Child,
    /// What it said when it listened.
    told: Value,
    address: String,
}

impl Serving {
    fn of(mut child: Child) -> Self {
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        // The document ends with the line of its last brace.
        while !line.ends_with("}\n") {
            let read = out.read_line(&mut line).unwrap();
            assert!(read > 0, "{line:?}: {:?}", child.wait_with_output());
        }
        child.stdout = Some(out.into_inner());
        let told: Value = serde_json::from_str(&line).unwrap();
        let address = told["url"].as_str().unwrap().strip_prefix("http://").unwrap().to_owned();
        Self { child, told, address }
    }

    fn start(world: &World, arguments: &[&str]) -> Self {
        Self::of(world.spawn(&[&PORT[..], arguments].concat()))
    }

    fn status(&self, token: &str, method: &str, path: &str, body: &[u8]) -> u16 {
        let header = format!("authorization: Bearer {token}\r\n");
        send(&self.address, "api", method, path, &header, body).status
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Ends it in good order; what it logged.
    fn end(self) -> String {
        self.signal(Signal::TERM);
        let Said { code, err, .. } = said(self.child);
        assert_eq!(code, 0, "{err}");
        err
    }
}

/// A token, and the lines of the config for it.
fn token(world: &World, arguments: &[&str]) -> (String, String) {
    let said = world.run(&[&["serve", "token", "--json"], arguments].concat()).ends(0);
    let made: Value = serde_json::from_str(&said.out).unwrap();
    (made["token"].as_str().unwrap().to_owned(), made["config"].as_str().unwrap().to_owned())
}

fn config(world: &World, name: &str, tokens: &str) -> String {
    let endpoint = world.emulator.endpoint();
    format!(
        "[[tenant]]\nname = \"{name}\"\n[tenant.storage]\nbucket = \"{BUCKET}\"\nregion = \"cn-hangzhou\"\n\
         endpoint = \"{endpoint}\"\ncredentials = {{ access-key-id = \"{KEY_ID}\", access-key-secret = \"{SECRET}\" }}\n{tokens}"
    )
}

#[test]
fn it_can_be_tried_in_one_command() {
    let world = World::bare();
    let served = Serving::start(&world, &[]);
    let token = served.told["token"].as_str().unwrap().to_owned();
    let path = "/v1/certificates/sites/a.txt";
    assert_eq!(served.status(&token, "PUT", path, b"a value"), 200);
    assert_eq!(served.status(&token, "GET", path, b""), 200);
    assert_eq!(served.status("ossicle_none", "GET", path, b""), 401);
    let log = served.end();
    assert!(log.contains("the API is served") && log.contains("the server has ended"), "{log}");
    assert!(!log.contains(&token), "{log}");
    // The line that it prints for a person works as it stands.
    let mut child = world.spawn(&["serve", "--listen", "127.0.0.1:0", "--log", "json"]);
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut lines = Vec::new();
    while !lines.last().is_some_and(|line: &String| line.starts_with("Ctrl-C")) {
        let mut line = String::new();
        assert!(out.read_line(&mut line).unwrap() > 0, "{lines:?}");
        lines.push(line);
    }
    let tried: Vec<&str> = lines.iter().map(|line| line.trim()).filter(|line| line.starts_with("curl ")).collect();
    assert_eq!(tried.len(), 2, "{lines:?}");
    for line in &tried {
        let words: Vec<&str> = line.split(['\'', ' ']).filter(|word| !word.is_empty()).collect();
        let bearer = words.iter().position(|word| *word == "Bearer").map(|place| words[place + 1]).unwrap();
        let (address, path) = words.last().unwrap().strip_prefix("http://").unwrap().split_once('/').unwrap();
        let header = format!("authorization: Bearer {bearer}\r\n");
        let is_put = words.contains(&"PUT");
        let (method, body) = if is_put { ("PUT", &b"a value"[..]) } else { ("GET", &b""[..]) };
        let reply = send(address, "api", method, &format!("/{path}"), &header, body);
        assert_eq!(reply.status, 200, "{line}: {}", reply.head);
        assert!(is_put || reply.body == b"a value");
    }
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    let Said { code, err, .. } = said(child);
    assert_eq!(code, 0, "{err}");
    for line in err.lines() {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(event["fields"]["message"].is_string(), "{line}");
    }
}

#[test]
fn config_is_read_again_on_a_hangup() {
    let world = World::bare();
    let (first, first_lines) = token(&world, &["--rights", "read,write", "--expires", "1d"]);
    let (second, second_lines) = token(&world, &[]);
    let config = |lines: &str| "[engine]\nconnections = 77\n".to_owned() + &config(&world, "one", lines);
    world.file("serve.toml", config(&first_lines));
    let served = Serving::start(&world, &["--config", "serve.toml"]);
    assert_eq!(served.status(&first, "PUT", "/v1/blobs/a", b"x"), 200);
    let counted = send(&served.address, "api", "GET", "/metrics", "", b"").body;
    assert!(String::from_utf8_lossy(&counted).contains("ossicle_engine_connections_limit 77"), "the engine is made so");
    world.file("serve.toml", config(&(first_lines.clone() + &second_lines)));
    served.signal(Signal::HUP);
    until("the second token is known", || served.status(&second, "GET", "/v1/blobs/a", b"") == 200);
    assert_eq!(served.status(&second, "PUT", "/v1/blobs/a", b"x"), 403, "it may only read");
    world.file("serve.toml", "colour = 1");
    served.signal(Signal::HUP);
    until("the refusal is counted", || {
        let counted = send(&served.address, "api", "GET", "/metrics", "", b"");
        String::from_utf8_lossy(&counted.body).contains("ossicle_config_last_reload_successful 0")
    });
    assert_eq!(served.status(&first, "GET", "/v1/blobs/a", b""), 200, "what was in force stays");
    let log = served.end();
    assert!(log.contains("is refused") && log.contains("colour"), "{log}");
    for secret in [&first, &second] {
        assert!(!log.contains(secret.rsplit('_').next().unwrap()), "{log}");
    }
}

#[test]
fn service_manager_hands_over_a_socket_and_hears_how_the_service_is() {
    let world = World::bare();
    world.file("serve.toml", config(&world, "one", ""));
    let path = world.path("notify");
    let heard = UnixDatagram::bind(&path).unwrap();
    heard.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    // The socket is the process's descriptor 3, and the process is the one that LISTEN_PID names.
    let start = |options: &str| {
        let program = env!("CARGO_BIN_EXE_ossicle");
        let served = format!("{program} serve --json --config serve.toml {options}");
        let mut command = std::process::Command::new("sh");
        command.args(["-c", &format!("LISTEN_PID=$$ LISTEN_FDS=1 exec {served} 3<&0 0</dev/null")]);
        command.current_dir(world.home.path()).env("HOME", world.home.path());
        command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR")).env("NOTIFY_SOCKET", &path);
        command.stdin(OwnedFd::from(socket.try_clone().unwrap()));
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        command.spawn().unwrap()
    };
    let Said { code, err, .. } = said(start("--listen 127.0.0.1:0"));
    assert!(code == 2 && err.contains("--listen is of no use"), "{code}: {err}");
    let served = Serving::of(start(""));
    assert_eq!(served.address, address.to_string());
    let hear = || {
        let mut buffer = [0; 4096];
        let length = heard.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    };
    assert_eq!(hear().trim(), "READY=1");
    assert_eq!(send(&served.address, "api", "GET", "/healthz", "", b"").status, 200);
    served.signal(Signal::HUP);
    let reloading = hear();
    assert!(reloading.contains("RELOADING=1") && reloading.contains("MONOTONIC_USEC="), "{reloading}");
    let ready = hear();
    // The file is as it was: nothing but the signal has it read again.
    assert!(ready.starts_with("READY=1") && ready.contains("the config is in force"), "{ready}");
    served.signal(Signal::TERM);
    assert_eq!(hear().trim(), "STOPPING=1");
    let Said { code, err, .. } = said(served.child);
    assert_eq!(code, 0, "{err}");
}

#[test]
fn what_can_not_be_heeded_is_refused_before_anything_is_served() {
    let world = World::bare();
    world.file("serve.toml", config(&world, "one", ""));
    let open = ["serve", "--config", "serve.toml", "--listen", "0.0.0.0:0"];
    world.run(&open).ends(2).complains(&["plain HTTP", "--insecure-http", "[tls]"]);
    world.run(&["serve", "--config", "none.toml"]).ends(2).complains(&["none.toml", "can't be read"]);
    world.file("wrong.toml", config(&world, "one", "colour = 1"));
    world.run(&["serve", "--config", "wrong.toml"]).ends(2).complains(&["wrong.toml", "colour"]);
    world.file(
        "tls.toml",
        "[tls]\ncertificate = \"no.pem\"\nkey = \"no.pem\"\n".to_owned() + &config(&world, "one", ""),
    );
    world.run(&["serve", "--config", "tls.toml"]).ends(2).complains(&["TLS", "no.pem"]);
    world.run(&["serve", "token", "--rights", "everything"]).ends(2).complains(&["--rights"]);
    world.run(&["serve", "--insecure-http", "token"]).ends(2).complains(&["of no use"]);
    // By name it may: a proxy adds TLS.
    let served = Serving::of(world.spawn(&[&open[..], &["--insecure-http", "--json"]].concat()));
    let port = served.address.rsplit(':').next().unwrap().to_owned();
    assert_eq!(send(&format!("127.0.0.1:{port}"), "api", "GET", "/healthz", "", b"").status, 200);
    served.end();
}
