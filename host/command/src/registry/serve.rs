//! Serves a registry.

use super::arguments::{Bucket, Serving};
use super::first_look;
use super::opening::{self, Lacking, Opened};
use super::serving::{self, Chosen, LISTEN};
use super::tenants;
use crate::error::{CommandError, Exit};
use crate::session::server;
use crate::settings::Problem;
use crate::terminal::{Format, output};
use ossicle_emulator::Emulator;
use ossicle_service::notifications::Notifier;
use ossicle_service::{Environment, Registries, Server, ServerSettings, Tenant, TenantSettings, Tenants, TlsFiles};
use serde_json::json;
use std::net::SocketAddr;

/// Serves until a signal comes.
pub async fn run(serving: &Serving, bucket: &Bucket, format: Format) -> Result<Exit, CommandError> {
    let environment = Environment::new().map_err(|error| CommandError::Random(error.to_string()))?;
    if let Some(file) = &serving.tenants {
        let tenants = tenants::open(file, serving, bucket, environment).await?;
        first_look::look_at_each(&tenants).await;
        let address = serving.listen.unwrap_or(LISTEN);
        let settings = serving::server_settings(serving)?;
        return serve(address, serving::tls(serving), tenants, settings, None, !serving.no_ui, format).await;
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
    serve(address, tls, tenants, server, emulator, !serving.no_ui, format).await
}

async fn serve(
    address: SocketAddr,
    tls: Option<TlsFiles>,
    tenants: Tenants,
    settings: ServerSettings,
    emulator: Option<Emulator>,
    has_page: bool,
    format: Format,
) -> Result<Exit, CommandError> {
    let limit = settings.shutdown_timeout;
    let server = Server::bind(address, tls.as_ref(), Registries::new(tenants, has_page), settings).await?;
    announce(&server, emulator.is_some(), has_page, format)?;
    Ok(server::run(server, limit, || {}).await)
}

/// Tells where it listens, and what can be tried.
fn announce(
    server: &Server<Registries>,
    is_emulator: bool,
    has_page: bool,
    format: Format,
) -> Result<(), CommandError> {
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
