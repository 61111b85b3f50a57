//! JSON: key sets, answers of credential services, and text that is written as JSON.

use serde_json::Value;

use crate::json::{Json, write_text};

/// What the parser takes is what `serde_json` takes, and means the same; but for names that occur twice.
pub(super) fn json(data: &[u8]) {
    let own = Json::parse(data);
    let reference = serde_json::from_slice::<Value>(data);
    match (&own, &reference) {
        (Ok(own), Ok(reference)) => {
            assert!(is_same(own, reference));
            read_all(own);
        }
        (Ok(_), Err(error)) => panic!("taken, and serde_json says {error}"),
        (Err(error), Ok(_)) => assert!(error.contains("two members") || error.contains("too many"), "{error}"),
        (Err(_), Err(_)) => {}
    }
    if let Ok(json) = own {
        for answer in [Some(&json), json.member("Credentials")].into_iter().flatten() {
            crate::credentials::fuzzing::temporary(answer);
        }
    }
    let text = String::from_utf8_lossy(data);
    let mut written = String::new();
    write_text(&text, &mut written);
    assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
}

fn is_same(own: &Json, reference: &Value) -> bool {
    match (own, reference) {
        (Json::Null, Value::Null) | (Json::Bool, Value::Bool(_)) => true,
        (Json::Text(own), Value::String(other)) => **own == *other,
        (Json::Whole(own), Value::Number(other)) => other.as_u64() == Some(*own),
        (Json::Number(own), Value::Number(other)) => other.as_f64() == Some(*own),
        (Json::List(own), Value::Array(other)) => {
            own.len() == other.len() && own.iter().zip(other).all(|(own, other)| is_same(own, other))
        }
        (Json::Object(own), Value::Object(other)) => {
            own.len() == other.len()
                && own.iter().all(|(name, own)| other.get(name).is_some_and(|other| is_same(own, other)))
        }
        _ => false,
    }
}

fn read_all(json: &Json) {
    let _ = (json.uint32(), json.text(), json.member("a"));
    match json {
        Json::List(items) => items.iter().for_each(read_all),
        Json::Object(members) => members.iter().for_each(|(_, member)| read_all(member)),
        _ => {}
    }
}
