//! Transfers that a signal interrupts, and what is left of them.

use super::*;
use rustix::process::{Pid, Signal, kill_process};
use std::io::Write;
use std::time::Duration;

fn parts(world: &World) -> usize {
    world.emulator.bucket("certificates").uploads().iter().map(|upload| upload.parts.len()).sum()
}

#[test]
fn an_upload_is_kept_and_gone_on_with() {
    let world = World::new();
    let content = bytes(1_000_000);
    world.file("in", &content);
    let mut child = world.spawn(&["blob", "put", "/f", "--part-size", "100KiB"]);
    let mut input = child.stdin.take().unwrap();
    input.write_all(&content[..450_000]).unwrap();
    until("four parts", || parts(&world) == 4);
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let told = said(child);
    drop(input);
    assert_eq!(told.code, 130, "{told:?}");
    told.complains(&["interrupted; 439.5 KiB of \"/f\" are stored", "ossicle blob put --resume /f"]);
    assert!(world.stored("f").is_none(), "nothing can be read before the end");

    let listed = blob(&world, &["uploads"]).ends(0).out;
    assert!(listed.trim_end().ends_with("  /f") && listed.lines().count() == 1, "{listed}");
    assert_eq!(blob(&world, &["uploads", "--older-than", "1d"]).ends(0).out, "");
    world
        .run_with(&["blob", "put", "/f", "--append"], b"x")
        .ends(2)
        .complains(&["with --resume it is gone on with", "uploads"]);
    world.file("short", "x");
    blob(&world, &["put", "/f", "short", "--resume"]).ends(2).complains(&["439.5 KiB already, and \"short\" has 1 B"]);

    // 1.1: another file of the same size, which differs in one byte: of a part, or of what makes no whole part.
    for (place, complaint) in [
        (0, "bytes 0 to 102399 differ from part 1"),
        (350_000, "bytes 307200 to 409599 differ from part 4"),
        (430_000, "bytes 409600 to 449999 differ from what follows the last part"),
    ] {
        let mut other = content.clone();
        other[place] ^= 1;
        world.file("other", &other);
        let said = blob(&world, &["put", "/f", "other", "--resume"]).ends(2);
        said.complains(&[
            complaint,
            "begun with another content than \"other\"",
            "without --resume it is begun anew",
            "ossicle blob uploads --older-than 0s --remove /f",
        ]);
        // From standard input as well.
        world.run_with(&["blob", "put", "/f", "--resume"], &other).ends(2).complains(&[complaint]);
    }
    // What differs behind that does not matter yet, and nothing was lost by looking.
    assert!(world.stored("f").is_none());

    blob(&world, &["put", "/f", "in", "--resume", "--part-size", "100KiB"]).ends(0);
    assert!(world.stored("f").unwrap() == content);
    assert_eq!(blob(&world, &["uploads"]).ends(0).out, "");
}

/// Adds to a file of this many bytes, is interrupted, and goes on with it by what the hint says.
fn appending(old: usize, signal: Signal) {
    let world = World::new();
    let (old, new) = (bytes(old), bytes(700_000));
    world.emulator.bucket("certificates").put_raw("f", old.clone());
    world.file("in", &new);
    let mut child = world.spawn(&["blob", "put", "/f", "--append", "--part-size", "100KiB"]);
    let mut input = child.stdin.take().unwrap();
    input.write_all(&new[..450_000]).unwrap();
    // Several are sent at once, in whatever order.
    let are_there = |parts: &[u32]| parts.starts_with(&[1, 2, 3, 4]);
    let uploads = || world.emulator.bucket("certificates").uploads();
    until("four parts", || uploads().iter().any(|upload| are_there(&upload.parts)));
    kill_process(Pid::from_child(&child), signal).unwrap();
    if signal == Signal::INT {
        said(child).complains(&["are stored", "ossicle blob put --resume /f"]);
    } else {
        child.wait().unwrap();
    }
    drop(input);
    blob(&world, &["put", "/f", "in", "--append"]).ends(2).complains(&["with --resume it is gone on with"]);
    // 1.2: what was there before is not compared with the file, and the file's beginning is not left out.
    let mut other = new.clone();
    other[5] ^= 1;
    world.file("other", &other);
    blob(&world, &["put", "/f", "other", "--resume"]).ends(2).complains(&["bytes 0 to "]);
    world.file("short", &new[..99]);
    blob(&world, &["put", "/f", "short", "--resume"]).ends(2).complains(&["\"short\" has 99 B"]);
    blob(&world, &["put", "/f", "in", "--resume", "--part-size", "100KiB"]).ends(0);
    assert!(world.stored("f").unwrap() == [old, new].concat());
    assert_eq!(blob(&world, &["uploads"]).ends(0).out, "");
    assert_eq!(world.emulator.bucket("certificates").keys(), ["f"], "nothing is left beside it");
}

