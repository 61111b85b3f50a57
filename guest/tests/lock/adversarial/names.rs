//! Names, and what listings show.

use bytes::Bytes;
use ossicle_guest::error::ErrorKind;

use crate::peer::*;

#[test]
fn test_30_any_string_is_a_name() {
    on_every_bucket(|world| {
        let peer = Peer::new(world);
        let long = "x".repeat(2000);
        let names =
            ["", " ", "a/b", "a//b", "../x", ".", "..", "*", "é", "Foo", "foo", "\0", "[::1]", "=", "=3D", &long];
        for name in names {
            let name = name.to_owned();
            peer.run(async move |storage| storage.lock(&name, secs(0)).await).unwrap();
        }
        assert_eq!(world.oss(|oss| oss.objects.len()), names.len());
        assert!(world.oss(|oss| oss.objects.keys().all(|object| object.starts_with("locks/v1/"))));
    });
}

#[test]
fn test_35_data_and_locks_do_not_meet() {
    on_every_bucket(|world| {
        let peer = Peer::new(world);
        peer.lock(0).unwrap();
        peer.run(async |storage| {
            storage.certificates().store("certificates/a", Bytes::from("v")).await.unwrap();
            storage.certificates().store("locksmith", Bytes::from("v")).await.unwrap();
            let keys = ["certificates", "certificates/a", "locksmith"];
            let listed = storage.certificates().list("", true).await.unwrap();
            assert_eq!(listed.keys().collect::<Vec<_>>(), keys);
            let level = storage.certificates().list("", false).await.unwrap();
            assert_eq!(level.keys().collect::<Vec<_>>(), ["certificates", "locksmith"]);
            for key in ["locks", "locks/v1", "/locks/", "locks/v1/issue_cert_example.com"] {
                let kinds = [
                    storage.certificates().load(key).await.unwrap_err().kind,
                    storage.certificates().stat(key).await.unwrap_err().kind,
                    storage.certificates().exists(key).await.unwrap_err().kind,
                    storage.certificates().store(key, Bytes::new()).await.unwrap_err().kind,
                    storage.certificates().delete(key).await.unwrap_err().kind,
                    storage.certificates().list(key, true).await.unwrap_err().kind,
                ];
                assert_eq!(kinds, [ErrorKind::InvalidKey; 6], "{key}");
            }
            storage.certificates().delete("certificates").await.unwrap();
        });
        assert_eq!(kinds(world), "A");
        assert_eq!(world.oss(|oss| oss.objects.len()), 2);
    });
}
