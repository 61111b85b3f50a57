//! The signature of Alibaba Cloud's RPC-style calls (documentation: *Request syntax and signature method V2 for RPC
//! APIs*), which STS uses: HMAC-SHA1 over all parameters, those of the query and those of the form alike.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::encode::encode_component;
use super::hash::hmac_sha1;
use super::view::Ordered;

/// Encodes parameters for a query or form, in the given order.
pub fn encode(parameters: &[(&str, &str)]) -> String {
    let mut out = String::new();
    parameters.iter().for_each(|(name, value)| push(name, value, &mut out));
    out
}

fn push(name: &str, value: &str, out: &mut String) {
    if !out.is_empty() {
        out.push('&');
    }
    encode_component(name, out);
    out.push('=');
    encode_component(value, out);
}

/// The parameter `Signature` of a call with these parameters, whose names must differ.
pub fn signature(method: &str, parameters: &[(&str, &str)], secret: &str) -> String {
    let mut ordered = Ordered::default();
    parameters.iter().for_each(|(name, value)| ordered.set((*name).to_owned(), Some(*value)));
    let mut canonical = String::new();
    ordered.iter().for_each(|(name, value)| push(name, value.unwrap_or_default(), &mut canonical));
    let mut to_sign = [method, "&%2F&"].concat();
    encode_component(&canonical, &mut to_sign);
    STANDARD.encode(hmac_sha1([secret, "&"].concat().as_bytes(), to_sign.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// That of the documentation.
    #[test]
    fn the_published_example() {
        let parameters = [
            ("Timestamp", "2016-02-23T12:46:24Z"),
            ("Format", "XML"),
            ("AccessKeyId", "testid"),
            ("Action", "DescribeRegions"),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"),
            ("Version", "2014-05-26"),
            ("SignatureVersion", "1.0"),
        ];
        assert_eq!(signature("GET", &parameters, "testsecret"), "OLeaidS1JvxuMvnyHOwuJ+uX5qY=");
    }
}
