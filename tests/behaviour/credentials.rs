//! Where credentials come from, end to end: the built component, the metadata service, STS and OSS.

use std::time::{Duration, SystemTime};

use ossicle::{
    Certificates, Config, CredentialSource, Credentials, EcsRole, Endpoint, ErrorKind, OidcRole, RamRole, Secret,
    TemporaryCredentials, Tenant, Timeouts, UrlMethod,
};
use ossicle_emulator::{AccessKey, BucketSpec, Emulator, FaultAction, FaultRule, OidcToken, Operation, Role};
use ossicle_tests::{BUCKET, ENGINE, REGION};

const TOKEN: &str = "CANARY-oidc-token";

async fn emulator() -> Emulator {
    let anywhere = ([127, 0, 0, 1], 0).into();
    Emulator::builder()
        .bucket(BucketSpec::new(BUCKET).region(REGION))
        .metadata(anywhere)
        .sts(anywhere)
        .role(Role::new("web"))
        .oidc_token(OidcToken::new(TOKEN))
        .start()
        .await
        .expect("the emulator starts")
}

fn config(emulator: &Emulator, source: impl Into<CredentialSource>) -> Config {
    Config::new(BUCKET, REGION, source)
        .endpoint(Endpoint::Custom(emulator.endpoint()))
        .timeouts(Timeouts::new().first_byte(Duration::from_secs(20)).operation(Duration::from_secs(60)))
        .attempts(2)
}

fn tenant(emulator: &Emulator, source: impl Into<CredentialSource>) -> Tenant {
    ENGINE.tenant("credentials", config(emulator, source), Default::default()).expect("a tenant")
}

fn instance(emulator: &Emulator) -> EcsRole {
    let mut role = EcsRole::new();
    role.endpoint = emulator.metadata_endpoint();
    role
}

fn by_token(emulator: &Emulator, token: impl Into<Secret>) -> OidcRole {
    let mut role = OidcRole::new(Role::new("web").arn(), OidcToken::provider_arn(), token);
    role.endpoint = emulator.sts_endpoint();
    role
}

fn temporary(emulator: &Emulator, name: &str, life: Duration) -> TemporaryCredentials {
    let end = SystemTime::now() + life;
    emulator.add_key(AccessKey::new(name, "CANARY-secret").token("CANARY-token").expires(end));
    let credentials = Credentials::new(name, "CANARY-secret").security_token("CANARY-token");
    TemporaryCredentials::new(credentials, Some(end))
}

