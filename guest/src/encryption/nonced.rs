//! The ciphers with the format `nonce ‖ ciphertext ‖ tag`: AES-GCM, AES-GCM-SIV (RFC 8452), ChaCha20-Poly1305 (RFC
//! 8439) and XChaCha20-Poly1305.

use aes_gcm::aead::{AeadCore, AeadInOut, KeyInit, Nonce, Tag};
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use aes_gcm_siv::{Aes128GcmSiv, Aes256GcmSiv};
use chacha20poly1305::{ChaCha20Poly1305, XChaCha20Poly1305};
use zeroize::Zeroizing;

use crate::ports::Entropy;

/// The length of the tag, the same for all of them.
const TAG: usize = 16;

/// Which cipher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Suite {
    AesGcm,
    AesGcmSiv,
    ChaCha20Poly1305,
    XChaCha20Poly1305,
}

impl Suite {
    fn nonce(self) -> usize {
        if matches!(self, Self::XChaCha20Poly1305) { 24 } else { 12 }
    }

    /// Whether this is a valid length of a key. (Tink rejects AES-192.)
    pub(super) fn takes_key(self, length: usize) -> bool {
        match self {
            Self::AesGcm | Self::AesGcmSiv => matches!(length, 16 | 32),
            Self::ChaCha20Poly1305 | Self::XChaCha20Poly1305 => length == 32,
        }
    }
}

/// A cipher with its key. The key schedule is computed for each value and wiped afterwards.
pub(super) struct Nonced {
    suite: Suite,
    key: Zeroizing<Vec<u8>>,
}

impl Nonced {
    /// The key must have a length that the suite allows.
    pub(super) fn new(suite: Suite, key: &[u8]) -> Self {
        Self { suite, key: Zeroizing::new(key.to_vec()) }
    }

    pub(super) fn overhead(&self) -> usize {
        self.suite.nonce() + TAG
    }

    /// Appends a ciphertext to `out`, which should have enough capacity. `None` if the value is too long for the
    /// cipher.
    pub(super) fn seal(&self, entropy: &impl Entropy, value: &[u8], data: &[u8], out: &mut Vec<u8>) -> Option<()> {
        match (self.suite, self.key.len()) {
            (Suite::AesGcm, 16) => seal::<Aes128Gcm>(&self.key, entropy, value, data, out),
            (Suite::AesGcm, _) => seal::<Aes256Gcm>(&self.key, entropy, value, data, out),
            (Suite::AesGcmSiv, 16) => seal::<Aes128GcmSiv>(&self.key, entropy, value, data, out),
            (Suite::AesGcmSiv, _) => seal::<Aes256GcmSiv>(&self.key, entropy, value, data, out),
            (Suite::ChaCha20Poly1305, _) => seal::<ChaCha20Poly1305>(&self.key, entropy, value, data, out),
            (Suite::XChaCha20Poly1305, _) => seal::<XChaCha20Poly1305>(&self.key, entropy, value, data, out),
        }
    }

    /// Decrypts a ciphertext; `None` if it was not made with this key and data.
    pub(super) fn open(&self, text: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        match (self.suite, self.key.len()) {
            (Suite::AesGcm, 16) => open::<Aes128Gcm>(&self.key, text, data),
            (Suite::AesGcm, _) => open::<Aes256Gcm>(&self.key, text, data),
            (Suite::AesGcmSiv, 16) => open::<Aes128GcmSiv>(&self.key, text, data),
            (Suite::AesGcmSiv, _) => open::<Aes256GcmSiv>(&self.key, text, data),
            (Suite::ChaCha20Poly1305, _) => open::<ChaCha20Poly1305>(&self.key, text, data),
            (Suite::XChaCha20Poly1305, _) => open::<XChaCha20Poly1305>(&self.key, text, data),
        }
    }
}

fn seal<C: KeyInit + AeadInOut + AeadCore>(
    key: &[u8],
    entropy: &impl Entropy,
    value: &[u8],
    data: &[u8],
    out: &mut Vec<u8>,
) -> Option<()> {
    let cipher = C::new_from_slice(key).ok()?;
    let mut nonce = Nonce::<C>::default();
    entropy.fill(&mut nonce);
    out.extend_from_slice(&nonce);
    let start = out.len();
    out.extend_from_slice(value);
    let body = out.get_mut(start..)?;
    let tag = cipher.encrypt_inout_detached(&nonce, data, body.into()).ok()?;
    out.extend_from_slice(&tag);
    Some(())
}

fn open<C: KeyInit + AeadInOut + AeadCore>(key: &[u8], text: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let cipher = C::new_from_slice(key).ok()?;
    let (nonce, rest) = text.split_at_checked(Nonce::<C>::default().len())?;
    let (body, tag) = rest.split_at_checked(rest.len().checked_sub(TAG)?)?;
    let (nonce, tag) = (Nonce::<C>::try_from(nonce).ok()?, Tag::<C>::try_from(tag).ok()?);
    let mut value = Zeroizing::new(body.to_vec());
    cipher.decrypt_inout_detached(&nonce, data, value.as_mut_slice().into(), &tag).ok()?;
    Some(value)
}
