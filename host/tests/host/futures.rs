//! Futures and handles can be passed to other tasks: checked by the compiler. Nothing is sent by any of them.

use crate::support::tenant;
use bytes::Bytes;
use ossicle::{
    Blobs, Certificates, Download, Engine, Limits, LockGuard, Locker, PageOptions, PublishOptions, ReadCondition,
    ReadOptions, Tenant, Tenants, UploadInfo, UrlMethod, WriteOptions, Writer, WriterOptions, WriterStart,
};
use std::time::Duration;
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite};

fn is_passed_on<T: Send + 'static>(value: T) {
    drop(value);
}

fn is_future<F: Future + Send + 'static>(future: F) {
    is_passed_on(future);
}

fn is_handle<T: Clone + Send + Sync + 'static>() {}

fn is_reader<T: AsyncRead + AsyncBufRead + futures_util::Stream + Send + Unpin + 'static>() {}

fn is_writer<T: AsyncWrite + Send + Unpin + 'static>() {}

#[tokio::test]
async fn futures_are_send_and_borrow_nothing() {
    is_handle::<Engine>();
    is_handle::<Tenant>();
    is_handle::<Tenants>();
    is_handle::<Certificates>();
    is_handle::<Blobs>();
    is_reader::<Download>();
    is_writer::<Writer>();
    is_passed_on(None::<LockGuard>);

    let tenant = tenant(Limits::default());
    is_future(tenant.recycle());
    is_future(tenant.close());
    is_future(tenant.close_within(Duration::ZERO));

    let certificates = tenant.certificates();
    is_future(certificates.store("k", "v"));
    is_future(certificates.load("k"));
    is_future(certificates.load_value("k"));
    is_future(certificates.list("", true));
    is_future(certificates.stat("k"));
    is_future(certificates.exists("k"));
    is_future(certificates.delete("k"));
    is_future(certificates.reencrypt("k"));

    let locks = tenant.locks();
    is_future(locks.hold("l", Duration::ZERO));
    is_future(locks.lock("l", Duration::ZERO));
    is_future(locks.inspect("l"));
    is_future(locks.break_lock("l", 1));
    let locker = locks.locker();
    is_future(locker.lock("l"));
    is_future(locker.try_lock("l"));
    is_future(locker.renew_lock_lease("l", Duration::ZERO));
    is_future(locker.unlock("l"));
    is_future(locker.unlock_all());
    is_passed_on::<Locker>(locker);

    let blobs = tenant.blobs();
    is_future(blobs.check());
    is_future(blobs.get("/f"));
    is_future(blobs.get_with("/f", ReadCondition::new()));
    is_future(blobs.read_tail("/f", 1, ReadCondition::new()));
    is_future(blobs.read("/f", 0));
    is_future(blobs.read_with("/f", 0, ReadOptions::new()));
    is_future(blobs.put("/f", "content"));
    is_future(blobs.put_with("/f", "content", WriteOptions::new()));
    is_future(blobs.append("/f", 0, None, "content", None));
    is_future(blobs.write("/f", 0, &b"content"[..], None));
    is_future(blobs.write_with("/f", 0, tokio::io::empty(), None, WriteOptions::new()));
    is_future(blobs.writer("/f", true, None));
    is_future(blobs.writer_with("/f", WriterStart::Anew, WriterOptions::new()));
    is_future(blobs.stat("/f"));
    is_future(blobs.stat_file("/f"));
    is_future(blobs.list("/"));
    is_future(blobs.list_page("/", PageOptions::new()));
    is_future(blobs.walk("/", None));
    is_future(blobs.rename("/f", "/g"));
    is_future(blobs.copy("/f", "/g", PublishOptions::new()));
    is_future(blobs.delete("/f"));
    is_future(blobs.delete_files(vec!["/f".to_owned()], None));
    is_future(blobs.url("/f", UrlMethod::Get, None));
    is_future(blobs.uploads("/", Duration::ZERO));
    is_future(blobs.remove_uploads(&[UploadInfo::new("/f", "id", std::time::SystemTime::now())]));
    is_future(blobs.remove_orphans(Duration::ZERO));
    assert_eq!(tenant.metrics().instances, 0);
}

/// Never run: a writer and a guard are not had without a bucket.
#[allow(dead_code, reason = "the compiler's judgement is the test")]
fn theirs_too(writer: &mut Writer, guard: &LockGuard) {
    is_future(writer.write(&b"content"[..]));
    is_future(writer.write_stream(futures_util::stream::empty::<std::io::Result<Bytes>>()));
    is_future(writer.size());
    is_future(writer.upload_id());
    is_future(writer.stored());
    is_future(writer.close());
    is_future(writer.cancel());
    is_future(writer.commit_with(PublishOptions::new()));
    is_future(guard.renew(Duration::ZERO));
    is_future(guard.store("k", "v"));
    is_future(guard.delete("k"));
}
