//! Standard input, output and error.

use super::bindings::wasi::cli::types::ErrorCode;
use super::bindings::wasi::cli::{stderr, stdin, stdout};
use super::bindings::wit_stream;
use super::trouble::CommandError;
use ossicle_terms::sentence::STANDARD_INPUT;
use wit_bindgen::{FutureReader, StreamReader, StreamResult, StreamWriter};

/// What one read of standard input moves at most: what hosts give at once.
const CHUNK: usize = 64 * 1024;

/// Standard output, while something is written to it.
pub struct Output {
    writer: StreamWriter<u8>,
    end: FutureReader<Result<(), ErrorCode>>,
}

impl Output {
    /// Begins to write.
    pub fn begin() -> Self {
        let (writer, reader) = wit_stream::new();
        Self { writer, end: stdout::write_via_stream(reader) }
    }

    /// Writes bytes. Whether somebody still takes them; why not, the end tells.
    pub async fn write(&mut self, bytes: Vec<u8>) -> bool {
        self.writer.write_all(bytes).await.is_empty()
    }

    /// Waits until everything is written.
    pub async fn end(self) -> Result<(), CommandError> {
        drop(self.writer);
        written(self.end.await)
    }

    /// Writes bytes and nothing else.
    pub async fn bytes(bytes: Vec<u8>) -> Result<(), CommandError> {
        let mut output = Self::begin();
        output.write(bytes).await;
        output.end().await
    }

    /// Writes text and nothing else.
    pub async fn print(text: &str) -> Result<(), CommandError> {
        Self::bytes(text.as_bytes().to_vec()).await
    }

    /// Hands a stream to standard output, as it is, and waits until all of it is written.
    pub async fn pass(content: StreamReader<u8>) -> Result<(), CommandError> {
        written(stdout::write_via_stream(content).await)
    }
}

/// Where what was said decides nothing: that nobody reads it is not to hide what an exit code tells, or a failure.
pub fn heard<T>(said: Result<T, CommandError>) -> Result<(), CommandError> {
    match said {
        Ok(_) | Err(CommandError::NobodyReads) => Ok(()),
        Err(trouble) => Err(trouble),
    }
}

fn written(end: Result<(), ErrorCode>) -> Result<(), CommandError> {
    end.map_err(|code| match code {
        ErrorCode::Pipe => CommandError::NobodyReads,
        other => CommandError::Output(describe(other)),
    })
}

/// Tells something on standard error. Where that is closed, nobody is to be told.
pub async fn aside(text: &str) {
    let (mut writer, reader) = wit_stream::new();
    let end = stderr::write_via_stream(reader);
    writer.write_all(format!("{text}\n").into_bytes()).await;
    drop(writer);
    let _closed = end.await;
}

/// All of standard input, which may have so many bytes, and one more where it has more.
pub async fn input(limit: u64) -> Result<Vec<u8>, CommandError> {
    let (mut content, end) = stdin::read_via_stream();
    let (mut all, mut buffer) = (Vec::new(), Vec::with_capacity(CHUNK));
    loop {
        let (result, bytes) = content.read(buffer).await;
        all.extend_from_slice(&bytes);
        if all.len() as u64 > limit {
            return Ok(all);
        }
        if !matches!(result, StreamResult::Complete(_)) {
            break;
        }
        buffer = bytes;
        buffer.clear();
    }
    drop(content);
    end.await.map_err(|code| CommandError::Input { name: STANDARD_INPUT, reason: describe(code).to_owned() })?;
    Ok(all)
}

/// What a code of the host's means.
pub fn describe(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::Io => "input/output error",
        ErrorCode::IllegalByteSequence => "invalid character",
        ErrorCode::Pipe => "broken pipe",
    }
}
