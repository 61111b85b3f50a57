//! One certificate, for as long as the process runs.

use super::cache::{CacheError, RustlsAcmeCache};
use super::resolver::AcmeResolver;
use futures_util::StreamExt as _;
use rustls_acme::{AcmeConfig, AcmeState, EventError, EventOk};
use std::convert::Infallible;
use std::time::Duration;

/// The pause after the first failure; each one after that is twice as long, up to [`LONGEST`]. An authority limits failed
/// authorizations of a name to a few an hour, and a storage that is out of reach is back within minutes.
const FIRST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(1024);

/// Has rustls-acme load a certificate from `cache`, order it if there is none, and renew it when it is due, for ever. Of all
/// processes that do this with one storage, one orders, and the rest take what it has stored.
///
/// `config` makes the config of each `AcmeState`, without a cache: a state asks the cache before its first order alone, so
/// each order has a new one. `resolver` presents what was last got.
pub async fn keep<F>(cache: &RustlsAcmeCache, resolver: &AcmeResolver, config: F) -> Infallible
where
    F: Fn() -> AcmeConfig<Infallible, Infallible>,
{
    let mut pause = FIRST;
    loop {
        let mut state = config().cache(cache.clone()).state();
        let ended = live(&mut state, resolver).await;
        drop(state);
        cache.release().await;
        match ended {
            Ok(()) | Err(EventError::AccountCacheLoad(CacheError::Superseded)) => pause = FIRST,
            Err(error) => {
                tracing::warn!(%error, ?pause, "no certificate could be got");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST);
            }
        }
    }
}

/// Runs a state until a certificate is stored, or something fails.
async fn live(
    state: &mut AcmeState<CacheError, CacheError>,
    resolver: &AcmeResolver,
) -> Result<(), EventError<CacheError, CacheError>> {
    resolver.order(state.resolver());
    while let Some(event) = state.next().await {
        match event {
            Ok(EventOk::DeployedCachedCert | EventOk::DeployedNewCert) => resolver.serve(state.resolver()),
            Ok(EventOk::CertCacheStore) => break,
            Ok(EventOk::AccountCacheStore) => {}
            // The state goes on and orders another.
            Err(error @ EventError::CachedCertParse(_)) => tracing::warn!(%error, "the stored certificate is none"),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
