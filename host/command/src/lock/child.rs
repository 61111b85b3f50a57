//! A command that is run under a lock.
//!
//! With a terminal for its input it shares the terminal's foreground with this program: Ctrl-C reaches both, and job control
//! works. Otherwise it is given a process group of its own, so that signals reach what it started as well.

use crate::error::CommandError;
use crate::error::Exit;
use std::ffi::OsString;
use std::process::{Command, ExitStatus};
use tokio::task::JoinHandle;

/// How the command ended.
#[derive(Debug)]
pub enum Ended {
    /// By itself.
    Itself(ExitStatus),
    /// It was ended, since the lock was lost.
    Lost(String),
}

impl Ended {
    /// How this program ends with it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Lost(_) => Exit::Lost,
            Self::Itself(status) => {
                #[cfg(unix)]
                if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(status) {
                    return Exit::Signal(u8::try_from(signal).unwrap_or(u8::MAX));
                }
                match status.code() {
                    Some(code) => Exit::Code(u8::try_from(code).unwrap_or(u8::MAX)),
                    None => Exit::Failure,
                }
            }
        }
    }
}

/// A command that runs.
pub struct Child {
    process: std::process::Child,
    #[cfg(unix)]
    own_group: bool,
    /// Returns when it has ended, and leaves it to be reaped: until then its number is nobody else's.
    end: Option<JoinHandle<()>>,
}

impl Child {
    /// Starts it.
    pub fn start(command: &[OsString], name: &str, token: u64) -> Result<Self, CommandError> {
        let (program, arguments) =
            command.split_first().map_or((None, &[][..]), |(program, rest)| (Some(program), rest));
        let program = program.cloned().unwrap_or_default();
        let mut command = Command::new(&program);
        command.args(arguments).env("OSSICLE_LOCK_NAME", name).env("OSSICLE_LOCK_TOKEN", token.to_string());
        #[cfg(unix)]
        let own_group = !std::io::IsTerminal::is_terminal(&std::io::stdin());
        #[cfg(unix)]
        if own_group {
            std::os::unix::process::CommandExt::process_group(&mut command, 0);
        }
        #[cfg(target_os = "linux")]
        end_with_this_program(&mut command);
        let process = command
            .spawn()
            .map_err(|error| CommandError::Command { command: program.to_string_lossy().into_owned(), error })?;
        Ok(Self {
            end: Some(watch(&process)),
            process,
            #[cfg(unix)]
            own_group,
        })
    }

    /// Returns when it has ended.
    pub async fn ended(&mut self) -> Ended {
        loop {
            if let Some(end) = &mut self.end {
                // A task that only waits does not fail.
                drop(end.await);
                self.end = None;
            }
            match self.process.try_wait() {
                Ok(Some(status)) => return Ended::Itself(status),
                Ok(None) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
                Err(error) => {
                    tracing::debug!(%error, "the command can't be waited for");
                    return Ended::Itself(ExitStatus::default());
                }
            }
        }
    }

    /// Passes a signal on, unless the terminal did. One that has no name, a real-time signal, asks it to end.
    #[cfg(unix)]
    pub fn pass_on(&self, signal: u8) {
        use rustix::process::Signal;
        let signal = Signal::from_named_raw(i32::from(signal)).unwrap_or(Signal::TERM);
        if self.own_group || !matches!(signal, Signal::INT | Signal::QUIT) {
            self.signal(signal);
        }
    }

    /// Asks it to end.
    #[cfg(unix)]
    pub fn terminate(&self) {
        self.signal(rustix::process::Signal::TERM);
    }

    /// Makes it end.
    #[cfg(unix)]
    pub fn kill(&mut self) {
        self.signal(rustix::process::Signal::KILL);
    }

    #[cfg(unix)]
    fn signal(&self, signal: rustix::process::Signal) {
        use rustix::process::{Pid, kill_process, kill_process_group};
        let pid = Pid::from_child(&self.process);
        let sent = if self.own_group { kill_process_group(pid, signal) } else { kill_process(pid, signal) };
        if let Err(error) = sent {
            tracing::debug!(%error, "the command could not be sent a signal");
        }
    }

    /// The console passes Ctrl-C on by itself.
    #[cfg(not(unix))]
    pub fn pass_on(&self, _: u8) {}

    /// There is no asking.
    #[cfg(not(unix))]
    pub fn terminate(&mut self) {
        self.kill();
    }

    /// Makes it end.
    #[cfg(not(unix))]
    pub fn kill(&mut self) {
        if let Err(error) = self.process.kill() {
            tracing::debug!(%error, "the command could not be ended");
        }
    }
}

/// Has the system kill the command when this program ends before it, whatever ends it: nobody would renew the lock. The
/// command is started, and waited for, by the thread that runs `ossicle lock run`, so that thread's end is the program's.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "what runs between fork and exec can't be checked by the compiler")]
fn end_with_this_program(command: &mut Command) {
    use rustix::process::{Signal, getpid, getppid, set_parent_process_death_signal};
    let parent = Some(getpid());
    let prepare = move || {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // It may have ended already.
        if getppid() == parent { Ok(()) } else { Err(rustix::io::Errno::SRCH.into()) }
    };
    // SAFETY: only system calls are made, and an errno is wrapped: nothing is allocated and no lock is taken.
    unsafe {
        std::os::unix::process::CommandExt::pre_exec(command, prepare);
    }
}

#[cfg(unix)]
fn watch(process: &std::process::Child) -> JoinHandle<()> {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    let pid = Pid::from_child(process);
    tokio::task::spawn_blocking(move || {
        let waited = || waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
        while waited().is_err_and(|error| error == rustix::io::Errno::INTR) {}
    })
}

#[cfg(not(unix))]
fn watch(_: &std::process::Child) -> JoinHandle<()> {
    tokio::spawn(async {})
}
