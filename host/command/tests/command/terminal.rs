//! A command on a terminal, and what a person sees there.

#![cfg(unix)]

use crate::world::{World, until};
use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};
use std::fmt::Debug;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::process::Child;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

const ROWS: NonZeroU16 = NonZeroU16::new(24).unwrap();
/// Wide enough for every line.
const COLUMNS: NonZeroU16 = NonZeroU16::new(200).unwrap();

/// A command on a terminal of its own, which is its controlling one: a key press may be a signal.
pub struct Terminal {
    pub child: Child,
    pty: Arc<Pty>,
    screens: Screens,
    reader: JoinHandle<()>,
}

/// What was to be seen, one moment after the other.
#[derive(Clone, Default)]
struct Screens(Arc<Mutex<Vec<String>>>);

impl Screens {
    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Terminal {
    /// Runs a command there, but for what of it was told to go elsewhere.
    pub fn run(world: &World, arguments: &[&str], change: impl FnOnce(Command) -> Command) -> Self {
        let (pty, pts) = open().unwrap();
        pty.resize(Size::new(ROWS.get(), COLUMNS.get())).unwrap();
        let command = Command::from(world.command(arguments)).env("TERM", "xterm-256color");
        let child = change(command).spawn(pts).unwrap();
        let (pty, screens) = (Arc::new(pty), Screens::default());
        let reader = std::thread::spawn({
            let (pty, screens) = (pty.clone(), screens.clone());
            move || watch(&pty, &screens)
        });
        Self { child, pty, screens, reader }
    }

    /// Waits until a screen shows this.
    pub fn shows(&self, what: impl Debug, shown: impl Fn(&str) -> bool) {
        until(&format!("{what:?}"), || self.screens.all().iter().any(|screen| shown(screen)));
    }

    pub fn press(&self, key: u8) {
        (&*self.pty).write_all(&[key]).unwrap();
    }

    /// Waits for its end. How it ended, and every screen up to the last one, which stays.
    pub fn ends(mut self) -> (i32, Vec<String>) {
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        // The terminal ends with the last program on it.
        self.reader.join().unwrap();
        let screens = self.screens.all();
        assert!(!screens.iter().any(|screen| screen.contains("CANARY")), "a secret shows: {screens:?}");
        (code, screens)
    }
}

fn watch(mut pty: &Pty, screens: &Screens) {
    let mut parser = vt100::Parser::new(ROWS, COLUMNS, 0);
    let mut bytes = [0; 4096];
    note(&parser, screens);
    // Linux says so with an error when nobody has the terminal open any more.
    while let Ok(count @ 1..) = pty.read(&mut bytes) {
        // A redrawn line is erased first: what was there before is seen until then.
        for byte in bytes[..count].iter() {
            if *byte == b'\r' || *byte == 0x1b {
                note(&parser, screens);
            }
            parser.process(&[*byte]);
        }
        note(&parser, screens);
    }
}

fn note(parser: &vt100::Parser, screens: &Screens) {
    let rows = parser.screen().rows(0, COLUMNS.get()).map(|row| row.trim_end().to_owned());
    let screen = rows.collect::<Vec<_>>().join("\n").trim_end().to_owned();
    let mut screens = screens.0.lock().unwrap_or_else(PoisonError::into_inner);
    if screens.last() != Some(&screen) {
        screens.push(screen);
    }
}
