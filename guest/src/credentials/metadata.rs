//! The RAM role of an ECS instance, from its metadata service (ECS documentation: *Instance RAM roles*, *Instance
//! metadata*).
//!
//! The service answers anyone who can make the machine send a plain GET. In its hardened mode it demands a token, which
//! only a PUT with a header returns and which no router forwards. The hardened mode is tried first, and with
//! `hardened_only` nothing else.

use crate::message::Method;
use bytes::Bytes;

use super::exchange::{CredentialRequest, CredentialResponse, Failure};
use super::temporary::{Fetched, Temporary, read_json};
use crate::endpoint::Service;
use crate::json::Json;
use crate::ports::Ports;

const NAME: &str = "the ECS metadata service";
const TOKEN: &str = "/latest/api/token";
const ROLES: &str = "/latest/meta-data/ram/security-credentials/";
/// The lifetime of the token, as in the official credential library: six hours, the maximum.
const TOKEN_SECONDS: &str = "21600";

/// How to query the metadata service.
#[derive(Clone, Debug)]
pub struct Metadata {
    pub(super) service: Service,
    pub(super) role: Option<String>,
    pub(super) hardened_only: bool,
}

impl Metadata {
    pub(super) async fn fetch(&self, ports: &impl Ports) -> Result<Fetched, Failure> {
        let token = match self.token(ports).await {
            Ok(token) => Some(token),
            Err(failure) if self.hardened_only => return Err(failure),
            Err(_) => None,
        };
        let role = match &self.role {
            Some(role) => role.clone(),
            None => self.instance_role(ports, token.as_deref()).await?,
        };
        let response = self.get(ports, &[ROLES, &role].concat(), token.as_deref()).await?;
        let json = read_json(NAME, &response)?;
        let code = json.member("Code").and_then(Json::text);
        if code.is_some_and(|code| !code.eq_ignore_ascii_case("Success")) {
            return Err(Failure::unavailable([NAME, " did not succeed in making credentials of the role"].concat()));
        }
        Ok(Temporary::read(NAME, &json)?.measured(response.date))
    }

    async fn token(&self, ports: &impl Ports) -> Result<String, Failure> {
        let request = CredentialRequest {
            name: NAME,
            service: &self.service,
            method: Method::Put,
            path: TOKEN,
            headers: &[("x-aliyun-ecs-metadata-token-ttl-seconds", TOKEN_SECONDS)],
            body: Bytes::new(),
        };
        let response = request.send(ports).await?;
        let token = std::str::from_utf8(&response.body).unwrap_or_default().trim();
        match response.status {
            200 if !token.is_empty() => Ok(token.to_owned()),
            status => Err(status_failure(status, "gave no token, which its hardened form needs")),
        }
    }

    async fn instance_role(&self, ports: &impl Ports, token: Option<&str>) -> Result<String, Failure> {
        let response = self.get(ports, ROLES, token).await?;
        let role = std::str::from_utf8(&response.body).unwrap_or_default().trim();
        if is_role_name(role) {
            Ok(role.to_owned())
        } else {
            Err(Failure::unavailable([NAME, " named no role"].concat()))
        }
    }

    async fn get(&self, ports: &impl Ports, path: &str, token: Option<&str>) -> Result<CredentialResponse, Failure> {
        let headers = token.map(|token| ("x-aliyun-ecs-metadata-token", token));
        let request = CredentialRequest {
            name: NAME,
            service: &self.service,
            method: Method::Get,
            path,
            headers: headers.as_slice(),
            body: Bytes::new(),
        };
        let response = request.send(ports).await?;
        match response.status {
            200 => Ok(response),
            404 => Err(Failure::refused([NAME, " knows no such RAM role of this instance"].concat())),
            status => Err(status_failure(status, "did not give the role's credentials")),
        }
    }
}

fn status_failure(status: u16, what: &str) -> Failure {
    let message = format!("{NAME} {what}: status {status}");
    if status >= 500 || status == 429 { Failure::unavailable(message) } else { Failure::refused(message) }
}

/// Whether a name can be that of a role (RAM documentation: *Create a RAM role*). The name becomes part of a path.
pub(super) fn is_role_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'@'))
        && name.bytes().any(|b| b != b'.')
}
