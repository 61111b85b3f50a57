//! What this machine's metadata service has, looked at before it is chosen.

use super::ask::{METADATA, ask};
use http::{Method, Uri};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

/// As the official library: one second, for on an ECS instance it is next door.
const PATIENCE: Duration = Duration::from_secs(1);
/// A token for the hardened form is needed for this one question, in seconds.
const TOKEN_SECONDS: &str = "60";

/// Whether the metadata service takes a connection: the usual one, or the one that the settings name.
pub fn is_there(endpoint: Option<&str>) -> bool {
    let address = match endpoint {
        None => Some(SocketAddr::from((METADATA, 80))),
        Some(endpoint) => address(endpoint),
    };
    address.is_some_and(|address| TcpStream::connect_timeout(&address, PATIENCE).is_ok())
}

/// Whether the instance has a RAM role. It is asked on a thread of its own: the settings are gathered before anything runs
/// that could wait.
pub fn has_role(endpoint: Option<&str>) -> bool {
    let endpoint = endpoint.map_or_else(|| format!("http://{METADATA}"), with_scheme);
    let asked = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
        runtime.block_on(role(&endpoint))
    });
    asked.join().ok().flatten().is_some()
}

/// A service that gives no answer, or one that is no success, counts as one without a role: the source that comes after it is
/// tried then. An instance may also take requests without a token.
async fn role(endpoint: &str) -> Option<()> {
    let uri = |path: &str| format!("{endpoint}{path}").parse::<Uri>().ok();
    let life = ("x-aliyun-ecs-metadata-token-ttl-seconds", TOKEN_SECONDS);
    let token = ask(Method::PUT, &uri("/latest/api/token")?, &[life]).await.ok();
    let token = token.filter(|token| token.status == 200);
    let token = token.as_ref().and_then(|token| std::str::from_utf8(&token.body).ok()).map(str::trim);
    let header = token.map(|token| ("x-aliyun-ecs-metadata-token", token));
    let roles = uri("/latest/meta-data/ram/security-credentials/")?;
    let told = ask(Method::GET, &roles, header.as_slice()).await.ok()?;
    (told.status == 200 && !told.body.trim_ascii().is_empty()).then_some(())
}

fn with_scheme(endpoint: &str) -> String {
    let endpoint = endpoint.trim_end_matches('/');
    if endpoint.contains("://") { endpoint.to_owned() } else { format!("http://{endpoint}") }
}

fn address(endpoint: &str) -> Option<SocketAddr> {
    let uri: Uri = with_scheme(endpoint).parse().ok()?;
    let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
    let host = uri.host()?.trim_start_matches('[').trim_end_matches(']');
    (host, port).to_socket_addrs().ok()?.next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ossicle_emulator::{Emulator, Role};

    #[tokio::test(flavor = "multi_thread")]
    async fn a_service_with_a_role_and_one_without_4_5() {
        let emulator = Emulator::builder().metadata(([127, 0, 0, 1], 0).into()).role(Role::new("web"));
        let emulator = emulator.start().await.unwrap();
        let endpoint = emulator.metadata_endpoint().unwrap();
        let asked = tokio::task::spawn_blocking(move || {
            let endpoint = Some(endpoint.as_str());
            let mut told = vec![(is_there(endpoint), has_role(endpoint))];
            emulator.ram().set_hardened_only(true);
            told.push((is_there(endpoint), has_role(endpoint)));
            emulator.ram().attach(None);
            told.push((is_there(endpoint), has_role(endpoint)));
            told
        });
        assert_eq!(asked.await.unwrap(), [(true, true), (true, true), (true, false)]);
        let nobody = Some("http://127.0.0.1:9");
        assert!(!is_there(nobody) && !has_role(nobody));
    }
}
