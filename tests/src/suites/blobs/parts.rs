//! D9 and V15: how large the parts of an upload are, and what comes of it when 10 000 of them are full.

use ossicle::ErrorKind;
use ossicle_emulator::Operation;

use crate::blobs::{PART, assert_is, assert_kind, assert_not_found, content};
use crate::{BUCKET, BlobDriver, BlobWriter as _, Ground};

/// The most parts that OSS takes.
const MOST: u64 = 10_000;

/// The sizes of the parts that were sent since the last time, the largest first: several are on their way at once.
fn sent(ground: &Ground) -> Vec<u64> {
    let requests = ground.emulator().requests();
    ground.take_counts();
    let parts = requests.into_iter().filter(|request| request.operation == Operation::UploadPart);
    let mut sizes: Vec<u64> = parts.map(|part| part.bytes_in).collect();
    sizes.sort_by(|one, other| other.cmp(one));
    sizes
}

/// The options that [`damaged`] wants.
pub fn damaged_options() -> ossicle::BlobOptions {
    ossicle::BlobOptions::new().part_size(PART).part_md5(true)
}

/// A part that is damaged on its way and carries an MD5 is not there for the next writer either: one that dies before it could
/// send it again leaves nothing that could be taken for good.
pub async fn damaged(blobs: &impl BlobDriver, ground: &Ground) {
    let whole = content(9, 3 * PART as usize);
    let (first, rest) = whole.split_at(2 * PART as usize);
    let mut dying = blobs.writer("/file", false, None).await.unwrap();
    ground.corrupt_requests(Operation::UploadPart);
    assert_is(&dying.refused(first).await, ErrorKind::Corrupt);
    drop(dying);
    ground.clear_faults();
    let mut writer = blobs.writer("/file", true, None).await.unwrap();
    let there = writer.size().await.unwrap() as usize;
    writer.write(&first[there..]).await.unwrap();
    writer.write(rest).await.unwrap();
    writer.commit().await.unwrap();
    assert!(blobs.read_all("/file", 0).await.unwrap() == whole, "{there} bytes were gone on with");
}

/// What is announced as larger than 10 000 parts of the size that is set has larger parts, the same to its end.
pub async fn growing(blobs: &impl BlobDriver, ground: &Ground) {
    for (announced, times) in
        [(MOST * PART, 1), (MOST * PART + 1, 2), (2 * MOST * PART, 2), (2 * MOST * PART + 1, 4), (10 * MOST * PART, 16)]
    {
        let part = times * PART;
        let whole = content(times, 3 * part as usize + 5);
        ground.take_counts();
        blobs.write("/file", 0, &whole[..], Some(announced)).await.unwrap();
        assert_eq!(sent(ground), [part, part, part, 5], "a stream of {announced}");
        assert!(ground.stored("/file").unwrap() == whole);

        // By writers, of which the later ones are told nothing.
        let mut at = 0;
        for (number, length) in [part as usize + 1, part as usize - 1, part as usize + 5].into_iter().enumerate() {
            let hint = (number == 0).then_some(announced);
            let mut writer = blobs.writer("/written", number > 0, hint).await.unwrap();
            writer.write(&whole[at..at + length]).await.unwrap();
            at += length;
            if number == 2 {
                writer.commit().await.unwrap();
            }
            writer.close().await.unwrap();
        }
        assert_eq!(sent(ground), [part, part, part, 5], "writers of {announced}");
        assert!(ground.stored("/written").unwrap() == whole);
    }
    // More than OSS holds is refused before anything is sent.
    let error = blobs.write("/file", 0, &b"x"[..], Some(60 << 40)).await;
    assert_kind(error, ErrorKind::Unsupported);
    assert_eq!(ground.requests(), 0);
}

/// What was not announced and grows beyond 10 000 parts is told what would have helped, and can be gone on with: here from
/// the last part on, so that it takes no GiB.
pub async fn full(blobs: &impl BlobDriver, ground: &Ground) {
    let part = content(15, PART as usize);
    ground.emulator().bucket(BUCKET).upload_raw(&ground.object("/full"), part.clone(), MOST as u32 - 1);
    let mut writer = blobs.writer("/full", true, None).await.unwrap();
    assert_eq!(writer.size().await.unwrap(), (MOST - 1) * PART);
    for more in [&[&part[..], b"x"].concat()[..], b"x"] {
        let error = writer.refused(more).await;
        assert_is(&error, ErrorKind::Unsupported);
        assert_eq!(error.path.as_deref(), Some("/full"));
        for told in ["10000 parts", "part-size", "size-hint"] {
            assert!(error.text.contains(told), "{error}");
        }
        assert!(!error.is_retryable());
        // What there was room for was taken, and is kept.
        assert_eq!(writer.size().await.unwrap(), MOST * PART);
        writer.close().await.unwrap();
        assert_eq!(ground.pending()[0].parts.len() as u64, MOST);
        assert_not_found(blobs.stat("/full").await, "/full");
        writer = blobs.writer("/full", true, None).await.unwrap();
        assert_eq!(writer.size().await.unwrap(), MOST * PART);
    }
    writer.commit().await.unwrap();
    assert_eq!(blobs.stat("/full").await.unwrap().size, MOST * PART);
    assert!(blobs.read_all("/full", (MOST - 1) * PART).await.unwrap() == part);
    assert_eq!(ground.pending(), []);
}
