//! The binary format of protocol buffers (its documentation: *Encoding*), as far as Tink's five messages use it.
//!
//! This is written by hand, since it takes a hundred lines: a generator would add a build step and a run time that
//! copies key material freely. Unknown fields are skipped, as the format requires; a duplicate of a field that may
//! occur only once is rejected, which no writer produces.

use zeroize::Zeroizing;

/// Bytes are not a valid message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no well-formed message of its type")]
pub(super) struct Malformed;

#[derive(Clone, Copy)]
enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    Other,
}

/// The fields of a message.
pub(super) struct Message<'a>(Vec<(u64, Value<'a>)>);

impl<'a> Message<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut rest = bytes;
        let mut fields = Vec::new();
        while !rest.is_empty() {
            let tag = varint(&mut rest)?;
            let field = tag >> 3;
            if field == 0 {
                return Err(Malformed);
            }
            let value = match tag & 7 {
                0 => Value::Number(varint(&mut rest)?),
                1 => take(&mut rest, 8).map(|_| Value::Other)?,
                2 => {
                    let length = usize::try_from(varint(&mut rest)?).map_err(|_| Malformed)?;
                    Value::Bytes(take(&mut rest, length)?)
                }
                5 => take(&mut rest, 4).map(|_| Value::Other)?,
                _ => return Err(Malformed),
            };
            fields.push((field, value));
        }
        Ok(Self(fields))
    }

    fn one(&self, field: u64) -> Result<Option<Value<'a>>, Malformed> {
        let mut found = self.0.iter().filter(|(other, _)| *other == field).map(|(_, value)| *value);
        let first = found.next();
        if found.next().is_some() { Err(Malformed) } else { Ok(first) }
    }

    /// A number of 32 bits or an enum; 0 if it is missing.
    pub(super) fn number(&self, field: u64) -> Result<u32, Malformed> {
        match self.one(field)? {
            None => Ok(0),
            Some(Value::Number(number)) => u32::try_from(number).map_err(|_| Malformed),
            Some(_) => Err(Malformed),
        }
    }

    /// Bytes, a text or a message; `None` if it is missing.
    pub(super) fn bytes(&self, field: u64) -> Result<Option<&'a [u8]>, Malformed> {
        match self.one(field)? {
            None => Ok(None),
            Some(Value::Bytes(bytes)) => Ok(Some(bytes)),
            Some(_) => Err(Malformed),
        }
    }

    /// A message; one without fields if it is missing.
    pub(super) fn message(&self, field: u64) -> Result<Self, Malformed> {
        Self::read(self.bytes(field)?.unwrap_or_default())
    }

    /// All messages of a repeated field.
    pub(super) fn repeated(&self, field: u64) -> impl Iterator<Item = Result<&'a [u8], Malformed>> {
        self.0.iter().filter(move |(other, _)| *other == field).map(|(_, value)| match value {
            Value::Bytes(bytes) => Ok(*bytes),
            _ => Err(Malformed),
        })
    }
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], Malformed> {
    let (taken, left) = rest.split_at_checked(length).ok_or(Malformed)?;
    *rest = left;
    Ok(taken)
}

fn varint(rest: &mut &[u8]) -> Result<u64, Malformed> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, left) = rest.split_first().ok_or(Malformed)?;
        *rest = left;
        // The tenth byte may contain only one bit.
        if shift == 63 && *byte > 1 {
            return Err(Malformed);
        }
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(Malformed)
}

/// Writes a message, which is wiped when dropped. Fields must be written in the order of their numbers to give the same
/// bytes as other writers.
pub(super) struct Writer(Zeroizing<Vec<u8>>);

impl Writer {
    /// With a capacity, which must suffice: a buffer that grows leaves copies of its bytes in freed memory.
    pub(super) fn with_room(bytes: usize) -> Self {
        Self(Zeroizing::new(Vec::with_capacity(bytes)))
    }

    /// A number, left out if it is 0.
    pub(super) fn number(mut self, field: u8, number: u32) -> Self {
        if number != 0 {
            self.0.push(field << 3);
            self.varint(u64::from(number));
        }
        self
    }

    /// Bytes or a text, left out if empty.
    pub(super) fn bytes(self, field: u8, bytes: &[u8]) -> Self {
        if bytes.is_empty() { self } else { self.message(field, bytes) }
    }

    /// A message, even if it has no fields.
    pub(super) fn message(mut self, field: u8, message: &[u8]) -> Self {
        self.0.push(field << 3 | 2);
        self.varint(message.len() as u64);
        self.0.extend_from_slice(message);
        self
    }

    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.0.push(number.to_le_bytes()[0]);
    }

    pub(super) fn finish(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_documentations_example() {
        assert_eq!(Message::read(&[0x08, 0x96, 0x01]).unwrap().number(1), Ok(150));
        assert_eq!(*Writer::with_room(0).number(1, 150).finish(), [0x08, 0x96, 0x01]);
    }

    #[test]
    fn what_is_not_well_formed() {
        for bytes in [
            &[0x08][..],
            &[0x08, 0x80],
            &[0x00, 0x00],
            &[0x12, 0x02, 0x00],
            &[0x0b],
            &[0x0c],
            &[0x0e],
            &[0x09, 0, 0, 0],
            &[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02],
            &[0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
        ] {
            assert!(Message::read(bytes).is_err(), "{bytes:x?}");
        }
        let twice = Message::read(&[0x08, 1, 0x08, 2]).unwrap();
        assert_eq!(twice.number(1), Err(Malformed));
        let wide = Message::read(&[0x08, 0x80, 0x80, 0x80, 0x80, 0x10, 0x12, 0x00, 0x1d, 0, 0, 0, 0]).unwrap();
        assert_eq!((wide.number(1), wide.bytes(1), wide.number(3)), (Err(Malformed), Err(Malformed), Err(Malformed)));
        assert_eq!((wide.bytes(2), wide.bytes(9), wide.number(9)), (Ok(Some(&[][..])), Ok(None), Ok(0)));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(number: u32, bytes: Vec<u8>) {
            let written = Writer::with_room(0).number(1, number).bytes(2, &bytes).message(3, &bytes).finish();
            let message = Message::read(&written).unwrap();
            prop_assert_eq!(message.number(1), Ok(number));
            prop_assert_eq!(message.bytes(2).unwrap().unwrap_or_default(), &bytes);
            prop_assert_eq!(message.bytes(3), Ok(Some(&bytes[..])));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            if let Ok(message) = Message::read(&bytes) {
                let _ = (message.number(1), message.bytes(2), message.repeated(3).count());
            }
        }
    }
}
