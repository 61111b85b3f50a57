"""The official credential library, and the OSS SDKs' own providers, judge the metadata service and STS."""

import json
import urllib.parse

import alibabacloud_oss_v2 as oss
import oss2
import pytest
import requests.adapters
from alibabacloud_credentials import provider
from alibabacloud_credentials.exceptions import CredentialException
from alibabacloud_credentials.http import HttpOptions

from conftest import BUCKET, CA, ENDPOINT, METADATA, OIDC_TOKEN, REGION, STS_SERVICE, Admin

ACCOUNT = "1234567890123456"
ROLE = "judge-role"
URL = METADATA + "/latest/meta-data/ram/security-credentials/" + ROLE


def client(source):
    """A client of OSS whose credentials come from a provider of the credential library."""

    def credentials():
        given = source.get_credentials()
        return oss.credentials.Credentials(
            given.get_access_key_id(), given.get_access_key_secret(), given.get_security_token()
        )

    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.CredentialsProviderFunc(credentials)
    config.region, config.endpoint, config.retry_max_attempts = REGION, ENDPOINT, 1
    return oss.Client(config)


def keeps(source, key):
    """Whether what the provider gives opens OSS."""
    made = client(source)
    made.put_object(oss.PutObjectRequest(bucket=BUCKET, key=key, body=b"by a role"))
    with made.get_object(oss.GetObjectRequest(bucket=BUCKET, key=key)).body as body:
        return body.read() == b"by a role"


def instance(**more):
    """The provider of an instance's role. It knows one address, so the emulator is its proxy."""
    options = HttpOptions(proxy=METADATA)
    return provider.EcsRamRoleCredentialsProvider(http_options=options, async_update_enabled=False, **more)


def oidc(path, **more):
    given = {
        "role_arn": f"acs:ram::{ACCOUNT}:role/{ROLE}",
        "oidc_provider_arn": f"acs:ram::{ACCOUNT}:oidc-provider/ossicle",
        "oidc_token_file_path": str(path),
        "sts_endpoint": urllib.parse.urlparse(STS_SERVICE).netloc,
        **more,
    }
    return provider.OIDCRoleArnCredentialsProvider(**given)


@pytest.fixture(autouse=True)
def usual(monkeypatch):
    """STS's certificate is trusted, the clock is right, and the instance has its role."""
    monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", CA)
    yield
    controls = Admin()
    controls.call("PUT", "/clock", "reset")
    controls.call("PUT", "/ram", {"hardened-only": False})
    controls.call("PUT", "/ram", {"attach": ROLE})


@pytest.fixture
def token(tmp_path):
    path = tmp_path / "token"
    path.write_text(OIDC_TOKEN)
    return path


def test_an_instance_role(admin, prefix):
    assert keeps(instance(), prefix + "named by the service")
    assert admin.count("GetInstanceRole") == 1
    assert admin.count("PutMetadataToken") == 2
    assert keeps(instance(role_name=ROLE), prefix + "named")
    assert admin.count("GetInstanceRole") == 1


def test_the_hardened_form_alone(admin, prefix):
    admin.call("PUT", "/ram", {"hardened-only": True})
    assert keeps(instance(disable_imds_v1=True), prefix + "k")
    with pytest.raises(oss2.exceptions.ClientError):
        oss2.credentials.EcsRamRoleCredentialsProvider(URL, max_retries=1).get_credentials()


def test_the_plain_form_after_the_hardened_failed(admin, prefix):
    fault = admin.fault({"type": "error", "status": 404, "code": "NotFound"}, operations=["PutMetadataToken"])
    assert keeps(instance(), prefix + "k")
    assert admin.hits(fault) == 2
    with pytest.raises(CredentialException):
        instance(disable_imds_v1=True).get_credentials()


def test_oss2_has_a_provider_of_its_own(admin, prefix):
    given = oss2.credentials.EcsRamRoleCredentialsProvider(URL)
    bucket = oss2.Bucket(oss2.ProviderAuthV4(given), ENDPOINT, BUCKET, region=REGION, is_path_style=True)
    bucket.put_object(prefix + "k", b"value")
    assert bucket.get_object(prefix + "k").read() == b"value"


def test_a_credentials_uri(prefix):
    assert keeps(provider.URLCredentialsProvider(uri=URL), prefix + "k")


def test_an_instance_without_role(admin):
    admin.call("PUT", "/ram", {"attach": None})
    with pytest.raises(CredentialException):
        instance().get_credentials()


def test_credentials_expire(admin, prefix):
    admin.call("PUT", "/ram", {"attach": "judge-short"})
    put = oss.PutObjectRequest(bucket=BUCKET, key=prefix + "k", body=b"value")
    given = instance().get_credentials()
    fixed = provider.StaticSTSCredentialsProvider(
        access_key_id=given.get_access_key_id(),
        access_key_secret=given.get_access_key_secret(),
        security_token=given.get_security_token(),
    )
    client(fixed).put_object(put)
    # The credentials hold for ten minutes, and a signature may be off by fifteen.
    admin.call("PUT", "/clock", {"advance": 601})
    with pytest.raises(oss.exceptions.OperationError) as caught:
        client(fixed).put_object(put)
    assert caught.value.unwrap().code == "SecurityTokenExpired"
    client(instance()).put_object(put)


def test_a_role_by_oidc(admin, prefix, token):
    policy = json.dumps({"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:*", "Resource": "*"}]})
    assert keeps(oidc(token, duration_seconds=1800, policy=policy), prefix + "k")
    assert admin.count("AssumeRoleWithOIDC") == 1


@pytest.mark.parametrize(
    ("text", "more", "code"),
    [
        ("unknown", {}, "AuthenticationFail.OIDCToken.Invalid"),
        ("expired", {}, "AuthenticationFail.OIDCToken.Expired"),
        (OIDC_TOKEN, {"role_arn": f"acs:ram::{ACCOUNT}:role/other"}, "EntityNotExist.Role"),
        (OIDC_TOKEN, {"duration_seconds": 50_000}, "InvalidParameter.DurationSeconds"),
        (OIDC_TOKEN, {"role_session_name": "a b"}, "InvalidParameter.RoleSessionName"),
    ],
)
def test_sts_refuses(admin, tmp_path, text, more, code):
    admin.call("POST", "/oidc-tokens", {"text": "expired", "expires": 1_700_000_000})
    path = tmp_path / "token"
    path.write_text(text)
    with pytest.raises(CredentialException, match=code):
        oidc(path, **more).get_credentials()
