//! HMAC that can't fail: a key of any length is converted to the hash's block length, as HMAC itself does (RFC 2104).

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The block length of SHA-1 and SHA-256 in bytes.
const BLOCK: usize = 64;

fn block(key: &[u8], digest: impl Fn(&[u8]) -> Zeroizing<Vec<u8>>) -> Zeroizing<[u8; BLOCK]> {
    let mut block = Zeroizing::new([0; BLOCK]);
    let digested;
    let key = if key.len() > BLOCK {
        digested = digest(key);
        &digested
    } else {
        key
    };
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    block
}

/// A key of HMAC-SHA256 with its precomputed hash state, which halves the time for many messages. Wiped from memory
/// when dropped.
#[derive(Clone)]
pub struct HmacSha256(Hmac<Sha256>);

impl HmacSha256 {
    /// An HMAC with a key of any length.
    pub fn new(key: &[u8]) -> Self {
        let block = block(key, |key| Zeroizing::new(Sha256::digest(key).to_vec()));
        Self(Hmac::<Sha256>::new((&*block).into()))
    }

    /// An HMAC whose messages all begin with `begin`.
    pub fn after(&self, begin: &[u8]) -> Self {
        Self(self.0.clone().chain_update(begin))
    }

    /// The authentication code of a message.
    pub fn code(&self, message: &[u8]) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.clone().chain_update(message).finalize().into_bytes().into())
    }
}

/// HMAC-SHA256.
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> Zeroizing<[u8; 32]> {
    HmacSha256::new(key).code(message)
}

/// HMAC-SHA1.
pub fn hmac_sha1(key: &[u8], message: &[u8]) -> [u8; 20] {
    let block = block(key, |key| Zeroizing::new(Sha1::digest(key).to_vec()));
    Hmac::<Sha1>::new((&*block).into()).chain_update(message).finalize().into_bytes().into()
}

/// SHA-256.
pub fn sha256(message: &[u8]) -> [u8; 32] {
    Sha256::digest(message).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_4231_and_2202_with_keys_longer_than_a_block() {
        let message = b"Test Using Larger Than Block-Size Key - Hash Key First";
        let (begin, rest) = message.split_at(20);
        let begun = HmacSha256::new(&[0xaa; 131]).after(begin);
        assert_eq!(begun.code(rest), hmac_sha256(&[0xaa; 131], message));
        let mut hex = String::new();
        super::super::encode::encode_hex(&*begun.code(rest), &mut hex);
        assert_eq!(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
        hex.clear();
        super::super::encode::encode_hex(&hmac_sha1(&[0xaa; 80], message), &mut hex);
        assert_eq!(hex, "aa4ae5e15272d00e95705637ce8a3b55ed402112");
    }
}
