//! The tenants of an engine by name: added, replaced and removed while calls go on.

use super::handle::{Inner, Tenant};
use super::settings::{RefusedTenant, TenantSettings};
use crate::config::Encryption;
use crate::engine::Engine;
use crate::error::{ConfigProblem, Error};
use futures_util::future::join_all;
use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};
use std::time::Duration;

/// Tenants by name, for a service whose tenants come, change and go. A clone is the same set.
///
/// ```no_run
/// use ossicle::{Config, Credentials, Engine, EngineOptions, TenantSettings, Tenants};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let tenants = Tenants::new(Engine::new(EngineOptions::new())?);
/// let config = Config::new("certificates", "cn-hangzhou", Credentials::new("LTAI-id", "secret"));
/// tenants.add("example", TenantSettings::new(config))?;
///
/// // For each piece of work the tenant as it is then.
/// if let Some(tenant) = tenants.get("example") {
///     tenant.certificates().store("sites/example.com.crt", "-----BEGIN CERTIFICATE-----").await?;
/// }
/// # Ok(())
/// # }
/// ```
///
/// # What a change leaves alone
///
/// A tenant whose settings are the same stays the very tenant. Of one whose settings changed, its successor keeps
///
/// * its metrics, always: what is counted under a name goes on being counted;
/// * its connections, where bucket, endpoint, the services that give it credentials, the number of connections that are
///   kept idle (by [`Limits::requests`](crate::Limits::requests)) and how long they are
///   ([`Limits::idle_connection`](crate::Limits::idle_connection)) are the same;
/// * the queues of those who wait for its locks, where bucket, root, endpoint and the folder of the locks are the same: who
///   waits under the new settings waits behind who came under the old ones;
/// * the credentials that [`Tenant::supply_credentials`] gave it, where the source of its credentials is the same as well.
///
/// What is replaced or removed is no longer found by its name, and is not closed by that: calls in flight end, and whoever has
/// a handle, a [`LockGuard`](crate::LockGuard) or a [`Writer`](crate::Writer) of it goes on. It ends with the last of them. To
/// end it sooner, as is wanted where its access key was revoked, call [`Tenant::close`] or [`Tenant::close_within`] on what the
/// change gives back.
#[derive(Debug, Clone)]
pub struct Tenants(Arc<Registry>);

#[derive(Debug)]
struct Registry {
    engine: Engine,
    /// Held while something is changed, which may take a while: who looks a tenant up does not wait for it.
    changes: Mutex<Changes>,
    present: RwLock<BTreeMap<String, Entry>>,
}

#[derive(Debug, Clone)]
struct Entry {
    settings: Arc<TenantSettings>,
    tenant: Tenant,
}

#[derive(Debug, Default)]
struct Changes {
    is_closed: bool,
    /// Those that were replaced or removed and may still be in use.
    former: Vec<Weak<Inner>>,
}

/// What a set that was applied changed.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Applied {
    /// The names of the tenants that are new.
    pub added: Vec<String>,
    /// The names of those that stayed as they were.
    pub kept: Vec<String>,
    /// Those that others took the place of, by the same names.
    pub replaced: Vec<Tenant>,
    /// Those that are gone.
    pub removed: Vec<Tenant>,
}

