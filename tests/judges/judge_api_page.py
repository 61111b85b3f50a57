"""Chromium judges the page of `ossicle serve`: that the bearer of tokens sees there what their tenants have, and nobody else."""

import datetime
import json
import os
import subprocess
import urllib.parse
import urllib.request

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from selenium.webdriver.common.by import By

from conftest import BUCKET, ENDPOINT, KEY, REGION
from registry_browser import Browser
from registry_servers import Process

OSSICLE = os.environ["OSS_JUDGES_OSSICLE"]
HOSTILE = "<img src=x onerror=alert(1)>"


def certificate(days, early=datetime.timedelta(days=400)):
    """PEM of a certificate that ends so many days and an hour from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "judge")])
    now = datetime.datetime.now(datetime.timezone.utc)
    end = now + datetime.timedelta(days=days, hours=1)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - early).not_valid_after(end)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM), end


class Service:
    """`ossicle serve` on its own emulator."""

    def __init__(self, folder):
        self.process = Process(folder / "serve.log", [OSSICLE, "serve", "--json", "--listen", "127.0.0.1:0"])
        self.process.wait_for(lambda: '"token"' in self.process.output(), "the service")
        line = next(line for line in self.process.output().splitlines() if '"token"' in line)
        told = json.loads(line)
        self.url, self.token = told["url"], told["token"]

    def call(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {self.token}"}
        request = urllib.request.Request(self.url + path, data=body, method=method, headers=headers)
        with urllib.request.urlopen(request) as response:
            return response.read()


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    running = Service(tmp_path_factory.mktemp("serve"))
    yield running
    assert running.process.stop() == 0, running.process.output()


@pytest.fixture(scope="module")
def stored(service):
    """When each of the certificates ends."""
    ends = {}
    # Beyond 2049 the time has another form.
    for name, days in [("sites/long.crt", 9000), ("sites/soon.crt", 7), ("sites/ended.crt", -3)]:
        pem, ends[name] = certificate(days)
        service.call("PUT", f"/v1/certificates/{name}", pem)
    service.call("PUT", "/v1/certificates/sites/long.key", b"a key, of which the page reads nothing")
    service.call("PUT", "/v1/certificates/sites/broken.crt", b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----")
    service.call("PUT", "/v1/certificates/" + urllib.parse.quote(f"sites/{HOSTILE}.crt"), b"none")
    service.call("POST", "/v1/locks/nightly/lease")
    return ends


@pytest.fixture(scope="module")
def chromium():
    browser = Browser()
    yield browser
    browser.stop()


@pytest.fixture
def page(chromium, service):
    chromium.resize(1100)
    chromium.complaints(), chromium.requests()
    chromium.open(service.url + "/")
    yield chromium
    assert {urllib.parse.urlsplit(url).hostname for url in chromium.requests()} <= {"127.0.0.1"}


def show(page, token):
    page.driver.find_element(By.ID, "token").send_keys(token)
    page.press("Show")
    page.settle()


def test_bearer_sees_what_the_tenant_has(page, service, stored):
    show(page, service.token)
    assert page.complaints() == []
    assert "Rights\nread, write, presign, break-locks" in page.text
    certificates = {row["Key"]: (row["Ends"], row["Days"]) for row in page.rows("Certificates of demo")}
    assert certificates["sites/long.crt"] == (stored["sites/long.crt"].date().isoformat(), "9000 days left")
    assert certificates["sites/soon.crt"] == (stored["sites/soon.crt"].date().isoformat(), "7 days left")
    assert certificates["sites/ended.crt"][1] == "ended 3 days ago"
    assert certificates["sites/broken.crt"][0] == "no certificate"
    assert "sites/long.key" not in certificates
    (lock,) = page.rows("Locks of demo")
    assert (lock["Lock"], lock["State"]) == ("nightly", "held") and "token 1" in lock["Holder"]
    requests = {row["Operation"]: row["Requests"] for row in page.rows("Requests to demo since the service started")}
    assert int(requests["putCertificate"]) >= 6


def test_names_are_text(page, service, stored):
    show(page, service.token)
    assert f"sites/{HOSTILE}.crt" in page.text
    assert page.run("return document.images.length") == 0


def test_lock_is_looked_at_by_its_name(page, service, stored):
    show(page, service.token)
    page.driver.find_element(By.CSS_SELECTOR, "[aria-label='Name of a lock of demo']").send_keys("a name with spaces")
    page.press("Look")
    page.wait(lambda: any(row["Lock"] == "a name with spaces" for row in page.rows("Locks of demo")))
    assert page.rows("Locks of demo")[-1]["State"] == "free"


def test_without_a_token_that_is_known_nothing_is_shown(page, stored):
    assert "demo" not in page.text
    show(page, "ossicle_0123456789abcdef_" + 64 * "0")
    assert "the credentials are not known" in page.text
    assert "sites/" not in page.text


def test_page_is_read_on_a_phone(page, service, stored):
    page.resize(360)
    show(page, service.token)
    assert not page.is_wider_than_its_window()


def test_token_is_kept_nowhere(page, service, stored):
    show(page, service.token)
    kept = page.run("return JSON.stringify([document.documentElement.outerHTML, {...localStorage}, {...sessionStorage}, document.cookie, location.href])")
    assert service.token not in kept
    page.open(service.url + "/")
    assert "demo" not in page.text


TENANTS = ["harbour", "quarry"]


@pytest.fixture(scope="module")
def several(tmp_path_factory):
    """A service of several tenants: its URL, and a token of each."""
    folder = tmp_path_factory.mktemp("several")
    tokens, tables = {}, []
    for name in TENANTS:
        made = subprocess.run([OSSICLE, "serve", "token", "--rights", "read,write", "--json"], check=True, capture_output=True)
        token = json.loads(made.stdout)
        tokens[name] = token["token"]
        tables.append(
            f'[[tenant]]\nname = "{name}"\n[tenant.storage]\nbucket = "{BUCKET}"\nroot = "page-{name}"\nregion = "{REGION}"\n'
            f'endpoint = "{ENDPOINT}"\ncredentials = {{ access-key-id = "{KEY[0]}", access-key-secret = "{KEY[1]}" }}\n'
            + token["config"]
        )
    config = folder / "serve.toml"
    config.write_text("\n".join(tables))
    config.chmod(0o600)
    words = [OSSICLE, "serve", "--json", "--listen", "127.0.0.1:0", "--config", config]
    process = Process(folder / "serve.log", words)
    process.wait_for(lambda: '"url"' in process.output(), "the service")
    url = json.loads(next(line for line in process.output().splitlines() if '"url"' in line))["url"]
    for name, token in tokens.items():
        headers = {"Authorization": f"Bearer {token}"}
        lock = urllib.request.Request(f"{url}/v1/locks/of-{name}/lease", method="POST", headers=headers)
        urllib.request.urlopen(lock).close()
    yield url, tokens
    assert process.stop() == 0, process.output()


def test_tenants_are_shown_beside_each_other(chromium, several):
    url, tokens = several
    chromium.resize(1100)
    chromium.complaints()
    chromium.open(url + "/")
    show(chromium, tokens["harbour"])
    assert [row["Lock"] for row in chromium.rows("Locks of harbour")] == ["of-harbour"]
    assert "quarry" not in chromium.text
    show(chromium, tokens["quarry"])
    for name in TENANTS:
        assert [row["Lock"] for row in chromium.rows(f"Locks of {name}")] == [f"of-{name}"]
    before = {row["Tenant"]: int(row["Requests"]) for row in chromium.rows("Tenants")}
    assert list(before) == TENANTS and all(count > 0 for count in before.values())
    chromium.press("Read again")
    chromium.settle()
    again = {row["Tenant"]: int(row["Requests"]) for row in chromium.rows("Tenants")}
    # What the page itself asked for.
    assert all(again[name] > before[name] for name in TENANTS)
    # A token that is given twice shows no tenant twice, and one that is wrong takes nothing away.
    show(chromium, tokens["harbour"])
    show(chromium, "ossicle_0123456789abcdef_" + 64 * "0")
    assert "the credentials are not known" in chromium.text
    assert [row["Tenant"] for row in chromium.rows("Tenants")] == TENANTS
    chromium.resize(360)
    assert not chromium.is_wider_than_its_window()
