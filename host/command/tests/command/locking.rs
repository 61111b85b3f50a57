//! `ossicle lock`.

#![cfg(unix)]

use crate::world::{Said, World, said, until};
use ossicle_emulator::{FaultAction, FaultRule, Operation};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::process::Child;
use std::time::Duration;

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn state(world: &World, name: &str) -> Value {
    document(&world.run(&["lock", "status", name, "--json"]).ends(0).out)
}

/// The command runs, and has written this file.
fn until_written(world: &World, file: &str) {
    until(file, || world.path(file).exists());
}

#[test]
fn a_command_runs_under_the_lock_and_knows_its_token() {
    let world = World::new();
    let script = "echo $OSSICLE_LOCK_NAME $OSSICLE_LOCK_TOKEN; cat";
    let said = world.run_with(&["lock", "run", "nightly job", "--", "sh", "-c", script], b"input").ends(0);
    let (line, rest) = said.out.split_once('\n').unwrap();
    assert_eq!(rest, "input");
    let token: u64 = line.strip_prefix("nightly job ").unwrap().parse().unwrap();
    assert_eq!(state(&world, "nightly job")["last_token"], json!(token));
    let again = world.run(&["lock", "run", "nightly job", "--", "sh", "-c", "echo $OSSICLE_LOCK_TOKEN"]).ends(0);
    assert!(again.out.trim().parse::<u64>().unwrap() > token);
}

#[test]
fn it_ends_as_its_command_does() {
    let world = World::new();
    for (script, code) in [("exit 0", 0), ("exit 3", 3), ("exit 77", 77), ("kill -KILL $$", 137)] {
        assert_eq!(world.run(&["lock", "run", "a", "--", "sh", "-c", script]).code, code, "{script}");
    }
    world.run(&["lock", "run", "a", "--", "no-such-command"]).ends(127).complains(&["can't run \"no-such-command\""]);
    world.file("text", "no program");
    world.run(&["lock", "run", "a", "--", "./text"]).ends(126).complains(&["can't run"]);
    world.run(&["lock", "run", "a"]).ends(2);
    world.run(&["lock", "run", "--wait", "soon", "a", "--", "true"]).ends(2).complains(&["--wait", "such as 24h"]);
    assert_eq!(state(&world, "a")["state"], "free");
}

#[test]
fn a_lock_that_is_held_is_waited_for_or_not() {
    let world = World::new();
    let holder =
        world.spawn(&["lock", "run", "a", "--", "sh", "-c", "touch held; while ! test -e done; do sleep 0.05; done"]);
    until_written(&world, "held");
    let seen = state(&world, "a");
    assert_eq!((&seen["state"], &seen["object"]), (&json!("held"), &json!("locks/v1/a")));
    assert_eq!(seen["holder"]["owner"].as_str().unwrap().len(), 24);
    for wait in ["0", "100ms"] {
        let said = world.run(&["lock", "run", "--wait", wait, "a", "--", "touch", "never"]).ends(4);
        said.complains(&["the lock \"a\" is held by ", "ossicle lock status"]);
    }
    let said = world.run(&["lock", "run", "--wait", "0", "a", "--json", "--", "touch", "never"]).ends(4);
    let error = &document(&said.err)["error"];
    assert_eq!((&error["kind"], &error["lock"], &error["retryable"]), (&json!("held"), &json!("a"), &json!(true)));
    assert_eq!(error["holder"]["token"], seen["holder"]["token"]);
    let waiter = world.spawn(&["lock", "run", "a", "--", "touch", "after"]);
    assert!(!world.path("after").exists());
    world.file("done", "");
    assert_eq!(said_well(holder), 0);
    assert_eq!(said_well(waiter), 0);
    assert!(world.path("after").exists() && !world.path("never").exists());
}

fn said_well(child: Child) -> i32 {
    let Said { code, err, .. } = said(child);
    assert_eq!(err, "");
    code
}