impl Tenants {
    /// No tenants yet, all of which will be this engine's.
    pub fn new(engine: Engine) -> Self {
        Self(Arc::new(Registry { engine, changes: Mutex::default(), present: RwLock::default() }))
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// The present tenant of a name.
    pub fn get(&self, name: &str) -> Option<Tenant> {
        self.present().get(name).map(|entry| entry.tenant.clone())
    }

    /// All tenants, in the order of their names.
    pub fn all(&self) -> Vec<Tenant> {
        self.present().values().map(|entry| entry.tenant.clone()).collect()
    }

    /// Adds a tenant.
    ///
    /// Fails as [`Engine::tenant`] does, with [`Error::Config`] of the field `name` where there is one of this name, and with
    /// [`Error::Closed`] once the set is closed.
    pub fn add(&self, name: &str, settings: TenantSettings) -> Result<Tenant, Error> {
        let _changes = self.change()?;
        if self.present().contains_key(name) {
            return Err(ConfigProblem::new("name", format!("{name:?} is a tenant already")).into());
        }
        let entry = self.open(name, settings, None)?;
        let tenant = entry.tenant.clone();
        self.present_mut().insert(name.to_owned(), entry);
        Ok(tenant)
    }

    /// Puts a tenant in the place of the one of its name, which it gives back; none where the settings are the same and the
    /// tenant stays.
    ///
    /// Fails as [`Engine::tenant`] does, with [`Error::Config`] of the field `name` where there is none of this name, and with
    /// [`Error::Closed`] once the set is closed. Then everything stays as it is.
    pub fn replace(&self, name: &str, settings: TenantSettings) -> Result<Option<Tenant>, Error> {
        let mut changes = self.change()?;
        let Some(present) = self.present().get(name).cloned() else {
            return Err(ConfigProblem::new("name", format!("{name:?} is no tenant")).into());
        };
        if *present.settings == settings {
            present.read_files_again();
            return Ok(None);
        }
        let entry = self.open(name, settings, Some(&present.tenant))?;
        self.present_mut().insert(name.to_owned(), entry);
        changes.let_go(&present.tenant);
        Ok(Some(present.tenant))
    }

    /// Takes a tenant out of the set.
    pub fn remove(&self, name: &str) -> Option<Tenant> {
        let mut changes = self.changes();
        let removed = self.present_mut().remove(name)?.tenant;
        changes.let_go(&removed);
        Some(removed)
    }

    /// Makes these the tenants, as when a config file was read again: adds, replaces and removes what it takes.
    ///
    /// A tenant whose settings are the same stays, and its files of keys are read again before its next calls.
    ///
    /// Fails with the first tenant that can't be opened, by the order of their names, as [`Engine::tenant`] does, and then
    /// everything stays as it is.
    pub fn apply(&self, set: BTreeMap<String, TenantSettings>) -> Result<Applied, RefusedTenant> {
        let mut applied = Applied::default();
        let mut changes = match self.change() {
            Ok(changes) => changes,
            Err(error) => {
                let name = set.into_keys().next().unwrap_or_default();
                return Err(RefusedTenant { name, error });
            }
        };
        let mut before = self.present().clone();
        let mut after = BTreeMap::new();
        for (name, settings) in set {
            let former = before.remove(&name);
            let entry = match former {
                Some(present) if *present.settings == settings => {
                    applied.kept.push(name.clone());
                    present
                }
                former => {
                    let former = former.map(|entry| entry.tenant);
                    let opened = self.open(&name, settings, former.as_ref());
                    let entry = opened.map_err(|error| RefusedTenant { name: name.clone(), error })?;
                    match former {
                        Some(former) => applied.replaced.push(former),
                        None => applied.added.push(name.clone()),
                    }
                    entry
                }
            };
            after.insert(name, entry);
        }
        applied.removed = before.into_values().map(|entry| entry.tenant).collect();
        *self.present_mut() = after;
        applied.replaced.iter().chain(&applied.removed).for_each(|former| changes.let_go(former));
        applied
            .kept
            .iter()
            .filter_map(|name| self.present().get(name).cloned())
            .for_each(|kept| kept.read_files_again());
        Ok(applied)
    }

    /// Takes no more calls and no more tenants, and returns when the calls in flight have ended, those of replaced and removed
    /// tenants included; see [`Tenant::close`].
    pub fn close(&self) -> impl Future<Output = ()> + Send + use<> {
        let set = self.clone();
        async move { drop(join_all(set.end().iter().map(Tenant::close)).await) }
    }

    /// As [`Tenants::close`], but after so long what is in flight is stopped; see [`Tenant::close_within`]. At once where the
    /// limit is zero. Tells whether everything ended before.
    pub fn close_within(&self, limit: Duration) -> impl Future<Output = bool> + Send + use<> {
        let set = self.clone();
        async move {
            let ended = join_all(set.end().iter().map(|tenant| tenant.close_within(limit))).await;
            ended.into_iter().all(|ended| ended)
        }
    }

    /// Takes no more tenants. Those that there are.
    fn end(&self) -> Vec<Tenant> {
        let mut changes = self.changes();
        changes.is_closed = true;
        let former = changes.former.iter().filter_map(Weak::upgrade).map(Tenant::of);
        self.all().into_iter().chain(former).collect()
    }

    fn open(&self, name: &str, settings: TenantSettings, former: Option<&Tenant>) -> Result<Entry, Error> {
        let TenantSettings { config, limits } = settings.clone();
        let tenant = self.0.engine.new_tenant(name, config.into(), limits, former)?;
        Ok(Entry { settings: Arc::new(settings), tenant })
    }

    /// To change something, which one does at a time.
    fn change(&self) -> Result<MutexGuard<'_, Changes>, Error> {
        let changes = self.changes();
        if changes.is_closed { Err(Error::Closed) } else { Ok(changes) }
    }

    fn changes(&self) -> MutexGuard<'_, Changes> {
        self.0.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn present(&self) -> impl Deref<Target = BTreeMap<String, Entry>> + '_ {
        self.0.present.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn present_mut(&self) -> impl DerefMut<Target = BTreeMap<String, Entry>> + '_ {
        self.0.present.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// Has files that were read when an instance started be read again, for the calls to come.
    fn read_files_again(&self) {
        if self.settings.config.encryption.as_ref().is_some_and(Encryption::names_a_file) {
            self.tenant.inner.pool.renew();
        }
    }
}

impl Changes {
    /// A tenant is no longer found, but may be in use.
    fn let_go(&mut self, tenant: &Tenant) {
        self.former.retain(|former| former.strong_count() > 0);
        self.former.push(Arc::downgrade(&tenant.inner));
    }
}
