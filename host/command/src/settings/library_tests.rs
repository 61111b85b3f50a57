//! The library reads the command's config file, and takes it for the same.

use super::super::file;
use super::{CredentialLookup, gather};
use ossicle::Config;
use ossicle_terms::Field;
use std::collections::BTreeSet;
use std::path::Path;

/// All that can be said in one file, and tables of which each file has one.
const COMMON: &str = r#"
bucket = "certificates"
region = "cn-hangzhou"
endpoint = "https://oss.example.com:8443"
addressing = "path"
secure = true
root = "production"
signature = "v1"
attempts = 5
acl = "default"

[timeouts]
connect = "2s"
first-byte = 30000
between-bytes = "1m"
operation = "2m"

[locks]
folder = "locks"
lease = "1m"
poll-min = "500ms"
poll-max = "20s"
interlock = { expiration = "5m", settle = "3s" }
"#;

const CREDENTIALS: [&str; 7] = [
    r#"access-key-id = "id"
    access-key-secret = "secret""#,
    r#"source = "fixed"
    access-key-id = "id"
    access-key-secret = "secret"
    security-token = "token""#,
    r#"access-key-id = "id"
    access-key-secret = "secret"
    role-arn = "acs:ram::1:role/r"
    session-name = "s"
    duration-seconds = 900
    policy = "{}"
    external-id = "e"
    endpoint = "https://sts.example.com""#,
    r#"source = "ecs-role"
    hardened-only = true
    endpoint = "http://127.0.0.1:1""#,
    r#"role = "r""#,
    r#"provider-arn = "acs:ram::1:oidc-provider/p"
    role-arn = "acs:ram::1:role/r"
    token-file = "/run/token""#,
    r#"source = "oidc-role"
    provider-arn = "acs:ram::1:oidc-provider/p"
    role-arn = "acs:ram::1:role/r"
    token-file = "/run/token"
    session-name = "s"
    duration-seconds = 43200
    policy = "{}"
    endpoint = "https://sts.example.com""#,
];

const ENCRYPTION: [&str; 3] = [
    r#"key-set-file = "/keys.json""#,
    r#"key-set = "the key set"
    key-encryption-key-set = "the other"
    clear-values = "recognised""#,
    r#"key-set-file = "/keys.json"
    key-encryption-key-set-file = "/other.json"
    key-encryption-associated-data = "data"
    clear-values = "all""#,
];

const KEEPING: [&str; 3] = [
    r#"[certificates]
    storage-class = "archive"
    server-side-encryption = "aes256"
    [blobs]
    part-size = "20MiB"
    parts-in-flight = 8
    storage-class = "infrequent-access"
    encryption = "sm4"
    copy-threshold = "200MiB"
    copy-part-size = 67108864
    part-md5 = true
    url-endpoint = "accelerate"
    url-addressing = "virtual-hosted""#,
    r#"[certificates]
    server-side-encryption = "kms-sm4"
    [blobs]
    encryption = "kms""#,
    r#"[certificates]
    server-side-encryption = "kms"
    kms-key-id = "one"
    [blobs]
    encryption = "kms-sm4"
    kms-key-id = "another""#,
];

/// The one field that is the command's alone: the library asks no server for credentials, its callers hand them over.
const OF_THE_COMMAND: [Field; 1] = [Field::CredentialsUri];

#[test]
fn a_file_says_the_same_to_the_command_and_to_the_library() {
    let around = CredentialLookup { variable: &|_| None, home: None, has_metadata: &|_| false, has_role: &|_| false };
    let mut said = BTreeSet::new();
    let files = CREDENTIALS.iter().flat_map(|credentials| {
        let of_keeping = move |keeping| {
            ENCRYPTION.map(|encryption| {
                format!("{COMMON}[credentials]\n{credentials}\n[encryption]\n{encryption}\n{keeping}\n")
            })
        };
        KEEPING.into_iter().flat_map(of_keeping)
    });
    for text in files {
        let given = file::read(Path::new("/etc/ossicle.toml"), &text).expect("a file of the command's");
        said.extend(Field::ALL.into_iter().filter(|field| given.get(*field).is_some()));
        let (config, _) = gather(&given, &around).expect("a config of the command's");
        let read: Config = toml::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(config, read, "{text}");
    }
    let left: Vec<_> = Field::ALL.into_iter().filter(|field| !said.contains(field)).collect();
    assert_eq!(left, OF_THE_COMMAND);
}

/// Neither leaves unheeded what it can't heed.
#[test]
fn what_one_refuses_the_other_refuses() {
    let around = CredentialLookup { variable: &|_| None, home: None, has_metadata: &|_| false, has_role: &|_| false };
    // Whether the command and the library take a file with these lines before its first table and behind its last.
    let takes = |before: &str, behind: &str| {
        let key = "[credentials]\naccess-key-id = \"id\"\naccess-key-secret = \"secret\"\n";
        let text = format!("bucket = \"b\"\nregion = \"cn-hangzhou\"\n{before}\n{key}{behind}\n");
        let given = file::read(Path::new("/etc/ossicle.toml"), &text);
        (given.and_then(|given| gather(&given, &around)).is_ok(), toml::from_str::<Config>(&text).is_ok())
    };
    assert_eq!(takes("", ""), (true, true), "without a mistake");
    for wrong in [
        "bukket = \"b\"",
        "attempts = \"5\"",
        "signature = \"v2\"",
        "[timeouts]\nconnect = \"soon\"",
        "[encryption]\nclear-values = \"all\"",
        "[encryption]\nkey-set = \"k\"\nkey-set-file = \"/k\"",
        "[encryption]\nkey-set = \"k\"\nkey-encryption-associated-data = \"d\"",
        "[certificates]\nkms-key-id = \"k\"",
        "[blobs]\nencryption = \"aes256\"\nkms-key-id = \"k\"",
        "[blobs]\nencryption = \"rot13\"",
        "[blobs]\npart-size = \"20 parsecs\"",
        "[blobs]\nurl-addressing = \"somewhere\"",
        "[locks]\nlease = \"1 parsec\"",
    ] {
        let taken = if wrong.starts_with('[') { takes("", wrong) } else { takes(wrong, "") };
        assert_eq!(taken, (false, false), "{wrong}");
    }
}