/// Credentials that OSS takes no more are replaced and the request sent once more, however many calls it happens to.
async fn renews(storage: &Certificates, emulator: &Emulator, fetch: Operation) {
    let fetched = || emulator.stats().count(fetch);
    futures_util::future::join_all((0..20).map(|number| storage.store(&format!("k/{number}"), "v")))
        .await
        .into_iter()
        .for_each(|stored| stored.expect("stored"));
    assert_eq!(fetched(), 1, "one call fetched for all");
    let first = emulator.ram().issued();
    assert_eq!(first.len(), 1);

    // They end early, by somebody's doing.
    emulator.ram().rotate();
    emulator.remove_key(&first[0]);
    futures_util::future::join_all((0..20).map(|number| storage.load(&format!("k/{number}"))))
        .await
        .into_iter()
        .for_each(|loaded| assert_eq!(*loaded.expect("loaded"), b"v"));
    assert_eq!(fetched(), 2, "one call fetched for all");
    assert_eq!(emulator.ram().issued().len(), 2);

    // They end in time: OSS's clock says so.
    emulator.reset();
    emulator.clock().advance(Duration::from_secs(7 * 3600));
    assert_eq!(*storage.load("k/1").await.expect("loaded"), b"v");
    assert_eq!(emulator.ram().issued().len(), 3);
    let codes: Vec<_> = emulator.requests().into_iter().filter_map(|request| request.code).collect();
    assert_eq!(codes.iter().filter(|code| *code == "SecurityTokenExpired").count(), 1, "{codes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_role_of_the_instance() {
    let emulator = emulator().await;
    let tenant = tenant(&emulator, instance(&emulator));
    renews(&tenant.certificates(), &emulator, Operation::GetRoleCredentials).await;
    // Each fetch began with a token, and none did without.
    assert!(emulator.requests().iter().all(|request| request.operation != Operation::Unknown));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hardened_form_comes_first_and_can_be_all() {
    let emulator = emulator().await;
    emulator.ram().set_hardened_only(true);
    let mut role = instance(&emulator);
    (role.role, role.hardened_only) = (Some("web".to_owned()), true);
    tenant(&emulator, role.clone()).certificates().store("k", "v").await.expect("stored");
    let stats = emulator.stats();
    assert_eq!((stats.count(Operation::PutMetadataToken), stats.count(Operation::GetInstanceRole)), (1, 0));

    // An old machine has the plain form only.
    emulator.ram().set_hardened_only(false);
    let gone =
        || FaultAction::Error { status: 404, code: "NotFound".into(), message: String::new(), ec: String::new() };
    emulator.faults().add(FaultRule::new(gone()).on(Operation::PutMetadataToken));
    tenant(&emulator, instance(&emulator)).certificates().load("k").await.expect("loaded");
    let error = tenant(&emulator, role).certificates().load("k").await.expect_err("no token");
    assert_eq!(error.kind(), Some(ErrorKind::AccessDenied), "{error}");

    emulator.faults().clear();
    emulator.ram().attach(None);
    let error = tenant(&emulator, instance(&emulator)).certificates().load("k").await.expect_err("no role");
    assert_eq!(error.kind(), Some(ErrorKind::AccessDenied), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_by_token() {
    let emulator = emulator().await;
    let mut role = by_token(&emulator, TOKEN);
    role.duration_seconds = Some(900);
    role.session_name = Some("a-session".into());
    role.policy = Some(r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:*","Resource":"*"}]}"#.into());
    let tenant = tenant(&emulator, role);
    renews(&tenant.certificates(), &emulator, Operation::AssumeRoleWithOIDC).await;
}

/// The kubelet writes a newer token into the same file; white space around it is no part of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_file_that_rotates_is_read_again() {
    let emulator = emulator().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    std::fs::write(&file, format!("{TOKEN}\n")).expect("written");
    let tenant = tenant(&emulator, by_token(&emulator, Secret::file(&file)));
    let storage = tenant.certificates();
    storage.store("k", "v").await.expect("stored");

    emulator.ram().forget_oidc_tokens();
    emulator.ram().add_oidc_token(OidcToken::new("CANARY-a-newer-token"));
    std::fs::write(&file, "\n CANARY-a-newer-token \n").expect("written");
    emulator.remove_key(&emulator.ram().issued()[0]);
    assert_eq!(*storage.load("k").await.expect("loaded"), b"v");

    // A token that STS refuses is told as what it is, without being shown.
    emulator.ram().forget_oidc_tokens();
    emulator.remove_key(&emulator.ram().issued()[1]);
    let error = storage.load("k").await.expect_err("the provider is unknown");
    assert_eq!(error.kind(), Some(ErrorKind::AccessDenied), "{error}");
    let told = format!("{error} {error:?}");
    assert!(told.contains("EntityNotExist.OIDCProvider") && !told.contains("CANARY"), "{told}");

    std::fs::remove_file(&file).expect("removed");
    let error = self::tenant(&emulator, by_token(&emulator, Secret::file(&file))).certificates().load("k").await;
    let error = error.expect_err("no file").to_string();
    assert!(error.contains("credentials.token") && error.contains(&*file.to_string_lossy()), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_hands_them_over() {
    let emulator = emulator().await;
    let tenant = tenant(&emulator, CredentialSource::Host);
    let storage = tenant.certificates();
    let error = storage.load("k").await.expect_err("there are none yet");
    assert_eq!(error.kind(), Some(ErrorKind::AccessDenied), "{error}");

    let hour = Duration::from_secs(3600);
    tenant.supply_credentials(temporary(&emulator, "STS.first", hour)).expect("supplied");
    storage.store("k", "v").await.expect("stored");
    emulator.remove_key("STS.first");
    let error = storage.load("k").await.expect_err("they were revoked");
    assert!(error.is_retryable(), "{error}");
    tenant.supply_credentials(temporary(&emulator, "STS.second", hour)).expect("supplied");
    storage.load("k").await.expect("loaded");
    // A fresh instance has them from its first call on.
    tenant.recycle().await;
    storage.load("k").await.expect("loaded");

    let fixed = self::tenant(&emulator, Credentials::new("id", "secret"));
    assert!(fixed.supply_credentials(temporary(&emulator, "STS.third", hour)).is_err());
}

fn assumed(emulator: &Emulator, base: impl Into<CredentialSource>, role: &str) -> RamRole {
    let mut role = RamRole::new(base, Role::new(role).arn());
    role.endpoint = emulator.sts_endpoint();
    role
}

fn user(emulator: &Emulator) -> Credentials {
    emulator.add_key(AccessKey::new("a-user", "CANARY-secret+/="));
    Credentials::new("a-user", "CANARY-secret+/=")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_by_access_key_4_5() {
    let emulator = emulator().await;
    emulator.ram().add_role(Role::new("guarded").external_id("an-id"));
    let mut role = assumed(&emulator, user(&emulator), "guarded");
    role.duration_seconds = Some(900);
    role.session_name = Some("a-session".into());
    // With characters that stand otherwise in a query, which is signed.
    let policy = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":["oss:*","a b~"],"Resource":"*"}]}"#;
    role.policy = Some(policy.into());
    // The role's owner wants to hear something first.
    let refused = tenant(&emulator, role.clone()).certificates().load("k").await.expect_err("no external id");
    assert_eq!(refused.kind(), Some(ErrorKind::AccessDenied), "{refused}");
    let told = format!("{refused} {refused:?}");
    assert!(told.contains("NoPermission") && !told.contains("CANARY"), "{told}");
    role.external_id = Some("an-id".into());
    emulator.reset();
    let tenant = tenant(&emulator, role);
    renews(&tenant.certificates(), &emulator, Operation::AssumeRole).await;
}

/// Each with the credentials of the one before, whatever gives the first: the instance, a token, the host.
#[tokio::test(flavor = "multi_thread")]
async fn roles_on_roles_4_5() {
    let emulator = emulator().await;
    for role in ["first", "second"] {
        emulator.ram().add_role(Role::new(role));
    }
    let bases: [CredentialSource; 3] =
        [instance(&emulator).into(), by_token(&emulator, TOKEN).into(), CredentialSource::Host];
    for base in bases {
        let is_host = matches!(base, CredentialSource::Host);
        emulator.reset();
        let tenant = tenant(&emulator, assumed(&emulator, assumed(&emulator, base, "first"), "second"));
        if is_host {
            tenant.supply_credentials(temporary(&emulator, "STS.base", Duration::from_secs(3600))).expect("supplied");
        }
        tenant.certificates().store("k", "v").await.expect("stored");
        assert_eq!(emulator.stats().count(Operation::AssumeRole), 2);
        assert_eq!(*tenant.certificates().load("k").await.expect("loaded"), b"v");
        assert_eq!(emulator.stats().count(Operation::AssumeRole), 2, "they are kept");
    }
}

/// A URL ends with the credentials that sign it, and is signed with OSS's time, not with this machine's.
#[tokio::test(flavor = "multi_thread")]
async fn a_url_is_as_good_as_what_signs_it_4_10() {
    let emulator = emulator().await;
    // Ten minutes: OSS takes requests, and would not take a URL of a minute any more.
    emulator.clock().advance(Duration::from_secs(600));
    let config = config(&emulator, CredentialSource::Host);
    let blobs = ENGINE.tenant("credentials", config, Default::default()).expect("a tenant").blobs();
    let given = temporary(&emulator, "STS.short", Duration::from_secs(3600));
    blobs.tenant().supply_credentials(given).expect("supplied");
    let before = blobs.url("/f", UrlMethod::Get, None).await.expect("signed");
    assert!(!before.time_is_known);
    blobs.put("/f", "v").await.expect("stored");
    let after = blobs.url("/f", UrlMethod::Get, Some(Duration::from_secs(7200))).await.expect("signed");
    assert!(after.time_is_known);
    // An hour by this machine's clock is 50 minutes by OSS's.
    let left = after.holds_for.as_secs();
    assert!((2990..=3000).contains(&left), "{left}");
}

/// One call fetches for whatever its instance has opened, and for each instance that serves beside it or after it.
#[tokio::test(flavor = "multi_thread")]
async fn one_instance_fetches_for_all() {
    let emulator = emulator().await;
    let role = assumed(&emulator, instance(&emulator), "web");
    let sources: [(CredentialSource, _); 3] = [
        (instance(&emulator).into(), Operation::GetRoleCredentials),
        (by_token(&emulator, TOKEN).into(), Operation::AssumeRoleWithOIDC),
        (role.into(), Operation::AssumeRole),
    ];
    for (source, fetch) in sources {
        let tenant = tenant(&emulator, source);
        for number in 0..4 {
            tenant.certificates().store("k", "v").await.expect("stored");
            let lease = tenant.locks().try_lock("name").await.expect("locked");
            tenant.locks().unlock(&lease).await.expect("unlocked");
            tenant.blobs().put("/f", "v").await.expect("stored");
            assert!(tenant.metrics().instances > number);
            tenant.recycle().await;
        }
        assert_eq!(emulator.stats().count(fetch), 1, "{:?}", tenant.config());
    }
}

/// Static ones are not asked about twice.
#[tokio::test(flavor = "multi_thread")]
async fn fixed_credentials_are_not_tried_again() {
    let emulator = emulator().await;
    let storage = tenant(&emulator, Credentials::new("unknown", "secret")).certificates();
    let error = storage.load("k").await.expect_err("unknown");
    assert!(!error.is_retryable(), "{error}");
    assert_eq!(emulator.stats().total, 1);
}

/// 32: the sources there are, by the words of a config file.
#[test]
fn gap_32() {
    let read = |credentials: &str| {
        let text = format!("bucket = \"b\"\nregion = \"cn-hangzhou\"\n[credentials]\n{credentials}");
        toml::from_str::<Config>(&text).map(|config| config.credentials)
    };
    assert!(matches!(read("access-key-id = \"i\"\naccess-key-secret = \"s\""), Ok(CredentialSource::Fixed(_))));
    assert!(
        matches!(read("source = \"ecs-role\"\nhardened-only = true"), Ok(CredentialSource::EcsRole(role)) if role.hardened_only)
    );
    let role = "source = \"oidc-role\"\nrole-arn = \"r\"\nprovider-arn = \"p\"\ntoken-file = \"/t\"";
    assert!(matches!(read(role), Ok(CredentialSource::OidcRole(_))));
    let role = "source = \"ram-role\"\naccess-key-id = \"i\"\naccess-key-secret = \"s\"\nrole-arn = \"r\"\nexternal-id = \"x\"";
    assert!(matches!(read(role), Ok(CredentialSource::RamRole(role)) if role.external_id.as_deref() == Some("x")));
    assert!(matches!(read("source = \"host\""), Ok(CredentialSource::Host)));
    for wrong in [
        "",
        "source = \"magic\"",
        "source = \"oidc-role\"",
        "source = \"ram-role\"\nrole-arn = \"r\"",
        "source = \"host\"\nrole = \"r\"",
    ] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}
