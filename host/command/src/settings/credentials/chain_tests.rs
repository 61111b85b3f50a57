use super::super::chosen::Supplier;
use super::*;
use crate::settings::file;
use ossicle::CredentialSource;
use ossicle_terms::environment;
use std::path::Path;

/// What this machine's metadata service is.
#[derive(Clone, Copy)]
enum Machine {
    None,
    WithoutRole,
    WithRole,
}

/// What is chosen with these variables, this config file, this folder of the user's, and this metadata service.
fn chosen(variables: &[(&str, &str)], text: &str, home: &Path, machine: Machine) -> String {
    let variable = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
    let lookup = |name: &str| Ok(variable(name));
    let sources = environment::read(lookup).expect("environment");
    let file = file::read(Path::new("o.toml"), text).expect("file");
    let given = Given::merge(&[sources.as_slice(), &[file]].concat());
    let around = CredentialLookup {
        variable: &variable,
        home: Some(home.to_owned()),
        has_metadata: &move |_| !matches!(machine, Machine::None),
        has_role: &move |_| matches!(machine, Machine::WithRole),
    };
    match choose(&given, &around) {
        Ok(chosen) => told(&chosen.source, chosen.supplier.as_ref()),
        Err(problem) => format!("{problem} {}", problem.hints().join(" ")),
    }
}

fn told(source: &CredentialSource, supplier: Option<&Supplier>) -> String {
    match source {
        CredentialSource::Fixed(key) => key.access_key_id.clone(),
        CredentialSource::OidcRole(role) => role.role_arn.clone(),
        CredentialSource::EcsRole(role) => format!("ecs {}", role.role.clone().unwrap_or_default()),
        CredentialSource::RamRole(role) => format!("{} > {}", told(&role.base, supplier), role.role_arn),
        _ => match supplier {
            Some(Supplier::Uri(_)) => "uri".to_owned(),
            Some(Supplier::Once(given)) => format!("{} for a while", given.credentials.access_key_id),
            None => "nobody".to_owned(),
        },
    }
}

