//! What an encrypted storage does with everything that an object can turn out to be.

use bytes::Bytes;

use super::{KeyInfo, Reencrypted, Storage};
use crate::credentials::{CredentialSource, Credentials, Temporary};
use crate::encryption::{ClearValues, Encryption, EncryptionOptions, Form, KeySet, Protection, Template};
use crate::error::{Error, ErrorKind};
use crate::message::Method;
use crate::ports::TransportErrorKind;
use crate::testing::{Act, Scripted, Sent, settings};

const KEY: &str = "certificates/ca/example.com/example.com.key";
const PEM: &str = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n";
const MARK: &str = "x-oss-meta-ossicle-value-size";

/// Any entropy does for tests but one that repeats ids.
fn key_set(templates: &[&str]) -> KeySet {
    let template = |name: &&str| Template::parse(name).unwrap();
    let entropy = Scripted::new([]);
    let mut keys = KeySet::create(template(&templates[0]), &entropy).unwrap();
    for name in &templates[1..] {
        keys.rotate(template(name), &entropy).unwrap();
    }
    keys
}

fn run<T>(
    script: Vec<Act>,
    keys: Option<&KeySet>,
    clear_values: ClearValues,
    call: impl AsyncFnOnce(&Storage<Scripted>) -> T,
) -> (T, Vec<Sent>) {
    let ports = Scripted::new(script);
    let encryption = keys.map(|keys| {
        let options = EncryptionOptions { key_set: keys.write(Form::Json), key_encryption: None, clear_values };
        Encryption::open(&options).unwrap()
    });
    let settings = settings(|config| config.root = Some("root".into()));
    let storage = Storage::new(ports.clone(), settings).with_encryption(encryption);
    let result = ports.run(call(&storage));
    (result, ports.sent())
}

fn object(bytes: &[u8]) -> Act {
    Act::object(bytes.to_vec())
}

fn sealed(keys: &KeySet, data: &str) -> Vec<u8> {
    keys.seal(&Scripted::new([]), PEM.as_bytes(), data.as_bytes()).unwrap()
}

fn load(act: Act, keys: Option<&KeySet>, clear_values: ClearValues) -> Result<(Bytes, Protection), Error> {
    let (result, _) = run(vec![act], keys, clear_values, async |storage| storage.load_value(KEY).await);
    result.map(|value| (value.bytes, value.protection))
}

fn assert_corrupt(result: Result<(Bytes, Protection), Error>) {
    let error = result.unwrap_err();
    assert_eq!((error.kind, error.key.as_deref(), error.retryable), (ErrorKind::Corrupt, Some(KEY), false), "{error}");
}

#[test]
fn a_value_is_stored_under_its_key_alone_whatever_root_and_alias() {
    let keys = key_set(&["AES256_GCM"]);
    for alias in [KEY, "/certificates//ca/./example.com/example.com.key/"] {
        let size = PEM.len() + 33;
        let (_, sent) = run(vec![Act::stored()], Some(&keys), ClearValues::All, async |storage| {
            storage.store(alias, PEM.into()).await
        });
        let body = &sent[0].request.body;
        assert_eq!((body.len(), sent[0].header(MARK)), (size, PEM.len().to_string().as_str()));
        assert_eq!(*keys.open(body, KEY.as_bytes()).unwrap().value, PEM.as_bytes());
        let (result, _) =
            run(vec![object(body)], Some(&keys), ClearValues::Refused, async |storage| storage.load(alias).await);
        assert_eq!(result.unwrap(), PEM);
    }
}

#[test]
fn whatever_is_wrong_is_corrupt_and_nothing_else() {
    let (keys, other) = (key_set(&["AES256_GCM"]), key_set(&["AES128_GCM", "AES256_GCM"]));
    let text = sealed(&keys, KEY);
    let flips = (0..text.len()).map(|at| {
        let mut flipped = text.clone();
        flipped[at] ^= 1;
        flipped
    });
    let cuts = (1..text.len()).map(|length| text[..length].to_vec());
    for bytes in flips.chain(cuts).chain([sealed(&keys, "another/key")]) {
        for clear_values in [ClearValues::Refused, ClearValues::Recognised] {
            assert_corrupt(load(object(&bytes), Some(&keys), clear_values));
        }
        // What Ossicle wrote is known as sealed even where everything else is taken.
        assert_corrupt(load(object(&bytes).with(MARK, "59"), Some(&keys), ClearValues::All));
    }
    assert_corrupt(load(object(&text), Some(&other), ClearValues::Recognised));
    assert_corrupt(load(object(b"").with(MARK, "59"), Some(&keys), ClearValues::All));
    assert_corrupt(load(object(&text).with(MARK, "59"), None, ClearValues::Refused));
    // A prefix of the set, be the key enabled or not, is no value's.
    assert_corrupt(load(object(&text[..5]), Some(&keys), ClearValues::All));
}

