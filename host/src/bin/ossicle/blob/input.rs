//! What is to be stored: a file, or standard input.

use crate::trouble::Trouble;
use crate::{foreign, output};
use std::io::{self, IsTerminal, SeekFrom};
use std::path::PathBuf;
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncSeekExt, Stdin, copy, sink, stdin};

/// What is to be stored.
pub struct Input {
    /// A file's name, quoted, or "standard input".
    pub name: String,
    /// How many bytes it has, where that is known.
    pub length: Option<u64>,
    source: Source,
}

enum Source {
    File(File),
    Stdin(Stdin),
}

impl Input {
    /// Opens it.
    pub async fn open(file: Option<PathBuf>) -> Result<Self, Trouble> {
        let Some(file) = file.filter(|file| file.as_os_str() != "-") else {
            if io::stdin().is_terminal() {
                output::remark("reading the content from the terminal; Ctrl-D ends it");
            }
            return Ok(Self { name: "standard input".to_owned(), length: None, source: Source::Stdin(stdin()) });
        };
        let name = foreign::quoted(&file.to_string_lossy());
        let opened = async {
            let opened = File::open(&file).await?;
            let found = opened.metadata().await?;
            if found.is_dir() {
                return Err(io::Error::from(io::ErrorKind::IsADirectory));
            }
            Ok((opened, found.is_file().then_some(found.len())))
        };
        match opened.await {
            Ok((file, length)) => Ok(Self { name, length, source: Source::File(file) }),
            Err(error) => Err(Trouble::Input { name, error }),
        }
    }

    /// Leaves out the first bytes. What is there only once is read over them.
    pub async fn skip(&mut self, count: u64) -> Result<(), Trouble> {
        let skipped = match &mut self.source {
            Source::File(file) if self.length.is_some() => file.seek(SeekFrom::Start(count)).await,
            Source::File(file) => copy(&mut file.take(count), &mut sink()).await,
            Source::Stdin(stdin) => copy(&mut stdin.take(count), &mut sink()).await,
        };
        match skipped {
            Ok(skipped) if skipped == count => Ok(()),
            Ok(_) => Err(Trouble::Input { name: self.name.clone(), error: io::ErrorKind::UnexpectedEof.into() }),
            Err(error) => Err(Trouble::Input { name: self.name.clone(), error }),
        }
    }

    /// What is left of it.
    pub fn rest(self) -> Box<dyn AsyncRead + Send + Unpin> {
        match self.source {
            Source::File(mut file) => {
                // Fewer and larger reads: each is a turn on another thread.
                file.set_max_buf_size(1 << 20);
                Box::new(file)
            }
            Source::Stdin(stdin) => Box::new(stdin),
        }
    }
}
