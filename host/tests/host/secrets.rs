//! Nothing that is logged or shown holds a secret.

use crate::server::Server;
use crate::support::{config, shared, tenant_of, text};
use ossicle::Limits;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_log_holds_a_secret_whatever_its_level() {
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false).with_writer(log.clone());
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();

    let server = Server::start().await;
    let tenant = tenant_of(&server, Limits::default());
    let said = text(&tenant.certificates(), &format!("leak {}", server.url("/object"))).await;
    assert_eq!(said.unwrap(), "200 hello");
    assert!(server.seen.heads.lock().unwrap()[0].contains("very-secret"), "it was sent");
    let elsewhere = Server::start().await;
    let said = text(&tenant.certificates(), &format!("leak {}", elsewhere.url("/refused"))).await;
    assert_eq!(said.unwrap(), "ErrorCode::HttpRequestDenied");

    // 4.12: each request is logged with the id of its call.
    let other = tenant_of(&server, Limits::default());
    let keys = ["/first", "/second"].map(|path| format!("get {}", server.url(path)));
    let (first, second) = (tenant.certificates(), other.certificates());
    let (first, second) = tokio::join!(text(&first, &keys[0]), text(&second, &keys[1]));
    assert!(first.is_ok() && second.is_ok());

    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    for path in ["/first", "/second"] {
        let answered = log.lines().find(|line| line.contains("request answered") && line.contains(path)).unwrap();
        let id = answered.split("call{id=").nth(1).unwrap().split(' ').next().unwrap();
        let call = format!("call{{id={id} ");
        let ended = log.lines().find(|line| line.contains("call succeeded") && line.contains(&call)).unwrap();
        assert!(ended.contains(path), "{answered}\n{ended}");
    }
    assert!(log.contains("request answered") && log.contains("url.path=\"/object\""), "{log}");
    assert!(log.contains("5C3D9175B6FC201293AD4F8A"), "OSS's id of the request is logged");
    let refused = log.lines().find(|line| line.contains("request refused: not the tenant's endpoint")).unwrap();
    assert!(refused.contains("url.path=\"/refused\""), "{refused}");
    for line in log.lines() {
        let bytes = format!("{:?}", b"very-secret");
        assert!(!line.contains("very-secret") && !line.contains(bytes.trim_matches(['[', ']'])), "{line}");
    }
}

#[test]
fn no_debug_output_holds_a_secret() {
    let config = config("bucket", "public");
    let tenant = shared().tenant("test", config.clone(), Limits::default()).unwrap();
    for shown in [format!("{config:?}"), format!("{config}"), format!("{tenant:?}")] {
        assert!(!shown.contains("very-secret") && shown.contains("bucket"), "{shown}");
    }
}
