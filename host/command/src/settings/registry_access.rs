//! `auth` and `notifications` of a registry's configuration.

use super::problem::Problem;
use super::registry_values::Values;
use http::{HeaderMap, HeaderName, HeaderValue};
use ossicle_service::auth::{HtpasswdSettings, TokenSettings};
use ossicle_service::notifications::{EndpointSettings, NotificationSettings};

impl Values {
    pub fn htpasswd(&mut self) -> Result<Option<HtpasswdSettings>, Problem> {
        let (realm, path) = (self.text("auth.htpasswd.realm")?, self.path("auth.htpasswd.path")?);
        let usual = HtpasswdSettings::default();
        match (realm, path) {
            (None, None) => Ok(None),
            (realm, Some(path)) => {
                Ok(Some(HtpasswdSettings { realm: realm.unwrap_or_else(|| usual.realm.clone()), path, ..usual }))
            }
            (Some(_), None) => Err(Problem::new("auth.htpasswd: its path is missing")),
        }
    }

    pub fn token(&mut self) -> Result<Option<TokenSettings>, Problem> {
        let realm = self.text("auth.token.realm")?;
        let service = self.text("auth.token.service")?;
        let issuer = self.text("auth.token.issuer")?;
        let rootcertbundle = self.path("auth.token.rootcertbundle")?;
        let jwks = self.path("auth.token.jwks")?;
        let autoredirect = self.truth("auth.token.autoredirect")?.unwrap_or(false);
        if realm.is_none() && service.is_none() && issuer.is_none() && rootcertbundle.is_none() && jwks.is_none() {
            return Ok(None);
        }
        let needed = |value: Option<String>, name: &str| {
            value.ok_or_else(|| Problem::new(format!("auth.token: its {name} is missing")))
        };
        Ok(Some(TokenSettings {
            realm: needed(realm, "realm")?,
            service: needed(service, "service")?,
            issuer: needed(issuer, "issuer")?,
            rootcertbundle,
            jwks,
            autoredirect,
        }))
    }

    pub fn notifications(&mut self) -> Result<NotificationSettings, Problem> {
        let mut endpoints = Vec::new();
        for number in self.names_below("notifications.endpoints") {
            endpoints.push(self.endpoint(&format!("notifications.endpoints.{number}"))?);
        }
        let include_references = self.truth("notifications.events.includereferences")?.unwrap_or(false);
        Ok(NotificationSettings { endpoints, include_references })
    }

    fn endpoint(&mut self, place: &str) -> Result<EndpointSettings, Problem> {
        let usual = EndpointSettings::default();
        let at = |name: &str| format!("{place}.{name}");
        let mut ignored_media_types = self.list(&at("ignoredmediatypes"))?;
        ignored_media_types.extend(self.list(&at("ignore.mediatypes"))?);
        Ok(EndpointSettings {
            name: self.text(&at("name"))?.unwrap_or_default(),
            disabled: self.truth(&at("disabled"))?.unwrap_or(false),
            url: self.text(&at("url"))?.unwrap_or_default(),
            headers: self.headers(&at("headers"))?,
            timeout: self.duration(&at("timeout"))?.unwrap_or(usual.timeout),
            threshold: self.number(&at("threshold"))?.unwrap_or(usual.threshold),
            backoff: self.duration(&at("backoff"))?.unwrap_or(usual.backoff),
            ignored_media_types,
            ignored_actions: self.list(&at("ignore.actions"))?,
        })
    }

    fn headers(&mut self, place: &str) -> Result<HeaderMap, Problem> {
        let mut headers = HeaderMap::new();
        for name in self.names_below(place) {
            let refused = || Problem::new(format!("{place}: {name} is no header that can be sent"));
            let header = HeaderName::try_from(name.as_str()).map_err(|_| refused())?;
            for value in self.list(&format!("{place}.{name}"))? {
                headers.append(header.clone(), HeaderValue::try_from(value).map_err(|_| refused())?);
            }
        }
        Ok(headers)
    }
}
