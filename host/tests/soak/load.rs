//! What callers do, for as long as they are polled. What fails is no matter, but what is got must be what somebody put there.

use futures_util::StreamExt;
use ossicle::{Blobs, Certificates, Config, Tenant, TenantSettings, Tenants};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Numbers that are the same in every run (SplitMix64).
#[derive(Clone)]
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, most: u64) -> u64 {
        self.next() % most
    }

    /// Others, for somebody else.
    pub(crate) fn apart(&mut self) -> Self {
        Self(self.next())
    }
}

/// A content that is known again: one byte over and over.
fn content(chance: &mut Chance, most: u64) -> Vec<u8> {
    let byte = u8::try_from(chance.below(200)).unwrap();
    vec![byte; usize::try_from(1 + chance.below(most)).unwrap()]
}

fn check(content: &[u8]) {
    assert!(content.iter().all(|byte| *byte == content[0]), "bytes of two contents in one");
}

/// Values of certificates: written, read, listed and deleted; every third call is given up in its middle.
pub(crate) async fn certificates(certificates: Certificates, calls: &AtomicU64, mut chance: Chance) {
    loop {
        let key = format!("sites/{}.crt", chance.below(16));
        let patience = match chance.below(3) {
            0 => Duration::from_millis(chance.below(6)),
            _ => Duration::from_secs(60),
        };
        let value = content(&mut chance, 20_000);
        let done = async {
            match chance.below(8) {
                0..=2 => drop(certificates.store(&key, value).await),
                3..=5 => {
                    if let Ok(value) = certificates.load(&key).await {
                        check(&value);
                    }
                }
                6 => drop(certificates.list("sites", true).await),
                _ => drop(certificates.delete(&key).await),
            }
        };
        // Given up or not.
        drop(timeout(patience, done).await);
        calls.fetch_add(1, Relaxed);
    }
}

/// Locks: held, written under, released, or left to their end.
pub(crate) async fn locks(tenant: Tenant, calls: &AtomicU64, mut chance: Chance) {
    loop {
        let name = format!("lock-{}", chance.below(3));
        let held = timeout(Duration::from_secs(2), tenant.locks().hold(&name, Duration::from_secs(1))).await;
        if let Ok(Ok(guard)) = held {
            drop(guard.store("under-a-lease", content(&mut chance, 2000)).await);
            match chance.below(4) {
                // It is released in the background.
                0 => drop(guard),
                _ => drop(guard.unlock().await),
            }
        }
        calls.fetch_add(1, Relaxed);
    }
}

/// Blobs: uploads in one and in several parts, whole and given up; downloads that are read to their end, in part or not at all.
pub(crate) async fn blobs(blobs: Blobs, calls: &AtomicU64, mut chance: Chance) {
    loop {
        let path = format!("/files/{}", chance.below(8));
        match chance.below(8) {
            0 | 1 => {
                let content = content(&mut chance, 700_000);
                drop(blobs.write(&path, 0, &content[..], None).await);
            }
            2 => {
                if let Ok(mut writer) = blobs.writer(&path, false, None).await {
                    let content = content(&mut chance, 300_000);
                    drop(writer.write(&content[..]).await);
                    match chance.below(3) {
                        // As after a crash.
                        0 => drop(writer),
                        1 => drop(writer.cancel().await),
                        _ => drop(writer.commit().await),
                    }
                }
            }
            3 | 4 => {
                if let Ok(content) = blobs.get(&path).await {
                    check(&content);
                }
            }
            5 => {
                if let Ok(mut download) = blobs.read(&path, 0).await {
                    for _ in 0..chance.below(4) {
                        drop(download.next().await);
                    }
                    // A reader that stops for a while, and then goes.
                    sleep(Duration::from_millis(chance.below(300))).await;
                }
            }
            6 => {
                if let Ok(mut walk) = blobs.walk("/", None).await {
                    while let Some(Ok(_)) = walk.next().await {}
                }
            }
            _ => drop(blobs.delete(&path).await),
        }
        calls.fetch_add(1, Relaxed);
    }
}

/// Tenants that come, change and go while calls are in them.
pub(crate) async fn churn(tenants: Tenants, config: Config, calls: &AtomicU64, mut chance: Chance) {
    let settings = |chance: &mut Chance| {
        let limits = crate::place::limits().calls(8 + usize::try_from(chance.below(8)).unwrap());
        TenantSettings::new(config.clone()).limits(limits)
    };
    loop {
        let name = format!("guest-{}", chance.below(4));
        let changed = match chance.below(3) {
            0 => tenants.remove(&name),
            _ if tenants.get(&name).is_some() => tenants.replace(&name, settings(&mut chance)).unwrap(),
            _ => Some(tenants.add(&name, settings(&mut chance)).unwrap()),
        };
        if let Some(tenant) = changed {
            let certificates = tenant.certificates();
            drop(timeout(Duration::from_millis(chance.below(30)), certificates.load("sites/1.crt")).await);
            if chance.below(4) == 0 && tenants.get(&name).is_none() {
                tenant.close_within(Duration::ZERO).await;
            }
        }
        calls.fetch_add(1, Relaxed);
        sleep(Duration::from_millis(chance.below(20))).await;
    }
}

/// A component that does what it should not.
pub(crate) async fn misbehaviour(certificates: Certificates, calls: &AtomicU64, mut chance: Chance, bucket: String) {
    loop {
        let key = match chance.below(8) {
            0 => "spin".to_owned(),
            1 => "trap".to_owned(),
            2 => "bomb".to_owned(),
            3 => "yield".to_owned(),
            4 => format!("crowd 50 {bucket}/none"),
            5 => format!("hold {bucket}/none"),
            6 => "deep".to_owned(),
            _ => "echo".to_owned(),
        };
        drop(timeout(Duration::from_secs(2), certificates.load(&key)).await);
        calls.fetch_add(1, Relaxed);
        sleep(Duration::from_millis(chance.below(50))).await;
    }
}
