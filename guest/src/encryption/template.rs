//! New keys, by the names of Tink's templates.

use zeroize::Zeroizing;

use super::cipher::{key_field, type_url};
use super::key::{Entry, OutputPrefix, SYMMETRIC, Status};
use super::nonced::Suite;
use super::problem::KeySetProblem;
use super::wire::Writer;
use crate::ports::Entropy;

#[derive(Clone, Copy)]
enum Kind {
    /// A cipher and its key's length.
    Nonced(Suite, &'static str, usize),
    /// AES-CTR with HMAC-SHA256: the lengths of the AES key and of the tag.
    CtrHmac(usize, u32),
}

const KINDS: [(&str, Kind); 8] = [
    ("AES128_GCM", Kind::Nonced(Suite::AesGcm, "AesGcmKey", 16)),
    ("AES256_GCM", Kind::Nonced(Suite::AesGcm, "AesGcmKey", 32)),
    ("AES128_GCM_SIV", Kind::Nonced(Suite::AesGcmSiv, "AesGcmSivKey", 16)),
    ("AES256_GCM_SIV", Kind::Nonced(Suite::AesGcmSiv, "AesGcmSivKey", 32)),
    ("AES128_CTR_HMAC_SHA256", Kind::CtrHmac(16, 16)),
    ("AES256_CTR_HMAC_SHA256", Kind::CtrHmac(32, 32)),
    ("CHACHA20_POLY1305", Kind::Nonced(Suite::ChaCha20Poly1305, "ChaCha20Poly1305Key", 32)),
    ("XCHACHA20_POLY1305", Kind::Nonced(Suite::XChaCha20Poly1305, "XChaCha20Poly1305Key", 32)),
];

/// The kind of a new key: the name of one of Tink's templates, with the suffix `_RAW` for a key whose ciphertexts have
/// no prefix. Without the suffix they have the TINK prefix, which shows which key encrypted a value.
#[derive(Clone, Copy)]
pub struct Template {
    kind: Kind,
    prefix: OutputPrefix,
}

impl Template {
    /// Parses the name of a template.
    ///
    /// # Errors
    /// Names all templates.
    pub fn parse(name: &str) -> Result<Self, KeySetProblem> {
        let (plain, prefix) = match name.strip_suffix("_RAW") {
            Some(plain) => (plain, OutputPrefix::Raw),
            None => (name, OutputPrefix::Tink),
        };
        match KINDS.iter().find(|(other, _)| *other == plain) {
            Some((_, kind)) => Ok(Self { kind: *kind, prefix }),
            None => {
                let names: Vec<_> = Self::names().collect();
                let message =
                    format!("can't be made by this template: there are {}, each also with _RAW", names.join(", "));
                Err(KeySetProblem::new(message))
            }
        }
    }

    /// The names without `_RAW`.
    pub fn names() -> impl Iterator<Item = &'static str> {
        KINDS.iter().map(|(name, _)| *name)
    }

    /// A new enabled key.
    pub(super) fn make(self, id: u32, entropy: &impl Entropy) -> Entry {
        let random = |length| {
            let mut bytes = Zeroizing::new(vec![0; length]);
            entropy.fill(&mut bytes);
            bytes
        };
        let (name, value) = match self.kind {
            Kind::Nonced(suite, name, length) => {
                // Only these fields are not zero.
                let field = if key_field(suite) == 2 { 2 } else { 3 };
                (name, Writer::with_room(length + 10).bytes(field, &random(length)).finish())
            }
            Kind::CtrHmac(length, tag) => {
                let params = Writer::with_room(0).number(1, 16).finish();
                let aes = Writer::with_room(100).message(2, &params).bytes(3, &random(length)).finish();
                let params = Writer::with_room(0).number(1, 3).number(2, tag).finish();
                let hmac = Writer::with_room(100).message(2, &params).bytes(3, &random(32)).finish();
                ("AesCtrHmacAeadKey", Writer::with_room(200).message(2, &aes).message(3, &hmac).finish())
            }
        };
        let (status, prefix) = (Status::Enabled, self.prefix);
        Entry { id, status, prefix, type_url: type_url(name), value, material: SYMMETRIC }
    }
}
