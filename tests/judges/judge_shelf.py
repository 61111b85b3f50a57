"""Somebody else's component, `host/examples/shelf`, uses the storages: composed with them, in stock wasmtimes, and as a
component beside one of them, in wasmCloud."""

import hashlib
import os
import pathlib
import subprocess

import pytest

import face_hosts
from conftest import KEY
from conftest import settings as bucket_settings

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Where build scripts have guests compiled, so that what they compiled is not compiled again.
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "guests"
JCO = pathlib.Path(os.environ["OSS_JUDGES_NODE_PACKAGE"]) / "node_modules/.bin/jco"
# The size of several parts, of which some are in flight at once.
LARGE = 64 << 20


def run(*words, folder=ROOT):
    environment = os.environ | {"CARGO_TARGET_DIR": str(TARGET)}
    done = subprocess.run([str(word) for word in words], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def shelf(folder, features):
    """The component, as its makers would build it."""
    file = folder / f"shelf-{features}.wasm"
    if not file.exists():
        build = ["cargo", "build", "--quiet", "--locked", "--release", "--target", "wasm32-unknown-unknown"]
        run(*build, "--no-default-features", "--features", features, folder=ROOT / "host/examples/shelf")
        run(JCO, "new", TARGET / "wasm32-unknown-unknown/release/shelf.wasm", "-o", file)
    return file


def composed(folder):
    """The component with the storages in it."""
    plugs = [face_hosts.component(name, folder) for name in ["certificates", "blobs"]]
    file = folder / "whole.wasm"
    compose = ["cargo", "run", "--quiet", "--locked", "--manifest-path", "host/compose/Cargo.toml", "--"]
    run(*compose, shelf(folder, "values,files"), *plugs, file)
    return file


@pytest.fixture(scope="session")
def parts(tmp_path_factory):
    return tmp_path_factory.mktemp("shelf")


@pytest.fixture(scope="session")
def whole(parts):
    return composed(parts)


def settings(root):
    variables = bucket_settings(root)
    return variables | {"SHELF_ROOT": variables.pop("OSSICLE_ROOT")}


@pytest.fixture
def environment(prefix):
    return settings("shelf/" + prefix.strip("/"))


def keeps_values(host):
    assert host.call("PUT", "/values/sites/a", b"a value")[0] == 201
    assert host.call("GET", "/values/sites/a")[::2] == (200, b"a value")
    status, _, told = host.call("GET", "/values/sites/b")
    assert status == 404 and told.startswith(b"not-found: "), told
    assert host.call("DELETE", "/values/sites/a")[0] == 204
    assert host.call("GET", "/values/sites/a")[0] == 404


def keeps_files(host):
    content = os.urandom(LARGE)
    assert host.call("PUT", "/files/large", content)[0] == 201
    status, _, received = host.call("GET", "/files/large")
    assert status == 200
    assert hashlib.sha256(received).digest() == hashlib.sha256(content).digest()
    assert host.call("DELETE", "/files/large")[0] == 204
    status, _, told = host.call("GET", "/files/large")
    assert status == 404 and told.startswith(b"not-found: "), told


@pytest.mark.parametrize("version", face_hosts.WASMTIMES)
def test_composed_it_runs_in_wasmtime(tmp_path, whole, environment, version):
    host = face_hosts.wasmtime_serve(tmp_path, version, whole, environment, "/")
    try:
        keeps_values(host)
        keeps_files(host)
        # Parts of an upload are in it, 50 MiB, and never a file.
        assert host.process.peak_memory() < 300, f"{host.process.peak_memory()} MiB"
    finally:
        host.stop()


@pytest.mark.parametrize(
    "kept, storage, keeps", [("values", "certificates", keeps_values), ("files", "blobs", keeps_files)]
)
def test_beside_a_storage_it_runs_in_wasmcloud(tmp_path, parts, environment, kept, storage, keeps):
    beside = {"file": str(face_hosts.component(storage, parts))}
    host = face_hosts.wash_dev(tmp_path, shelf(parts, kept), environment, "/", beside)
    try:
        keeps(host)
    finally:
        host.stop()


def test_a_host_that_is_not_listed_is_not_reached(tmp_path, parts, environment):
    beside = {"file": str(face_hosts.component("certificates", parts))}
    host = face_hosts.wash_dev(tmp_path, shelf(parts, "values"), environment, "/", beside, ["elsewhere.example.com"])
    try:
        status, _, told = host.call("GET", "/values/k")
    finally:
        host.stop()
    assert status == 502
    assert told.startswith(b"unavailable: ") and b"forbids the request" in told, told
    assert KEY[1].encode() not in told
