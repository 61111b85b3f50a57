//! What a host hands over: names, endpoints, options, credentials and a registry's parameters.

use std::time::Duration;

use super::Input;
use crate::config::{Config, TimeoutOptions};
use crate::credentials::{AssumedRole, CredentialSource, Credentials, EcsRole, OidcRole, RoleRequest};
use crate::endpoint::{Addressing, Endpoint, Service, Target};
use crate::key::{Key, Root};
use crate::lock::{InterlockOptions, LockOptions, lock_object};

pub(super) fn config(data: &[u8]) {
    let Some((&mode, data)) = data.split_first() else { return };
    match mode % 8 {
        0 => names(data),
        1 | 2 => endpoints(data),
        3 | 4 => crate::blob::fuzzing::parameters(mode & 64 == 0, data),
        5 => crate::blob::fuzzing::numbers(data),
        6 => options(data),
        _ => credentials(data),
    }
}

/// Whether a text can stand as a host and port in a request.
pub(crate) fn is_authority(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:[]".contains(&byte))
}

/// A key is normal once it is parsed, its object's name leads back to it, and names of locks never share an object.
fn names(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let at = usize::from(Input::new(data).byte());
    let (first, second) = text.split_at(text.char_indices().nth(at).map_or(0, |(at, _)| at));
    if let (Ok(root), Ok(key)) = (Root::parse(first), Key::parse(second)) {
        assert_eq!(Key::parse(key.as_str()).as_ref(), Ok(&key));
        assert!(Key::is_normal(key.as_str()));
        if let Ok(object) = root.object(&key) {
            assert_eq!(root.strip(object.as_str()), Some(key.as_str()));
            assert!((1..=1023).contains(&object.as_str().len()) && !object.as_str().starts_with('/'));
        }
        if let Ok(prefix) = root.directory(Some(&key)) {
            assert!(prefix.ends_with('/'));
        }
    }
    let objects = [first, second].map(|name| lock_object(&Root::default(), "locks", name).unwrap());
    assert_eq!(first == second, objects[0] == objects[1], "locks share an object: {first:?} {second:?}");
    for object in objects.iter().map(|object| object.as_str()) {
        assert!(object.len() <= 1000 && Key::is_normal(object) && object.matches('/').count() == 2);
    }
    crate::cert::fuzzing::tree(first, &text);
    crate::blob::fuzzing::path(&text);
}

/// Whatever endpoint is taken leads to a host that can stand in a request, and means the same when it is given again.
fn endpoints(data: &[u8]) {
    let mut input = Input::new(data);
    let secure = input.pick(&[None, Some(true), Some(false)]);
    let addressing =
        input.pick(&[Addressing::Automatic, Addressing::VirtualHosted, Addressing::Path, Addressing::CustomDomain]);
    let given = String::from_utf8_lossy(input.rest()).into_owned();
    if let Ok(service) = Service::parse(&given, true) {
        assert!(is_authority(&service.authority), "{given:?} {service:?}");
    }
    let resolve = |endpoint: &str, secure| {
        Target::resolve("bkt", "cn-hangzhou", &Endpoint::Custom(endpoint.to_owned()), addressing, secure)
    };
    if let Ok(target) = resolve(&given, secure) {
        assert!(is_authority(&target.authority), "{given:?}");
        assert_eq!(target.authority.to_ascii_lowercase(), &*target.authority);
        assert!(target.path(Some(&given)).bytes().all(|byte| byte.is_ascii_graphic()));
        if matches!(addressing, Addressing::Path | Addressing::CustomDomain) {
            assert_eq!(resolve(&target.authority, Some(target.secure)).expect("its own authority"), target);
        }
    }
    crate::blob::fuzzing::endpoint(&given, secure);
}

/// Options that pass their check are within their bounds.
fn options(data: &[u8]) {
    let mut input = Input::new(data);
    let option = |input: &mut Input<'_>| {
        let is_given = input.byte() & 3 != 0;
        is_given.then(|| if input.one_in(2) { input.number() } else { u64::from(input.byte()) * 1000 })
    };
    let (lease, poll_min, poll_max) = (option(&mut input), option(&mut input), option(&mut input));
    let folder = input.one_in(2).then(|| input.text());
    let interlock =
        input.one_in(2).then(|| InterlockOptions { expiration: option(&mut input), settle: option(&mut input) });
    if let Ok(settings) = (LockOptions { lease, poll_min, poll_max, folder, interlock }).check() {
        assert!((15..=3600).contains(&settings.ttl) && settings.poll_min <= settings.poll_max);
        assert!(!settings.folder.contains('/'));
        if let Some(interlock) = settings.interlock {
            assert!(interlock.expiration >= interlock.settle * 2 + Duration::from_secs(60));
        }
    }
    crate::blob::fuzzing::options(&mut input, option);
}

/// Credentials and a config of any text never panic, and what is taken shows no secret that a header could not carry.
fn credentials(data: &[u8]) {
    let mut input = Input::new(data);
    let kind = Input::new(data).byte() % 4;
    let mut text = || input.one_in(2).then(|| input.text());
    let credentials = match kind {
        0 => CredentialSource::Static(Credentials {
            access_key_id: text().unwrap_or_else(|| "id".into()),
            access_key_secret: text().unwrap_or_else(|| "s".into()).into(),
            security_token: text().map(Into::into),
        }),
        1 => CredentialSource::EcsRole(EcsRole { role: text(), hardened_only: true, endpoint: text() }),
        2 => CredentialSource::OidcRole(OidcRole {
            role: RoleRequest {
                role_arn: text().unwrap_or_else(|| "acs:ram::1".into()),
                session_name: text(),
                duration_seconds: None,
                policy: text(),
                endpoint: text(),
            },
            provider_arn: text().unwrap_or_else(|| "acs:ram::2".into()),
            token: text().unwrap_or_else(|| "t".into()).into(),
        }),
        _ => CredentialSource::Host,
    };
    let config = Config {
        acl: None,
        bucket: text().unwrap_or_else(|| "bkt".into()),
        region: text().unwrap_or_else(|| "r".into()),
        endpoint: text().map(Endpoint::Custom),
        addressing: None,
        secure: None,
        root: text(),
        signature: None,
        credentials,
        timeouts: TimeoutOptions { connect: Some(Input::new(data).number()), ..TimeoutOptions::default() },
        attempts: None,
        roles: text()
            .map(|role_arn| AssumedRole {
                role: RoleRequest {
                    role_arn,
                    session_name: text(),
                    duration_seconds: None,
                    policy: text(),
                    endpoint: text(),
                },
                external_id: text(),
            })
            .into_iter()
            .collect(),
    };
    match config.check() {
        Ok(settings) => {
            assert!(is_authority(&settings.target.authority));
            assert!(!format!("{settings:?}").is_empty());
        }
        Err(problem) => assert!(!problem.to_string().is_empty()),
    }
}
