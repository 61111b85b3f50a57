//! The export `blob-driver`.

mod convert;

#[cfg(not(feature = "p2"))]
use wit_bindgen::{FutureReader, StreamReader};

#[cfg(feature = "p2")]
use super::bindings::exports::ossicle::storage::blob_driver::ContentWriter;
use super::bindings::exports::ossicle::storage::blob_driver::{
    BlobOptions, DirectoryPage, Driver, DriverError, FileContent, FileInfo, FileState, FileTail, FileWriter, Guest,
    GuestDriver, PageOptions, PathListing, PublishOptions, ReadCondition, Removed, Seconds, SignedUrl, UploadInfo,
    UrlMethod, Window, WriteOptions, WriterOptions, WriterStart, Written,
};
#[cfg(not(feature = "p2"))]
use super::bindings::exports::ossicle::storage::blob_driver::{UncheckedContent, UncheckedRead};
use super::bindings::exports::ossicle::storage::types as wit;
#[cfg(feature = "p2")]
use super::p2::{ContentUpload, Writer, streams};
#[cfg(not(feature = "p2"))]
use super::p3::{IncomingBody, Unchecked, Writer, streams};
use super::{Component, Wasi};
use crate::blob;
use crate::config::Config;
use crate::oss::PresignMethod;

impl Guest for Component {
    type Driver = blob::Driver<Wasi>;
    type FileWriter = Writer;
    #[cfg(not(feature = "p2"))]
    type UncheckedRead = Unchecked;
    #[cfg(feature = "p2")]
    type ContentWriter = ContentUpload;
    #[cfg(feature = "p2")]
    type DirectoryWalk = streams::Walk;
    #[cfg(feature = "p2")]
    type FileReader = streams::Reader;
    #[cfg(feature = "p2")]
    type UploadList = streams::Uploads;
}

