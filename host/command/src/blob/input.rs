//! What is to be stored: a file, or standard input.

use crate::error::CommandError;
use crate::terminal::{foreign, output};
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::fs::File;
use tokio::io::{AsyncRead, ReadBuf, stdin};

/// What is to be stored.
pub struct Input {
    /// A file's name, quoted, or "standard input".
    pub name: String,
    /// How many bytes it has at least, where that is known.
    pub length: Option<u64>,
    /// Its bytes. A file that has fewer of them than its length said fails at its end.
    pub content: Box<dyn AsyncRead + Send + Unpin>,
}

impl Input {
    /// Opens it.
    pub async fn open(file: Option<PathBuf>) -> Result<Self, CommandError> {
        let Some(file) = file.filter(|file| file.as_os_str() != "-") else {
            if io::stdin().is_terminal() {
                output::remark("reading the content from the terminal; Ctrl-D ends it");
            }
            return Ok(Self { name: "standard input".to_owned(), length: None, content: Box::new(stdin()) });
        };
        let name = foreign::quoted(&file.to_string_lossy());
        let opened = async {
            let opened = File::open(&file).await?;
            let found = opened.metadata().await?;
            if found.is_dir() {
                return Err(io::Error::from(io::ErrorKind::IsADirectory));
            }
            // A length of 0 says nothing: so it is of what the kernel makes as it is read, such as the files below /proc.
            Ok((opened, found.is_file().then_some(found.len()).filter(|length| *length > 0)))
        };
        match opened.await {
            Ok((mut file, length)) => {
                // Fewer and larger reads: each is a turn on another thread.
                file.set_max_buf_size(1 << 20);
                let content: Box<dyn AsyncRead + Send + Unpin> = match length {
                    Some(length) => Box::new(Whole { content: file, length, missing: length }),
                    None => Box::new(file),
                };
                Ok(Self { name, length, content })
            }
            Err(error) => Err(CommandError::Input { name, error }),
        }
    }
}

/// A content whose end is an error as long as bytes are missing: a file that was cut while it was read must not be taken
/// for the whole. One that has grown is read to its end.
struct Whole<R> {
    content: R,
    length: u64,
    missing: u64,
}

impl<R: AsyncRead + Unpin> AsyncRead for Whole<R> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let (before, room) = (buffer.filled().len(), buffer.remaining());
        ready!(Pin::new(&mut self.content).poll_read(cx, buffer))?;
        let came = (buffer.filled().len() - before) as u64;
        if came == 0 && room > 0 && self.missing > 0 {
            let Self { length, missing, .. } = *self;
            let message = format!("it became shorter while it was read: {missing} of its {length} bytes are missing");
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::UnexpectedEof, message)));
        }
        self.missing = self.missing.saturating_sub(came);
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;

    async fn read(length: u64, content: &[u8]) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        Whole { content, length, missing: length }.read_to_end(&mut bytes).await?;
        Ok(bytes)
    }

    /// 1.3
    #[tokio::test]
    async fn fewer_bytes_than_the_length_are_an_error_and_more_are_none() {
        assert_eq!(read(3, b"abc").await.unwrap(), b"abc");
        assert_eq!(read(3, b"abcdef").await.unwrap(), b"abcdef");
        for short in [&b"ab"[..], b""] {
            let error = read(3, short).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
            assert!(error.to_string().contains("of its 3 bytes are missing"), "{error}");
        }
    }
}
