//! Fuzz targets of what OSS answers: documents and headers.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::listing::{ListFrom, ListRequest};
use super::multipart::{UploadsRequest, list_parts, list_uploads};
use super::{answer, attempt, batch, document, listing, object, tail};
use crate::config::Settings;
use crate::fuzzing::{Input, settings};
use crate::message::ResponseHeaders;
use crate::signature::Moment;

const SECRET: &str = "canary";

fn redact(text: &str) -> String {
    text.replace(SECRET, "[redacted]")
}

/// Any bytes as a document of OSS's: what is taken is within its bounds, and no error holds a secret that OSS echoed.
pub(crate) fn xml(data: &[u8]) {
    let Some((&mode, data)) = data.split_first() else { return };
    match mode % 10 {
        0 => {
            let (answer, _) = answer::read_error(403, &ResponseHeaders::new(Vec::new()), data, &redact);
            assert!(answer.message.chars().count() <= 512 && answer.code.chars().count() <= 512);
            assert!(!format!("{answer:?} {answer}").contains(SECRET), "{answer:?}");
            let _ = answer::classify(&answer);
        }
        1 => error_of_head(mode & 16 == 0, data),
        2 | 3 => page(mode, data),
        4 => parts(u32::from(mode >> 4), data),
        5 => {
            if let Ok(page) = list_uploads::read_page(data) {
                let request = UploadsRequest { key: None, prefix: "a", after: None };
                let _ = list_uploads::check_page(&page, &request);
            }
        }
        6 => drop(batch::read_result(data)),
        7 => {
            for (root, name) in [
                ("CopyObjectResult", "ETag"),
                ("CopyPartResult", "ETag"),
                ("CompleteMultipartUploadResult", "ETag"),
                ("InitiateMultipartUploadResult", "UploadId"),
            ] {
                if let Ok(text) = document::element(data, root, name) {
                    assert!(!text.is_empty());
                }
            }
        }
        _ => written_again(mode & 16 != 0, data),
    }
}

/// The document of a HEAD stands in a header, in base64.
fn error_of_head(is_encoded: bool, data: &[u8]) {
    let value = if is_encoded { STANDARD.encode(data).into_bytes() } else { data.to_vec() };
    let headers = ResponseHeaders::new(vec![("x-oss-err".into(), value), ("x-oss-request-id".into(), data.to_vec())]);
    thread_local!(static SETTINGS: Settings = settings("", false));
    let error = SETTINGS.with(|settings| attempt::AttemptError::refused(404, &headers, b"", &redact, settings));
    assert!(!format!("{error:?}").contains(SECRET), "{error:?}");
}

fn page(mode: u8, data: &[u8]) {
    let Ok((page, token)) = listing::read_page(data) else { return };
    let prefix = if mode & 16 == 0 { "d/" } else { "" };
    let request = ListRequest { key: None, prefix, one_level: mode & 32 == 0, from: ListFrom::Start, max_keys: 1000 };
    if let Ok(page) = listing::continued(page, token, &request) {
        assert!(page.objects.iter().all(|object| object.name.starts_with(prefix)));
        // 8.1, 8.7: no name is longer than OSS allows, and they ascend.
        assert!(page.objects.is_sorted_by(|left, right| left.name < right.name));
        assert!(page.objects.iter().all(|object| object.name.len() <= 1023));
        assert!(page.objects.len() + page.prefixes.len() <= 1000);
    }
}

fn parts(after: u32, data: &[u8]) {
    if let Ok((parts, next)) = list_parts::read_page(data, after) {
        assert!(parts.windows(2).all(|pair| pair[0].number < pair[1].number));
        assert!(next.is_none_or(|next| next > after));
    }
}

