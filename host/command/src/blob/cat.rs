//! `ossicle blob cat`.

use super::offset::Part;
use crate::error::Exit;
use crate::error::{Action, CommandError};
use crate::session::blobs::Session;
use crate::settings::Problem;
use crate::terminal::Format;
use crate::terminal::{foreign, output};
use clap::Args;
use futures_util::StreamExt;

/// Write a file's content to standard output, of any size
///
/// Output starts before the content is verified. Only exit code 0 means that everything arrived and passed its checks.
#[derive(Debug, Args)]
pub struct Cat {
    /// The path
    path: String,
    #[command(flatten)]
    part: Part,
}

/// Writes the content to standard output.
pub async fn run(cat: Cat, session: Session, format: Format) -> Result<Exit, CommandError> {
    let Cat { path, part } = cat;
    if format.json {
        let hint = "ossicle blob get --json writes the content into a file";
        return Err(Problem::new("--json: the content is all that cat prints").hint(hint).into());
    }
    write_content(path, part, session).await
}

/// Writes the content to standard output.
pub async fn write_content(path: String, part: Part, session: Session) -> Result<Exit, CommandError> {
    let storage = session.open().await?;
    let failed = |error| storage.call_error(Action::Read, &path, error);
    let mut content = storage.blobs.read_with(&path, part.offset, part.options()).await.map_err(failed)?;
    let mut size = 0;
    while let Some(piece) = content.next().await {
        let piece = piece.map_err(failed)?;
        size += piece.len() as u64;
        if output::is_watched() && !is_plain(&piece) {
            return Err(CommandError::Binary { key: path, size });
        }
        output::bytes(&piece)?;
    }
    Ok(Exit::Success)
}

/// Whether a piece can go to a terminal; a letter may be cut in two at its ends.
fn is_plain(piece: &[u8]) -> bool {
    let is_tail = |byte: &u8| byte & 0xc0 == 0x80;
    let start = piece.iter().take(3).take_while(|byte| is_tail(byte)).count();
    (0..4).any(|cut| piece.len() >= start + cut && foreign::is_plain(&piece[start..piece.len() - cut]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_may_be_cut() {
        let text = "aß例🦀b".as_bytes();
        for from in 0..text.len() {
            for to in from..=text.len() {
                assert!(is_plain(&text[from..to]), "{from}..{to}");
            }
        }
        assert!(!is_plain(b"\x1b[2J") && !is_plain(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0]));
    }
}