/// Signals reach the command and what it started; the lock is held until it has ended.
#[test]
fn signals_are_passed_on_and_the_lock_is_released() {
    let world = World::new();
    for (sent, code) in [(Signal::TERM, 9), (Signal::INT, 8)] {
        let script = "trap 'exit 9' TERM; trap 'exit 8' INT; touch up; while true; do sleep 0.05; done";
        let child = world.spawn(&["lock", "run", "a", "--", "sh", "-c", script]);
        until_written(&world, "up");
        signal(&child, sent);
        assert_eq!(said(child).code, code);
        assert_eq!(state(&world, "a")["state"], "free");
        std::fs::remove_file(world.path("up")).unwrap();
    }
}

/// 2.3: whatever would end this program ends the command first. One that tidies up is waited for, under the lock.
#[test]
fn every_signal_that_ends_a_program_ends_the_command_first() {
    let world = World::new();
    let signals = [Signal::HUP, Signal::QUIT, Signal::USR1, Signal::USR2, Signal::ALARM, Signal::XCPU];
    std::thread::scope(|scope| {
        for sent in signals {
            let world = &world;
            scope.spawn(move || {
                let number = sent.as_raw();
                // What the shell waits for gets the signal as well.
                let script = format!(
                    "trap 'touch heard-{number}; while ! test -e go-{number}; do sleep 0.05; done; exit 9' {number}
                     touch up-{number}; while true; do sleep 0.05; done"
                );
                let name = format!("a{number}");
                let child = world.spawn(&["lock", "run", &name, "--", "sh", "-c", &script]);
                until_written(world, &format!("up-{number}"));
                signal(&child, sent);
                until_written(world, &format!("heard-{number}"));
                assert_eq!(state(world, &name)["state"], "held", "{sent:?}");
                world.file(&format!("go-{number}"), "");
                assert_eq!(said(child).code, 9, "{sent:?}");
                assert_eq!(state(world, &name)["state"], "free", "{sent:?}");
                // And one that does not catch it.
                let script = format!("touch again-{number}; sleep 1000");
                let child = world.spawn(&["lock", "run", &name, "--", "sh", "-c", &script]);
                until_written(world, &format!("again-{number}"));
                signal(&child, sent);
                assert_eq!(said(child).code, 128 + number, "{sent:?}");
                assert_eq!(state(world, &name)["state"], "free", "{sent:?}");
            });
        }
    });
}

/// 2.3: as `nohup` starts it, neither this program nor the command hears of SIGHUP.
#[test]
fn a_signal_that_is_ignored_stays_so_in_the_command() {
    let world = World::new();
    let script = "touch up; while ! test -e end; do sleep 0.05; done; exit 7";
    let inner = world.command(&["lock", "run", "a", "--", "sh", "-c", script]);
    let mut outer = std::process::Command::new("sh");
    outer.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]).arg(inner.get_program()).args(inner.get_args());
    outer.current_dir(world.home.path()).env_clear();
    outer.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("PATH", "/usr/bin:/bin");
    outer.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = outer.spawn().unwrap();
    until_written(&world, "up");
    signal(&child, Signal::HUP);
    std::thread::sleep(Duration::from_millis(300));
    assert!(runs(&child));
    world.file("end", "");
    assert_eq!(said(child).code, 7);
}

/// 2.3: SIGKILL can't be passed on, but on Linux the command does not outlive this program.
#[cfg(target_os = "linux")]
#[test]
fn a_command_dies_with_a_killed_ossicle() {
    let world = World::new();
    let script = "trap '' TERM HUP INT; echo $$ > number; mv number up; while true; do sleep 0.05; done";
    let mut child = world.spawn(&["lock", "run", "a", "--", "sh", "-c", script]);
    until_written(&world, "up");
    let number = std::fs::read_to_string(world.path("up")).unwrap();
    let stat = format!("/proc/{}/stat", number.trim());
    let lives = || std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z "));
    assert!(lives());
    signal(&child, Signal::KILL);
    until("the command's end", || !lives());
    child.wait().unwrap();
    assert_eq!(state(&world, "a")["state"], "held", "nobody released it");
}