impl GuestDriver for blob::Driver<Wasi> {
    calls! {
        async fn from_parameters(parameters: Vec<(String, String)>) -> Result<Driver, DriverError> {
            let parameters = blob::Parameters::new(parameters).map_err(blob::DriverError::from)?;
            let (settings, options) = parameters.check().map_err(blob::DriverError::from)?;
            let driver = Self::new(Wasi, settings, options);
            blob::Driver::check(&driver).await?;
            Ok(Driver::new(driver))
        }

        async fn open(config: wit::Config, options: BlobOptions) -> Result<Driver, DriverError> {
            let settings = Config::from(config).check().map_err(blob::DriverError::from)?;
            let options = blob::BlobOptions::from(options).check(&settings).map_err(blob::DriverError::from)?;
            Ok(Driver::new(Self::new(Wasi, settings, options)))
        }

        async fn check(&self) -> Result<(), DriverError> {
            blob::Driver::check(self).await?;
            Ok(())
        }

        async fn get_content(&self, path: String, condition: ReadCondition) -> Result<FileContent, DriverError> {
            Ok(blob::Driver::get_content(self, &path, (&condition).into()).await?.into())
        }

        async fn read_tail(&self, path: String, length: u64, condition: ReadCondition) -> Result<FileTail, DriverError> {
            Ok(blob::Driver::read_tail(self, &path, length, (&condition).into()).await?.into())
        }

        async fn put_content(&self, path: String, content: Vec<u8>, options: WriteOptions) -> Result<Written, DriverError> {
            Ok(blob::Driver::put_content(self, &path, content.into(), &options.into()).await?.into())
        }

        async fn append(
            &self,
            path: String,
            position: u64,
            before: Option<u64>,
            content: Vec<u8>,
            window: Option<Window>,
        ) -> Result<Written, DriverError> {
            let window = window.map(Into::into);
            Ok(blob::Driver::append(self, &path, position, before, content.into(), window).await?.into())
        }

        async fn read_stream(
            &self,
            path: String,
            offset: i64,
            length: Option<u64>,
            condition: ReadCondition,
        ) -> Result<streams::Read, DriverError> {
            let options = blob::ReadOptions { length, condition: (&condition).into() };
            Ok(streams::read(blob::Driver::read(self, &path, offset, options).await?))
        }

        async fn writer(
            &self,
            path: String,
            start: WriterStart,
            options: WriterOptions,
        ) -> Result<FileWriter, DriverError> {
            let writer = blob::Driver::writer(self, &path, (&start).into(), &options.into()).await?;
            Ok(FileWriter::new(Writer::new(path, writer)))
        }

        async fn stat_file(&self, path: String) -> Result<FileState, DriverError> {
            Ok(blob::Driver::stat_file(self, &path).await?.into())
        }

        async fn stat(&self, path: String) -> Result<FileInfo, DriverError> {
            Ok(blob::Driver::stat(self, &path).await?.into())
        }

        async fn list(&self, path: String) -> Result<PathListing, DriverError> {
            let blob::PathListing { paths, left_out } = blob::Driver::list(self, &path).await?;
            Ok(PathListing { paths, left_out })
        }

        async fn list_page(&self, path: String, options: PageOptions) -> Result<DirectoryPage, DriverError> {
            let PageOptions { recursive, start_after, limit } = options;
            let options = blob::PageOptions { recursive, start_after: start_after.as_deref(), limit };
            Ok(blob::Driver::list_page(self, &path, options).await?.into())
        }

        async fn walk(
            &self,
            path: String,
            start_after: Option<String>,
        ) -> Result<streams::Walked, DriverError> {
            Ok(streams::walk(blob::Driver::walk(self, &path, start_after.as_deref()).await?))
        }

        async fn copy(&self, source: String, destination: String, options: PublishOptions) -> Result<Written, DriverError> {
            Ok(self.copy_file(&source, &destination, options.into()).await?.into())
        }

        async fn move_(
            &self,
            source: String,
            destination: String,
            options: PublishOptions,
        ) -> Result<Written, DriverError> {
            Ok(self.move_file(&source, &destination, options.into()).await?.into())
        }

        async fn delete(&self, path: String, window: Option<Window>) -> Result<Removed, DriverError> {
            Ok(blob::Driver::delete(self, &path, window.map(Into::into)).await?.into())
        }

        async fn delete_files(&self, paths: Vec<String>, window: Option<Window>) -> Result<Removed, DriverError> {
            Ok(blob::Driver::delete_files(self, &paths, window.map(Into::into)).await?.into())
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
        ) -> Result<streams::Listed, DriverError> {
            Ok(streams::uploads(blob::Driver::list_uploads(self, &path, older_than).await?))
        }

        async fn remove_uploads(&self, uploads: Vec<UploadInfo>) -> Result<(), DriverError> {
            Ok(blob::Driver::remove_uploads(self, uploads.into_iter().map(Into::into).collect()).await?)
        }

        async fn remove_orphans(&self, older_than: Seconds) -> Result<u64, DriverError> {
            Ok(blob::Driver::remove_orphans(self, older_than).await?)
        }
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

    fn current_credentials(&self) -> Option<wit::TemporaryCredentials> {
        self.credentials().current(&Wasi).map(Into::into)
    }

    fn adopt_credentials(&self, given: wit::TemporaryCredentials) -> Result<(), wit::Error> {
        Ok(self.credentials().adopt(&Wasi, given.into())?)
    }

    #[cfg(not(feature = "p2"))]
    async fn read_unchecked(
        &self,
        path: String,
        offset: i64,
        length: Option<u64>,
        condition: ReadCondition,
    ) -> Result<(UncheckedRead, UncheckedContent, StreamReader<u8>), DriverError> {
        let options = blob::ReadOptions { length, condition: (&condition).into() };
        let mut read = blob::Driver::read_unchecked(self, &path, offset, options).await?;
        let content =
            UncheckedContent { state: read.state().clone().into(), length: read.remaining(), crc64: read.crc64() };
        let (stream, transmission) = IncomingBody::handed_on(read.take_body());
        Ok((UncheckedRead::new(Unchecked::new(path, read, transmission)), content, stream))
    }

    #[cfg(not(feature = "p2"))]
    async fn write_stream(
        &self,
        path: String,
        offset: i64,
        stream: StreamReader<u8>,
        end: FutureReader<Result<(), String>>,
        size_hint: Option<u64>,
        options: WriteOptions,
    ) -> Result<(u64, Written), DriverError> {
        let (stream, end, options) = (streams::content(stream), streams::end_of(end), options.into());
        let (count, written) =
            blob::Driver::write_stream(self, &path, offset, stream, end, size_hint, &options).await?;
        Ok((count, written.into()))
    }

    #[cfg(feature = "p2")]
    fn write_stream(&self, path: String, offset: i64, size_hint: Option<u64>, options: WriteOptions) -> ContentWriter {
        ContentWriter::new(ContentUpload::begin(self.clone(), path, offset, size_hint, options.into()))
    }
}
