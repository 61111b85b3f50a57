//! Settings in the environment.

use super::field::Field;
use super::given::Given;
use super::origin::Origin;
use super::problem::Problem;
use std::env::VarError;

/// What the environment gives: by the first name of each field and, as a source of its own, by the second. A variable
/// that is set to nothing counts as not set, as it does for OSS's SDKs.
pub fn read(variable: impl Fn(&str) -> Result<String, VarError>) -> Result<[Given; 2], Problem> {
    let mut sources = [Given::default(), Given::default()];
    for field in Field::ALL {
        for (source, name) in sources.iter_mut().zip(field.variables()) {
            match variable(name) {
                Ok(text) if text.is_empty() => {}
                Ok(text) => source.put(field, text, Origin::Environment(name)),
                Err(VarError::NotPresent) => {}
                Err(VarError::NotUnicode(_)) => {
                    return Err(Problem::of(field, "is not UTF-8").given_by(Origin::Environment(name)));
                }
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
        let sources = read(|name| match name {
            "OSS_BUCKET" => Ok("b".to_owned()),
            "OSS_ACCESS_KEY_ID" => Ok(String::new()),
            "ALIBABA_CLOUD_ACCESS_KEY_ID" => Ok("id".to_owned()),
            _ => Err(VarError::NotPresent),
        })
        .expect("sources");
        assert!(sources[0].get(Field::Bucket).is_some());
        assert!(sources[0].get(Field::AccessKeyId).is_none(), "set to nothing");
        assert!(sources[1].get(Field::AccessKeyId).is_some());
    }
}
