//! Why a server can't be started.

use super::command_error::CommandError;
use crate::settings::Problem;
use ossicle_service::StartError;
use std::io;

impl From<StartError> for CommandError {
    fn from(error: StartError) -> Self {
        let hint = match &error {
            StartError::Tls(problem) => return Problem::new(format!("TLS: {problem}")).into(),
            StartError::Listen { source, .. } | StartError::Socket(source) => match source.kind() {
                io::ErrorKind::AddrInUse => {
                    Some("another process listens there; --listen says where to listen instead")
                }
                io::ErrorKind::PermissionDenied => {
                    Some("ports below 1024 are the system's; --listen says where to listen")
                }
                _ => None,
            },
        };
        Self::Server { reason: error.to_string(), hint }
    }
}