#[test]
fn an_interrupted_wait_leaves_nothing_behind() {
    let world = World::new();
    let holder =
        world.spawn(&["lock", "run", "a", "--", "sh", "-c", "touch held; while ! test -e done; do sleep 0.05; done"]);
    until_written(&world, "held");
    let before = world.emulator.stats().count(Operation::GetObject);
    let waiter = world.spawn(&["lock", "run", "a", "--", "touch", "never"]);
    until("a look", || world.emulator.stats().count(Operation::GetObject) > before + 1);
    signal(&waiter, Signal::INT);
    assert_eq!(said(waiter).code, 130);
    world.file("done", "");
    assert_eq!(said_well(holder), 0);
    assert!(!world.path("never").exists());
    assert_eq!(state(&world, "a")["length"], json!(256), "one tenure");
}

/// The holder is told at its next renewal, and its command, with what that started, is ended.
#[test]
fn a_lost_lock_ends_the_command() {
    let world = World::new();
    // One that does as it is asked, and one that does not.
    for (name, script) in [
        ("polite", "trap 'touch asked-polite; exit 0' TERM; touch up-polite; while true; do sleep 0.05; done"),
        ("deaf", "trap '' TERM; touch up-deaf; while true; do sleep 0.05; done"),
    ] {
        let arguments = ["lock", "run", "--lock-lease", "15s", "--kill-after", "1s", name, "--", "sh", "-c", script];
        let child = world.spawn(&arguments);
        until_written(&world, &format!("up-{name}"));
        world.run(&["lock", "break", name]).ends(4).complains(&["is held by", "--force"]);
        let broken = document(&world.run(&["lock", "break", "--force", name, "--json"]).ends(0).out);
        assert_eq!(broken["broken"], json!(true));
        let said = said(child).ends(5);
        said.complains(&["was lost while its command ran", "an operator broke the lock"]);
        assert!(world.path("asked-polite").exists());
        let again = document(&world.run(&["lock", "break", name, "--json"]).ends(0).out);
        assert_eq!((&again["broken"], &again["token"]), (&json!(false), &Value::Null));
    }
}

/// As when its machine lost its network.
#[test]
fn a_holder_without_oss_ends_its_command_in_time() {
    let world = World::new();
    let script = "touch up; while true; do sleep 0.05; done";
    let child = world.spawn(&["lock", "run", "--lock-lease", "15s", "a", "--", "sh", "-c", script]);
    until_written(&world, "up");
    world.emulator.faults().add(FaultRule::new(FaultAction::Refuse));
    until("the command's end", || !runs(&child));
    world.emulator.faults().clear();
    said(child).ends(5).complains(&["ran out before it could be renewed"]);
}

/// Whether a command, or what it started in its own group, still runs.
fn runs(child: &Child) -> bool {
    // It is waited for by nobody yet, so its number is still its own.
    rustix::process::waitid(
        rustix::process::WaitId::Pid(Pid::from_child(child)),
        rustix::process::WaitIdOptions::EXITED
            | rustix::process::WaitIdOptions::NOHANG
            | rustix::process::WaitIdOptions::NOWAIT,
    )
    .unwrap()
    .is_none()
}

#[test]
fn a_lock_that_was_taken_over_is_told() {
    let world = World::new();
    let child =
        world.spawn(&["lock", "run", "a", "--", "sh", "-c", "touch up; while ! test -e end; do sleep 0.05; done"]);
    until_written(&world, "up");
    signal(&child, Signal::KILL);
    world.file("end", "");
    said(child);
    assert_eq!(state(&world, "a")["state"], "held");
    world.emulator.clock().advance(Duration::from_secs(70));
    assert_eq!(state(&world, "a")["state"], "expired");
    let said = world.run(&["lock", "run", "a", "--", "true"]);
    assert_eq!(said.code, 0);
    said.complains(&["warning: the lock \"a\" was taken over"]);
    world.run(&["lock", "run", "-q", "a", "--", "true"]).ends(0);
}

