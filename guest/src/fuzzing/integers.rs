//! Arithmetic: CRC-64 of joined content, sizes of parts, encodings, and pauses before retries.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Input;
use crate::checksum::{Crc64, combine_crc64, crc64};
use crate::oss::pause;
use crate::signature::Query;
use crate::signature::encode::{encode_component, encode_hex, encode_path};

const REFERENCE: crc::Crc<u64> = crc::Crc::<u64>::new(&crc::CRC_64_XZ);

pub(super) fn arith(data: &[u8]) {
    let Some((&mode, data)) = data.split_first() else { return };
    match mode % 5 {
        0 => checksums(mode, data),
        1 => crate::blob::fuzzing::part_sizes(data),
        2 => encodings(data),
        3 => pauses(data),
        _ => crate::blob::fuzzing::checkpoint(data),
    }
}

/// However content is cut, its CRC-64 is that of the whole, as the `crc` crate computes it.
fn checksums(mode: u8, data: &[u8]) {
    let mut input = Input::new(data);
    let repeats = if mode & 64 != 0 { 1 + usize::from(mode >> 4) * 400 } else { 1 };
    let data = data.repeat(repeats);
    let (left, right) = data.split_at(input.u32() as usize % (data.len() + 1));
    let whole = REFERENCE.checksum(&data);
    assert_eq!(crc64(&data), whole);
    let mut continued = Crc64::after(crc64(left));
    continued.update(right);
    assert_eq!(continued.value(), whole);
    assert_eq!(combine_crc64(crc64(left), crc64(right), right.len() as u64), whole);
    // Zeros appended in two steps or in one, also of lengths beyond memory.
    let (first, second) = (input.number() >> 1, input.number() >> 1);
    let in_steps = combine_crc64(combine_crc64(whole, 0, first), 0, second);
    assert_eq!(in_steps, combine_crc64(whole, 0, first + second));
}

/// Percent-encoding and hexadecimal are what a naive encoder writes, and a query is sorted by its encoded names.
fn encodings(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (mut component, mut path) = (String::new(), String::new());
    encode_component(&text, &mut component);
    encode_path(&text, &mut path);
    assert_eq!(component, percent_encoded(&text, b""));
    assert_eq!(path, percent_encoded(&text, b"/"));

    let mut query = Query::default();
    let mut expected = BTreeMap::new();
    for pair in text.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        query.set(name, value);
        expected.insert(percent_encoded(name, b""), percent_encoded(value, b""));
    }
    let pair =
        |(name, value): (&String, &String)| if value.is_empty() { name.clone() } else { format!("{name}={value}") };
    assert_eq!(query.encoded(), expected.iter().map(pair).collect::<Vec<_>>().join("&"));

    let mut hex = String::new();
    encode_hex(data, &mut hex);
    assert_eq!(hex, data.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
}

fn percent_encoded(text: &str, kept: &[u8]) -> String {
    let is_kept = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte) || kept.contains(byte);
    text.bytes()
        .map(|byte| if is_kept(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// A pause is at most 20 s, or what the server asked for.
fn pauses(data: &[u8]) {
    let mut input = Input::new(data);
    let (attempt, random) = (input.byte(), input.number());
    let after = input.one_in(2).then(|| Duration::from_secs(input.number()));
    assert!(pause(attempt, random, after) <= Duration::from_secs(20).max(after.unwrap_or_default()));
}