const OSS: [(&str, &str); 2] = [("OSS_ACCESS_KEY_ID", "oss"), ("OSS_ACCESS_KEY_SECRET", "s")];
const ALIBABA: [(&str, &str); 2] =
    [("ALIBABA_CLOUD_ACCESS_KEY_ID", "alibaba"), ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s")];
const OIDC: [(&str, &str); 3] = [
    ("ALIBABA_CLOUD_ROLE_ARN", "oidc"),
    ("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "p"),
    ("ALIBABA_CLOUD_OIDC_TOKEN_FILE", "/t"),
];
const URI: [(&str, &str); 1] = [("ALIBABA_CLOUD_CREDENTIALS_URI", "http://localhost/c")];
const FILE: &str = "[credentials]\naccess-key-id = \"file\"\naccess-key-secret = \"s\"";
const INI: &str = "[default]\ntype = access_key\naccess_key_id = ini\naccess_key_secret = s\n";

fn write(home: &tempfile::TempDir, name: &str, text: &str) {
    let path = home.path().join(name);
    std::fs::create_dir_all(path.parent().expect("parent")).expect("folder");
    std::fs::write(&path, text).expect("written");
    #[cfg(unix)]
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("private");
}

fn with<'a>(name: &'a str, text: &'a str) -> Vec<(&'a str, &'a str)> {
    [&URI[..], &[(name, text)]].concat()
}

#[test]
fn the_order_is_that_of_the_official_library() {
    let (empty, full) = (tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder"));
    use Machine::{None, WithRole};
    write(&full, ".alibabacloud/credentials.ini", INI);
    let all = [&OSS[..], &ALIBABA, &OIDC, &URI].concat();
    assert_eq!(chosen(&all, FILE, full.path(), WithRole), "oss");
    assert_eq!(chosen(&all[2..], FILE, full.path(), WithRole), "alibaba");
    assert_eq!(chosen(&all[4..], FILE, full.path(), WithRole), "oidc");
    assert_eq!(chosen(&URI, FILE, full.path(), WithRole), "file");
    assert_eq!(chosen(&URI, "", full.path(), WithRole), "ini");
    write(
        &full,
        ".aliyun/config.json",
        r#"{"current":"a","profiles":[{"name":"a","mode":"AK","access_key_id":"profile","access_key_secret":"s"},
            {"name":"b","mode":"EcsRamRole","ram_role_name":"r"},{"name":"c","mode":"External","process_command":"rm"}]}"#,
    );
    assert_eq!(chosen(&URI, "", full.path(), WithRole), "profile");
    assert_eq!(chosen(&with("ALIBABA_CLOUD_PROFILE", "b"), "", full.path(), WithRole), "ecs r");
    let told = chosen(&with("ALIBABA_CLOUD_PROFILE", "c"), "", full.path(), WithRole);
    assert!(told.contains("External") && told.contains("is not run"), "{told}");
    assert_eq!(chosen(&with("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "true"), "", full.path(), WithRole), "ini");
    assert_eq!(chosen(&URI, "", empty.path(), WithRole), "ecs ");
    assert_eq!(chosen(&URI, "", empty.path(), None), "uri");
    assert_eq!(chosen(&with("ALIBABA_CLOUD_ECS_METADATA", "named"), "", empty.path(), None), "ecs named");
    assert_eq!(chosen(&with("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true"), "", empty.path(), WithRole), "uri");
    assert!(chosen(&[], "", empty.path(), None).starts_with("credentials: there is no access key"));
}

#[test]
fn what_is_named_is_taken() {
    let empty = tempfile::tempdir().expect("folder");
    let all = [&OSS[..], &OIDC, &URI].concat();
    let named = |source: &str| {
        let text = format!("[credentials]\nsource = {source:?}\nrole = \"r\"\nrole-arn = \"arn\"");
        chosen(&all, &text, empty.path(), Machine::None)
    };
    assert_eq!(
        ["fixed", "oidc-role", "ram-role", "ecs-role", "uri"].map(named),
        ["oss", "arn", "oss > arn", "ecs r", "uri"]
    );
    assert!(named("profile").contains("there is no file"));
    assert!(named("magic").contains("must be one of"));
    let two = "[credentials]\naccess-key-id = \"file\"\nprovider-arn = \"p\"";
    assert!(chosen(&[], two, empty.path(), Machine::None).contains("several sources"));
    let key_and_role = format!("{FILE}\nrole-arn = \"arn\"");
    assert_eq!(chosen(&[], &key_and_role, empty.path(), Machine::None), "file > arn");
}

#[test]
fn what_is_empty_stands_in_nobodys_way_4_5() {
    let home = tempfile::tempdir().expect("folder");
    let blank = r#"{"current":"default","profiles":[{"name":"default","mode":"AK","access_key_id":"","access_key_secret":"",
        "sts_token":"","ram_role_arn":"","expired_seconds":0,"sts_expiration":0}]}"#;
    for profiles in [
        blank,
        &blank.replace("\"AK\"", "\"\""),
        &blank.replace("\"AK\"", "\"RamRoleArn\""),
        r#"{"current":"default","profiles":[]}"#,
        r#"{"current":"","profiles":null}"#,
        r#"{"profiles":[{"name":"a","mode":"AK","access_key_id":"i","access_key_secret":"s"}]}"#,
    ] {
        write(&home, ".aliyun/config.json", profiles);
        write(&home, ".alibabacloud/credentials.ini", INI);
        assert_eq!(chosen(&[], "", home.path(), Machine::None), "ini", "{profiles}");
        for nothing in ["", "[default]\n", "[default]\ntype =\naccess_key_id =\n", "[other]\ntype = access_key\n"] {
            write(&home, ".alibabacloud/credentials.ini", nothing);
            assert_eq!(chosen(&URI, "", home.path(), Machine::None), "uri", "{profiles} {nothing}");
        }
    }
    // What was passed over is told where nothing comes after it.
    let told = chosen(&[], "", home.path(), Machine::None);
    assert!(
        told.contains("config.json names no current profile") && told.contains("credentials.ini has nothing"),
        "{told}"
    );
    // One that was asked for by its name must be somewhere.
    write(&home, ".alibabacloud/credentials.ini", "[b]\ntype = access_key\naccess_key_id = b\naccess_key_secret = s\n");
    assert_eq!(chosen(&with("ALIBABA_CLOUD_PROFILE", "a"), "", home.path(), Machine::None), "i");
    assert_eq!(chosen(&with("ALIBABA_CLOUD_PROFILE", "b"), "", home.path(), Machine::None), "b");
    let told = chosen(&with("ALIBABA_CLOUD_PROFILE", "c"), "", home.path(), Machine::WithRole);
    assert!(told.contains("no profile \"c\"") && told.contains("section [c]"), "{told}");
    // Half an access key is a mistake, not nothing.
    write(&home, ".aliyun/config.json", &blank.replace("\"access_key_id\":\"\"", "\"access_key_id\":\"i\""));
    assert!(chosen(&URI, "", home.path(), Machine::None).contains("has no access_key_secret"));
}

