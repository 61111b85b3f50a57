"""Python's wasmtime, which has WASI 0.2 alone, runs the components of 0.2 with its own HTTP client."""

import hashlib
import os
import subprocess
import threading

import pytest
from wasmtime import Engine, Store, WasiConfig
from wasmtime.component import Component, Linker, Record, ResultType, Variant

from conftest import BUCKET, ENDPOINT, KEY, OSSICLE, REGION
from judge_v2 import make, read

MIB = 1 << 20
SECRET = "judge-wrong-secret-3d1c"


def record(**fields):
    made = Record()
    for name, value in fields.items():
        setattr(made, name.replace("_", "-"), value)
    return made


def config(root, secret=KEY[1]):
    credentials = record(access_key_id=KEY[0], access_key_secret=secret, security_token=None)
    timeouts = record(connect=None, first_byte=None, between_bytes=None, operation=None)
    return record(
        bucket=BUCKET, region=REGION, endpoint=Variant("custom", ENDPOINT), addressing=None, secure=None, root=root,
        signature=None, credentials=Variant("fixed", credentials), roles=[], timeouts=timeouts, attempts=None, acl=None,
    )


LOCK_OPTIONS = record(lease=None, poll_min=None, poll_max=None, folder=None, interlock=None)
CERT_OPTIONS = record(encryption=None, storage_class=None, server_side_encryption=None)
BLOB_OPTIONS = record(
    part_size=MIB, parts_in_flight=None, storage_class=None, encryption=None, copy_threshold=None, copy_part_size=None,
    part_md5=None, url_endpoint=None, url_addressing=None,
)
ANY = record(if_match=None, if_none_match=None)
PLAIN = record(content_type=None, publish=record(create_only=False, window=None))


class Failed(Exception):
    """The `err` of a result."""

    def __init__(self, error):
        super().__init__(repr(shown(error)))
        self.error = error


def shown(value):
    """A value of WIT with everything that is in it."""
    if isinstance(value, Variant):
        return value.tag, shown(value.payload)
    return {name: shown(part) for name, part in vars(value).items()} if isinstance(value, Record) else value


class Program:
    """A component, compiled once."""

    def __init__(self, name):
        done = subprocess.run([OSSICLE, "component", name, "--wasi", "0.2"], capture_output=True, check=True)
        self.engine = Engine()
        self.component = Component(self.engine, done.stdout)
        self.linker = Linker(self.engine)
        self.linker.add_wasip2()
        self.linker.add_wasi_http()


class Instance:
    def __init__(self, program):
        self.store = Store(program.engine)
        self.store.set_wasi(WasiConfig())
        self.store.set_wasi_http()
        self.instance = program.linker.instantiate(self.store, program.component)

    def call(self, interface, name, *arguments):
        index = self.instance.get_export_index(self.store, f"ossicle:storage/{interface}@0.2.0")
        function = self.instance.get_func(self.store, self.instance.get_export_index(self.store, name, index))
        value = function(self.store, *arguments)
        result = function.type(self.store).result
        if not isinstance(result, ResultType):
            return value
        # Where both cases look alike in Python they are told apart by a tag.
        if isinstance(value, Variant) and value.tag in ("ok", "err"):
            if value.tag == "err":
                raise Failed(value.payload)
            return value.payload
        classes = set()
        result.err.add_classes(classes)
        if isinstance(value, tuple(classes)):
            raise Failed(value)
        return value


class Certificates(Instance):
    def __init__(self, program, root, **more):
        super().__init__(program)
        given = config(root, **more)
        self.locks = self.call("lock", "[static]locks.open", given, LOCK_OPTIONS)
        self.storage = self.call("cert-storage", "[static]storage.open", given, CERT_OPTIONS, self.locks)

    def of(self, method, *arguments):
        return self.call("cert-storage", f"[method]storage.{method}", self.storage, *arguments)

    def lock(self, method, *arguments):
        return self.call("lock", f"[method]locks.{method}", self.locks, *arguments)


class Blobs(Instance):
    def __init__(self, program, root):
        super().__init__(program)
        self.driver = self.call("blob-driver", "[static]driver.open", config(root), BLOB_OPTIONS)

    def of(self, method, *arguments):
        return self.call("blob-driver", f"[method]{method}", *arguments)


@pytest.fixture(scope="module")
def certificates():
    return Program("certificates")


@pytest.fixture(scope="module")
def blobs():
    return Program("blobs")


@pytest.fixture
def root(prefix):
    return "p2/" + prefix.strip("/")


def test_values_are_stored_loaded_and_listed(certificates, root):
    storage = Certificates(certificates, root)
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
    storage = Certificates(certificates, root)
    with pytest.raises(Failed) as failed:
        storage.of("load", "absent")
    error = failed.value.error
    assert (error.kind.tag, error.key, error.answer.code, error.retryable) == ("not-found", "absent", "NoSuchKey", False)
    with pytest.raises(Failed) as failed:
        storage.of("load", "../k")
    assert failed.value.error.kind.tag == "invalid-key"
    with pytest.raises(Failed) as failed:
        Certificates(certificates, root, secret=SECRET).of("load", "k")
    assert failed.value.error.answer.code == "SignatureDoesNotMatch" and SECRET not in str(failed.value)


def test_locks_hold_between_instances(certificates, root):
    one, other = Certificates(certificates, root), Certificates(certificates, root)
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
    storages = [Certificates(certificates, root) for _ in range(5)]
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
    driver = Blobs(blobs, root)
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