#[test]
fn clear_values_are_read_only_where_they_may_be_and_told_apart() {
    let keys = key_set(&["AES256_GCM"]);
    let clear = |bytes: &[u8]| Ok((Bytes::copy_from_slice(bytes), Protection::Clear));
    let sealed_by = Protection::Sealed { key_id: keys.primary_id(), by_primary: true };
    for clear_values in [ClearValues::Refused, ClearValues::Recognised, ClearValues::All] {
        let result = load(object(&sealed(&keys, KEY)), Some(&keys), clear_values);
        assert_eq!(result, Ok((PEM.into(), sealed_by)));
    }
    assert_corrupt(load(object(PEM.as_bytes()), Some(&keys), ClearValues::Refused));
    assert_eq!(load(object(PEM.as_bytes()), Some(&keys), ClearValues::Recognised), clear(PEM.as_bytes()));
    let binary = &[0xff; 40];
    assert_corrupt(load(object(binary), Some(&keys), ClearValues::Recognised));
    assert_eq!(load(object(binary), Some(&keys), ClearValues::All), clear(binary));
    assert_eq!(load(object(binary), None, ClearValues::Refused), clear(binary));
    // Nothing is written in clear.
    let (_, sent) =
        run(vec![Act::stored()], Some(&keys), ClearValues::All, async |storage| storage.store(KEY, PEM.into()).await);
    assert!(keys.open(&sent[0].request.body, KEY.as_bytes()).is_some());
}

fn head(size: usize) -> Act {
    Act::answer(200, "")
        .with("content-length", size.to_string())
        .with("last-modified", "Wed, 28 Dec 2022 10:27:41 GMT")
        .with("etag", "\"E\"")
}

fn stat(script: Vec<Act>, keys: Option<&KeySet>, clear_values: ClearValues) -> (Result<u64, ErrorKind>, usize) {
    let (result, sent) = run(script, keys, clear_values, async |storage| storage.stat(KEY).await);
    let size = |info: KeyInfo| {
        assert!(info.is_terminal && info.key == KEY);
        info.size
    };
    (result.map(size).map_err(|error| error.kind), sent.len())
}

#[test]
fn gap_28_the_size_is_the_values() {
    use ClearValues::{All, Recognised, Refused};
    let (one, two) = (key_set(&["AES128_GCM_RAW"]), key_set(&["AES128_GCM_RAW", "XCHACHA20_POLY1305"]));
    // One request where the object states it, or all texts are longer by the same.
    assert_eq!(stat(vec![head(145).with(MARK, "100")], Some(&two), All), (Ok(100), 1));
    assert_eq!(stat(vec![head(128)], Some(&one), Refused), (Ok(100), 1));
    assert_eq!(stat(vec![head(128)], None, Refused), (Ok(128), 1));
    assert_eq!(stat(vec![head(145).with(MARK, "100")], None, Refused), (Ok(100), 1));
    // Two where it must be opened: it is the truth that counts.
    let text = sealed(&one, KEY);
    assert_eq!(stat(vec![head(text.len()), object(&text)], Some(&two), Refused), (Ok(PEM.len() as u64), 2));
    assert_eq!(stat(vec![head(PEM.len()), object(PEM.as_bytes())], Some(&one), Recognised), (Ok(PEM.len() as u64), 2));
    // What is stated but can't be is not believed.
    let lie = head(text.len()).with(MARK, "1000000");
    assert_eq!(stat(vec![lie, object(&text)], Some(&two), Refused), (Ok(PEM.len() as u64), 2));
    assert_eq!(stat(vec![head(9), object(b"too short")], Some(&one), Refused), (Err(ErrorKind::Corrupt), 2));
}

fn reencrypt(script: Vec<Act>, keys: &KeySet, clear_values: ClearValues) -> (Result<Reencrypted, Error>, Vec<Sent>) {
    run(script, Some(keys), clear_values, async |storage| storage.reencrypt(KEY).await)
}

fn stored(bytes: &[u8], etag: &str) -> Act {
    object(bytes).with("etag", etag).with("last-modified", "Wed, 28 Dec 2022 10:27:41 GMT")
}

#[test]
fn reencryption_moves_to_the_primary_key() {
    let keys = key_set(&["AES128_GCM_RAW", "XCHACHA20_POLY1305"]);
    let old = key_set(&["AES128_GCM_RAW"]);
    for (bytes, was) in [
        (sealed(&old, KEY), Protection::Sealed { key_id: old.primary_id(), by_primary: false }),
        (PEM.as_bytes().to_vec(), Protection::Clear),
    ] {
        let script = vec![stored(&bytes, "\"E\""), head(9), Act::stored()];
        let (result, sent) = reencrypt(script, &keys, ClearValues::Recognised);
        assert_eq!(result.unwrap(), Reencrypted::Rewritten(was));
        assert_eq!(sent[2].request.method, Method::Put);
        assert!(keys.open(&sent[2].request.body, KEY.as_bytes()).unwrap().by_primary);
    }
}

