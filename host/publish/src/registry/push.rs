//! A push: what the manifest names, then the manifest.

use super::authorization::{Challenge, meet};
use super::error::PushError;
use super::exchange::{Answer, Connections, host_of};
use crate::{Artifact, Credential, Digest, Reference, Sbom, documents, index};
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, LOCATION};
use http::uri::{Authority, Scheme};
use http::{HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::Full;
use rustls::ClientConfig;

/// A repository of a registry.
#[derive(Debug)]
pub struct Registry {
    /// The scheme and the host.
    base: Uri,
    repository: String,
    connections: Connections,
    credential: Option<Credential>,
    /// What the last challenge was met with.
    authorization: Option<HeaderValue>,
}

impl Registry {
    /// The registry of a reference. Over TLS, unless it is said to speak plain HTTP.
    pub fn new(
        reference: &Reference,
        is_plain: bool,
        tls: ClientConfig,
        credential: Option<Credential>,
    ) -> Result<Self, PushError> {
        let mut base = http::uri::Parts::default();
        base.scheme = Some(if is_plain { Scheme::HTTP } else { Scheme::HTTPS });
        let authority: Result<Authority, _> = reference.host().parse();
        base.authority = authority.ok();
        base.path_and_query = Some(http::uri::PathAndQuery::from_static("/"));
        let base = Uri::from_parts(base).map_err(|_| PushError::protocol(reference.host(), "it is not a host"))?;
        let connections = Connections::new(tls);
        Ok(Self { base, repository: reference.repository.clone(), connections, credential, authorization: None })
    }

    /// Pushes an artifact under a tag. What the registry has already is not sent again.
    pub async fn push(&mut self, artifact: &Artifact, tag: &str) -> Result<(), PushError> {
        for content in artifact.blobs() {
            self.push_blob(content).await?;
        }
        self.push_manifest(tag, documents::MANIFEST, &artifact.manifest, "the manifest").await.map(drop)
    }

    /// Pushes an SBOM of an artifact that was pushed before. A registry that knows of referrers lists it with those of the
    /// artifact; where one does not, a tag that the artifact's digest gives lists them, as OCI's specification has it. If others
    /// change that list in the same moment, the last one's change stays alone: pushing again mends it.
    pub async fn push_sbom(&mut self, sbom: &Sbom) -> Result<(), PushError> {
        for content in sbom.blobs() {
            self.push_blob(content).await?;
        }
        let digest = sbom.digest().to_string();
        let answer = self.push_manifest(&digest, documents::MANIFEST, &sbom.manifest, "the SBOM's manifest").await?;
        // A registry says so where it has taken it for a referrer.
        match answer.headers.get("oci-subject") {
            Some(subject) if subject.as_bytes() == sbom.subject.to_string().as_bytes() => Ok(()),
            _ => self.list_by_tag(sbom).await,
        }
    }

    /// Adds an SBOM to the list that is kept under a tag.
    async fn list_by_tag(&mut self, sbom: &Sbom) -> Result<(), PushError> {
        let tag = format!("sha256-{}", sbom.subject.encoded());
        let uri = self.uri(&format!("manifests/{tag}"))?;
        let answer = self.call(Method::GET, uri, Some((ACCEPT, documents::INDEX)), Bytes::new()).await?;
        let no_list = || PushError::protocol(host_of(&self.base), format!("what it has as {tag} lists no referrers"));
        let list = if answer.status == StatusCode::NOT_FOUND {
            index::empty()
        } else {
            self.expect(&answer, &[StatusCode::OK], "the question for the list of referrers")?;
            serde_json::from_slice(&answer.body).map_err(|_| no_list())?
        };
        if index::has(&list, &sbom.digest()).ok_or_else(no_list)? {
            return Ok(());
        }
        let list = index::with(list, sbom.descriptor(), |_| false).ok_or_else(no_list)?;
        let list = Bytes::from(list.to_string());
        self.push_manifest(&tag, documents::INDEX, &list, "the list of referrers").await.map(drop)
    }

    /// Pushes a manifest under a tag or its digest.
    async fn push_manifest(
        &mut self,
        reference: &str,
        kind: &'static str,
        manifest: &Bytes,
        what: &'static str,
    ) -> Result<Answer, PushError> {
        let uri = self.uri(&format!("manifests/{reference}"))?;
        let answer = self.call(Method::PUT, uri, Some((CONTENT_TYPE, kind)), manifest.clone()).await?;
        self.expect(&answer, &[StatusCode::CREATED], what)?;
        // A registry may leave it out, but not have stored something else.
        let stored = answer.headers.get("docker-content-digest").and_then(|digest| digest.to_str().ok());
        match stored {
            Some(digest) if digest != Digest::of(manifest).to_string() => {
                Err(PushError::protocol(host_of(&self.base), format!("it stored {what} as {digest}")))
            }
            _ => Ok(answer),
        }
    }

    async fn push_blob(&mut self, content: &Bytes) -> Result<(), PushError> {
        let digest = Digest::of(content);
        let answer = self.call(Method::HEAD, self.uri(&format!("blobs/{digest}"))?, None, Bytes::new()).await?;
        match answer.status {
            StatusCode::OK => return Ok(()),
            StatusCode::NOT_FOUND => {}
            // To where the registry's own storage has it, or is thought to have it: no redirect is followed, so it is sent.
            status if status.is_redirection() => {}
            _ => self.expect(&answer, &[], "the question for a blob")?,
        }
        let answer = self.call(Method::POST, self.uri("blobs/uploads/")?, None, Bytes::new()).await?;
        self.expect(&answer, &[StatusCode::ACCEPTED], "the start of an upload")?;
        let upload = self.upload(&answer, &digest)?;
        let kind = Some((CONTENT_TYPE, "application/octet-stream"));
        let answer = self.call(Method::PUT, upload, kind, content.clone()).await?;
        self.expect(&answer, &[StatusCode::CREATED], "a blob")
    }

    /// Sends a request, and once more where the registry asks who it is.
    async fn call(
        &mut self,
        method: Method,
        uri: Uri,
        header: Option<(HeaderName, &'static str)>,
        body: Bytes,
    ) -> Result<Answer, PushError> {
        // An upload may lead to another host, which is not to learn who the registry's clients are: it is neither told nor, if it
        // asks, answered.
        let is_asked = place(&uri) == place(&self.base);
        let request = |authorization: Option<&HeaderValue>| {
            let mut request = Request::new(Full::new(body.clone()));
            *request.method_mut() = method.clone();
            *request.uri_mut() = uri.clone();
            if let Some((name, value)) = &header {
                request.headers_mut().insert(name, HeaderValue::from_static(value));
            }
            if let Some(value) = authorization.filter(|_| is_asked) {
                request.headers_mut().insert(AUTHORIZATION, value.clone());
            }
            request
        };
        let answer = self.connections.send(request(self.authorization.as_ref())).await?;
        if answer.status != StatusCode::UNAUTHORIZED || !is_asked {
            return Ok(answer);
        }
        let Some(challenge) = Challenge::of(&answer.headers) else { return Ok(answer) };
        let scope = format!("repository:{}:pull,push", self.repository);
        let met = meet(challenge, &self.base, &scope, self.credential.as_ref(), &self.connections).await?;
        let answer = self.connections.send(request(Some(&met))).await?;
        self.authorization = Some(met);
        Ok(answer)
    }

    /// Whether an answer has one of these statuses.
    fn expect(&self, answer: &Answer, expected: &[StatusCode], what: &'static str) -> Result<(), PushError> {
        let (status, message, host) = (answer.status, answer.message(), host_of(&self.base).to_owned());
        match status {
            status if expected.contains(&status) => Ok(()),
            StatusCode::UNAUTHORIZED if self.credential.is_none() => Err(PushError::NoCredential { host }),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(PushError::Denied { host, status, message }),
            status => Err(PushError::Refused { host, what, status, message }),
        }
    }

    /// A URL of the repository.
    fn uri(&self, rest: &str) -> Result<Uri, PushError> {
        self.resolve(&format!("/v2/{}/{rest}", self.repository))
    }

    /// Where an upload goes on, with the digest of what will have come.
    fn upload(&self, answer: &Answer, digest: &Digest) -> Result<Uri, PushError> {
        let no_location = || PushError::protocol(host_of(&self.base), "it names no place for an upload");
        let location = answer.headers.get(LOCATION).and_then(|location| location.to_str().ok());
        let location = location.ok_or_else(no_location)?;
        let separator = if location.contains('?') { '&' } else { '?' };
        let uri = self.resolve(&format!("{location}{separator}digest={digest}"))?;
        // Content that was to go over TLS goes nowhere else.
        if self.base.scheme() == Some(&Scheme::HTTPS) && uri.scheme() != Some(&Scheme::HTTPS) {
            return Err(PushError::protocol(host_of(&self.base), "its place for an upload does not speak TLS"));
        }
        Ok(uri)
    }

    /// A URL that may be a path of the registry's.
    fn resolve(&self, location: &str) -> Result<Uri, PushError> {
        let wrong = || PushError::protocol(host_of(&self.base), "it names a URL that is none");
        let uri: Uri = location.parse().map_err(|_| wrong())?;
        if uri.authority().is_some() {
            return Ok(uri);
        }
        let mut parts = self.base.clone().into_parts();
        parts.path_and_query = uri.into_parts().path_and_query;
        Uri::from_parts(parts).map_err(|_| wrong())
    }
}

/// The scheme, host and port of a URL, whether it says its port or not.
fn place(uri: &Uri) -> (Option<&Scheme>, Option<String>, Option<u16>) {
    let usual = || match uri.scheme()?.as_str() {
        "https" => Some(443),
        "http" => Some(80),
        _ => None,
    };
    (uri.scheme(), uri.host().map(str::to_ascii_lowercase), uri.port_u16().or_else(usual))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_its_port_said_or_not() {
        let same =
            |one: &'static str, other: &'static str| place(&Uri::from_static(one)) == place(&Uri::from_static(other));
        assert!(same("https://r.example/v2/", "https://R.example:443/upload?x"));
        assert!(same("http://r.example:80/", "http://r.example/a"));
        for other in ["http://r.example/", "https://r.example:5000/", "https://s.example/", "https://r.example.evil/"] {
            assert!(!same("https://r.example/", other), "{other}");
        }
    }
}