#[test]
fn a_machine_without_a_role_does_not_block_the_uri_4_5() {
    let empty = tempfile::tempdir().expect("folder");
    assert_eq!(chosen(&URI, "", empty.path(), Machine::WithoutRole), "uri");
    // Where nothing comes after it, the service says itself what is wrong.
    assert_eq!(chosen(&[], "", empty.path(), Machine::WithoutRole), "ecs ");
}

#[test]
fn both_names_and_byte_order_marks_4_5() {
    let home = tempfile::tempdir().expect("folder");
    write(&home, ".alibabacloud/credentials", &format!("\u{feff}{}", INI.replace("ini", "bare")));
    assert_eq!(chosen(&[], "", home.path(), Machine::None), "bare");
    write(&home, ".alibabacloud/credentials.ini", INI);
    assert_eq!(chosen(&[], "", home.path(), Machine::None), "ini");
    write(&home, ".alibabacloud/credentials.ini", "[other]\n");
    assert_eq!(chosen(&[], "", home.path(), Machine::None), "bare");
    let marked = "\u{feff}{\"current\":\"a\",\"profiles\":[{\"name\":\"a\",\"mode\":\"AK\",\"access_key_id\":\"p\",\"access_key_secret\":\"s\"}]}";
    write(&home, ".aliyun/config.json", marked);
    assert_eq!(chosen(&[], "", home.path(), Machine::None), "p");
}

/// The profile `name` of these, and what is chosen by it.
fn by_profile(profiles: &str, name: &str) -> Result<CredentialSource, String> {
    let home = tempfile::tempdir().expect("folder");
    write(&home, ".aliyun/config.json", &format!("{{\"current\":\"x\",\"profiles\":{profiles}}}"));
    let variable = |asked: &str| (asked == PROFILE).then(|| name.to_owned());
    let around = CredentialLookup {
        variable: &variable,
        home: Some(home.path().to_owned()),
        has_metadata: &|_| false,
        has_role: &|_| false,
    };
    match choose(&Given::default(), &around) {
        Ok(chosen) => Ok(chosen.source),
        Err(problem) => Err(format!("{problem} {}", problem.hints().join(" "))),
    }
}

const PROFILES: &str = r#"[
    {"name":"base","mode":"AK","access_key_id":"ak","access_key_secret":"s","sts_token":"left over"},
    {"name":"role","mode":"RamRoleArn","access_key_id":"ak","access_key_secret":"s","ram_role_arn":"arn","ram_session_name":"me",
     "expired_seconds":900,"external_id":"x-1","policy":"{}","sts_region":"cn-beijing","enable_vpc":true},
    {"name":"chain","mode":"ChainableRamRoleArn","source_profile":"role","ram_role_arn":"outer"},
    {"name":"on-instance","mode":"ChainableRamRoleArn","source_profile":"ecs","ram_role_arn":"outer"},
    {"name":"ecs","mode":"EcsRamRole","ram_role_name":"r"},
    {"name":"loop","mode":"ChainableRamRoleArn","source_profile":"loop","ram_role_arn":"arn"},
    {"name":"nowhere","mode":"ChainableRamRoleArn","source_profile":"none","ram_role_arn":"arn"},
    {"name":"oidc","mode":"OIDC","ram_role_arn":"arn","oidc_provider_arn":"p","oidc_token_file":"/t","ram_session_name":"me",
     "expired_seconds":1800,"sts_region":"cn-beijing"},
    {"name":"relative","mode":"OIDC","ram_role_arn":"arn","oidc_provider_arn":"p","oidc_token_file":"t"},
    {"name":"far","mode":"CredentialsURI","credentials_uri":"http://example.com/c"},
    {"name":"new","mode":"Magic"}]"#;

