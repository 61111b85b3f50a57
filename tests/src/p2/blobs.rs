//! The component of blobs.

use std::sync::LazyLock;

use wasmtime::Store;
use wasmtime::component::ResourceAny;

use super::Client;
use super::bindings::blob_driver::{
    self, BlobOptions, DriverError, FileContent, FileInfo, FileState, PublishOptions, ReadCondition, UploadInfo,
    WriteOptions, WriterOptions, WriterStart, Written,
};
use super::config::config;
use super::instance::{Linked, State};
use crate::blobs::PART;
use crate::{Ground, Signature};

static LINKED: LazyLock<Linked> = LazyLock::new(|| Linked::new(ossicle_component::BLOBS_P2));

/// An instance with a driver whose parts are small enough for a test.
pub struct Blobs {
    store: Store<State>,
    guest: blob_driver::Guest,
    driver: ResourceAny,
}

/// On no condition.
static ANY: ReadCondition = ReadCondition { if_match: None, if_none_match: None };

/// As it comes.
static PLAIN: WriteOptions =
    WriteOptions { content_type: None, publish: PublishOptions { create_only: false, window: None } };

impl Blobs {
    /// A driver of a ground's bucket.
    pub async fn open(ground: &Ground, signature: Signature, client: Client) -> Self {
        let pre = LINKED.pre();
        let indices = blob_driver::GuestIndices::new(pre).expect("what it exports");
        let mut store = Linked::store(client);
        let instance = pre.instantiate_async(&mut store).await.expect("an instance");
        let guest = indices.load(&mut store, &instance).expect("its functions");
        let options = BlobOptions {
            part_size: Some(PART),
            parts_in_flight: None,
            storage_class: None,
            encryption: None,
            copy_threshold: None,
            copy_part_size: None,
            part_md5: None,
            url_endpoint: None,
            url_addressing: None,
        };
        let driver = guest.driver().call_open(&mut store, &config(ground, signature), &options).await;
        let driver = driver.expect("no trap").expect("a driver");
        Self { store, guest, driver }
    }

    /// `put-content`.
    pub async fn put(&mut self, path: &str, content: &[u8]) -> Result<Written, DriverError> {
        let driver = self.guest.driver();
        driver.call_put_content(&mut self.store, self.driver, path, content, &PLAIN).await.expect("no trap")
    }

    /// `get-content`.
    pub async fn get(&mut self, path: &str) -> Result<FileContent, DriverError> {
        self.guest.driver().call_get_content(&mut self.store, self.driver, path, &ANY).await.expect("no trap")
    }

    /// `stat`.
    pub async fn stat(&mut self, path: &str) -> Result<FileInfo, DriverError> {
        self.guest.driver().call_stat(&mut self.store, self.driver, path).await.expect("no trap")
    }

    /// `list`.
    pub async fn list(&mut self, path: &str) -> Result<Vec<String>, DriverError> {
        let listed = self.guest.driver().call_list(&mut self.store, self.driver, path).await.expect("no trap");
        listed.map(|listing| listing.paths)
    }

    /// `move`.
    pub async fn rename(&mut self, source: &str, destination: &str) -> Result<Written, DriverError> {
        let driver = self.guest.driver();
        driver.call_move(&mut self.store, self.driver, source, destination, PLAIN.publish).await.expect("no trap")
    }

    /// `delete`.
    pub async fn delete(&mut self, path: &str) -> Result<(), DriverError> {
        let deleted = self.guest.driver().call_delete(&mut self.store, self.driver, path, None).await;
        deleted.expect("no trap").map(drop)
    }

    /// `read-stream`.
    pub async fn read(
        &mut self,
        path: &str,
        offset: i64,
        length: Option<u64>,
    ) -> Result<(FileState, ResourceAny), DriverError> {
        let driver = self.guest.driver();
        driver.call_read_stream(&mut self.store, self.driver, path, offset, length, &ANY).await.expect("no trap")
    }

    /// `file-reader.read`.
    pub async fn next(&mut self, reader: ResourceAny, most: u32) -> Result<Vec<u8>, DriverError> {
        self.guest.file_reader().call_read(&mut self.store, reader, most).await.expect("no trap")
    }

