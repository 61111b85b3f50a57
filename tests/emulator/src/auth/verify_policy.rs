//! Signatures of the policy of a form upload: it is the Base64 text of the policy that is signed.
//! (OSS documentation: PostObject.)

use std::collections::HashMap;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::sign_v4::{self, Scope};
use super::{Court, Identity, SignatureKind, same, sign_v1};
use crate::failures::Failure;

/// The fields of a form, by lower-case name.
pub(crate) type Fields = HashMap<String, String>;

/// Who signed the policy of a form; nobody if it has neither policy nor signature.
pub(crate) fn verify(court: &Court<'_>, fields: &Fields) -> Result<Option<Identity>, Failure> {
    let field = |name: &str| fields.get(name).map(String::as_str).filter(|text| !text.is_empty());
    let Some(policy) = field("policy") else {
        return match field("ossaccesskeyid").or_else(|| field("x-oss-credential")) {
            Some(_) => Err(missing("policy")),
            None => Ok(None),
        };
    };
    let token = field("x-oss-security-token");
    let (key, kind) = match field("x-oss-signature-version") {
        Some("OSS4-HMAC-SHA256") => {
            let credential = field("x-oss-credential").ok_or_else(|| missing("x-oss-credential"))?;
            let signature = field("x-oss-signature").ok_or_else(|| missing("x-oss-signature"))?;
            field("x-oss-date").ok_or_else(|| missing("x-oss-date"))?;
            let parts: Vec<&str> = credential.split('/').collect();
            let [id, date, region, product, "aliyun_v4_request"] = parts[..] else {
                return Err(Failure::v4_credential(true));
            };
            let key = court.key(id)?;
            if product != "oss" {
                return Err(Failure::v4_product(true));
            }
            if !(court.regions)(region) {
                return Err(Failure::v4_region(true, region));
            }
            let scope = Scope { date: date.into(), region: region.into(), product: product.into() };
            let made = hex(&sign_v4::signing_key(key.secret(), &scope), policy);
            compare(&made, signature, id, policy, "0002-00000201")?;
            (key, SignatureKind::V4Presign)
        }
        Some(_) => return Err(Failure::authorization_unsupported()),
        None => {
            let id = field("ossaccesskeyid").ok_or_else(|| missing("OSSAccessKeyId"))?;
            let signature = field("signature").ok_or_else(|| missing("Signature"))?;
            let key = court.key(id)?;
            compare(&sign_v1::sign(key.secret(), policy), signature, id, policy, "0002-00000040")?;
            (key, SignatureKind::V1Presign)
        }
    };
    key.check_token(token, court.now, court.keys)?;
    Ok(Some(Identity::of(kind, &key)))
}

fn hex(key: &[u8; 32], policy: &str) -> String {
    // An HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
    mac.update(policy.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn compare(made: &str, given: &str, id: &str, policy: &str, ec: &'static str) -> Result<(), Failure> {
    if same(made, given) { Ok(()) } else { Err(Failure::signature(ec, id, given, policy)) }
}

fn missing(name: &'static str) -> Failure {
    Failure::argument("A field of the form is missing.", "", name, "")
}
