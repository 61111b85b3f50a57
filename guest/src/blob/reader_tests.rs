//! Reading against a server that does what OSS should not.

use super::{BlobOptions, Driver, DriverError, ReadOptions};
use crate::checksum::crc64;
use crate::error::ErrorKind;
use crate::ports::Body as _;
use crate::testing::{Act, Scripted, settings};

const WHOLE: &str = "0123456789";

/// Reads the file in both ways, which must come to the same by the same requests.
fn read(offset: i64, script: Vec<Act>) -> (Result<Vec<u8>, DriverError>, Vec<String>) {
    let checked = run(script.clone(), async |driver| {
        let mut reader = driver.read("/f", offset, ReadOptions::default()).await?;
        let mut whole = Vec::new();
        while let Some(chunk) = reader.chunk().await? {
            whole.extend_from_slice(&chunk);
        }
        Ok(whole)
    });
    let unchecked = run(script, async |driver| {
        let mut read = driver.read_unchecked("/f", offset, ReadOptions::default()).await?;
        let (mut whole, mut body) = (Vec::new(), read.take_body());
        loop {
            while let Some(chunk) = body.as_mut().expect("something to read").chunk().await.unwrap() {
                whole.extend_from_slice(&chunk);
            }
            let sum = read.crc64().map(|_| crc64(&whole));
            match read.next(whole.len() as u64, sum, None).await? {
                Some(rest) => body = Some(rest),
                None => return Ok(whole),
            }
        }
    });
    assert_eq!(format!("{checked:?}"), format!("{unchecked:?}"));
    checked
}

fn run(
    script: Vec<Act>,
    read: impl AsyncFn(Driver<Scripted>) -> Result<Vec<u8>, DriverError>,
) -> (Result<Vec<u8>, DriverError>, Vec<String>) {
    let network = Scripted::new(script);
    let driver =
        Driver::new(network.clone(), settings(|_| {}), BlobOptions::default().check(&settings(|_| {})).unwrap());
    let result = network.run(read(driver));
    let sent = network.sent();
    (result, sent.iter().map(|sent| [sent.header("range"), " ", sent.header("if-match")].concat()).collect())
}

/// An answer of `body`, of an object that is ten bytes long.
fn part(status: u16, from: usize, body: &'static str) -> Act {
    let length = WHOLE.len() - from;
    Act::answer(status, body)
        .with("content-length", length.to_string())
        .with("etag", "\"E\"")
        .with("x-oss-hash-crc64ecma", crc64(WHOLE.as_bytes()).to_string())
        .with("content-range", format!("bytes {from}-9/10"))
}

#[test]
fn a_body_that_ends_early_is_gone_on_after() {
    let (read, sent) = read(0, vec![part(200, 0, "012"), part(206, 3, "3456"), part(206, 7, "789")]);
    assert_eq!(read.unwrap(), WHOLE.as_bytes());
    assert_eq!(sent, [" ", "bytes=3- \"E\"", "bytes=7- \"E\""]);
    let (read, sent) = self::read(2, vec![part(206, 2, "23456"), part(206, 7, "789")]);
    assert_eq!(read.unwrap(), &WHOLE.as_bytes()[2..]);
    assert_eq!(sent, ["bytes=2- ", "bytes=7- \"E\""]);
}

#[test]
fn r1_a_range_that_is_ignored_is_an_error() {
    for script in [vec![part(200, 0, WHOLE)], vec![part(200, 4, "456789")]] {
        let (read, _) = read(4, script);
        let error = read.unwrap_err();
        assert_eq!((error.kind(), error.offset), (Some(ErrorKind::Service), Some(4)));
        assert!(error.to_string().contains("200 instead of 206"), "{error}");
    }
    let (read, _) = read(0, vec![part(200, 0, "012"), part(200, 0, WHOLE)]);
    assert_eq!(read.unwrap_err().kind(), Some(ErrorKind::Service));
}

#[test]
fn another_range_than_the_one_asked_for() {
    let wrong = || part(206, 2, "23456789");
    let (read, sent) = read(4, vec![wrong(), wrong(), wrong()]);
    assert_eq!((read.unwrap_err().kind(), sent.len()), (Some(ErrorKind::Corrupt), 3));
}

#[test]
fn more_than_was_stated() {
    let (read, _) = read(4, vec![part(206, 4, "4567890123")]);
    assert_eq!(read.unwrap_err().kind(), Some(ErrorKind::Corrupt));
}

#[test]
fn another_byte_than_was_stated() {
    for script in [vec![part(200, 0, "0123456780")], vec![part(200, 0, "0123"), part(206, 4, "456780")]] {
        let (read, _) = read(0, script);
        let error = read.unwrap_err();
        assert_eq!(error.kind(), Some(ErrorKind::Corrupt));
        assert!(format!("{error:?}").contains("request_id: Some(\"R\")"), "{error:?}");
    }
}

#[test]
fn what_the_caller_of_an_unchecked_read_says_is_judged() {
    let next = |received, sum| {
        let told = run(vec![part(200, 0, WHOLE), part(206, 4, "456789")], async |driver| {
            let mut read = driver.read_unchecked("/f", 0, ReadOptions::default()).await?;
            assert!(read.next(4, None, Some("it broke")).await?.is_some());
            read.next(received, sum, None).await.map(|rest| vec![u8::from(rest.is_some())])
        });
        told.0.map_err(|error| (error.kind(), error.to_string()))
    };
    assert_eq!(next(10, Some(crc64(WHOLE.as_bytes()))), Ok(vec![0]));
    for (received, sum, kind, words) in [
        (10, Some(1), ErrorKind::Corrupt, "CRC-64"),
        (10, None, ErrorKind::Corrupt, "CRC-64"),
        (11, None, ErrorKind::Corrupt, "more bytes"),
        (3, None, ErrorKind::Conflict, "fewer bytes"),
    ] {
        let (found, message) = next(received, sum).unwrap_err();
        assert!(found == Some(kind) && message.contains(words), "{message}");
    }
}

#[test]
fn breaks_without_a_byte_between_them_are_counted() {
    let empty = |status| part(status, 0, "");
    let (result, sent) = read(0, vec![empty(200), empty(200), empty(200)]);
    let error = result.unwrap_err();
    assert_eq!((error.kind(), sent.len()), (Some(ErrorKind::Unavailable), 3));
    assert!(error.to_string().contains("at byte 0 of 10"), "{error}");
    let (result, _) = read(0, vec![empty(200), empty(200), part(200, 0, WHOLE)]);
    assert_eq!(result.unwrap(), WHOLE.as_bytes());
}

#[test]
fn without_an_etag_nothing_is_gone_on_with() {
    let (result, _) = read(0, vec![part(200, 0, "012").without("etag")]);
    assert_eq!(result.unwrap_err().kind(), Some(ErrorKind::Unavailable));
}
