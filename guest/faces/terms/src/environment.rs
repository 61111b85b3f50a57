//! Settings in the environment.

use crate::{Field, Given, Origin};

/// A variable whose value is not UTF-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotText {
    /// The field that is read from it.
    pub field: Field,
    /// Its name.
    pub variable: &'static str,
}

/// What a variable has: nothing where it is not set, an error where it is not UTF-8.
pub type Variable = Result<Option<String>, std::ffi::OsString>;

/// What the environment gives: by the first name of each field and, as a source of its own, by the second. A variable
/// that is set to nothing counts as not set, as it does for OSS's SDKs.
pub fn read(variable: impl Fn(&str) -> Variable) -> Result<[Given; 2], NotText> {
    let mut sources = [Given::default(), Given::default()];
    for field in Field::ALL {
        for (source, name) in sources.iter_mut().zip(field.variables()) {
            match variable(name) {
                Ok(Some(text)) if !text.is_empty() => source.put(field, text, Origin::Environment(name)),
                Ok(_) => {}
                Err(_) => return Err(NotText { field, variable: name }),
            }
        }
    }
    Ok(sources)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_family_of_names_is_a_source() {
        let sources = read(|name| {
            Ok(match name {
                "OSS_BUCKET" => Some("b".to_owned()),
                "OSS_ACCESS_KEY_ID" => Some(String::new()),
                "ALIBABA_CLOUD_ACCESS_KEY_ID" => Some("id".to_owned()),
                _ => None,
            })
        })
        .expect("sources");
        assert!(sources[0].get(Field::Bucket).is_some());
        assert!(sources[0].get(Field::AccessKeyId).is_none(), "set to nothing");
        assert!(sources[1].get(Field::AccessKeyId).is_some());
    }

    #[test]
    fn a_variable_that_is_not_text_is_named() {
        let read = read(|name| if name == "OSS_REGION" { Err("x".into()) } else { Ok(None) });
        assert_eq!(read.unwrap_err(), NotText { field: Field::Region, variable: "OSS_REGION" });
    }
}