/// A document made of the texts that were read from another one gives the same texts.
fn written_again(is_written: bool, data: &[u8]) {
    let read = |bytes: &[u8]| {
        let mut texts = Vec::new();
        document::read(bytes, "Root", |path, text| {
            texts.push((path.join("/"), text.to_owned()));
            Ok(())
        })
        .map(|()| texts)
    };
    let Ok(texts) = read(data) else { return };
    if !is_written {
        return;
    }
    let is_name = |name: &str| {
        name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    // A carriage return is read as the end of a line. Two elements of a name are refused where they hold text alone, as all
    // of these do when they are written again; where they were read they may have held elements.
    let names: Vec<String> = texts.iter().map(|(path, _)| path.clone()).collect();
    let is_alone = |path: &str| names.iter().filter(|name| *name == path).count() == 1;
    let texts: Vec<_> =
        texts.into_iter().filter(|(path, text)| is_name(path) && is_alone(path) && !text.contains('\r')).collect();
    let mut written = String::from("<Root>");
    for (name, text) in &texts {
        written.extend(["<", name, ">", &document::escape(text), "</", name, ">"]);
    }
    written.push_str("</Root>");
    assert_eq!(read(written.as_bytes()).expect("our own document"), texts, "{written:?}");
}

/// Any text as a header: dates and ranges mean what reference parsers say.
pub(crate) fn headers(data: &[u8]) {
    let Some((&mode, data)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(data);
    let fields = || {
        ResponseHeaders::new(vec![
            ("retry-after".into(), data.to_vec()),
            ("date".into(), b"Wed, 28 Dec 2022 10:27:41 GMT".to_vec()),
            ("content-length".into(), data.to_vec()),
        ])
    };
    match mode % 6 {
        0 => http_date(&text),
        1 => document_date(&text),
        2 => drop(attempt::retry_after(&fields())),
        3 => content_range(mode & 64 == 0, &text, data),
        4 => {
            let fields = fields();
            let _ = (fields.content_length(), fields.get("retry-after"));
            if let Some(number) = fields.number("content-length") {
                let digits = text.trim_start_matches('+').trim_start_matches('0');
                assert!(number == 0 || digits == number.to_string(), "{text:?} {number}");
            }
        }
        _ => moment(data),
    }
}

fn http_date(text: &str) {
    const FORMAT: &[BorrowedFormatItem<'static>] =
        format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
    let reference = |text: &str| {
        let moment = PrimitiveDateTime::parse(text, FORMAT).ok()?;
        u64::try_from(moment.assume_utc().unix_timestamp()).ok()
    };
    match (super::headers::http_date(text), reference(text)) {
        (own, Some(other)) => assert!(own == Some(other) || !text.is_ascii() || text.len() != 29, "{text:?} {own:?}"),
        // Ours does not look at the day of the week.
        (Some(own), None) => {
            let mut days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].into_iter();
            assert!(days.any(|day| reference(&[day, &text[3..]].concat()) == Some(own)), "{text:?} {own}");
        }
        (None, None) => {}
    }
}

fn document_date(text: &str) {
    let reference = OffsetDateTime::parse(text, &Rfc3339);
    let reference = reference.ok().and_then(|moment| u64::try_from(moment.unix_timestamp()).ok());
    match (super::headers::document_date(text), reference) {
        // The reference takes no more than nine digits of a second.
        (Some(own), other) => assert!(other == Some(own) || text.len() > 30, "{text:?} {own} {other:?}"),
        // Ours takes Universal Time alone, and no leap second.
        (None, Some(_)) => assert!(!text.ends_with('Z') || !text.contains('T') || text.contains(":60"), "{text:?}"),
        (None, None) => {}
    }
}

fn content_range(is_made: bool, text: &str, data: &[u8]) {
    let mut input = Input::new(data);
    let (first, second, third) = (input.number(), input.number(), input.number());
    let text = if is_made {
        format!("bytes {}-{}/{}", input.number(), input.number(), input.number())
    } else {
        text.to_owned()
    };
    if let Some(size) = tail::size_of(&text, first, second) {
        assert!(first <= size && first <= second, "{text}");
    }
    if let Some(size) = object::size_of(&text, &(first..second), third) {
        assert!(first <= size && third <= size, "{text} {first} {second} {third}");
    }
}

/// A moment reads back from each form that it is written in.
fn moment(data: &[u8]) {
    let moment = Moment::since_epoch(Duration::new(Input::new(data).number(), 5));
    let (http, iso) = (moment.http(), moment.iso());
    assert_eq!(super::headers::http_date(&http), Some(moment.unix() as u64), "{http}");
    assert_eq!(super::headers::document_date(&iso), Some(moment.unix() as u64), "{iso}");
    assert_eq!(moment.basic(), iso.replace(['-', ':'], ""));
}