#[test]
fn status_for_people() {
    let world = World::new();
    let said = world.run(&["lock", "status", "a"]).ends(0);
    assert_eq!(said.out, "lock    a\nstate   free\nobject  locks/v1/a (0 B)\n");
    world.put("locks/v1/b", "somebody's");
    world.run(&["lock", "status", "b"]).ends(1).complains(&["can't look at the lock \"b\": conflict", "locks/v1/b"]);
    world
        .run(&["lock", "run", "b", "--", "true"])
        .ends(1)
        .complains(&["can't get the lock \"b\"", "move it, or use another folder"]);
    world.run(&["lock", "status", "a", "--bucket", "nobodys"]).ends(1).complains(&["no such bucket"]);
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let endpoint = format!("http://127.0.0.1:{port}");
    let said = world.run(&["lock", "run", "a", "--attempts", "1", "--endpoint", &endpoint, "--", "true"]).ends(1);
    said.complains(&["can't get the lock \"a\": unavailable", &endpoint]);
}

#[test]
fn options_from_flags_the_environment_and_the_file() {
    let mut world = World::new();
    world.set("OSSICLE_LOCK_FOLDER", "by-environment");
    assert_eq!(state(&world, "a")["object"], "by-environment/v1/a");
    let said = world.run(&["lock", "status", "a", "--json", "--lock-folder", "by-flag"]).ends(0);
    assert_eq!(document(&said.out)["object"], "by-flag/v1/a");
    world.run(&["cert", "ls", "by-environment"]).ends(2).complains(&["locks are no data"]);
    for (arguments, field) in [
        (&["--lock-lease", "1s"][..], "locks.lease"),
        (&["--lock-lease", "soon"], "locks.lease"),
        (&["--lock-poll-min", "1ms"], "locks.poll-min"),
        (&["--lock-poll-max", "2m"], "locks.poll-max"),
        (&["--lock-folder", "a/b"], "locks.folder"),
        (&["--lock-interlock-expiration", "1s"], "locks.interlock.expiration"),
        (&["--lock-interlock-settle", "20s"], "locks.interlock.settle"),
        // 2.4
        (&["--lock-interlock-expiration", "5m", "--lock-lease", "9m"], "locks.lease"),
        (&["--lock-interlock-expiration", "5m", "--lock-interlock-settle", "1h"], "locks.interlock.settle"),
    ] {
        let said = world.run(&[&["lock", "status", "a"], arguments].concat()).ends(2);
        said.complains(&[&format!("error: {field}: "), &format!("the flag {}", arguments[arguments.len() - 2])]);
    }
    for (text, code, part) in [
        ("[locks]\nlease = \"30s\"\n[locks.interlock]\nexpiration = \"5m\"\n", 0, ""),
        ("[locks]\nlese = 1\n", 2, "\"lease\" in the table [locks] may be meant"),
        ("[locks]\nlease = \"1s\"\n", 2, "o.toml, line 2"),
        ("[locks.interlock]\n", 2, "alone does not say whom to keep out"),
        ("[locks]\ninterlock = true\n", 2, "must be a table, [locks.interlock]"),
    ] {
        world.file("o.toml", text);
        world.run(&["lock", "status", "a", "--config", "o.toml"]).ends(code).complains(&[part]);
    }
    // Beside a Go fleet its own locks are no data.
    world.file("o.toml", "[locks.interlock]\nexpiration = \"5m\"\n");
    world.run(&["cert", "load", "a.lock", "--config", "o.toml"]).ends(2).complains(&["locks are no data"]);
}
