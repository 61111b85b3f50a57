//! The export `text`: what `wasmtime run --invoke` can call.

use super::bindings::exports::ossicle::command::text::Guest;
use super::session::Session;
use super::trouble::CommandError;
use super::{Component, cert, lock};
use ossicle_face_storage::bindings::ossicle::storage::blob_driver::{PublishOptions, ReadCondition, WriteOptions};
use ossicle_terms::Action;

impl Guest for Component {
    async fn load_text(key: String) -> Result<String, String> {
        told(load(key).await)
    }

    async fn store_text(key: String, value: String) -> Result<(), String> {
        told(store(key, value).await)
    }

    async fn remove_key(key: String) -> Result<(), String> {
        told(remove(key).await)
    }

    async fn has_key(key: String) -> Result<bool, String> {
        told(has(key).await)
    }

    async fn list_keys(prefix: String) -> Result<Vec<String>, String> {
        told(list(prefix).await)
    }

    async fn lock_state(name: String) -> Result<String, String> {
        told(state(name).await)
    }

    async fn load_blob_text(path: String) -> Result<String, String> {
        told(load_blob(path).await)
    }

    async fn store_blob_text(path: String, content: String) -> Result<(), String> {
        told(store_blob(path, content).await)
    }

    async fn list_blobs(path: String) -> Result<Vec<String>, String> {
        told(list_blobs(path).await)
    }
}

fn told<T>(result: Result<T, CommandError>) -> Result<T, String> {
    result.map_err(|trouble| trouble.line())
}

async fn load(key: String) -> Result<String, CommandError> {
    let session = Session::gather()?;
    let loaded = session.certificates().await?.load(key.clone()).await;
    let value = loaded.map_err(|error| session.trouble(Action::Load, &key, error))?;
    String::from_utf8(value).map_err(|_binary| CommandError::NotText { key })
}

async fn store(key: String, value: String) -> Result<(), CommandError> {
    let session = Session::gather()?;
    let stored = session.certificates().await?.store(key.clone(), value.into_bytes()).await;
    stored.map_err(|error| session.trouble(Action::Store, &key, error))
}

async fn remove(key: String) -> Result<(), CommandError> {
    cert::remove(&key, false, false, &Session::gather()?).await.map(|_removed| ())
}

async fn has(key: String) -> Result<bool, CommandError> {
    let session = Session::gather()?;
    let exists = session.certificates().await?.exists(key.clone()).await;
    exists.map_err(|error| session.trouble(Action::Exists, &key, error))
}

async fn list(prefix: String) -> Result<Vec<String>, CommandError> {
    let session = Session::gather()?;
    let listed = session.certificates().await?.list(prefix.clone(), true).await;
    listed
        .map(|listing| listing.entries.into_iter().map(|entry| entry.key).collect())
        .map_err(|error| session.trouble(Action::List, &prefix, error))
}

async fn state(name: String) -> Result<String, CommandError> {
    let session = Session::gather()?;
    let info = session.locks().await?.inspect(name.clone()).await;
    let info = info.map_err(|error| session.lock_trouble(Action::Inspect, &name, error))?;
    Ok(lock::state(&info.state).to_owned())
}

async fn load_blob(path: String) -> Result<String, CommandError> {
    let session = Session::gather()?;
    let condition = ReadCondition { if_match: None, if_none_match: None };
    let got = session.blobs().await?.get_content(path.clone(), condition).await;
    let file = got.map_err(|error| session.blob_trouble(Action::Read, &path, error))?;
    String::from_utf8(file.content).map_err(|_binary| CommandError::NotText { key: path })
}

async fn store_blob(path: String, content: String) -> Result<(), CommandError> {
    let session = Session::gather()?;
    let options = WriteOptions { content_type: None, publish: PublishOptions { create_only: false, window: None } };
    let put = session.blobs().await?.put_content(path.clone(), content.into_bytes(), options).await;
    put.map(|_written| ()).map_err(|error| session.blob_trouble(Action::Write, &path, error))
}

async fn list_blobs(path: String) -> Result<Vec<String>, CommandError> {
    let session = Session::gather()?;
    let listed = session.blobs().await?.list(path.clone()).await;
    listed.map(|listing| listing.paths).map_err(|error| session.blob_trouble(Action::List, &path, error))
}
