//! Certificates.

use crate::client::{Asked, Client, put};

#[test]
fn key_that_is_not_in_normal_form_is_refused_before_anything_is_sent() {
    let client = Client::default();
    for refused in ["a/../b", "..", "%5Ca", "a%0Ab", "%2F", ".", "a//b", "a/", "/a", "a/./b"] {
        client.tenant.calls();
        let got = client.send(put(&format!("/v1/certificates/{refused}"), b"x"));
        assert_eq!(got.problem(), "invalid-key", "{refused}");
        assert!(client.tenant.calls().is_empty(), "{refused}: something was sent");
    }
}

#[test]
fn value_that_is_too_large_is_refused_before_anything_is_sent() {
    let mut client = Client::default();
    client.grant.body_limit = 8;
    let unannounced =
        Asked { sent: crate::client::Sent::Pieces(vec![b"12345", b"6789"]), ..put("/v1/certificates/a", b"") };
    for asked in [put("/v1/certificates/a", b"123456789"), unannounced] {
        assert_eq!(client.send(asked).problem(), "too-large");
        assert!(client.tenant.calls().is_empty());
    }
    assert_eq!(client.send(put("/v1/certificates/a", b"12345678")).status.as_u16(), 200);
    // The component takes 16 MiB, whatever the token may send.
    client.grant.body_limit = u64::MAX;
    static LARGE: [u8; (16 << 20) + 1] = [0; (16 << 20) + 1];
    assert_eq!(client.send(put("/v1/certificates/a", &LARGE)).problem(), "too-large");
}
