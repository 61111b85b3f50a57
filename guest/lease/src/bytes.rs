//! Numbers, strings and options as bytes.

pub fn put(bytes: &mut Vec<u8>, number: u64) {
    bytes.extend(number.to_be_bytes());
}

pub fn put_string(bytes: &mut Vec<u8>, text: &str) {
    put(bytes, text.len() as u64);
    bytes.extend(text.as_bytes());
}

pub fn put_option<T>(bytes: &mut Vec<u8>, value: Option<T>, put_value: impl FnOnce(&mut Vec<u8>, T)) {
    bytes.push(u8::from(value.is_some()));
    if let Some(value) = value {
        put_value(bytes, value);
    }
}

pub fn take(rest: &mut &[u8]) -> Option<u64> {
    let (number, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(u64::from_be_bytes(*number))
}

pub fn take_bool(rest: &mut &[u8]) -> Option<bool> {
    let (&[byte], after) = rest.split_first_chunk()?;
    *rest = after;
    match byte {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

pub fn take_string(rest: &mut &[u8]) -> Option<String> {
    let length = usize::try_from(take(rest)?).ok()?;
    let (text, after) = rest.split_at_checked(length)?;
    *rest = after;
    String::from_utf8(text.to_vec()).ok()
}

/// `None` where it is no option, `Some(None)` where it is an empty one.
pub fn take_option<T>(rest: &mut &[u8], take_value: impl FnOnce(&mut &[u8]) -> Option<T>) -> Option<Option<T>> {
    match take_bool(rest)? {
        false => Some(None),
        true => take_value(rest).map(Some),
    }
}
