//! A token server: keys, certificates and tokens.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair, PublicKeyData};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256,
    RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaKeyPair,
    RsaPublicKeyComponents,
};
use serde_json::{Value, json};

pub const ISSUER: &str = "auth.example";
pub const SERVICE: &str = "registry.example";

pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Signs by what the name of an algorithm says.
pub fn sign(algorithm: &str, key: &KeyPair, message: &[u8]) -> Vec<u8> {
    let (pkcs8, random) = (key.serialize_der(), SystemRandom::new());
    let ecdsa = |parameters| {
        let key = EcdsaKeyPair::from_pkcs8(parameters, &pkcs8, &random).unwrap();
        key.sign(&random, message).unwrap().as_ref().to_vec()
    };
    let encoding: &'static dyn ring::signature::RsaEncoding = match algorithm {
        "ES256" => return ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING),
        "ES384" => return ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING),
        "EdDSA" => return Ed25519KeyPair::from_pkcs8(&pkcs8).unwrap().sign(message).as_ref().to_vec(),
        "RS256" => &RSA_PKCS1_SHA256,
        "RS384" => &RSA_PKCS1_SHA384,
        "RS512" => &RSA_PKCS1_SHA512,
        "PS256" => &RSA_PSS_SHA256,
        "PS384" => &RSA_PSS_SHA384,
        "PS512" => &RSA_PSS_SHA512,
        other => panic!("{other}"),
    };
    let key = RsaKeyPair::from_pkcs8(&pkcs8).unwrap();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(encoding, &random, message, &mut signature).unwrap();
    signature
}

pub fn key(algorithm: &str) -> KeyPair {
    match algorithm {
        "ES256" => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap(),
        "ES384" => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap(),
        "EdDSA" => KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap(),
        // ring makes no RSA keys.
        _ => KeyPair::from_pem(include_str!("../vectors/rsa-key.pem")).unwrap(),
    }
}

/// The public key as a JWK.
pub fn jwk(algorithm: &str, key: &KeyPair) -> Value {
    let raw = key.der_bytes();
    let coordinates = |curve: &str, length: usize| {
        let (x, y) = raw[1..].split_at(length);
        json!({ "kty": "EC", "crv": curve, "x": base64url(x), "y": base64url(y) })
    };
    match algorithm {
        "ES256" => coordinates("P-256", 32),
        "ES384" => coordinates("P-384", 48),
        "EdDSA" => json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url(raw) }),
        _ => {
            let key = RsaKeyPair::from_pkcs8(&key.serialize_der()).unwrap();
            let RsaPublicKeyComponents::<Vec<u8>> { n, e } = key.public().into();
            json!({ "kty": "RSA", "n": base64url(n), "e": base64url(e) })
        }
    }
}

/// A certificate and its key.
pub struct Authority {
    pub certificate: Certificate,
    pub key: KeyPair,
    params: CertificateParams,
}

pub fn params(is_ca: bool) -> CertificateParams {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.is_ca = if is_ca { IsCa::Ca(BasicConstraints::Unconstrained) } else { IsCa::ExplicitNoCa };
    params
}

impl Authority {
    pub fn self_signed(algorithm: &str, params: CertificateParams) -> Self {
        let key = key(algorithm);
        Self { certificate: params.self_signed(&key).unwrap(), key, params }
    }

    pub fn issue(&self, algorithm: &str, params: CertificateParams) -> Self {
        let key = key(algorithm);
        let issuer = Issuer::from_params(&self.params, &self.key);
        Self { certificate: params.signed_by(&key, &issuer).unwrap(), key, params }
    }

    pub fn x5c(&self) -> String {
        STANDARD.encode(self.certificate.der())
    }
}

pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

pub fn claims() -> Value {
    let access = json!([{ "type": "repository", "name": "a/b", "actions": ["pull", "push"] }]);
    json!({ "iss": ISSUER, "sub": "ada", "aud": SERVICE, "exp": now() + 300, "nbf": now(), "iat": now(), "access": access })
}

/// A token with this header, to which the algorithm is added.
pub fn token(algorithm: &str, key: &KeyPair, mut header: Value, claims: &Value) -> String {
    header["alg"] = algorithm.into();
    header["typ"] = "JWT".into();
    let signed = format!("{}.{}", base64url(header.to_string()), base64url(claims.to_string()));
    let signature = sign(algorithm, key, signed.as_bytes());
    format!("{signed}.{}", base64url(signature))
}

/// A file for the settings.
pub fn write(folder: &tempfile::TempDir, name: &str, content: &str) -> Option<PathBuf> {
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    Some(path)
}
