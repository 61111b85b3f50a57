//! Whether settings can work, by the component's own core, before anything is compiled, read or sent. What it has no words for
//! is left to the component.

use super::gather::Settings;
use super::problem::Problem;
use ossicle::{
    Addressing, BlobOptions, CertificateOptions, Config, CredentialSource, Credentials, Endpoint, ExposeSecret,
    LockOptions, ObjectAcl, ServerSideEncryption, SignatureVersion, StorageClass,
};
use ossicle_guest::credentials as core;
use ossicle_guest::error::ConfigProblem;
use ossicle_guest::{blob, cert, config, endpoint, lock, oss};
use ossicle_terms::Field;
use std::time::Duration;

impl Settings {
    /// Checks the config and the options of locks and certificates.
    pub(super) fn check(&self) -> Result<(), Problem> {
        let problem = match config_of(&self.config).map(config::Config::check) {
            Some(Err(problem)) => problem,
            _ => match (locks_of(&self.config.locks).check(), cert_options_of(&self.config.certificates)) {
                (Err(problem), _) => problem,
                (Ok(_), options) => match options.map(cert::CertOptions::check) {
                    Some(Err(problem)) => problem,
                    _ => return Ok(()),
                },
            },
        };
        Err(self.located(problem.field, problem.into()))
    }

    /// Checks the config and the options of blobs.
    pub(super) fn check_for_blobs(&self) -> Result<(), Problem> {
        let settings = match config_of(&self.config).map(config::Config::check) {
            Some(Ok(settings)) => settings,
            Some(Err(problem)) => return Err(self.located(problem.field, problem.into())),
            None => return Ok(()),
        };
        match options_of(&self.config.blobs).map(|options| options.check(&settings)) {
            Some(Err(problem)) => {
                let field = Field::named(&format!("blobs.{}", problem.field));
                let problem =
                    field.map_or_else(|| problem.clone().into(), |field| Problem::of(field, &*problem.reason));
                Err(self.located(field.map_or("", Field::name), problem))
            }
            _ => Ok(()),
        }
    }
}

impl From<ConfigProblem> for Problem {
    fn from(problem: ConfigProblem) -> Self {
        Self::named(problem.field, problem.reason)
    }
}

fn config_of(given: &Config) -> Option<config::Config> {
    let roles = roles_of(&given.credentials);
    let (source, roles) = (source_of(&given.credentials)?, roles);
    Some(config::Config {
        bucket: given.bucket.clone(),
        region: given.region.clone(),
        endpoint: Some(endpoint_of(&given.endpoint)?),
        addressing: Some(addressing_of(given.addressing)?),
        secure: given.secure,
        root: given.root.clone(),
        signature: Some(match given.signature {
            SignatureVersion::V4 => config::SignatureVersion::V4,
            SignatureVersion::V1 => config::SignatureVersion::V1,
            _ => return None,
        }),
        credentials: source,
        roles,
        timeouts: config::TimeoutOptions {
            connect: milliseconds(given.timeouts.connect),
            first_byte: milliseconds(given.timeouts.first_byte),
            between_bytes: milliseconds(given.timeouts.between_bytes),
            operation: milliseconds(given.timeouts.operation),
        },
        attempts: given.attempts,
        acl: Some(match given.acl {
            ObjectAcl::Private => oss::ObjectAcl::Private,
            ObjectAcl::Default => oss::ObjectAcl::Default,
            _ => return None,
        }),
    })
}

fn endpoint_of(given: &Endpoint) -> Option<endpoint::Endpoint> {
    Some(match given {
        Endpoint::Public => endpoint::Endpoint::Public,
        Endpoint::Internal => endpoint::Endpoint::Internal,
        Endpoint::DualStack => endpoint::Endpoint::DualStack,
        Endpoint::Accelerate => endpoint::Endpoint::Accelerate,
        Endpoint::AccelerateOverseas => endpoint::Endpoint::AccelerateOverseas,
        Endpoint::Custom(host) => endpoint::Endpoint::Custom(host.clone()),
        _ => return None,
    })
}

fn addressing_of(given: Addressing) -> Option<endpoint::Addressing> {
    Some(match given {
        Addressing::Automatic => endpoint::Addressing::Automatic,
        Addressing::VirtualHosted => endpoint::Addressing::VirtualHosted,
        Addressing::Path => endpoint::Addressing::Path,
        Addressing::CustomDomain => endpoint::Addressing::CustomDomain,
        _ => return None,
    })
}

