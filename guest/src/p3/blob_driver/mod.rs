//! The export `blob-driver`.

mod convert;
mod file_writer;
mod streams;

use wit_bindgen::{FutureReader, StreamReader};

use self::file_writer::Writer;
use self::streams::{content, end_of, read, uploads, walk};
use super::bindings::exports::ossicle::storage::blob_driver::{
    BlobOptions, Driver, DriverError, FileInfo, FileWriter, Guest, GuestDriver, PathListing, Seconds, SignedUrl,
    UploadInfo, UrlMethod,
};
use super::bindings::exports::ossicle::storage::types as wit;
use super::{Component, Wasi};
use crate::blob;
use crate::config::Config;
use crate::oss::PresignMethod;

impl Guest for Component {
    type Driver = blob::Driver<Wasi>;
    type FileWriter = Writer;
}

/// How a stream ended.
type Ended = FutureReader<Result<(), DriverError>>;

impl GuestDriver for blob::Driver<Wasi> {
    async fn from_parameters(parameters: Vec<(String, String)>) -> Result<Driver, DriverError> {
        let parameters = blob::Parameters::new(parameters).map_err(blob::DriverError::from)?;
        let (settings, options) = parameters.check().map_err(blob::DriverError::from)?;
        let driver = Self::new(Wasi, settings, options);
        blob::Driver::check(&driver).await?;
        Ok(Driver::new(driver))
    }

    fn open(config: wit::Config, options: BlobOptions) -> Result<Driver, DriverError> {
        let settings = Config::from(config).check().map_err(blob::DriverError::from)?;
        let options = blob::BlobOptions::from(options).check().map_err(blob::DriverError::from)?;
        Ok(Driver::new(Self::new(Wasi, settings, options)))
    }

    async fn check(&self) -> Result<(), DriverError> {
        Ok(blob::Driver::check(self).await?)
    }

    fn name(&self) -> String {
        blob::NAME.to_owned()
    }

    fn supply_credentials(&self, given: wit::TemporaryCredentials) -> Result<(), wit::Error> {
        Ok(self.credentials().supply(&Wasi, given.into())?)
    }

    fn supply_oidc_token(&self, token: String) -> Result<(), wit::Error> {
        Ok(self.credentials().supply_token(token.into())?)
    }

    async fn get_content(&self, path: String) -> Result<Vec<u8>, DriverError> {
        Ok(blob::Driver::get_content(self, &path).await?.into())
    }

    async fn put_content(&self, path: String, content: Vec<u8>) -> Result<(), DriverError> {
        Ok(blob::Driver::put_content(self, &path, content.into()).await?)
    }

    async fn read_stream(&self, path: String, offset: i64) -> Result<(StreamReader<u8>, Ended), DriverError> {
        Ok(read(blob::Driver::read(self, &path, offset).await?))
    }

    async fn write_stream(
        &self,
        path: String,
        offset: i64,
        stream: StreamReader<u8>,
        end: FutureReader<Result<(), String>>,
        size_hint: Option<u64>,
    ) -> Result<u64, DriverError> {
        Ok(blob::Driver::write_stream(self, &path, offset, content(stream), end_of(end), size_hint).await?)
    }

    async fn writer(&self, path: String, append: bool, size_hint: Option<u64>) -> Result<FileWriter, DriverError> {
        let writer = blob::Driver::writer(self, &path, append, size_hint).await?;
        Ok(FileWriter::new(Writer::new(path, writer)))
    }

    async fn stat(&self, path: String) -> Result<FileInfo, DriverError> {
        Ok(blob::Driver::stat(self, &path).await?.into())
    }

    async fn list(&self, path: String) -> Result<PathListing, DriverError> {
        let blob::PathListing { paths, left_out } = blob::Driver::list(self, &path).await?;
        Ok(PathListing { paths, left_out })
    }

    async fn walk(
        &self,
        path: String,
        start_after: Option<String>,
    ) -> Result<(StreamReader<FileInfo>, Ended), DriverError> {
        Ok(walk(blob::Driver::walk(self, &path, start_after.as_deref()).await?))
    }

    async fn move_(&self, source: String, destination: String) -> Result<(), DriverError> {
        Ok(self.move_file(&source, &destination).await?)
    }

    async fn delete(&self, path: String) -> Result<(), DriverError> {
        Ok(blob::Driver::delete(self, &path).await?)
    }

    async fn url_for(
        &self,
        path: String,
        method: UrlMethod,
        expiry: Option<Seconds>,
    ) -> Result<SignedUrl, DriverError> {
        let method = match method {
            UrlMethod::Get => PresignMethod::Get,
            UrlMethod::Head => PresignMethod::Head,
        };
        let signed = blob::Driver::url_for(self, &path, method, expiry).await?;
        Ok(SignedUrl { url: signed.url.to_string(), holds_for: signed.seconds, time_is_known: signed.time_is_known })
    }

    async fn list_uploads(
        &self,
        path: String,
        older_than: Seconds,
    ) -> Result<(StreamReader<UploadInfo>, Ended), DriverError> {
        Ok(uploads(blob::Driver::list_uploads(self, &path, older_than)?))
    }

    async fn remove_uploads(&self, uploads: Vec<UploadInfo>) -> Result<(), DriverError> {
        Ok(blob::Driver::remove_uploads(self, uploads.into_iter().map(Into::into).collect()).await?)
    }

    async fn remove_orphans(&self, older_than: Seconds) -> Result<u64, DriverError> {
        Ok(blob::Driver::remove_orphans(self, older_than).await?)
    }
}
