//! AES-CTR with an HMAC over it, Tink's encrypt-then-MAC: `iv ‖ ciphertext ‖ mac`, where the MAC is over
//! `data ‖ iv ‖ ciphertext ‖ length of data in bits as 64 bits`.

use aes::{Aes128, Aes256};
use ctr::Ctr128BE;
use ctr::cipher::{KeyIvInit, StreamCipher};
use ctutils::CtEq;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use crate::ports::Entropy;

/// The hash function of HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// The hash with this number in Tink's `HashType`.
    pub(super) fn of_number(number: u32) -> Option<Self> {
        Some(match number {
            1 => Self::Sha1,
            2 => Self::Sha384,
            3 => Self::Sha256,
            4 => Self::Sha512,
            5 => Self::Sha224,
            _ => return None,
        })
    }

    fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// The parameters of a key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Params {
    pub iv_size: usize,
    pub hash: Hash,
    pub tag_size: usize,
}

/// A cipher with its keys.
pub(super) struct CtrHmac {
    params: Params,
    aes: Zeroizing<Vec<u8>>,
    mac: Zeroizing<Vec<u8>>,
}

impl CtrHmac {
    pub(super) fn new(params: Params, aes: &[u8], mac: &[u8]) -> Result<Self, &'static str> {
        if !matches!(aes.len(), 16 | 32) {
            return Err("has an AES key of another length than 16 or 32 bytes");
        }
        if !(12..=16).contains(&params.iv_size) {
            return Err("has an IV of less than 12 or more than 16 bytes");
        }
        if mac.len() < 16 {
            return Err("has an HMAC key of less than 16 bytes");
        }
        if !(10..=params.hash.length()).contains(&params.tag_size) {
            return Err("has a tag of less than 10 bytes or more than its hash has");
        }
        Ok(Self { params, aes: Zeroizing::new(aes.to_vec()), mac: Zeroizing::new(mac.to_vec()) })
    }

    pub(super) fn overhead(&self) -> usize {
        self.params.iv_size + self.params.tag_size
    }

    /// As [`super::nonced::Nonced::seal`].
    pub(super) fn seal(&self, entropy: &impl Entropy, value: &[u8], data: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let start = out.len();
        let middle = start.checked_add(self.params.iv_size)?;
        out.resize(middle, 0);
        entropy.fill(out.get_mut(start..)?);
        out.extend_from_slice(value);
        let (iv, body) = out.get_mut(start..)?.split_at_mut_checked(self.params.iv_size)?;
        self.keystream(iv, body)?;
        let mac = self.authenticate(data, out.get(start..)?)?;
        out.extend_from_slice(mac.get(..self.params.tag_size)?);
        Some(())
    }

    /// As [`super::nonced::Nonced::open`].
    pub(super) fn open(&self, text: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (text, mac) = text.split_at_checked(text.len().checked_sub(self.params.tag_size)?)?;
        let (iv, body) = text.split_at_checked(self.params.iv_size)?;
        let expected = self.authenticate(data, text)?;
        expected.get(..mac.len())?.ct_eq(mac).to_bool().then_some(())?;
        let mut value = Zeroizing::new(body.to_vec());
        self.keystream(iv, &mut value)?;
        Some(value)
    }

    fn keystream(&self, iv: &[u8], body: &mut [u8]) -> Option<()> {
        let mut counter = [0; 16];
        counter.iter_mut().zip(iv).for_each(|(to, from)| *to = *from);
        match self.aes.len() {
            16 => apply::<Ctr128BE<Aes128>>(&self.aes, &counter, body),
            _ => apply::<Ctr128BE<Aes256>>(&self.aes, &counter, body),
        }
    }

    /// The MAC before it is truncated.
    fn authenticate(&self, data: &[u8], text: &[u8]) -> Option<Vec<u8>> {
        let bits = (data.len() as u64).checked_mul(8)?.to_be_bytes();
        let parts = [data, text, &bits];
        match self.params.hash {
            Hash::Sha1 => authenticate::<Hmac<Sha1>>(&self.mac, parts),
            Hash::Sha224 => authenticate::<Hmac<Sha224>>(&self.mac, parts),
            Hash::Sha256 => authenticate::<Hmac<Sha256>>(&self.mac, parts),
            Hash::Sha384 => authenticate::<Hmac<Sha384>>(&self.mac, parts),
            Hash::Sha512 => authenticate::<Hmac<Sha512>>(&self.mac, parts),
        }
    }
}

fn apply<C: KeyIvInit + StreamCipher>(key: &[u8], counter: &[u8; 16], body: &mut [u8]) -> Option<()> {
    C::new_from_slices(key, counter).ok()?.try_apply_keystream(body).ok()
}

/// Compiled once for each hash and not inlined, because it takes little of a call's time.
#[inline(never)]
fn authenticate<M: Mac + KeyInit>(key: &[u8], parts: [&[u8]; 3]) -> Option<Vec<u8>> {
    let mut mac = <M as KeyInit>::new_from_slice(key).ok()?;
    parts.iter().for_each(|part| mac.update(part));
    Some(mac.finalize().into_bytes().to_vec())
}
