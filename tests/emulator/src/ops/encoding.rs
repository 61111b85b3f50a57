//! `encoding-type`, `max-keys` and their kin: what the parameters of all listings have in common.

use crate::call::Call;
use crate::failures::Failure;
use crate::percent;

/// Whether names are percent-encoded in the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Plain,
    Url,
}

impl Encoding {
    /// Of the kinds the documentation names, only `url` has a documented meaning.
    pub(crate) fn of(call: &Call) -> Result<Self, Failure> {
        match call.query.filled("encoding-type") {
            None => Ok(Self::Plain),
            Some("url") => Ok(Self::Url),
            Some(other) => Err(Failure::encoding_type(other)),
        }
    }

    pub(crate) fn encode(self, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Url => percent::encode(text),
        }
    }
}

/// The longest prefix, marker or delimiter, in bytes. (OSS documentation: GetBucket.)
const MAX_NAME: usize = 1024;

/// A prefix, a marker or a delimiter; empty if there is none.
pub(crate) fn bounded<'a>(call: &'a Call, name: &str, ec: &'static str) -> Result<&'a str, Failure> {
    let text = call.query.get(name).unwrap_or("");
    if text.len() > MAX_NAME {
        return Err(Failure::argument(
            "The length of a prefix, marker or delimiter must be at most 1024.",
            ec,
            name,
            text,
        ));
    }
    Ok(text)
}

/// A number of at most 1000 entries; out of range is an error, not clamped.
pub(crate) fn limit(call: &Call, name: &str, default: usize, ec: &'static str) -> Result<usize, Failure> {
    match call.query.filled(name) {
        None => Ok(default),
        Some(text) => match text.parse() {
            Ok(number) if (1..=1000).contains(&number) => Ok(number),
            _ => Err(Failure::argument("Argument must be an integer between 1 and 1000.", ec, name, text)),
        },
    }
}
