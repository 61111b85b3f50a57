//! The config of a ground, and errors, as the WIT package of 0.2 has them.

use ossicle::ErrorKind;

use super::bindings::{lock, types};
use crate::{ACCESS_KEY_ID, BUCKET, Failed, Ground, LockFailed, REGION, SECRET, Signature};

pub(super) fn config(ground: &Ground, signature: Signature) -> types::Config {
    types::Config {
        bucket: BUCKET.to_owned(),
        region: REGION.to_owned(),
        endpoint: Some(types::Endpoint::Custom(ground.emulator().endpoint())),
        addressing: None,
        secure: None,
        root: (!ground.root().is_empty()).then(|| ground.root().to_owned()),
        signature: Some(match signature {
            Signature::V4 => types::SignatureVersion::V4,
            Signature::V1 => types::SignatureVersion::V1,
        }),
        credentials: types::CredentialSource::Fixed(types::Credentials {
            access_key_id: ACCESS_KEY_ID.to_owned(),
            access_key_secret: SECRET.to_owned(),
            security_token: None,
        }),
        roles: Vec::new(),
        timeouts: types::Timeouts {
            connect: None,
            first_byte: Some(5_000),
            between_bytes: None,
            operation: Some(20_000),
        },
        attempts: Some(2),
        acl: None,
    }
}

impl From<types::Error> for Failed {
    fn from(error: types::Error) -> Self {
        let kind = match &error.kind {
            types::ErrorKind::NotFound => Some(ErrorKind::NotFound),
            types::ErrorKind::InvalidKey => Some(ErrorKind::InvalidKey),
            types::ErrorKind::InvalidConfig(_) => None,
            types::ErrorKind::AccessDenied => Some(ErrorKind::AccessDenied),
            types::ErrorKind::NoSuchBucket => Some(ErrorKind::NoSuchBucket),
            types::ErrorKind::Conflict => Some(ErrorKind::Conflict),
            types::ErrorKind::NotModified => Some(ErrorKind::NotModified),
            types::ErrorKind::TooLate => Some(ErrorKind::TooLate),
            types::ErrorKind::Throttled => Some(ErrorKind::Throttled),
            types::ErrorKind::TimedOut => Some(ErrorKind::TimedOut),
            types::ErrorKind::Unavailable => Some(ErrorKind::Unavailable),
            types::ErrorKind::Corrupt => Some(ErrorKind::Corrupt),
            types::ErrorKind::Unsupported => Some(ErrorKind::Unsupported),
            types::ErrorKind::Service => Some(ErrorKind::Service),
        };
        Self {
            kind,
            text: format!("{} / {error:?}", error.message),
            key: error.key,
            date: error.answer.as_ref().and_then(|answer| answer.date),
            retryable: error.retryable,
            answer: error.answer.map(|answer| (answer.code, answer.request_id)),
        }
    }
}

impl From<lock::LockError> for LockFailed {
    fn from(error: lock::LockError) -> Self {
        match error {
            lock::LockError::Held(holder) => Self::Held((holder.token > 0).then_some(holder.token)),
            lock::LockError::Lost(_) => Self::Lost,
            lock::LockError::Failed(error) => Self::Failed(error.into()),
        }
    }
}