#[test]
fn sessions_have_their_name_and_length_4_5() {
    let Ok(CredentialSource::OidcRole(role)) = by_profile(PROFILES, "oidc") else { panic!("no role") };
    assert_eq!((role.session_name.as_deref(), role.duration_seconds), (Some("me"), Some(1800)));
    assert_eq!(role.endpoint.as_deref(), Some("sts.cn-beijing.aliyuncs.com"));
}

#[test]
fn roles_by_access_key_and_on_one_another_4_5() {
    let Ok(CredentialSource::RamRole(role)) = by_profile(PROFILES, "role") else { panic!("no role") };
    assert_eq!(
        (role.role_arn.as_str(), role.session_name.as_deref(), role.duration_seconds),
        ("arn", Some("me"), Some(900))
    );
    assert_eq!((role.external_id.as_deref(), role.policy.as_deref()), (Some("x-1"), Some("{}")));
    assert_eq!(role.endpoint.as_deref(), Some("sts-vpc.cn-beijing.aliyuncs.com"));
    let named = |name| by_profile(PROFILES, name).map(|source| told(&source, None));
    assert_eq!(named("chain").as_deref(), Ok("ak > arn > outer"));
    assert_eq!(named("on-instance").as_deref(), Ok("ecs r > outer"));
    for (name, said) in [
        ("loop", "without end"),
        ("nowhere", "has no profile: \"none\""),
        ("relative", "from the root on"),
        ("far", "plain HTTP"),
        ("new", "ChainableRamRoleArn"),
    ] {
        let problem = named(name).unwrap_err();
        assert!(problem.contains(said), "{name}: {problem}");
    }
    // The mode says that there is no token, whatever was left over.
    assert!(matches!(by_profile(PROFILES, "base"), Ok(CredentialSource::Fixed(key)) if key.security_token.is_none()));
}

#[test]
fn a_key_that_was_signed_in_for_is_used_while_it_lasts_4_5() {
    let home = tempfile::tempdir().expect("folder");
    let soon = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("now").as_secs() + 3600;
    for mode in ["CloudSSO", "OAuth"] {
        let with = |rest: &str| {
            let profile = format!("{{\"name\":\"a\",\"mode\":{mode:?},\"access_token\":\"CANARY\"{rest}}}");
            write(&home, ".aliyun/config.json", &format!("{{\"current\":\"a\",\"profiles\":[{profile}]}}"));
            chosen(&URI, "", home.path(), Machine::WithRole)
        };
        let key = ",\"access_key_id\":\"sso\",\"access_key_secret\":\"s\",\"sts_token\":\"t\"";
        assert_eq!(with(&format!("{key},\"sts_expiration\":{soon}")), "sso for a while");
        assert_eq!(with(key), "sso for a while");
        let told = with(&format!("{key},\"sts_expiration\":1700000000"));
        assert!(told.contains("expired") && told.contains("--profile a"), "{told}");
        assert!(with("").contains("has no sts_token"));
    }
}

#[test]
fn a_role_in_the_credentials_file_4_5() {
    let home = tempfile::tempdir().expect("folder");
    let text = "[default]\ntype = ram_role_arn\naccess_key_id = ini\naccess_key_secret = s\nrole_arn = arn\nrole_session_name = me\n";
    write(&home, ".alibabacloud/credentials.ini", text);
    assert_eq!(chosen(&[], "", home.path(), Machine::None), "ini > arn");
    write(&home, ".alibabacloud/credentials.ini", &text.replace("role_arn = arn\n", ""));
    assert!(chosen(&[], "", home.path(), Machine::None).contains("has no role_arn"));
}