    /// All of a file from an offset on, and how many pieces it came in.
    pub async fn read_all(&mut self, path: &str, offset: i64, most: u32) -> Result<(Vec<u8>, usize), DriverError> {
        let (_, reader) = self.read(path, offset, None).await?;
        let (mut bytes, mut pieces) = (Vec::new(), 0);
        loop {
            let piece = self.next(reader, most).await?;
            assert!(piece.len() <= most as usize);
            if piece.is_empty() {
                self.leave(reader).await;
                return Ok((bytes, pieces));
            }
            bytes.extend_from_slice(&piece);
            pieces += 1;
        }
    }

    /// `write-stream`.
    pub async fn write(&mut self, path: &str, offset: i64, size_hint: Option<u64>) -> ResourceAny {
        let driver = self.guest.driver();
        driver.call_write_stream(&mut self.store, self.driver, path, offset, size_hint, &PLAIN).await.expect("no trap")
    }

    /// `content-writer.write`.
    pub async fn add(&mut self, content: ResourceAny, bytes: &[u8]) -> Result<(), DriverError> {
        self.guest.content_writer().call_write(&mut self.store, content, bytes).await.expect("no trap")
    }

    /// `content-writer.finish`.
    pub async fn finish(&mut self, content: ResourceAny) -> Result<(u64, Written), DriverError> {
        self.guest.content_writer().call_finish(&mut self.store, content).await.expect("no trap")
    }

    /// `content-writer.cancel`.
    pub async fn give_up(&mut self, content: ResourceAny) -> Result<(), DriverError> {
        self.guest.content_writer().call_cancel(&mut self.store, content).await.expect("no trap")
    }

    /// `writer`.
    pub async fn writer(&mut self, path: &str, start: WriterStart) -> Result<ResourceAny, DriverError> {
        let options = WriterOptions { size_hint: None, content_type: None, at: None };
        let driver = self.guest.driver();
        driver.call_writer(&mut self.store, self.driver, path, &start, &options).await.expect("no trap")
    }

    /// `file-writer.write`.
    pub async fn append(&mut self, writer: ResourceAny, bytes: &[u8]) -> Result<(), DriverError> {
        self.guest.file_writer().call_write(&mut self.store, writer, bytes).await.expect("no trap")
    }

    /// `file-writer.size`.
    pub async fn size(&mut self, writer: ResourceAny) -> u64 {
        self.guest.file_writer().call_size(&mut self.store, writer).await.expect("no trap")
    }

    /// `file-writer.close`.
    pub async fn close(&mut self, writer: ResourceAny) -> Result<(), DriverError> {
        self.guest.file_writer().call_close(&mut self.store, writer).await.expect("no trap")
    }

    /// `file-writer.cancel`.
    pub async fn cancel(&mut self, writer: ResourceAny) -> Result<(), DriverError> {
        self.guest.file_writer().call_cancel(&mut self.store, writer).await.expect("no trap")
    }

    /// `file-writer.commit`.
    pub async fn commit(&mut self, writer: ResourceAny) -> Result<Written, DriverError> {
        self.guest.file_writer().call_commit(&mut self.store, writer, PLAIN.publish).await.expect("no trap")
    }

    /// `walk`, to its end.
    pub async fn walk(&mut self, path: &str) -> Result<Vec<String>, DriverError> {
        let walk = self.guest.driver().call_walk(&mut self.store, self.driver, path, None).await.expect("no trap")?;
        let mut paths = Vec::new();
        loop {
            let page = self.guest.directory_walk().call_next(&mut self.store, walk).await.expect("no trap")?;
            if page.is_empty() {
                return Ok(paths);
            }
            paths.extend(page.into_iter().map(|entry| entry.path));
        }
    }

    /// `list-uploads`, to its end, and OSS's clock.
    pub async fn uploads(&mut self, path: &str) -> Result<(Option<u64>, Vec<UploadInfo>), DriverError> {
        let listed = self.guest.driver().call_list_uploads(&mut self.store, self.driver, path, 0).await;
        let (date, list) = listed.expect("no trap")?;
        let mut uploads = Vec::new();
        loop {
            let page = self.guest.upload_list().call_next(&mut self.store, list).await.expect("no trap")?;
            if page.is_empty() {
                return Ok((date, uploads));
            }
            uploads.extend(page);
        }
    }

    /// `remove-uploads`.
    pub async fn remove_uploads(&mut self, uploads: &[UploadInfo]) -> Result<(), DriverError> {
        self.guest.driver().call_remove_uploads(&mut self.store, self.driver, uploads).await.expect("no trap")
    }

    /// Drops what a call gave.
    pub async fn leave(&mut self, resource: ResourceAny) {
        resource.resource_drop_async(&mut self.store).await.expect("no trap");
    }
}
