//! The binary format of key sets: Tink's messages `Keyset` and `EncryptedKeyset`.

use zeroize::Zeroizing;

use super::info::{CipherKeyInfo, KeySetInfo};
use super::key::{Entry, Named};
use super::problem::KeySetProblem;
use super::wire::{Malformed, Message, Writer};

fn malformed(_: Malformed) -> KeySetProblem {
    KeySetProblem::new("is neither JSON nor a well-formed binary key set")
}

/// Parses a cleartext key set: the primary key's id and the keys.
pub(super) fn read(bytes: &[u8]) -> Result<(u32, Vec<Entry>), KeySetProblem> {
    let set = Message::read(bytes).map_err(malformed)?;
    // `EncryptedKeyset` has its bytes in field 2 and the information in field 3, which `Keyset` lacks.
    if set.bytes(3).is_ok_and(|info| info.is_some()) {
        return Err(KeySetProblem::new("is encrypted: it needs the key-encryption key"));
    }
    let keys = set.repeated(2).map(|key| read_key(key.map_err(malformed)?)).collect::<Result<_, _>>();
    match set.number(1).map_err(malformed)? {
        // A message without a primary key is far more likely an encrypted key set without the public part than a set
        // whose primary key has the id 0.
        0 if keys.is_err() => Err(KeySetProblem::new("is no well-formed binary key set, unless it is encrypted")),
        primary => Ok((primary, keys?)),
    }
}

fn read_key(bytes: &[u8]) -> Result<Entry, KeySetProblem> {
    let key = Message::read(bytes).map_err(malformed)?;
    let id = key.number(3).map_err(malformed)?;
    let data = key.message(1).map_err(malformed)?;
    let type_url = data.bytes(1).map_err(malformed)?.unwrap_or_default();
    let value = data.bytes(2).map_err(malformed)?.unwrap_or_default();
    Ok(Entry {
        id,
        status: named(&key, 2, id, "status")?,
        prefix: named(&key, 4, id, "outputPrefixType")?,
        type_url: text(type_url)?,
        value: Zeroizing::new(value.to_vec()),
        material: data.number(3).map_err(malformed)?,
    })
}

fn text(bytes: &[u8]) -> Result<String, KeySetProblem> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| malformed(Malformed))
}

fn named<T: Named>(message: &Message<'_>, field: u64, id: u32, name: &str) -> Result<T, KeySetProblem> {
    T::of_number(message.number(field).map_err(malformed)?)
        .ok_or_else(|| KeySetProblem::of_key(id, format!("has no {name} that can be used")))
}

/// Writes a cleartext key set.
pub(super) fn write<'a>(primary: u32, keys: impl Iterator<Item = &'a Entry>) -> Zeroizing<Vec<u8>> {
    let keys: Vec<_> = keys.map(write_key).collect();
    let room = keys.iter().map(|key| key.len() + 10).sum::<usize>() + 10;
    let set = Writer::with_room(room).number(1, primary);
    keys.iter().fold(set, |set, key| set.message(2, key)).finish()
}

fn write_key(key: &Entry) -> Zeroizing<Vec<u8>> {
    let room = key.value.len() + key.type_url.len() + 30;
    let data =
        Writer::with_room(room).bytes(1, key.type_url.as_bytes()).bytes(2, &key.value).number(3, key.material).finish();
    Writer::with_room(room + 30)
        .message(1, &data)
        .number(2, key.status.number())
        .number(3, key.id)
        .number(4, key.prefix.number())
        .finish()
}

/// Parses an encrypted key set: the encrypted bytes, and the public part if there is one.
pub(super) fn read_encrypted(bytes: &[u8]) -> Result<(Zeroizing<Vec<u8>>, Option<KeySetInfo>), KeySetProblem> {
    let set = Message::read(bytes).map_err(malformed)?;
    if set.number(1) != Ok(0) {
        return Err(KeySetProblem::new("is not encrypted, though a key-encryption key is given"));
    }
    let text = set.bytes(2).map_err(malformed)?.unwrap_or_default();
    let info = set.bytes(3).map_err(malformed)?.map(read_info).transpose()?;
    Ok((Zeroizing::new(text.to_vec()), info))
}

fn read_info(bytes: &[u8]) -> Result<KeySetInfo, KeySetProblem> {
    let info = Message::read(bytes).map_err(malformed)?;
    let keys = info.repeated(2).map(|key| {
        let key = Message::read(key.map_err(malformed)?).map_err(malformed)?;
        let id = key.number(3).map_err(malformed)?;
        Ok(CipherKeyInfo {
            id,
            type_url: text(key.bytes(1).map_err(malformed)?.unwrap_or_default())?,
            status: named(&key, 2, id, "status")?,
            prefix: named(&key, 4, id, "outputPrefixType")?,
        })
    });
    Ok(KeySetInfo { primary: info.number(1).map_err(malformed)?, keys: keys.collect::<Result<_, _>>()? })
}

/// Writes an encrypted key set.
pub(super) fn write_encrypted(text: &[u8], info: &KeySetInfo) -> Vec<u8> {
    let keys = info.keys.iter().map(|key| {
        let key_info = Writer::with_room(0).bytes(1, key.type_url.as_bytes()).number(2, key.status.number());
        key_info.number(3, key.id).number(4, key.prefix.number()).finish()
    });
    let all = keys.fold(Writer::with_room(0).number(1, info.primary), |all, key| all.message(2, &key)).finish();
    Writer::with_room(0).bytes(2, text).message(3, &all).finish().to_vec()
}
