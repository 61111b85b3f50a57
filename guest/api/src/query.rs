//! The query of a request.

use std::str::FromStr;

use percent_encoding::percent_decode_str;

use crate::problem::Problem;

/// The parameters of a query, decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Query(Vec<(String, String)>);

fn decode(text: &str) -> Result<String, Problem> {
    let decoded = percent_decode_str(&text.replace('+', " ")).decode_utf8().map(|text| text.into_owned());
    decoded.map_err(|_| Problem::invalid("the query is not UTF-8"))
}

impl Query {
    /// Parses a query. A parameter that the operation does not have is rejected: it may be misspelt, and the default
    /// may not be what the sender wants.
    pub fn parse(query: Option<&str>, known: &[&str]) -> Result<Self, Problem> {
        let mut parameters = Vec::new();
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decode(name)?, decode(value)?);
            if !known.contains(&name.as_str()) {
                return Err(Problem::invalid(format!("there is no parameter {name:?} here")));
            }
            if parameters.iter().any(|(other, _)| *other == name) {
                return Err(Problem::invalid(format!("the parameter {name:?} is given twice")));
            }
            parameters.push((name, value));
        }
        Ok(Self(parameters))
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The value of a switch, which is `true` or `false`; off if it is absent.
    pub fn switch(&self, name: &str) -> Result<bool, Problem> {
        match self.get(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Problem::invalid(format!("the parameter {name:?} is neither true nor false"))),
        }
    }

    /// The value of a number, which must be within bounds; `None` if it is absent.
    pub fn number<N: FromStr + PartialOrd + std::fmt::Display>(
        &self,
        name: &str,
        least: N,
        most: N,
    ) -> Result<Option<N>, Problem> {
        let Some(text) = self.get(name) else { return Ok(None) };
        // `from_str` would accept a sign.
        let number = Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        match number.and_then(|text| text.parse::<N>().ok()) {
            Some(number) if number >= least && number <= most => Ok(Some(number)),
            _ => Err(Problem::invalid(format!("the parameter {name:?} is not a number from {least} to {most}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_must_be_known_and_unique() {
        let query =
            Query::parse(Some("prefix=a%2Fb+c&&recursive=true&bare"), &["prefix", "recursive", "bare"]).unwrap();
        assert_eq!(query.get("prefix"), Some("a/b c"));
        assert!(query.switch("recursive").unwrap() && !query.switch("other").unwrap());
        assert_eq!(query.get("bare"), Some(""));
        assert!(query.switch("bare").is_err());
        for refused in ["recursiv=true", "prefix=a&prefix=b", "prefix=%FF"] {
            assert!(Query::parse(Some(refused), &["prefix", "recursive"]).is_err(), "{refused}");
        }
    }

    #[test]
    fn numbers_have_bounds_and_no_sign() {
        let number = |text: &str| Query::parse(Some(&format!("n={text}")), &["n"]).unwrap().number("n", 1_u32, 10);
        assert_eq!(number("10").unwrap(), Some(10));
        for refused in ["0", "11", "+5", "-1", "", "x", "99999999999999999999"] {
            assert!(number(refused).is_err(), "{refused}");
        }
        assert_eq!(Query::default().number("n", 1_u32, 10).unwrap(), None);
    }
}
