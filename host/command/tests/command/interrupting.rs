//! Ctrl-C, and readers that go away.

#![cfg(unix)]

use crate::world::{BUCKET, World, said, until};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

#[test]
fn a_call_under_way_is_dropped_and_nothing_is_half_written() {
    let world = World::new();
    world.put("k", "value");
    world.file("out", "before");
    world.emulator.set_latency(Duration::from_secs(30));
    for (arguments, sent, code) in [
        (&["cert", "load", "k", "-o", "out"][..], Signal::INT, 130),
        (&["cert", "load", "k", "-o", "out"], Signal::TERM, 143),
        (&["cert", "store", "k", "out"], Signal::INT, 130),
    ] {
        world.emulator.reset();
        let child = world.spawn(arguments);
        until("a request", || world.emulator.stats().in_flight > 0);
        let begun = Instant::now();
        signal(&child, sent);
        let said = said(child);
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        assert_eq!((said.code, said.out.as_str()), (code, ""), "{said:?}");
        let changing = arguments[1] == "store";
        assert_eq!(said.err.contains("may have taken effect"), changing, "{said:?}");
        until("the request's end", || world.emulator.stats().in_flight == 0);
    }
    assert_eq!(fs::read_to_string(world.path("out")).unwrap(), "before");
    assert_eq!(fs::read_dir(world.home.path()).unwrap().count(), 1, "nothing is left beside");
}

/// The exit code is an answer too.
#[test]
fn a_reader_that_went_away_hides_no_exit_code() {
    let world = World::new();
    world.put("there", "value");
    world.emulator.set_latency(Duration::from_millis(300));
    for (key, code) in [("absent", 3), ("there", 0)] {
        let mut child = world.spawn(&["cert", "exists", key]);
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(code), "{key}");
    }
}

#[test]
fn waiting_for_input_ends_as_well() {
    let world = World::new();
    let mut child = world.spawn(&["cert", "store", "k"]);
    let input = child.stdin.take();
    // There is no telling from outside when it waits.
    std::thread::sleep(Duration::from_millis(300));
    signal(&child, Signal::INT);
    let said = said(child);
    assert_eq!(said.code, 130);
    assert!(!said.err.contains("effect"), "nothing was sent: {said:?}");
    drop(input);
    assert!(world.stored("k").is_none());
}

/// 4.1: what blocks the command does not block the signals: a reader that stopped, a pipe without a reader or a writer.
#[test]
fn a_signal_ends_a_command_that_is_blocked_on_a_file_or_a_pipe() {
    let world = World::new();
    world.put("big", &"x".repeat(4 << 20));
    for number in 0..3000 {
        world.put(&format!("keys/{}{number:04}", "k".repeat(200)), "v");
    }
    fifo(&world.path("fifo"));
    for (arguments, sends_requests) in [
        (&["blob", "cat", "/big"][..], true),
        (&["cert", "load", "big"], true),
        (&["cert", "ls", "keys"], true),
        (&["blob", "walk", "/keys"], true),
        (&["cert", "load", "big", "-o", "fifo"], true),
        (&["blob", "get", "/big", "fifo"], true),
        (&["blob", "put", "/f", "fifo"], false),
        (&["cert", "store", "k", "fifo"], false),
        (&["cert", "ls", "--config", "fifo"], false),
        (&["blob", "ls", "--config", "fifo"], false),
        (&["lock", "status", "l", "--config", "fifo"], false),
        (&["keyset", "info", "fifo"], false),
    ] {
        for (sent, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
            world.emulator.reset();
            let child = world.spawn(arguments);
            until("a request", || !sends_requests || world.emulator.stats().total > 0);
            // There is no telling from outside when it waits: for what is larger than a pipe, or for who never comes.
            std::thread::sleep(Duration::from_millis(400));
            let begun = Instant::now();
            signal(&child, sent);
            assert_eq!(ended(child), Some(code), "{arguments:?}");
            assert!(begun.elapsed() < Duration::from_secs(5), "{arguments:?}: {:?}", begun.elapsed());
        }
    }
}

/// 4.1: nobody reads standard error, where the log goes as well.
#[test]
fn a_signal_ends_a_command_that_nobody_listens_to() {
    let mut world = World::new();
    world.set("RUST_LOG", "trace");
    for number in 0..3000 {
        world.put(&format!("{}{number:04}", "k".repeat(200)), "v");
    }
    let mut child = world.spawn(&["cert", "ls", "-l"]);
    // It has begun to tell far more than a pipe takes.
    child.stderr.as_mut().unwrap().read_exact(&mut [0; 1000]).unwrap();
    std::thread::sleep(Duration::from_secs(1));
    let begun = Instant::now();
    signal(&child, Signal::TERM);
    assert_eq!(ended(child), Some(143));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

/// 4.1: the first signal is an end in good order, which may take its time; the second is an end.
#[test]
fn a_second_signal_has_its_default_action() {
    let world = World::new();
    let mut child = world.spawn(&["blob", "put", "/f", "--part-size", "100KiB"]);
    let mut input = child.stdin.take().unwrap();
    input.write_all(&[7; 250_000]).unwrap();
    let parts = || world.emulator.bucket(BUCKET).uploads().iter().map(|upload| upload.parts.len()).sum::<usize>();
    until("two parts", || parts() == 2);
    // What is left is kept in a request that is not answered.
    world.emulator.set_latency(Duration::from_secs(30));
    signal(&child, Signal::INT);
    until("a request", || world.emulator.stats().in_flight > 0);
    std::thread::sleep(Duration::from_secs(1));
    assert!(child.try_wait().unwrap().is_none(), "it keeps what there is");
    signal(&child, Signal::TERM);
    let begun = Instant::now();
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(15), "{status:?}");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

/// How it ended, with nobody reading what it says.
fn ended(mut child: Child) -> Option<i32> {
    child.wait().unwrap().code()
}

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let world = World::new();
    for number in 0..3000 {
        world.put(&format!("{}{number:04}", "k".repeat(200)), "v");
    }
    let mut child = world.spawn(&["cert", "ls"]);
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let said = said(child);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
}

#[test]
fn the_emulator_and_the_demo_that_is_kept_run_until_then() {
    let world = World::bare();
    for arguments in [&["emulator", "--listen", "127.0.0.1:0"][..], &["demo", "--keep"]] {
        let mut child = world.spawn(arguments);
        let mut out = child.stdout.take().unwrap();
        let mut told = Vec::new();
        let mut byte = [0];
        // What says that it runs comes last.
        while !String::from_utf8_lossy(&told).contains(if arguments[0] == "demo" {
            "cert ls -rl\n"
        } else {
            "access keys"
        }) {
            assert_eq!(out.read(&mut byte).unwrap(), 1, "{}", String::from_utf8_lossy(&told));
            told.push(byte[0]);
        }
        assert!(child.try_wait().unwrap().is_none());
        // Its last line and its listening for signals are a moment apart.
        std::thread::sleep(Duration::from_millis(200));
        signal(&child, Signal::INT);
        assert_eq!(said(child).code, 0);
    }
}
