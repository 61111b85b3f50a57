//! Ctrl-C and SIGTERM.
//!
//! The command runs on a thread of its own, which a file, a pipe or a terminal may block for as long as it likes; the main
//! thread waits for the command's end or a signal, and never blocks on anything else. On a signal the command is dropped,
//! and what it had begun in this machine's files with it; a command that is blocked, and so can't be dropped, is left behind
//! when the program ends. A second signal has its default action: it ends the program at once.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, LazyLock, mpsc};
use std::thread;
use std::time::Duration;
use tokio::sync::watch;

const INT: u8 = 2;
const TERM: u8 = 15;

/// How long a command that was interrupted may take to remove the files it had begun. One that is not blocked takes
/// microseconds.
const TIDY: Duration = Duration::from_millis(500);
/// As the main thread of a program usually has on Linux.
const STACK: usize = 8 << 20;

/// Whether a change was ordered, so that an end leaves it open whether it took effect. There is one command a process.
static CHANGING: AtomicBool = AtomicBool::new(false);
/// Whether the command has heard of a signal, so that it is not blocked.
static HEARD: AtomicBool = AtomicBool::new(false);
/// How many [`Orderly`] there are.
static ORDERLY: AtomicUsize = AtomicUsize::new(0);
/// How many [`Signals`] there are, which get every signal.
static OWNED: AtomicUsize = AtomicUsize::new(0);
/// The first signal that wants an end.
static WANTED: LazyLock<watch::Sender<Option<u8>>> = LazyLock::new(watch::Sender::default);

/// Says that a change is ordered now.
pub fn change_begins() {
    CHANGING.store(true, Relaxed);
}

enum Event {
    Signal(u8),
    Ended,
}

/// Tells of the command's end, and of its panic as well.
struct Ending(mpsc::Sender<Event>);

impl Drop for Ending {
    fn drop(&mut self) {
        // The main thread may be gone: it waits no longer than `TIDY`.
        let _ = self.0.send(Event::Ended);
    }
}

/// No thread can be started, or none can hear signals.
#[derive(Debug)]
pub struct NoThreads(pub io::Error);

/// A signal ended the command.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted {
    /// The signal.
    pub signal: u8,
    /// Whether a change may have been under way.
    pub changing: bool,
}

/// Runs the command, which returns what this returns unless a signal ended it before.
pub fn run<T, E>(command: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Interrupted> + From<NoThreads> + Send + 'static,
{
    let (events, heard) = mpsc::channel();
    let armed = Arc::new(AtomicBool::new(false));
    listen(&armed, events.clone()).map_err(NoThreads)?;
    let ending = Ending(events);
    let thread = thread::Builder::new().name("command".to_owned()).stack_size(STACK).spawn(move || {
        let _ending = ending;
        command()
    });
    let thread = thread.map_err(NoThreads)?;
    let mut limit = None;
    loop {
        let event = match limit {
            None => heard.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected),
            Some(limit) => heard.recv_timeout(limit),
        };
        match event {
            Ok(Event::Ended) | Err(mpsc::RecvTimeoutError::Disconnected) => {
                return thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            }
            Ok(Event::Signal(_)) if OWNED.load(Relaxed) > 0 => {}
            Ok(Event::Signal(signal)) => {
                armed.store(true, Relaxed);
                WANTED.send_if_modified(|wanted| wanted.replace(signal).is_none());
                limit = Some(TIDY);
            }
            Err(mpsc::RecvTimeoutError::Timeout) if ends_in_order() => limit = None,
            Err(mpsc::RecvTimeoutError::Timeout) => return Err(interrupted(WANTED.borrow().unwrap_or(INT)).into()),
        }
    }
}

/// Whether the command is on its way to an end that may take longer than [`TIDY`].
fn ends_in_order() -> bool {
    OWNED.load(Relaxed) > 0 || ORDERLY.load(Relaxed) > 0 && HEARD.load(Relaxed)
}

/// Passes signals on, from a thread that does nothing else. Once `armed`, a signal has its default action.
fn listen(armed: &Arc<AtomicBool>, events: mpsc::Sender<Event>) -> io::Result<()> {
    #[cfg(unix)]
    for signal in [INT, TERM] {
        signal_hook::flag::register_conditional_default(i32::from(signal), Arc::clone(armed))?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let mut signals = {
        let _within = runtime.enter();
        Streams::new()?
    };
    let armed = Arc::clone(armed);
    let listening = async move {
        loop {
            let signal = signals.next().await;
            // Elsewhere nothing can be registered for a second one.
            if cfg!(not(unix)) && armed.load(Relaxed) {
                std::process::exit(i32::from(signal) + 128);
            }
            if events.send(Event::Signal(signal)).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().name("signals".to_owned()).spawn(move || runtime.block_on(listening))?;
    Ok(())
}

fn interrupted(signal: u8) -> Interrupted {
    Interrupted { signal, changing: CHANGING.load(Relaxed) }
}

/// The command's result, unless the user or the system wants an end before.
pub async fn or_interrupted<T, E: From<Interrupted>>(command: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    tokio::select! {
        biased;
        signal = signal() => Err(interrupted(signal).into()),
        result = command => result,
    }
}

/// Returns with the number of the signal that wants an end: immediately where one has come before.
pub async fn signal() -> u8 {
    let mut wanted = WANTED.subscribe();
    let Ok(Some(signal)) = wanted.wait_for(Option::is_some).await.map(|wanted| *wanted) else {
        // The sender is a static, which is never dropped.
        return std::future::pending().await;
    };
    HEARD.store(true, Relaxed);
    signal
}

/// As long as it lives, a command that has heard of a first signal takes the time that it needs to end in good order.
pub struct Orderly(());

/// Says that the command ends in good order.
pub fn orderly() -> Orderly {
    ORDERLY.fetch_add(1, Relaxed);
    Orderly(())
}

impl Drop for Orderly {
    fn drop(&mut self) {
        ORDERLY.fetch_sub(1, Relaxed);
    }
}

/// The signals that want an end, one after the other. As long as it lives they have no other effect, however many come.
pub struct Signals {
    /// One that came before.
    before: Option<u8>,
    streams: Option<Streams>,
}

impl Signals {
    /// From now on signals have no other effect.
    pub fn new() -> Self {
        OWNED.fetch_add(1, Relaxed);
        let before = *WANTED.borrow();
        // Where they can't be heard of, they keep their usual effect, which is an end as well.
        Self { before, streams: Streams::new().ok() }
    }

    /// The number of the next one.
    pub async fn next(&mut self) -> u8 {
        match (self.before.take(), &mut self.streams) {
            (Some(before), _) => before,
            (None, Some(streams)) => streams.next().await,
            (None, None) => std::future::pending().await,
        }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        OWNED.fetch_sub(1, Relaxed);
    }
}

/// SIGHUP, by which a service is told to read its files again. As long as it lives it has no other effect.
pub struct Hangups {
    #[cfg(unix)]
    stream: tokio::signal::unix::Signal,
}

impl Hangups {
    /// From now on it has no other effect.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            stream: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())?,
        })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        #[cfg(unix)]
        if self.stream.recv().await.is_some() {
            return;
        }
        // There are none, or no more.
        std::future::pending().await
    }
}

/// The signals as the system sends them.
#[cfg(unix)]
struct Streams {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Streams {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => INT,
            _ = self.terminate.recv() => TERM,
        }
    }
}

#[cfg(not(unix))]
struct Streams;

#[cfg(not(unix))]
impl Streams {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> u8 {
        match tokio::signal::ctrl_c().await {
            Ok(()) => INT,
            Err(_) => std::future::pending().await,
        }
    }
}
