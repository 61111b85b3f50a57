//! Ctrl-C, and readers that go away.

#![cfg(unix)]

use crate::world::{World, said, until};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::Read;
use std::process::Child;
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
