//! The signals whose default action ends a program. None of them may end this one while a command runs under a lock: the
//! command would go on, and others would get the lock beside it.
//!
//! Left out are those that a broken program sends itself (SIGABRT, SIGBUS, SIGSEGV …), and SIGKILL, which nobody can hear.

use crate::terminal::signals;

/// Signals that want an end, one after the other. As long as it lives they have no other effect, however many come.
pub struct Signals {
    wanted: signals::Signals,
    #[cfg(unix)]
    others: Vec<(u8, tokio::signal::unix::Signal)>,
}

impl Signals {
    /// From now on signals have no other effect, but for those that were ignored when the program began: `nohup` ignores
    /// SIGHUP, and a signal that is heard is not ignored in the command any more.
    pub fn new() -> Self {
        Self {
            wanted: signals::Signals::new(),
            #[cfg(unix)]
            others: others(),
        }
    }

    /// The number of the next one.
    #[cfg(unix)]
    pub async fn next(&mut self) -> u8 {
        let Self { wanted, others } = self;
        let other = std::future::poll_fn(|context| {
            let came =
                others.iter_mut().find_map(|(number, signal)| signal.poll_recv(context).is_ready().then_some(*number));
            came.map_or(std::task::Poll::Pending, std::task::Poll::Ready)
        });
        tokio::select! {
            biased;
            number = wanted.next() => number,
            number = other => number,
        }
    }

    /// The number of the next one.
    #[cfg(not(unix))]
    pub async fn next(&mut self) -> u8 {
        self.wanted.next().await
    }
}

/// All but SIGINT and SIGTERM, and but for those that are ignored.
#[cfg(unix)]
fn others() -> Vec<(u8, tokio::signal::unix::Signal)> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut numbers = vec![
        libc::SIGHUP,
        libc::SIGQUIT,
        libc::SIGUSR1,
        libc::SIGUSR2,
        libc::SIGALRM,
        libc::SIGVTALRM,
        libc::SIGPROF,
        libc::SIGXCPU,
        libc::SIGXFSZ,
    ];
    #[cfg(target_os = "linux")]
    {
        numbers.extend([libc::SIGIO, libc::SIGPWR, libc::SIGSTKFLT]);
        numbers.extend(libc::SIGRTMIN()..=libc::SIGRTMAX());
    }
    let heard = numbers.into_iter().filter(|number| !is_ignored(*number)).filter_map(|number| {
        match signal(SignalKind::from_raw(number)) {
            Ok(signal) => Some((u8::try_from(number).ok()?, signal)),
            Err(error) => {
                tracing::warn!(number, %error, "a signal can't be heard, and would end this program before the command");
                None
            }
        }
    });
    heard.collect()
}

/// Whether a signal is ignored.
#[cfg(unix)]
#[expect(unsafe_code, reason = "no safe function tells what a signal does")]
fn is_ignored(number: i32) -> bool {
    let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: without a new action nothing is changed, and the old one is written to memory that is made for it. Zeroes are
    // a value of the type, so it may be read even if the call fails.
    let action = unsafe {
        libc::sigaction(number, std::ptr::null(), action.as_mut_ptr());
        action.assume_init()
    };
    action.sa_sigaction == libc::SIG_IGN
}
