//! 3.2: what comes from a bucket or a server is shown as text on a terminal, and is as it is in a pipe.

#![cfg(unix)]

use crate::canned::Canned;
use crate::terminal::Terminal;
use crate::world::World;
use std::os::unix::net::UnixDatagram;
use std::process::Stdio;
use std::time::Duration;

/// A control character that terminals of today take for `ESC [`, and one that turns letters around.
const NAME: &str = "a\u{202e}b\u{9b}2J";
const SHOWN: &str = "a\\u{202e}b\\u{9b}2J";

fn uploads(id: &str) -> Canned {
    Canned::oss(
        200,
        format!(
            "<ListMultipartUploadsResult><Bucket>certificates</Bucket><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated><Upload><Key>f</Key>\
             <UploadId>{id}</UploadId><Initiated>2026-09-22T06:24:01.000Z</Initiated></Upload></ListMultipartUploadsResult>"
        ),
    )
}

fn on_terminal(world: &World, arguments: &[&str], code: i32) -> String {
    let (ended, screens) = Terminal::run(world, arguments, |command| command).ends();
    assert_eq!(ended, code, "{screens:?}");
    screens.last().unwrap().clone()
}

#[test]
fn an_upload_id_steers_no_terminal_and_is_whole_in_a_pipe() {
    let mut world = World::new();
    world.set("OSS_ENDPOINT", &uploads(NAME).url());
    let said = world.run(&["blob", "uploads"]).ends(0);
    assert_eq!(said.out, format!("2026-09-22 06:24:01Z  {NAME}  /f\n"));
    assert_eq!(on_terminal(&world, &["blob", "uploads"], 0), format!("2026-09-22 06:24:01Z  {SHOWN}  /f"));
    // JSON is the same value in both, and steers no terminal either.
    let json = world.run(&["blob", "uploads", "--json"]).ends(0);
    let document: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(document["upload_id"], NAME);
    assert!(json.out.contains("a\\u202eb\\u009b2J"), "{}", json.out);
}

#[test]
fn keys_steer_no_terminal_and_are_whole_in_a_pipe() {
    let world = World::new();
    // OSS takes such names; the contract of the storage leaves out control characters alone.
    let (key, shown) = ("a\u{202e}b", "a\\u{202e}b");
    world.put(&format!("d/{key}"), "v");
    for (arguments, pipe) in [
        (&["cert", "ls", "d"][..], format!("d/{key}\n")),
        (&["cert", "rm", "-f", &format!("x/{key}")], format!("nothing to remove: x/{key}\n")),
        (&["cert", "load", &format!("d/{key}"), "-o", "out"], format!("loaded d/{key} (1 B) into out\n")),
    ] {
        assert_eq!(world.run(arguments).ends(0).out, pipe);
        assert_eq!(on_terminal(&world, arguments, 0), pipe.replace(key, shown).trim_end());
    }
    let stat = world.run(&["cert", "stat", &format!("d/{key}")]).ends(0);
    assert!(stat.out.starts_with(&format!("key      d/{key}\n")), "{stat:?}");
    // A message is a line of prose, on a terminal and in a log.
    for told in [world.run(&["cert", "load", key]).ends(3).err, on_terminal(&world, &["cert", "load", key], 3)] {
        assert!(told.starts_with(&format!("error: can't load \"{shown}\": not found")), "{told}");
    }
}

#[test]
fn what_a_server_says_steers_no_terminal() {
    let mut world = World::new();
    let document = format!("<Error><Code>{NAME}</Code><Message>{NAME}</Message><EC>{NAME}</EC></Error>");
    let server = Canned::start(403, &[("x-oss-request-id", "\u{202e}")], document);
    world.set("OSS_ENDPOINT", &server.url());
    for told in [world.run(&["cert", "load", "k"]).ends(1).err, on_terminal(&world, &["cert", "load", "k"], 1)] {
        assert!(told.contains("403 a"), "{told}");
        assert!(!told.chars().any(|c| c == '\u{202e}' || c.is_control() && c != '\n'), "{told:?}");
    }
}

#[test]
fn a_hint_can_be_given_to_a_shell_whatever_a_name_holds() {
    let world = World::new();
    for (key, hint) in [
        ("it's/k", "ossicle cert ls \"it's\""),
        ("$(touch x)/k", "ossicle cert ls '$(touch x)'"),
        ("-rl/k", "ossicle cert ls -- -rl"),
        ("plain/k", "ossicle cert ls plain"),
    ] {
        world.run(&["cert", "load", "--", key]).ends(3).complains(&[hint]);
    }
    let said = world.run(&["blob", "put", "--resume", "/f", "/dev/null"]).ends(3);
    assert!(!said.err.contains('"') || said.err.contains("\"/f\""), "{said:?}");
}

/// 4.12: entries that are there at once are written at once.
#[test]
fn a_walk_is_written_in_few_pieces() {
    let world = World::new();
    for number in 0..3000 {
        world.put(&format!("d/{number:04}"), "v");
    }
    let (ours, theirs) = UnixDatagram::pair().unwrap();
    // Each write is a datagram.
    let reading = std::thread::spawn(move || {
        ours.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let (mut pieces, mut text, mut piece) = (0, Vec::new(), vec![0; 1 << 20]);
        while text.len() < 3 + 3000 * 8 {
            let length = ours.recv(&mut piece).unwrap();
            text.extend_from_slice(&piece[..length]);
            pieces += 1;
        }
        (pieces, text)
    });
    let mut command = world.command(&["blob", "walk"]);
    command.stdout(Stdio::from(std::os::fd::OwnedFd::from(theirs)));
    assert!(command.status().unwrap().success());
    let (pieces, text) = reading.join().unwrap();
    assert_eq!(text.iter().filter(|byte| **byte == b'\n').count(), 3001);
    assert!(pieces <= 300, "{pieces} writes");
}