/// 2.5: whatever the put failed with, the object is looked at again before another is sent; and OSS takes no put that comes
/// long after the look.
#[test]
fn a_put_of_a_reencryption_is_never_sent_again_without_another_look() {
    let keys = key_set(&["AES128_GCM_RAW", "XCHACHA20_POLY1305"]);
    let old = sealed(&key_set(&["AES128_GCM_RAW"]), KEY);
    let refused = |code: &str| Act::answer(403, format!("<Error><Code>{code}</Code></Error>"));
    let expired = "<Error><Code>AccessDenied</Code><Message>Request has expired.</Message></Error>";
    for failure in [
        // Years from what this side's clock shows.
        refused("RequestTimeTooSkewed").without("date").with("date", "Mon, 01 Jan 2029 10:27:41 GMT"),
        refused("SecurityTokenExpired"),
        Act::answer(403, expired),
        Act::answer(503, "<Error><Code>TotalQpsLimitExceeded</Code></Error>"),
        Act::fail(TransportErrorKind::NotSent),
        Act::fail(TransportErrorKind::Broken),
    ] {
        let look = || [stored(&old, "\"E\""), head(9)];
        let script = look().into_iter().chain([failure]).chain(look()).chain([Act::stored()]);
        // An hour ahead, so that setting the clock by an answer changes it.
        let mut ports = Scripted::new(script);
        ports.clock_error = 3600;
        let secret = || String::from("secret").into();
        let key = || Credentials { access_key_id: "ak".into(), access_key_secret: secret(), security_token: None };
        (0..2).for_each(|_| ports.hand_over(Temporary { credentials: key(), expires: None }));
        let settings = settings(|config| config.credentials = CredentialSource::Host);
        let options = EncryptionOptions {
            key_set: keys.write(Form::Json),
            key_encryption: None,
            clear_values: ClearValues::Refused,
        };
        let storage = Storage::new(ports.clone(), settings).with_encryption(Some(Encryption::open(&options).unwrap()));
        let result = ports.run(storage.reencrypt(KEY));
        assert!(matches!(result, Ok(Reencrypted::Rewritten(_))), "{result:?}");
        let sent = ports.sent();
        let methods: Vec<_> = sent.iter().map(|sent| sent.request.method.as_str()).collect();
        assert_eq!(methods, ["GET", "HEAD", "PUT", "GET", "HEAD", "PUT"]);
        // From the `Date` of the look, less three seconds, for 15 s and those.
        let put = &sent[2].request.path_with_query;
        assert!(put.contains("x-oss-date=20221228T102738Z") && put.contains("x-oss-expires=18"), "{put}");
    }
}

#[test]
fn reencryption_leaves_alone_what_it_must() {
    let keys = key_set(&["AES128_GCM_RAW", "XCHACHA20_POLY1305"]);
    let missing = || Act::answer(404, "<Error><Code>NoSuchKey</Code></Error>");
    let old = sealed(&key_set(&["AES128_GCM_RAW"]), KEY);
    let lock = || object(b"{}").with("x-oss-object-type", "Appendable");
    for (script, expected) in [
        (vec![object(&sealed(&keys, KEY))], Reencrypted::Current),
        (vec![missing()], Reencrypted::Absent),
        (vec![stored(&old, "\"E\""), missing()], Reencrypted::Absent),
        (vec![lock()], Reencrypted::Foreign),
        // Changed meanwhile, and then current.
        (vec![stored(&old, "\"D\""), head(9), object(&sealed(&keys, KEY))], Reencrypted::Current),
        // The answer to the put was lost; the next round finds it done.
        (
            vec![stored(&old, "\"E\""), head(9), Act::fail(TransportErrorKind::Broken), object(&sealed(&keys, KEY))],
            Reencrypted::Current,
        ),
    ] {
        let (result, sent) = reencrypt(script, &keys, ClearValues::Recognised);
        assert_eq!(result.unwrap(), expected);
        assert!(sent.iter().filter(|sent| sent.request.method == Method::Put).count() <= 1);
    }
    let changing = || [stored(&old, "\"D\""), head(9)];
    let script = changing().into_iter().chain(changing()).chain(changing()).collect();
    let (result, _) = reencrypt(script, &keys, ClearValues::Recognised);
    let error = result.unwrap_err();
    assert_eq!((error.kind, error.retryable), (ErrorKind::Conflict, true));
    let (result, sent) = reencrypt(vec![object(&old[1..])], &keys, ClearValues::Recognised);
    assert_eq!((result.unwrap_err().kind, sent.len()), (ErrorKind::Corrupt, 1));
}