fn source_of(given: &CredentialSource) -> Option<core::CredentialSource> {
    Some(match given {
        CredentialSource::Fixed(key) => core::CredentialSource::Static(key_of(key)),
        CredentialSource::EcsRole(role) => core::CredentialSource::EcsRole(core::EcsRole {
            role: role.role.clone(),
            hardened_only: role.hardened_only,
            endpoint: role.endpoint.clone(),
        }),
        CredentialSource::OidcRole(role) => core::CredentialSource::OidcRole(core::OidcRole {
            role: core::RoleRequest {
                role_arn: role.role_arn.clone(),
                session_name: role.session_name.clone(),
                duration_seconds: role.duration_seconds,
                policy: role.policy.clone(),
                endpoint: role.endpoint.clone(),
            },
            provider_arn: role.provider_arn.clone(),
            // Its file is read when the component starts, and not before.
            token: String::from("unread").into(),
        }),
        CredentialSource::RamRole(role) => return source_of(&role.base),
        CredentialSource::Host => core::CredentialSource::Host,
        _ => return None,
    })
}

fn roles_of(given: &CredentialSource) -> Vec<core::AssumedRole> {
    let CredentialSource::RamRole(role) = given else { return Vec::new() };
    let mut roles = roles_of(&role.base);
    roles.push(core::AssumedRole {
        role: core::RoleRequest {
            role_arn: role.role_arn.clone(),
            session_name: role.session_name.clone(),
            duration_seconds: role.duration_seconds,
            policy: role.policy.clone(),
            endpoint: role.endpoint.clone(),
        },
        external_id: role.external_id.clone(),
    });
    roles
}

fn key_of(given: &Credentials) -> core::Credentials {
    core::Credentials {
        access_key_id: given.access_key_id.clone(),
        access_key_secret: given.access_key_secret.expose_secret().to_owned().into(),
        security_token: given.security_token.as_ref().map(|token| token.expose_secret().to_owned().into()),
    }
}

fn locks_of(given: &LockOptions) -> lock::LockOptions {
    lock::LockOptions {
        lease: milliseconds(given.lease),
        poll_min: milliseconds(given.poll_min),
        poll_max: milliseconds(given.poll_max),
        folder: given.folder.clone(),
        interlock: given.interlock.as_ref().map(|interlock| lock::InterlockOptions {
            expiration: milliseconds(interlock.expiration),
            settle: milliseconds(interlock.settle),
        }),
    }
}

fn options_of(given: &BlobOptions) -> Option<blob::BlobOptions> {
    let storage_class = match given.storage_class {
        None => None,
        Some(class) => Some(class_of(class)?),
    };
    let encryption = match &given.encryption {
        None => None,
        Some(encryption) => Some(encryption_of(encryption)?),
    };
    let url_endpoint = match &given.url_endpoint {
        None => None,
        Some(endpoint) => Some(endpoint_of(endpoint)?),
    };
    let url_addressing = match given.url_addressing {
        None => None,
        Some(addressing) => Some(addressing_of(addressing)?),
    };
    Some(blob::BlobOptions {
        part_size: given.part_size,
        parts_in_flight: given.parts_in_flight,
        storage_class,
        encryption,
        copy_threshold: given.copy_threshold,
        copy_part_size: given.copy_part_size,
        part_md5: given.part_md5,
        url_endpoint,
        url_addressing,
    })
}

fn cert_options_of(given: &CertificateOptions) -> Option<cert::CertOptions> {
    let storage_class = match given.storage_class {
        None => None,
        Some(class) => Some(class_of(class)?),
    };
    let server_side_encryption = match &given.server_side_encryption {
        None => None,
        Some(encryption) => Some(encryption_of(encryption)?),
    };
    Some(cert::CertOptions { storage_class, server_side_encryption })
}

fn class_of(given: StorageClass) -> Option<oss::StorageClass> {
    Some(match given {
        StorageClass::Standard => oss::StorageClass::Standard,
        StorageClass::InfrequentAccess => oss::StorageClass::InfrequentAccess,
        StorageClass::Archive => oss::StorageClass::Archive,
        StorageClass::ColdArchive => oss::StorageClass::ColdArchive,
        StorageClass::DeepColdArchive => oss::StorageClass::DeepColdArchive,
        _ => return None,
    })
}

fn encryption_of(given: &ServerSideEncryption) -> Option<oss::ServerSideEncryption> {
    Some(match given {
        ServerSideEncryption::Aes256 => oss::ServerSideEncryption::Aes256,
        ServerSideEncryption::Sm4 => oss::ServerSideEncryption::Sm4,
        ServerSideEncryption::Kms(kms) => oss::ServerSideEncryption::Kms { key_id: kms.key_id.clone(), sm4: kms.sm4 },
        _ => return None,
    })
}

fn milliseconds(given: Option<Duration>) -> Option<u64> {
    given.map(|length| u64::try_from(length.as_millis()).unwrap_or(u64::MAX))
}
