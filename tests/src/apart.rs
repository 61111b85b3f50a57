//! An emulator in a process of its own, for benchmarks that say what this process takes: the benchmark's own program, which is
//! begun once more with the word `emulator`.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};

use ossicle_emulator::Builder;

const WORD: &str = "emulator";

/// An emulator in another process, which ends with this one.
pub struct Apart {
    process: Child,
    endpoint: String,
}

impl Apart {
    /// Begins it. What follows the word is for [`serve_apart`].
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(argument: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        let command = command.args([WORD, argument]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("a process");
        let mut endpoint = String::new();
        let output = process.stdout.take().expect("its output");
        BufReader::new(output).read_line(&mut endpoint).expect("where it is");
        Self { process, endpoint: endpoint.trim().to_owned() }
    }

    /// Where it is.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        // It ends when its input does.
        drop(self.process.stdin.take());
        drop(self.process.wait());
    }
}

/// If this process was begun as an emulator's, is that until nobody wants it any more: it is made by what is said of it. Whether
/// it was.
///
/// # Panics
/// If it does not start.
pub fn serve_apart(made: impl FnOnce(&str) -> Builder) -> bool {
    let mut arguments = std::env::args().skip_while(|argument| argument != WORD);
    if arguments.next().is_none() {
        return false;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let emulator = runtime.block_on(made(&arguments.next().unwrap_or_default()).start()).expect("the emulator starts");
    println!("{}", emulator.endpoint());
    std::io::stdout().flush().expect("somebody reads");
    std::io::stdin().read_to_end(&mut Vec::new()).expect("somebody waits");
    true
}