#[test]
fn an_append_is_gone_on_with_where_it_was() {
    // Fetched into the first part, and copied.
    appending(50_000, Signal::INT);
    appending(1_000_000, Signal::INT);
    appending(1_000_000, Signal::KILL);
}

#[test]
fn by_standard_input_the_same_again() {
    let world = World::new();
    let content = bytes(400_000);
    let mut child = world.spawn(&["blob", "put", "/f", "--part-size", "100KiB"]);
    let mut input = child.stdin.take().unwrap();
    input.write_all(&content[..250_000]).unwrap();
    until("two parts", || parts(&world) == 2);
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(said(child).code, 143);
    world.run_with(&["blob", "put", "/f", "--resume", "--part-size", "100KiB"], &content).ends(0);
    assert!(world.stored("f").unwrap() == content);
}

#[test]
fn a_kill_leaves_whole_parts_and_they_can_be_removed() {
    let world = World::new();
    let content = bytes(400_000);
    let mut child = world.spawn(&["blob", "put", "/f", "--part-size", "100KiB"]);
    let mut input = child.stdin.take().unwrap();
    input.write_all(&content[..250_000]).unwrap();
    until("two parts", || parts(&world) == 2);
    kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
    child.wait().unwrap();
    drop(input);
    world.file("in", &content);
    blob(&world, &["put", "/f", "in", "--resume", "--part-size", "100KiB"]).ends(0);
    assert!(world.stored("f").unwrap() == content);

    let mut child = world.spawn(&["blob", "put", "/g", "--part-size", "100KiB"]);
    let mut input = child.stdin.take().unwrap();
    input.write_all(&content[..250_000]).unwrap();
    until("two parts", || parts(&world) == 2);
    child.kill().unwrap();
    child.wait().unwrap();
    let said = blob(&world, &["uploads", "/", "--older-than", "0s", "--remove"]).ends(0);
    assert!(said.out.contains("/g\nremoved 1\n"), "{said:?}");
    assert_eq!(parts(&world), 0);
}

#[test]
fn a_write_at_an_offset_and_a_download_leave_everything_as_it_was() {
    let world = World::new();
    world.put("f", "before");
    world.file("out", "before");
    let mut child = world.spawn(&["blob", "put", "/f", "--offset", "3", "--part-size", "100KiB"]);
    let mut input = child.stdin.take().unwrap();
    input.write_all(&bytes(250_000)).unwrap();
    until("two parts and the mark", || parts(&world) == 3);
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(said(child).code, 130);
    drop(input);
    assert_eq!(world.stored("f").unwrap(), b"before");

    world.emulator.reset();
    world.emulator.set_latency(Duration::from_secs(30));
    let child = world.spawn(&["blob", "get", "/f", "out"]);
    until("a request", || world.emulator.stats().in_flight > 0);
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(said(child).code, 130);
    assert_eq!(fs::read(world.path("out")).unwrap(), b"before");
    assert_eq!(fs::read_dir(world.home.path()).unwrap().count(), 1, "nothing is left beside");
}
