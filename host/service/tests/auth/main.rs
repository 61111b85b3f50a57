//! Authentication and rights.

mod htpasswd;
mod token;
mod token_server;
