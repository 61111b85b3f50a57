//! Whole calls against a server that answers anything, over the driver of blobs and the storage of certificates.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;

use super::Input;
use super::hostile::Hostile;
use crate::blob::{
    self, BlobOptions, Driver, PageOptions, PublishOptions, ReadOptions, WriteOptions, WriterOptions, WriterStart,
};
use crate::cert::Storage;
use crate::config::{Config, Settings, SignatureVersion, TimeoutOptions};
use crate::credentials::{CredentialSource, Credentials};
use crate::encryption::{ClearValues, Encryption, EncryptionOptions, Form, KeySet, Template};
use crate::endpoint::Endpoint;
use crate::fuzzing::Dice;
use crate::key::Key;
use crate::lock::{InterlockOptions, Lease, LockOptions, Locks};
use crate::oss::Condition;
use crate::ports::Clock as _;

/// Calls of one input.
const CALLS: usize = 6;
/// What a call of a lock may wait for, by its caller's own limit of 10 minutes and an operation's of a minute.
const MAX_WAIT: Duration = Duration::from_secs(3600);

pub(super) fn server(data: &[u8]) {
    let Some((&mode, data)) = data.split_first() else { return };
    let world = Hostile::new(data);
    let settings = settings(if mode & 1 == 0 { "" } else { "root/x" }, mode & 2 != 0);
    if mode & 4 == 0 {
        blobs(&world, settings, mode)
    } else {
        certificates(&world, settings, mode)
    }
    assert!(world.longest_sleep() <= MAX_WAIT, "a wait of {:?}", world.longest_sleep());
}

pub(crate) fn settings(root: &str, is_v1: bool) -> Settings {
    let credentials = Credentials {
        access_key_id: "ak".into(),
        access_key_secret: String::from("canary-secret").into(),
        security_token: None,
    };
    let config = Config {
        acl: None,
        bucket: "bucket".into(),
        region: "cn-hangzhou".into(),
        endpoint: Some(Endpoint::Public),
        addressing: None,
        secure: Some(is_v1),
        root: Some(root.into()),
        signature: Some(if is_v1 { SignatureVersion::V1 } else { SignatureVersion::V4 }),
        credentials: CredentialSource::Static(credentials),
        timeouts: TimeoutOptions::default(),
        attempts: None,
        roles: Vec::new(),
    };
    config.check().unwrap()
}

fn blobs(world: &Hostile, settings: Settings, mode: u8) {
    let options = BlobOptions {
        part_size: Some(102_400),
        parts_in_flight: Some(1 + (mode >> 6)),
        copy_threshold: Some(1 << 20),
        copy_part_size: Some(1 << 20),
        ..BlobOptions::default()
    };
    let options = options.check(&settings).unwrap();
    let driver = Driver::new(world.clone(), settings, options);
    world.run(async {
        for _ in 0..CALLS {
            if world.is_empty() {
                break;
            }
            blob_call(world, &driver).await;
        }
    });
}

async fn blob_call(world: &Hostile, driver: &Driver<Hostile>) {
    let draw = |input: &mut Input<'_>| {
        let (call, offset) = (input.byte(), input.number() as i64);
        (call, offset, input.one_in(2).then(|| input.number()))
    };
    let (call, offset, number) = world.draw(draw);
    let content = || -> blob::Content<'static> {
        let pieces = (0..call >> 4).map(|_| Bytes::from_static(&[5; 60_000]));
        Box::pin(stream::iter(pieces))
    };
    // Failures are what most calls end with here. What is checked is what they give where they succeed.
    match call % 13 {
        0 => {
            if let Ok(blob::PathListing { paths, .. }) = driver.list("/a").await {
                assert!(paths.is_sorted());
                assert!(paths.iter().all(|path| path.starts_with("/a/") && blob::Path::is_valid(path)));
            }
        }
        1 => {
            if let Ok(info) = driver.stat("/a/b").await {
                assert_eq!(info.path, "/a/b");
            }
        }
        2 => {
            if let Ok(mut walk) = driver.walk("/a", (call & 16 == 0).then_some("/a/b/c")).await {
                while let Ok(Some(entries)) = walk.page().await {
                    assert!(entries.iter().all(|entry| blob::Path::is_valid(&entry.path)));
                }
            }
        }
        3 => drop(driver.delete("/a", None).await),
        4 => drop(driver.move_file("/a", "/b", PublishOptions::default()).await),
        5 => {
            if let Ok(mut reader) = driver.read("/a", offset, ReadOptions::default()).await {
                let mut length = 0;
                while let Ok(Some(chunk)) = reader.chunk().await {
                    length += chunk.len();
                    assert!(length < 100_000);
                }
            }
        }
        6 => write_stream(driver, offset, number, content()).await,
        7 | 8 => {
            let options = WriterOptions { size_hint: number, ..WriterOptions::default() };
            if let Ok(mut writer) = driver
                .writer("/a", if call & 16 == 0 { WriterStart::Newest } else { WriterStart::Anew }, &options)
                .await
            {
                let before = writer.size();
                if let Ok(taken) = writer.write(&mut content()).await {
                    assert_eq!(writer.size(), before + taken);
                }
                match call >> 6 {
                    0 => drop(writer.commit(PublishOptions::default()).await),
                    1 => drop(writer.close().await),
                    2 => drop(writer.cancel().await),
                    _ => drop((writer.commit(PublishOptions::default()).await, writer.close().await)),
                }
            }
        }
        9 => drop(driver.get_content("/a", Condition::default()).await),
        10 => drop(driver.put_content("/a", Bytes::from_static(b"x"), &WriteOptions::default()).await),
        11 => uploads(driver, number.unwrap_or(0), call & 16 == 0).await,
        12 => {
            let (limit, recursive) = (number.map(|number| (number % 1001) as u32), call & 16 == 0);
            let options = PageOptions { recursive, start_after: (call & 32 == 0).then_some("/a/b"), limit };
            if let Ok(page) = driver.list_page("/a", options).await {
                let is_wanted = |path: &str| path.starts_with("/a/") && blob::Path::is_valid(path);
                assert!(page.entries.iter().all(|entry| is_wanted(&entry.path)));
                assert!(page.entries.len() as u64 <= limit.unwrap_or(1000).into());
            }
        }
        13 => {
            if let Ok(tail) = driver.read_tail("/a", 128, Condition::default()).await {
                assert!(tail.bytes.len() <= 128);
                let (position, content) = (tail.state.size, Bytes::from_static(b"x"));
                drop(driver.append("/a", position, Some(tail.crc64), content, None).await);
            }
        }
        14 => drop(driver.delete_files(&["/a".to_owned(), "/b".to_owned()], None).await),
        _ => drop(driver.remove_orphans(number.unwrap_or(0)).await),
    }
}

