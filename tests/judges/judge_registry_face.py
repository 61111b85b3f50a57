"""The registry as a component, `ossicle component registry`, in hosts that are not ours: skopeo pushes to it and pulls from it."""

import hashlib
import os
import subprocess

import pytest

from conftest import KEY
from face_hosts import WASMTIME, component, registry_settings, wash_dev, wasmtime_serve
from registry_clients import Skopeo
from registry_images import same

MIB = 1 << 20
USUAL = "48.0.2"


@pytest.fixture(scope="module")
def file(folder):
    return component("registry", folder)


@pytest.fixture(scope="module", params=["46.0.1", USUAL, "49.0.4", "wasmcloud"])
def registry(request, folder, file):
    settings = registry_settings(f"registry-face/{request.param}")
    if request.param == "wasmcloud":
        served = wash_dev(folder, file, settings, "/v2/")
    else:
        served = wasmtime_serve(folder, request.param, file, settings, "/v2/")
    yield served
    served.stop()


def test_skopeo_pushes_and_pulls(registry, folder, images):
    skopeo = Skopeo(folder)
    for image in images:
        name = f"{registry.host}/team/image:{image.tag}"
        skopeo.push(image, name)
        same(image, skopeo.pull(name))
    assert sorted(skopeo.tags(f"{registry.host}/team/image")) == ["first", "second"]
    skopeo.delete(f"{registry.host}/team/image:first")
    assert skopeo.tags(f"{registry.host}/team/image") == ["second"]
    assert registry.call("GET", "/v2/team/absent/tags/list")[0] == 404


def test_large_blobs_stream_both_ways(registry):
    content = os.urandom(64 * MIB)
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    status, headers, _ = registry.call("POST", "/v2/large/blobs/uploads/", b"")
    assert status == 202
    place = headers["Location"]
    place += ("&" if "?" in place else "?") + f"digest={digest}"
    assert registry.call("PUT", place, content)[0] == 201
    status, _, got = registry.call("GET", f"/v2/large/blobs/{digest}")
    assert status == 200 and "sha256:" + hashlib.sha256(got).hexdigest() == digest


def test_a_component_without_a_face_is_none_that_wasmtime_serves(folder):
    words = [os.path.join(WASMTIME, USUAL, "wasmtime"), "serve", component("blobs", folder)]
    done = subprocess.run(words, capture_output=True)
    assert done.returncode != 0 and b"no exported instance named `wasi:http/incoming-handler" in done.stderr, done.stderr


def test_no_secret_is_in_what_a_registry_says(folder, file):
    wrong = "a-secret-that-is-not-the-one"
    settings = registry_settings("registry-face/wrong", OSS_ACCESS_KEY_SECRET=wrong)
    registry = wasmtime_serve(folder, USUAL, file, settings, "/v2/")
    try:
        status, _, told = registry.call("GET", "/v2/team/image/tags/list")
        said = told.decode() + registry.process.output()
        assert status >= 400, said
        assert wrong not in said and KEY[1] not in said
    finally:
        registry.stop()
