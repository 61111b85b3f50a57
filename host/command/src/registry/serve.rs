//! Serves a registry.

use super::arguments::{Bucket, Serving};
use super::first_look;
use super::opening::{self, Lacking, Opened};
use super::serving::{self, Chosen, LISTEN};
use super::tenants;
use crate::settings::Problem;
use crate::terminal::signals::{orderly, signal};
use crate::terminal::{Format, output};
use crate::trouble::{Exit, Trouble};
use ossicle_emulator::Emulator;
use ossicle_service::notifications::Notifier;
use ossicle_service::{Environment, Server, ServerSettings, StartError, Tenant, TenantSettings, Tenants, TlsFiles};
use serde_json::json;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;
use tokio::sync::oneshot;

/// After how long an end that waits for requests is worth a word.
const BRIEF: Duration = Duration::from_secs(1);

/// Serves until a signal comes.
pub async fn run(serving: &Serving, bucket: &Bucket, format: Format) -> Result<Exit, Trouble> {
    let environment = Environment::new().map_err(|error| Trouble::Random(error.to_string()))?;
    if let Some(file) = &serving.tenants {
        let tenants = tenants::open(file, serving, bucket, environment).await?;
        first_look::look_at_each(&tenants).await;
        let address = serving.listen.unwrap_or(LISTEN);
        return serve(address, serving::tls(serving), tenants, serving::server_settings(serving)?, None, format).await;
    }
    let opened = opening::open(bucket, Lacking::Emulator).await?;
    let chosen = serving::choose(serving, bucket, &opened)?;
    first_look::look_at_one(&opened).await?;
    let Opened { storage, sizes, upload_bytes, emulator, .. } = opened;
    let blobs = storage.blobs;
    let Chosen { address, tls, options, access, notifications, mut server, purging, collecting, location_base } =
        chosen;
    if !notifications.endpoints.is_empty() {
        let notifier = Notifier::start(notifications, address.to_string());
        let notifier = notifier.map_err(|error| Problem::new(format!("notifications: {error}")))?;
        server.observers.notifier = Some(notifier);
    }
    let (name, parts_in_flight) = ("default".to_owned(), sizes.in_flight);
    let settings = TenantSettings {
        name,
        blobs,
        access,
        options,
        parts_in_flight,
        upload_bytes,
        location_base,
        purging,
        collecting,
    };
    let tenants = Tenants::one(Tenant::new(settings, environment));
    serve(address, tls, tenants, server, emulator, format).await
}

async fn serve(
    address: SocketAddr,
    tls: Option<TlsFiles>,
    tenants: Tenants,
    settings: ServerSettings,
    emulator: Option<Emulator>,
    format: Format,
) -> Result<Exit, Trouble> {
    let has_page = settings.page;
    let limit = settings.shutdown_timeout;
    let server = Server::bind(address, tls.as_ref(), tenants, settings).await;
    let server = server.map_err(not_started)?;
    announce(&server, emulator.is_some(), has_page, format)?;
    let _orderly = orderly();
    let (told, asked) = oneshot::channel();
    let mut running = pin!(server.run(async {
        signal().await;
        // Nobody hears it once the server has ended by itself.
        let _ = told.send(());
    }));
    let lasts = async {
        // An error says that the server has ended without a signal.
        let _ = asked.await;
        tokio::time::sleep(BRIEF).await;
    };
    tokio::select! {
        () = &mut running => return Ok(Exit::Success),
        () = lasts => {}
    }
    let limit = limit.as_secs();
    output::remark(&format!("requests are under way, which may take up to {limit} s; another signal ends it at once"));
    running.await;
    Ok(Exit::Success)
}

fn not_started(error: StartError) -> Trouble {
    let hint = match &error {
        StartError::Tls(problem) => return Problem::new(format!("TLS: {problem}")).into(),
        StartError::Listen { source, .. } => match source.kind() {
            io::ErrorKind::AddrInUse => Some("another process listens there; --listen says where to listen instead"),
            io::ErrorKind::PermissionDenied => Some("ports below 1024 are the system's; --listen says where to listen"),
            _ => None,
        },
    };
    Trouble::Registry { reason: error.to_string(), hint }
}

/// Tells where it listens, and what can be tried.
fn announce(server: &Server, is_emulator: bool, has_page: bool, format: Format) -> Result<(), Trouble> {
    let address = server.address();
    let url = format!("{}://{address}", if server.is_secure() { "https" } else { "http" });
    let page = has_page.then(|| format!("{url}/ui"));
    if format.json {
        output::json(&json!({ "url": url, "emulator": is_emulator, "page": page }))?;
        return Ok(());
    }
    output::print(&format!("a registry listens on {url}\n"))?;
    if format.quiet {
        return Ok(());
    }
    if is_emulator {
        output::print("It keeps everything in an OSS emulator in memory: what is pushed is gone when it ends.\n")?;
    }
    output::print(&format!(
        "\nTo try it:\n  docker tag IMAGE {address}/IMAGE\n  docker push {address}/IMAGE\n  docker pull {address}/IMAGE\n"
    ))?;
    if let Some(page) = page {
        output::print(&format!("\nWhat is in it: {page}\n"))?;
    }
    output::print("\nCtrl-C ends it.\n")?;
    Ok(())
}
