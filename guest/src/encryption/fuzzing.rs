//! Fuzz target of key sets and sealed values.

use super::*;
use crate::fuzzing::Dice;

/// Any bytes as a key set, and others as a value: what is written is read, what is sealed is opened, and nothing that was
/// changed, cut or sealed for another key opens.
pub(crate) fn keysets(data: &[u8]) {
    let Some((&mode, data)) = data.split_first() else { return };
    let (set, value) = if mode & 4 == 0 {
        (data, &data[..data.len().min(40)])
    } else {
        let cut = data.len().min(usize::from(mode >> 3) * 64);
        data.split_at(data.len() - cut)
    };
    if let Ok(info) = KeySetInfo::parse(set) {
        let _ = (info.to_json(), format!("{info:?}"));
    }
    thread_local!(static KEY_ENCRYPTION_KEYS: KeySet =
        KeySet::create(Template::parse("AES256_GCM").unwrap(), &Dice::new(7)).unwrap());
    KEY_ENCRYPTION_KEYS.with(|keys| {
        let by = KeyEncryption { keys, data: b"ad" };
        assert!(KeySet::parse_encrypted(set, by).is_err(), "nobody has sealed it");
        if let Ok(set) = KeySet::parse(set) {
            written_and_read(&set, by);
            sealed_and_opened(&set, value, mode);
        }
    });
    for clear_values in [ClearValues::Refused, ClearValues::Recognised, ClearValues::All] {
        let options = EncryptionOptions { key_set: set.to_vec().into(), key_encryption: None, clear_values };
        if let Ok(encryption) = Encryption::open(&options) {
            let sealed = encryption.seal(&Dice::new(1), "key", value).unwrap();
            let (opened, _) = encryption.value("key", sealed.clone(), || true).unwrap();
            assert_eq!(opened, value);
            if clear_values != ClearValues::All {
                assert!(encryption.value("other", sealed, || true).is_none());
            }
            let _ = (encryption.value_size(u64::MAX, Some(0)), encryption.value_size(0, Some(u64::MAX)));
        }
    }
}

fn written_and_read(set: &KeySet, by: KeyEncryption<'_>) {
    let _ = format!("{set:?}");
    for form in [Form::Json, Form::Binary] {
        let again = KeySet::parse(&set.write(form)).expect("what is written is read");
        assert!(again.info() == set.info());
        if form == Form::Binary {
            assert!(again.write(Form::Binary) == set.write(Form::Binary));
        }
        let sealed = set.write_encrypted(form, by, &Dice::new(1)).unwrap();
        let opened = KeySet::parse_encrypted(&sealed, by).expect("what is sealed is opened");
        assert!(opened.write(Form::Binary) == set.write(Form::Binary));
        assert_eq!(KeySetInfo::parse(&sealed).unwrap(), set.info());
        assert!(KeySet::parse_encrypted(&sealed, KeyEncryption { data: b"other", ..by }).is_err());
        assert!(KeySet::parse(&sealed).is_err());
    }
}

fn sealed_and_opened(set: &KeySet, value: &[u8], mode: u8) {
    let sealed = set.seal(&Dice::new(1), value, b"k").expect("short");
    let opened = set.open(&sealed, b"k").expect("its own");
    assert_eq!(&*opened.value, value);
    assert!(opened.key_id == set.primary_id());
    if let Some(overhead) = set.overhead() {
        assert_eq!(sealed.len() as u64, value.len() as u64 + overhead);
    }
    assert!(set.open(&sealed, b"j").is_none());
    let mut changed = sealed.clone();
    let at = value.first().map_or(0, |byte| usize::from(*byte)) % changed.len();
    changed[at] ^= 1 << (mode & 7);
    assert!(set.open(&changed, b"k").is_none(), "changed at {at}");
    for length in [0, 1, 4, 5, 6, sealed.len() / 2, sealed.len() - 1] {
        if length < sealed.len() {
            assert!(set.open(&sealed[..length], b"k").is_none(), "cut to {length}");
        }
    }
    assert!(set.open(value, b"k").is_none());
    set.is_marked(value);
}
