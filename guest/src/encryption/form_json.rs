//! The JSON format of key sets, by the rules of protocol buffers' JSON and as strict as Google's parsers: names in both
//! spellings, enums by name or number, base64 in both alphabets with or without padding; but no unknown member, no
//! duplicate member, and nothing after the document.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use zeroize::Zeroizing;

use super::info::{CipherKeyInfo, KeySetInfo};
use super::key::{Entry, Named, OutputPrefix, Status};
use super::problem::KeySetProblem;
use crate::json::{Json, write_text};

type Name = [&'static str; 2];
const PRIMARY: Name = ["primaryKeyId", "primary_key_id"];
const KEY: Name = ["key", "key"];
const KEY_DATA: Name = ["keyData", "key_data"];
const TYPE_URL: Name = ["typeUrl", "type_url"];
const VALUE: Name = ["value", "value"];
const MATERIAL: Name = ["keyMaterialType", "key_material_type"];
const STATUS: Name = ["status", "status"];
const KEY_ID: Name = ["keyId", "key_id"];
const PREFIX: Name = ["outputPrefixType", "output_prefix_type"];
const ENCRYPTED: Name = ["encryptedKeyset", "encrypted_keyset"];
const INFO: Name = ["keysetInfo", "keyset_info"];
const KEY_INFO: Name = ["keyInfo", "key_info"];

/// The base64 of other writers, besides the standard alphabet with padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Parses a cleartext key set: the primary key's id and the keys.
pub(super) fn read(bytes: &[u8]) -> Result<(u32, Vec<Entry>), KeySetProblem> {
    let json = Json::parse(bytes).map_err(KeySetProblem::new)?;
    if is_encrypted(&json) {
        return Err(KeySetProblem::new("is encrypted: it needs the key-encryption key"));
    }
    let set = Record::new(&json, "the key set", &[PRIMARY, KEY])?;
    let keys = set.list(KEY)?.iter().map(read_key).collect::<Result<_, _>>()?;
    Ok((set.number(PRIMARY)?, keys))
}

fn read_key(json: &Json) -> Result<Entry, KeySetProblem> {
    let key = Record::new(json, "a key", &[KEY_DATA, STATUS, KEY_ID, PREFIX])?;
    let id = key.number(KEY_ID)?;
    let nothing = Json::Object(Vec::new());
    let data = Record::new(key.get(KEY_DATA)?.unwrap_or(&nothing), "a key's data", &[TYPE_URL, VALUE, MATERIAL])?;
    Ok(Entry {
        id,
        status: key.named(STATUS, id)?,
        prefix: key.named(PREFIX, id)?,
        type_url: data.text(TYPE_URL)?.to_owned(),
        value: decode(data.text(VALUE)?).ok_or_else(|| KeySetProblem::of_key(id, "has a value that is no base64"))?,
        // An unknown value has no effect.
        material: data.get(MATERIAL)?.and_then(named).unwrap_or_default(),
    })
}

/// Writes a cleartext key set.
pub(super) fn write<'a>(primary: u32, keys: impl Iterator<Item = &'a Entry>) -> Zeroizing<String> {
    let keys: Vec<_> = keys.collect();
    // Reserve enough: a buffer that grows leaves copies of the keys in freed memory.
    let room = keys.iter().map(|key| key.value.len() * 2 + key.type_url.len() * 6 + 200).sum::<usize>() + 100;
    let mut out = Zeroizing::new(String::with_capacity(room));
    out.push_str(&format!("{{\"primaryKeyId\":{primary},\"key\":["));
    for (at, key) in keys.iter().enumerate() {
        out.push_str(if at == 0 { "{\"keyData\":{\"typeUrl\":" } else { ",{\"keyData\":{\"typeUrl\":" });
        write_text(&key.type_url, &mut out);
        out.push_str(",\"value\":\"");
        STANDARD.encode_string(&*key.value, &mut out);
        out.extend(["\",\"keyMaterialType\":\"", key.material.name().unwrap_or("UNKNOWN_KEYMATERIAL")]);
        out.extend(["\"},\"status\":\"", key.status.name().unwrap_or_default()]);
        out.push_str(&format!("\",\"keyId\":{},\"outputPrefixType\":\"", key.id));
        out.extend([key.prefix.name().unwrap_or_default(), "\"}"]);
    }
    out.push_str("]}");
    out
}

