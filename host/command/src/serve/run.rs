//! Serves until a signal comes.

use super::arguments::{Operation, Serve};
use super::opening::{self, Opened};
use super::systemd::{State, notify};
use super::token;
use super::trial::{NAME, Trial};
use crate::error::{CommandError, Exit};
use crate::session::server;
use crate::terminal::signals::Hangups;
use crate::terminal::{Format, output};
use ossicle_service::LiveTenants;
use serde_json::json;

/// Does what the arguments ask for.
pub async fn run(serve: Serve) -> Result<Exit, CommandError> {
    if let Some(Operation::Token(wanted)) = &serve.operation {
        if serve.says_how() {
            let reason = "a flag for serving is of no use beside what is to be done instead";
            return Err(CommandError::Usage(reason.to_owned()));
        }
        return token::make(wanted, serve.format);
    }
    // Before anything else: until it is listened for, it ends the process.
    let hangups = Hangups::new().map_err(CommandError::Runtime)?;
    let Opened { server, tenants, shutdown_timeout, trial } = opening::open(&serve).await?;
    let url = format!("{}://{}", if server.is_secure() { "https" } else { "http" }, server.address());
    announce(&url, trial.as_ref(), serve.format)?;
    tracing::info!(url, "the API is served");
    notify(&State::Ready(None));
    let reloading = tokio::spawn(reload_on(hangups, tenants));
    let stopping = || notify(&State::Stopping);
    let ended = server::run(server, shutdown_timeout, stopping).await;
    reloading.abort();
    tracing::info!("the server has ended");
    Ok(ended)
}

/// Reads the config again on each SIGHUP.
async fn reload_on(mut hangups: Hangups, tenants: LiveTenants) {
    loop {
        hangups.next().await;
        notify(&State::Reloading);
        let status = match tenants.reload().await {
            Ok(()) => "the config is in force".to_owned(),
            // It is in the log and in the metrics as well.
            Err(error) => format!("the config is refused: {error}"),
        };
        notify(&State::Ready(Some(&status)));
    }
}

/// Tells where it listens, and what can be tried.
fn announce(url: &str, trial: Option<&Trial>, format: Format) -> Result<(), CommandError> {
    if format.json {
        let mut document = json!({ "url": url });
        if let Some(trial) = trial {
            document["tenant"] = NAME.into();
            document["token"] = trial.token.text.as_str().into();
        }
        output::json(&document)?;
        return Ok(());
    }
    output::print(&format!("the API listens on {url}\n"))?;
    let Some(trial) = trial else { return Ok(()) };
    let token = trial.token.text.as_str();
    output::print(&format!("the token of the tenant {NAME}: {token}\n"))?;
    if format.quiet {
        return Ok(());
    }
    let header = format!("-H 'Authorization: Bearer {token}'");
    output::print(&format!(
        "It keeps everything in an OSS emulator in memory: what is stored is gone when it ends.\n\
         \nTo try it:\n  curl {header} -X PUT --data-binary 'a value' {url}/v1/certificates/sites/a.txt\n  \
         curl {header} {url}/v1/certificates/sites/a.txt\n\
         \nWhat else there is: {url}/openapi.json\n\nCtrl-C ends it.\n"
    ))?;
    Ok(())
}
