//! A reverse proxy that keeps its certificates in OSS: `cargo run --example proxy -- proxy.toml`.
//!
//! The storage is a plug-in, a WebAssembly component. Any number of such proxies can share a bucket: each answers the
//! authority's challenges for all, one of them orders a certificate, and the rest load what it has stored.
//!
//! ```toml
//! http = "0.0.0.0:80"                # challenges, and redirects to HTTPS
//! https = "0.0.0.0:443"
//! upstream = "127.0.0.1:8080"
//! names = ["example.com", "www.example.com"]
//! email = "admin@example.com"
//! directory = "https://acme-v02.api.letsencrypt.org/directory"
//! plug-in = "certificates.wasm"      # without it, the component that the library brings along
//!
//! [storage]                          # as the `ossicle` command has it
//! bucket = "my-certificates"
//! region = "cn-hangzhou"
//! [storage.credentials]
//! access-key-id = "…"
//! access-key-secret = "…"
//! [storage.encryption]
//! key-set-file = "keys.json"         # `ossicle keyset create keys.json`
//! ```

mod http;
mod https;
mod settings;

use certmagic::{AcmeIssuer, Cache, CacheOptions, Config, ConfigOptions};
use ossicle::{Engine, EngineOptions, Limits};
use ossicle_acme::CertmagicStorage;
use settings::Settings;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The pause after the first failure to get a certificate; each one after that is twice as long, up to [`LONGEST`].
const FIRST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(600);

#[tokio::main]
async fn main() -> Result<(), Failure> {
    tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).init();
    let settings = Settings::read(&std::env::args().nth(1).ok_or("usage: proxy FILE")?)?;

    let storage = Arc::new(CertmagicStorage::new(tenant(&settings)?.certificates()));
    let issuer = AcmeIssuer { storage: Some(storage.clone()), ..settings.issuer()? };
    let config = Config::new(
        Cache::new(CacheOptions::default())?,
        ConfigOptions { issuers: vec![Arc::new(issuer)], storage: Some(storage.clone()), ..ConfigOptions::default() },
    )?;

    // Challenges are answered before the first order is placed.
    let http = http::serve(&settings, storage).await?;
    let https = https::serve(&settings, &config).await?;
    for name in settings.names {
        tokio::spawn(keep(Arc::clone(&config), name));
    }
    tokio::select! {
        ended = http => ended?,
        ended = https => ended?,
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    certmagic::storage::clean_up_own_locks().await;
    Ok(())
}

/// The storage, in the sandbox of the component.
fn tenant(settings: &Settings) -> Result<ossicle::Tenant, Failure> {
    let options = EngineOptions::new().cache(settings.cache.clone());
    let engine = match &settings.plug_in {
        Some(file) => Engine::with_components([std::fs::read(file)?.as_slice()], options)?,
        None => Engine::new(options)?,
    };
    Ok(engine.tenant("proxy", settings.storage.clone(), Limits::default())?)
}

/// Loads the certificate of a name, or orders it, until that has worked. From then on certmagic renews it. Whatever is served
/// for other names stays served.
async fn keep(config: Arc<Config>, name: String) {
    let mut pause = FIRST;
    loop {
        let started = Instant::now();
        // The lock is released after each try: another proxy may have more luck with the authority.
        match config.manage_sync(&CancellationToken::new(), std::slice::from_ref(&name)).await {
            Ok(()) => {
                println!("{name}: served after {} ms", started.elapsed().as_millis());
                return;
            }
            Err(error) => println!("{name}: no certificate, and again in {} s: {error}", pause.as_secs()),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST);
    }
}