/// Parses an encrypted key set: the encrypted bytes, and the public part if there is one.
pub(super) fn read_encrypted(bytes: &[u8]) -> Result<(Zeroizing<Vec<u8>>, Option<KeySetInfo>), KeySetProblem> {
    let json = Json::parse(bytes).map_err(KeySetProblem::new)?;
    if !is_encrypted(&json) {
        return Err(KeySetProblem::new("is not encrypted, though a key-encryption key is given"));
    }
    let set = Record::new(&json, "the encrypted key set", &[ENCRYPTED, INFO])?;
    let text =
        decode(set.text(ENCRYPTED)?).ok_or_else(|| KeySetProblem::new("has an encryptedKeyset that is no base64"))?;
    let Some(info) = set.get(INFO)? else { return Ok((text, None)) };
    let info = Record::new(info, "keysetInfo", &[PRIMARY, KEY_INFO])?;
    let keys = info.list(KEY_INFO)?.iter().map(|json| {
        let key = Record::new(json, "a key's information", &[TYPE_URL, STATUS, KEY_ID, PREFIX])?;
        let id = key.number(KEY_ID)?;
        let (status, prefix): (Status, OutputPrefix) = (key.named(STATUS, id)?, key.named(PREFIX, id)?);
        Ok(CipherKeyInfo { id, type_url: key.text(TYPE_URL)?.to_owned(), status, prefix })
    });
    let info = KeySetInfo { primary: info.number(PRIMARY)?, keys: keys.collect::<Result<_, _>>()? };
    Ok((text, Some(info)))
}

/// Writes an encrypted key set.
pub(super) fn write_encrypted(text: &[u8], info: &KeySetInfo) -> String {
    ["{\"encryptedKeyset\":\"", &STANDARD.encode(text), "\",\"keysetInfo\":", &info.to_json(), "}"].concat()
}

fn is_encrypted(json: &Json) -> bool {
    ENCRYPTED.iter().any(|name| json.member(name).is_some())
}

fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let standard = |byte| match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    };
    let text = Zeroizing::new(text.bytes().map(standard).collect::<Vec<u8>>());
    let mut bytes = Zeroizing::new(Vec::with_capacity(base64::decoded_len_estimate(text.len())));
    LENIENT.decode_vec(&*text, &mut bytes).ok()?;
    Some(bytes)
}

fn named<T: Named>(json: &Json) -> Option<T> {
    match json {
        Json::Text(name) => T::of_name(name),
        other => T::of_number(other.uint32()?),
    }
}

/// An object whose members are all known.
struct Record<'a> {
    what: &'static str,
    json: &'a Json,
}

impl<'a> Record<'a> {
    fn new(json: &'a Json, what: &'static str, names: &[Name]) -> Result<Self, KeySetProblem> {
        let Json::Object(members) = json else {
            return Err(KeySetProblem::new(format!("is wrong: {what} is no object")));
        };
        let known = |name: &String| names.iter().flatten().any(|known| known == name);
        match members.iter().find(|(name, _)| !known(name)) {
            None => Ok(Self { what, json }),
            Some((name, _)) if name.len() <= 40 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') => {
                Err(KeySetProblem::new(format!("is wrong: {what} has the unknown member {name:?}")))
            }
            Some(_) => Err(KeySetProblem::new(format!("is wrong: {what} has an unknown member"))),
        }
    }

    /// A member in either spelling, but not in both.
    fn get(&self, [camel, snake]: Name) -> Result<Option<&'a Json>, KeySetProblem> {
        match (self.json.member(camel), self.json.member(snake)) {
            (Some(_), Some(_)) if camel != snake => Err(self.wrong(camel, "stands in both spellings")),
            (one, other) => Ok(one.or(other)),
        }
    }

    fn wrong(&self, member: &str, why: &str) -> KeySetProblem {
        KeySetProblem::new(format!("is wrong: {member} of {} {why}", self.what))
    }

    /// A number; 0 if it is missing.
    fn number(&self, name: Name) -> Result<u32, KeySetProblem> {
        self.get(name)?
            .map_or(Ok(0), |json| json.uint32().ok_or_else(|| self.wrong(name[0], "is no number from 0 to 4294967295")))
    }

    /// A text; empty if it is missing.
    fn text(&self, name: Name) -> Result<&'a str, KeySetProblem> {
        self.get(name)?.map_or(Ok(""), |json| json.text().ok_or_else(|| self.wrong(name[0], "is no text")))
    }

    fn list(&self, name: Name) -> Result<&'a [Json], KeySetProblem> {
        match self.get(name)? {
            None => Ok(&[]),
            Some(Json::List(list)) => Ok(list),
            Some(_) => Err(self.wrong(name[0], "is no list")),
        }
    }

    fn named<T: Named>(&self, name: Name, id: u32) -> Result<T, KeySetProblem> {
        let value = self.get(name)?.and_then(named);
        value.ok_or_else(|| KeySetProblem::of_key(id, format!("has no {} that can be used", name[0])))
    }
}
