//! ListMultipartUploads.

use crate::message::Method;

use crate::error::Error;
use crate::key::MAX_OBJECT_NAME;
use crate::oss::attempt::AttemptError;
use crate::oss::body::{MAX_DOCUMENT, read_whole};
use crate::oss::call::Call;
use crate::oss::client::Client;
use crate::oss::document::{self, DocumentError};
use crate::oss::headers;
use crate::oss::listing::decode;
use crate::ports::Ports;

/// Which uploads to list.
#[derive(Clone, Copy, Debug)]
pub struct UploadsRequest<'a> {
    /// The caller's key, for errors.
    pub key: Option<&'a str>,
    /// The prefix of the objects' names.
    pub prefix: &'a str,
    /// Where to continue: the last upload of the previous page.
    pub after: Option<&'a ListedUpload>,
}

/// An upload that was neither completed nor aborted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedUpload {
    /// The name of the object that the upload is for.
    pub name: String,
    /// Its id.
    pub upload_id: String,
    /// When the upload was initiated, in seconds since 1970.
    pub initiated: u64,
}

/// One page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uploads {
    /// The uploads, by name and then by id.
    pub uploads: Vec<ListedUpload>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// The answer's `Date`, in seconds since 1970.
    pub date: Option<u64>,
}

impl<P: Ports> Client<P> {
    /// ListMultipartUploads: one page of at most 1000 uploads. 1 request.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Corrupt`] when the page is not one of this request's, and anything a request can fail
    /// with.
    pub async fn list_uploads(&self, request: &UploadsRequest<'_>) -> Result<Uploads, Error> {
        let mut call = Call::new("ListMultipartUploads", Method::Get, request.key, None)
            .flag("uploads")
            .param("max-uploads", "1000")
            .param("encoding-type", "url");
        if !request.prefix.is_empty() {
            call = call.param("prefix", request.prefix);
        }
        if let Some(last) = request.after {
            // OSS ignores an id without a name.
            call = call.param("key-marker", &last.name).param("upload-id-marker", &last.upload_id);
        }
        self.perform(&call, async |received| {
            let (headers, bytes) = read_whole(received, MAX_DOCUMENT).await?;
            let page = read_page(&bytes)?;
            check_page(&page, request)?;
            Ok(Uploads { date: headers::date(&headers, "date"), ..page })
        })
        .await
    }
}

pub(in crate::oss) fn read_page(bytes: &[u8]) -> Result<Uploads, DocumentError> {
    let mut page = Uploads::default();
    let mut upload = ListedUpload::default();
    let (mut truncated, mut is_encoded) = (None, false);
    document::read(bytes, "ListMultipartUploadsResult", |path, text| {
        match path {
            ["IsTruncated"] => truncated = text.parse().ok(),
            ["EncodingType"] => is_encoded = text == "url",
            ["Upload", "Key"] => upload.name = decode(text, "Key")?,
            ["Upload", "UploadId"] => upload.upload_id = text.to_owned(),
            ["Upload", "Initiated"] => {
                upload.initiated = headers::document_date(text).ok_or(DocumentError::WrongElement("Initiated"))?;
            }
            ["Upload"] => page.uploads.push(std::mem::take(&mut upload)),
            _ => {}
        }
        Ok(())
    })?;
    if !is_encoded {
        return Err(DocumentError::WrongElement("EncodingType"));
    }
    page.is_truncated = truncated.ok_or(DocumentError::WrongElement("IsTruncated"))?;
    Ok(page)
}

/// The position of an upload in a listing.
fn place(upload: &ListedUpload) -> (&str, &str) {
    (&upload.name, &upload.upload_id)
}

/// Checks that a page matches its request: a caller may be about to abort the listed uploads. After a marker OSS
/// returns only later names, and greater ids of the same name, so the markers of a listing ascend and it ends.
pub(in crate::oss) fn check_page(page: &Uploads, request: &UploadsRequest<'_>) -> Result<(), AttemptError> {
    let marker = request.after.map(place);
    let sound = page.uploads.iter().all(|upload| {
        upload.name.starts_with(request.prefix)
            && (1..=MAX_OBJECT_NAME).contains(&upload.name.len())
            && !upload.upload_id.is_empty()
            && marker.is_none_or(|marker| place(upload) > marker)
    }) && page.uploads.is_sorted_by(|left, right| left.name <= right.name)
        && !(page.is_truncated && page.uploads.is_empty());
    if sound { Ok(()) } else { Err(AttemptError::corrupt("the list of uploads is not the one asked for")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<ListMultipartUploadsResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\
        <Upload><Key>a%2Fb</Key><UploadId>1</UploadId><Initiated>2022-12-28T10:27:41.000Z</Initiated></Upload>\
        <Upload><Key>a%2Fb</Key><UploadId>2</UploadId><Initiated>2022-12-28T10:27:42.000Z</Initiated></Upload>\
        </ListMultipartUploadsResult>";

    #[test]
    fn a_page() {
        let page = read_page(PAGE.as_bytes()).unwrap();
        assert!(page.is_truncated);
        let first = ListedUpload { name: "a/b".into(), upload_id: "1".into(), initiated: 1_672_223_261 };
        assert_eq!(page.uploads[0], first);
        let request = UploadsRequest { key: None, prefix: "a/", after: None };
        assert!(check_page(&page, &request).is_ok());
        assert!(check_page(&page, &UploadsRequest { prefix: "b/", ..request }).is_err());
        assert!(check_page(&page, &UploadsRequest { after: Some(&first), ..request }).is_err());
        // 8.7: ids that alternate from page to page.
        let last = page.uploads[1].clone();
        assert!(check_page(&page, &UploadsRequest { after: Some(&last), ..request }).is_err());
        let only_last = Uploads { uploads: vec![last], ..page.clone() };
        assert!(check_page(&only_last, &UploadsRequest { after: Some(&first), ..request }).is_ok());
        let long = ListedUpload { name: ["a/", &"b".repeat(1022)].concat(), ..first.clone() };
        assert!(check_page(&Uploads { uploads: vec![long], ..page.clone() }, &request).is_err());
        let later = ListedUpload { name: "a/c".into(), ..first };
        assert!(check_page(&page, &UploadsRequest { after: Some(&later), ..request }).is_err());
        let turned = Uploads { uploads: vec![later, page.uploads[0].clone()], ..page.clone() };
        assert!(check_page(&turned, &request).is_err());
        assert!(check_page(&Uploads { uploads: Vec::new(), ..page }, &request).is_err());
        for part in
            ["<EncodingType>url</EncodingType>", "<IsTruncated>true</IsTruncated>", "</ListMultipartUploadsResult>"]
        {
            assert!(read_page(PAGE.replace(part, "").as_bytes()).is_err(), "{part}");
        }
    }
}
