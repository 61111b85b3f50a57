//! What a person at a terminal sees of a transfer: a bar with the rate and the time left, and what Ctrl-C leaves.

#![cfg(unix)]

use crate::terminal::Terminal;
use crate::world::{BUCKET, World, until};
use ossicle_emulator::{FaultAction, FaultRule, Operation};
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Some 80 parts, of which four at a time are on their way.
const LENGTH: usize = 8_000_000;
const PUT: [&str; 6] = ["blob", "put", "/f", "in", "--part-size", "100KiB"];
/// What Ctrl-C sends.
const CTRL_C: u8 = 3;

fn content() -> Vec<u8> {
    (0..LENGTH as u64).map(|place| (place.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect()
}

/// A bar as it is drawn: `/f ████░░░░ 1.20 MiB/7.63 MiB  612.00 KiB/s  10s left`.
#[derive(Debug, PartialEq)]
struct Bar {
    done: f64,
    total: f64,
    rate: f64,
    left: String,
}

impl Bar {
    fn read(line: &str) -> Option<Self> {
        let (rest, left) = line.trim_end().strip_suffix(" left")?.rsplit_once("  ")?;
        let (rest, rate) = rest.rsplit_once("  ")?;
        let (rest, total) = rest.rsplit_once('/')?;
        let (_, done) = rest.rsplit_once(['█', '░'])?;
        Some(Self {
            done: bytes(done)?,
            total: bytes(total)?,
            rate: bytes(rate.strip_suffix("/s")?)?,
            left: left.to_owned(),
        })
    }
}

/// `612.00 KiB`.
fn bytes(text: &str) -> Option<f64> {
    let (number, unit) = text.trim().split_once(' ')?;
    let scale = match unit {
        "B" => 1.0,
        "KiB" => 1024.0,
        "MiB" => 1_048_576.0,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * scale)
}

/// The bars that were to be seen, one after the other.
fn bars(screens: &[String]) -> Vec<Bar> {
    let mut bars: Vec<Bar> = screens.iter().flat_map(|screen| screen.lines()).filter_map(Bar::read).collect();
    bars.dedup();
    bars
}

/// That a transfer could be watched from its beginning to its end, and left nothing but its last line.
fn check(screens: &[String], last: &str) {
    let bars = bars(screens);
    assert!(bars.len() >= 4, "{bars:?}");
    for pair in bars.windows(2) {
        assert!(pair[0].done <= pair[1].done, "{pair:?}");
    }
    let length = LENGTH as f64;
    assert!(bars.iter().all(|bar| (bar.total / length - 1.0).abs() < 0.01), "{bars:?}");
    let middle: Vec<&Bar> = bars.iter().filter(|bar| bar.done > 0.1 * length && bar.done < 0.9 * length).collect();
    assert!(middle.len() >= 2, "{bars:?}");
    assert!(middle.iter().all(|bar| bar.rate > 0.0 && bar.rate < 1e9), "{middle:?}");
    assert!(middle.iter().any(|bar| !bar.left.trim_start_matches(['0', 's', 'm']).is_empty()), "{middle:?}");
    assert_eq!(screens.last().unwrap(), last);
}

#[test]
fn a_bar_tells_rate_and_time_left() {
    let world = World::new();
    world.file("in", content());
    world.emulator.set_latency(Duration::from_millis(100));
    let (code, screens) = Terminal::run(&world, &PUT, |command| command).ends();
    assert_eq!(code, 0, "{screens:?}");
    check(&screens, "stored /f (7.6 MiB)");
    assert!(screens.iter().any(|screen| screen.contains('█') && screen.contains('░')), "{screens:?}");

    world.emulator.set_latency(Duration::ZERO);
    let slow = FaultAction::Trickle { bytes: 100_000, every_ms: 25 };
    world.emulator.faults().add(FaultRule::new(slow).on(Operation::GetObject));
    let (code, screens) = Terminal::run(&world, &["blob", "get", "/f", "out"], |command| command).ends();
    assert_eq!(code, 0, "{screens:?}");
    check(&screens, "got /f (7.6 MiB) into out");
    assert!(fs::read(world.path("out")).unwrap() == content());
}

/// What comes on standard input has no length, and so no time left.
#[test]
fn of_an_unknown_length_it_tells_how_much_and_how_fast() {
    let world = World::new();
    let mut terminal =
        Terminal::run(&world, &["blob", "put", "/f", "--part-size", "100KiB"], |command| command.stdin(Stdio::piped()));
    let mut input = terminal.child.stdin.take().unwrap();
    input.write_all(&content()[..3 << 20]).unwrap();
    terminal.shows("3 MiB", |screen| screen.contains(" 3.00 MiB ") && screen.contains("/s  "));
    input.write_all(&content()[3 << 20..]).unwrap();
    drop(input);
    let (code, screens) = terminal.ends();
    assert_eq!((code, screens.last().unwrap().as_str()), (0, "stored /f (7.6 MiB)"), "{screens:?}");
    assert!(world.stored("f").unwrap() == content());
    assert_eq!(bars(&screens), []);
}

#[test]
fn nothing_is_drawn_where_nobody_watches_or_wants_it() {
    let world = World::new();
    world.file("in", content());
    world.emulator.set_latency(Duration::from_millis(30));
    // Standard error is a file or a pipe; standard output is the terminal all the same.
    let mut terminal = Terminal::run(&world, &PUT, |command| command.stderr(Stdio::piped()));
    let mut told = String::new();
    terminal.child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    let (code, screens) = terminal.ends();
    assert_eq!((code, told.as_str()), (0, ""));
    assert!(screens.iter().all(|screen| "stored /f (7.6 MiB)".starts_with(screen)), "{screens:?}");

    for (flag, last) in [("--quiet", ""), ("--json", "{\"path\":\"/f\",\"size\":8000000,\"written\":8000000}")] {
        let (code, screens) = Terminal::run(&world, &[&PUT[..], &[flag]].concat(), |command| command).ends();
        assert_eq!(code, 0, "{screens:?}");
        assert!(screens.iter().all(|screen| last.starts_with(screen.as_str())), "{flag}: {screens:?}");
        assert_eq!(screens.last().unwrap(), last);
    }

    world.emulator.set_latency(Duration::from_millis(100));
    // The other way round the bar is there, and the output is as clean as ever.
    let mut terminal = Terminal::run(&world, &PUT, |command| command.stdout(Stdio::piped()));
    let mut told = String::new();
    terminal.child.stdout.take().unwrap().read_to_string(&mut told).unwrap();
    let (code, screens) = terminal.ends();
    assert_eq!((code, told.as_str()), (0, "stored /f (7.6 MiB)\n"));
    check(&screens, "");
}

#[test]
fn ctrl_c_leaves_an_upload_and_says_how_to_go_on() {
    let world = World::new();
    world.file("in", content());
    world.emulator.set_latency(Duration::from_millis(200));
    let terminal = Terminal::run(&world, &PUT, |command| command);
    let parts = || world.emulator.bucket(BUCKET).uploads().iter().map(|upload| upload.parts.len()).sum::<usize>();
    until("eight parts", || parts() >= 8);
    terminal.shows("a bar", |screen| screen.lines().any(|line| Bar::read(line).is_some()));
    terminal.press(CTRL_C);
    let (code, screens) = terminal.ends();
    assert_eq!(code, 130, "{screens:?}");
    let last = screens.last().unwrap();
    // The bar stands where it stood, since the terminal itself wrote `^C` behind it; what is told stands below.
    let told = last.lines().find(|line| line.starts_with("error: interrupted; ")).expect(last);
    assert!(told.ends_with(" of \"/f\" are stored, and wait to be gone on with"), "{told}");
    assert!(world.stored("f").is_none());
    assert_eq!(world.emulator.bucket(BUCKET).uploads().len(), 1);

    // What it says is done as it stands.
    let resume = last.lines().find_map(|line| line.split_once("go on with it: ")).expect(last).1;
    assert_eq!(resume, "ossicle blob put --resume /f in");
    world.emulator.set_latency(Duration::ZERO);
    world.emulator.reset();
    let (before, all) = (parts(), LENGTH.div_ceil(100 * 1024));
    let model = world.command::<&str>(&[]);
    let folder = Path::new(model.get_program()).parent().unwrap();
    let told = Command::new("/bin/sh")
        .args(["-c", resume])
        .current_dir(world.home.path())
        .env_clear()
        .envs(model.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .env("PATH", folder)
        .output()
        .unwrap();
    assert!(told.status.success() && told.stderr.is_empty(), "{told:?}");
    assert_eq!(String::from_utf8_lossy(&told.stdout), "stored /f (7.6 MiB)\n");
    assert!(world.stored("f").unwrap() == content());
    let sent = world.emulator.stats().count(Operation::UploadPart) as usize;
    assert!(before >= 8 && sent <= all - before, "{sent} of {all} after {before}");
    assert!(world.emulator.bucket(BUCKET).uploads().is_empty());
}
