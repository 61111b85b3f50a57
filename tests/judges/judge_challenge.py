"""Somebody else's filter for a proxy, `host/examples/challenge`, answers challenges from the emulator's bucket, in a host that lends
it what Plecto does. Plecto itself runs it in judge_plecto.py."""

import os
import subprocess

import pytest
from wasmtime import Engine, Store, WasiConfig
from wasmtime.component import Component, Linker

from challenges import ANSWER, FAILED, FOLDER, ISSUERS, NOT_FOUND, PUBLISHERS, TOKEN, Bucket, by_go, by_rust, key_of
from conftest import BUCKET, ENDPOINT, KEY
from python_storage import record
from registry_servers import OSSICLE

GOES_ON = "continue"


class Filter:
    """The filter, of which each request has an instance of its own."""

    def __init__(self, file):
        self.engine = Engine()
        self.component = Component.from_file(self.engine, file)

    def ask(self, settings, path=FOLDER + TOKEN, host="example.com", method="GET"):
        """What it decides: that the request goes on, or the status and the body of its response. `logged` is what it logged."""
        self.logged = []
        linker = Linker(self.engine)
        linker.add_wasip2()
        linker.add_wasi_http()
        with linker.root() as root:
            with root.add_instance("plecto:filter/host-config@0.4.0") as config:
                config.add_func("get", lambda _, name: settings.get(name))
            with root.add_instance("plecto:filter/host-log@0.4.0") as log:
                log.add_func("log", lambda _, level, text: self.logged.append(f"{level}: {text}"))
            with root.add_instance("plecto:filter/types@0.4.0"):
                pass
        store = Store(self.engine)
        store.set_wasi(WasiConfig())
        store.set_wasi_http()
        instance = linker.instantiate(store, self.component)
        request = record(method=method, path_with_query=path, authority=host, scheme="http", headers=[])
        decision = instance.get_func(store, "on-request")(store, request)
        return GOES_ON if decision.tag == GOES_ON else (decision.payload.status, decision.payload.body)


@pytest.fixture(scope="module")
def challenges():
    return Filter(os.environ["OSS_JUDGES_FILTER"])


@pytest.fixture
def bucket(prefix):
    return Bucket(ENDPOINT, BUCKET, KEY, "challenges/" + prefix.strip("/"))


@pytest.fixture
def settings(bucket):
    return bucket.settings | {"access-key-secret": KEY[1]}


@pytest.mark.parametrize("issuer", ISSUERS)
@pytest.mark.parametrize("folder, published", PUBLISHERS)
def test_a_challenge_that_is_stored_is_answered(challenges, bucket, settings, folder, published, issuer):
    assert challenges.ask(settings) == NOT_FOUND
    key = key_of("example.com", folder, issuer)
    bucket.publish(key, published("example.com"))
    assert challenges.ask(settings) == (200, ANSWER.encode())
    assert challenges.ask(settings, host="Example.COM:80") == (200, ANSWER.encode())
    assert challenges.ask(settings, FOLDER + TOKEN[:-1]) == NOT_FOUND
    assert challenges.ask(settings, host="other.example") == NOT_FOUND
    bucket.remove(key)
    assert challenges.ask(settings) == NOT_FOUND


def test_what_is_no_challenge_goes_on_and_asks_the_bucket_for_nothing(challenges, settings, admin):
    assert challenges.ask(settings, "/a?b=c") == GOES_ON
    assert challenges.ask(settings, method="POST") == GOES_ON
    assert challenges.ask(settings, FOLDER + "a.b") == NOT_FOUND
    assert challenges.ask(settings, host="a..b") == NOT_FOUND
    assert admin.count("GetObject") == 0


def test_a_sealed_challenge_is_answered(tmp_path, challenges, bucket, settings):
    key_set = tmp_path / "keys.json"
    subprocess.run([OSSICLE, "keyset", "create", key_set], check=True, capture_output=True)
    bucket.publish(key_of("example.com"), by_go("example.com"), OSSICLE_KEY_SET_FILE=str(key_set))
    assert challenges.ask(settings) == FAILED
    settings["key-set"] = key_set.read_text().strip()
    assert challenges.ask(settings) == (200, ANSWER.encode())
    # One that nobody sealed is none of theirs who have the key set.
    bucket.publish(key_of("example.com"), by_rust("example.com"))
    assert challenges.ask(settings) == FAILED


def test_a_failure_is_logged_without_a_secret_and_not_told(challenges, bucket, settings):
    assert challenges.ask(settings | {"access-key-secret": "judge-wrong-secret-5f0c"}) == FAILED
    (line,) = challenges.logged
    assert line == "error: no answer to the challenge of example.com: GetObject: OSS refused; check the AccessKey secret"
    bucket.publish(key_of("example.com"), {"not": "a challenge"})
    assert challenges.ask(settings) == FAILED
    assert f"the value of {key_of('example.com')} is no challenge" in challenges.logged[0]
    for name in ["directories", "bucket", "region", "access-key-id", "access-key-secret"]:
        assert challenges.ask({other: value for other, value in settings.items() if other != name}) == FAILED
        assert challenges.logged == [
            f"error: no answer to the challenge of example.com: the filter's config has no `{name}`"
        ]
