"""Python's wasmtime, which has WASI 0.2 alone, runs the components of 0.2 with its own HTTP client."""

import hashlib
import os
import threading

import pytest

import python_storage
from conftest import BUCKET, ENDPOINT, KEY, REGION
from face_hosts import component
from judge_v2 import make, read
from python_storage import Blobs, Certificates, Failed, Program, record

MIB = 1 << 20
SECRET = "judge-wrong-secret-3d1c"

ANY = record(if_match=None, if_none_match=None)
PLAIN = record(content_type=None, publish=record(create_only=False, window=None))


def config(root, secret=KEY[1]):
    return python_storage.config(ENDPOINT, BUCKET, REGION, (KEY[0], secret), root)


@pytest.fixture(scope="module")
def certificates(folder):
    return Program(component("certificates", folder, "0.2"))


@pytest.fixture(scope="module")
def blobs(folder):
    return Program(component("blobs", folder, "0.2"))


@pytest.fixture
def root(prefix):
    return "p2/" + prefix.strip("/")


def test_values_are_stored_loaded_and_listed(certificates, root):
    storage = Certificates(certificates, config(root))
    for value in [b"", b"a certificate", os.urandom(300_000)]:
        storage.of("store", "sites/a.crt", value)
        assert storage.of("load", "sites/a.crt") == value
        assert read(make(), root + "/sites/a.crt") == value
    listed = storage.of("list", "", True)
    assert ([entry.key for entry in listed.entries], getattr(listed, "left-out")) == (["sites", "sites/a.crt"], 0)
    assert listed.entries[1].value.size == 300_000
    storage.of("delete", "sites")
    assert storage.of("exists", "sites") is False


def test_errors_have_their_types_and_no_secret(certificates, root):
    storage = Certificates(certificates, config(root))
    with pytest.raises(Failed) as failed:
        storage.of("load", "absent")
    error = failed.value.error
    assert (error.kind.tag, error.key, error.answer.code, error.retryable) == ("not-found", "absent", "NoSuchKey", False)
    with pytest.raises(Failed) as failed:
        storage.of("load", "../k")
    assert failed.value.error.kind.tag == "invalid-key"
    with pytest.raises(Failed) as failed:
        Certificates(certificates, config(root, SECRET)).of("load", "k")
    assert failed.value.error.answer.code == "SignatureDoesNotMatch" and SECRET not in str(failed.value)


def test_locks_hold_between_instances(certificates, root):
    one, other = Certificates(certificates, config(root)), Certificates(certificates, config(root))
    lease = one.lock("lock", "nightly", 0)
    with pytest.raises(Failed) as failed:
        other.lock("try-lock", "nightly")
    held = failed.value.error
    assert (held.tag, held.payload.token) == ("held", lease.token)
    assert one.of("store-under", lease, "k", b"under the lease") == "once"
    renewed = one.lock("renew", lease, 0)
    # A lease is a plain value.
    assert other.lock("unlock", renewed) == "released"
    with pytest.raises(Failed) as failed:
        one.lock("renew", renewed, 0)
    assert failed.value.error.tag == "lost"
    assert other.lock("try-lock", "nightly").token > lease.token


def test_threads_wait_beside_one_another(certificates, root, admin):
    storages = [Certificates(certificates, config(root)) for _ in range(5)]
    storages[0].of("store", "k", b"v")
    admin.fault({"type": "delay", "ms": 1000}, operations=["GetObject"])
    loaded = []
    load = lambda storage: loaded.append(storage.of("load", "k"))
    threads = [threading.Thread(target=load, args=[storage]) for storage in storages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loaded == [b"v"] * 5
    assert admin.call("GET", "/stats")["in_flight_max"] >= 2


def test_a_file_goes_through_by_pieces(blobs, root):
    driver = Blobs(blobs, config(root))
    content = os.urandom(8 * MIB)
    upload = driver.of("driver.write-stream", driver.driver, "/file", 0, len(content), PLAIN)
    for start in range(0, len(content), MIB // 2):
        driver.of("content-writer.write", upload, content[start : start + MIB // 2])
    count, written = driver.of("content-writer.finish", upload)
    assert (count, written.size) == (len(content), len(content))
    assert hashlib.sha256(read(make(), root + "/file")).digest() == hashlib.sha256(content).digest()

    state, reader = driver.of("driver.read-stream", driver.driver, "/file", 0, None, ANY)
    assert state.size == len(content)
    pieces = list(iter(lambda: driver.of("file-reader.read", reader, MIB), b""))
    assert max(map(len, pieces)) <= MIB and b"".join(pieces) == content

    with pytest.raises(Failed) as failed:
        driver.of("driver.get-content", driver.driver, "/absent", ANY)
    error = failed.value.error
    assert (error.path, error.reason.tag, error.causes[0].error.kind.tag) == ("/absent", "failed", "not-found")
    assert driver.of("driver.list", driver.driver, "/").paths == ["/file"]