/// Lists uploads, and removes them if asked to. (Failures are what most pages end with.)
async fn uploads(driver: &Driver<Hostile>, older_than: u64, is_removing: bool) {
    let Ok(mut uploads) = driver.list_uploads("/a", older_than).await else { return };
    while let Ok(Some(page)) = uploads.page().await {
        assert!(page.iter().all(|upload| blob::Path::is_valid(&upload.path)));
        if is_removing {
            drop(driver.remove_uploads(page).await);
        }
    }
}

/// Writes at an offset that a run has time for: a gap of some MiB is sent as zeros.
async fn write_stream(driver: &Driver<Hostile>, offset: i64, hint: Option<u64>, content: blob::Content<'static>) {
    const MAX_GAP: i64 = 4 << 20;
    let offset = if (MAX_GAP..40_000 << 30).contains(&offset) { 3 << 20 } else { offset };
    if offset < MAX_GAP || hint.is_some() {
        drop(
            driver
                .write_stream("/a", offset, content, Box::pin(async { Ok(()) }), hint, &WriteOptions::default())
                .await,
        );
    }
}

fn certificates(world: &Hostile, settings: Settings, mode: u8) {
    let encryption = (mode & 8 == 0).then(|| {
        let keys = KeySet::create(Template::parse("AES256_GCM").unwrap(), &Dice::new(7)).unwrap();
        let clear_values = if mode & 64 == 0 { ClearValues::Refused } else { ClearValues::All };
        let options = EncryptionOptions { key_set: keys.write(Form::Json), key_encryption: None, clear_values };
        Encryption::open(&options).unwrap()
    });
    let interlock = (mode & 16 == 0).then(InterlockOptions::default);
    let locks = LockOptions { interlock, ..LockOptions::default() }.check().unwrap();
    let locks = Locks::new(world.clone(), settings.clone(), locks);
    let storage = Storage::new(world.clone(), settings).with_locks(&locks).with_encryption(encryption);
    world.run(async {
        let mut held = None;
        for _ in 0..CALLS {
            if world.is_empty() {
                break;
            }
            certificate_call(world, &locks, &storage, &mut held).await;
        }
    });
}

async fn certificate_call(
    world: &Hostile,
    locks: &Locks<Hostile>,
    storage: &Storage<Hostile>,
    held: &mut Option<Lease>,
) {
    let (call, number) = world.draw(|input| (input.byte(), input.number()));
    match call % 14 {
        0 => {
            if let Ok(listing) = storage.list("a", call & 16 == 0).await {
                assert!(listing.keys().is_sorted());
                assert!(listing.keys().all(|key| Key::is_normal(key) && key.starts_with("a/")));
            }
        }
        1 => drop(storage.stat("a").await),
        2 => drop(storage.exists("a").await),
        3 => drop(storage.delete("a").await),
        4 => drop(storage.load("a").await),
        5 => drop(storage.store("a", Bytes::from_static(b"value")).await),
        6 => drop(storage.reencrypt("a").await),
        7 | 8 => {
            if let Ok(lease) = locks.lock("n", Duration::from_secs(number.min(600))).await {
                assert!(lease.check().is_ok());
                *held = Some(lease);
            }
        }
        9 => {
            if let Some(lease) = held
                && let Ok(renewed) = locks.renew(lease).await
            {
                assert!(renewed.token == lease.token);
                *held = Some(renewed);
            }
        }
        10 => {
            if let Some(lease) = held.take() {
                let before = world.monotonic();
                drop(locks.unlock(&lease).await);
                // 8.6: however wrong the dates of the answers are.
                assert!(world.monotonic() - before <= MAX_WAIT, "{:?}", world.monotonic() - before);
            }
        }
        11 => {
            if let Some(lease) = held {
                drop(storage.store_under(lease, "a", Bytes::from_static(b"v")).await);
            }
        }
        12 => drop((locks.inspect("n").await, locks.break_lock("n", number).await)),
        _ => drop(locks.release_abandoned().await),
    }
}
