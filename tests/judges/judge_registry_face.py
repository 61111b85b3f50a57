"""The registry as a component, `ossicle component registry`, in hosts that are not ours: skopeo pushes to it and pulls from it."""

import hashlib
import json
import os
import signal
import subprocess

import pytest

from conftest import KEY
from face_hosts import NEWEST, USUAL, WASMTIME, WASMTIMES, component, registry_settings, wash_dev, wasmtime_serve
from registry_clients import Skopeo
from registry_images import same

CONFORMANCE = os.environ["OSS_JUDGES_CONFORMANCE"]
MIB = 1 << 20


@pytest.fixture(scope="module")
def file(folder):
    return component("registry", folder)


@pytest.fixture(scope="module", params=[*WASMTIMES, "wasmcloud"])
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


ONCE = ["--max-instance-reuse-count", "1", "--max-instance-concurrent-reuse-count", "1"]
# The smallest part that OSS takes, so that uploads have several, and chunks that are longer.
SMALL_PART = 100 << 10


# Stock wasmtime has several instances beside each other as it likes, or one for each request.
@pytest.mark.parametrize(
    "host, flags, variables, chunk",
    [
        (USUAL, [], {"OSSICLE_PART_SIZE": str(SMALL_PART)}, SMALL_PART + 1),
        (NEWEST, ONCE, {}, 1024),
        (NEWEST, [], {"OSSICLE_PART_SIZE": str(SMALL_PART)}, SMALL_PART + 1),
        ("wasmcloud", [], {"OSSICLE_PART_SIZE": str(SMALL_PART)}, SMALL_PART + 1),
    ],
    ids=[USUAL, f"{NEWEST}-once", NEWEST, "wasmcloud"],
)
def test_it_does_what_the_specification_says(folder, file, host, flags, variables, chunk):
    """Every case of `tests/conformance`."""
    settings = registry_settings(f"registry-face/conformance-{host}-{len(flags)}", **variables)
    if host == "wasmcloud":
        served = wash_dev(folder, file, settings, "/v2/")
    else:
        served = wasmtime_serve(folder, host, file, settings, "/v2/", flags=flags)
    try:
        words = [CONFORMANCE, served.host, str(chunk), "8"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=300)
    finally:
        served.stop()
    assert done.returncode == 0, done.stdout + done.stderr
    groups = done.stdout.splitlines()
    assert len(groups) > 30 and all(group.endswith(" passed") for group in groups), done.stdout


def test_large_blobs_stream_both_ways(registry):
    content = os.urandom(64 * MIB)
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    # Without what compiling took.
    registry.process.forget_memory()
    status, headers, _ = registry.call("POST", "/v2/large/blobs/uploads/", b"")
    assert status == 202
    place = headers["Location"]
    place += ("&" if "?" in place else "?") + f"digest={digest}"
    assert registry.call("PUT", place, content)[0] == 201
    status, _, got = registry.call("GET", f"/v2/large/blobs/{digest}")
    assert status == 200 and "sha256:" + hashlib.sha256(got).hexdigest() == digest
    print(f"{registry.process.peak_memory():.0f} MiB")
    # Parts of an upload are in it, 50 MiB, and what wasmtime 49 and wasmCloud buffer.
    assert registry.process.peak_memory() < 300


def test_skopeo_logs_in(folder, file, images):
    """Users by the lines that htpasswd writes, of whom one may push."""
    lines = [subprocess.run(["htpasswd", "-nbB", user, f"{user}'s: password"], check=True, capture_output=True, text=True).stdout
             for user in ("ci", "ada")]
    rights = {"users": {"*": {"**": ["pull"]}, "ci": {"team/**": ["push"]}}}
    settings = registry_settings("registry-face/users", OSSICLE_USERS="".join(lines), OSSICLE_RIGHTS=json.dumps(rights))
    # Nobody is known at `/v2/`, which says so.
    served = wasmtime_serve(folder, USUAL, file, settings, "/v2/", ready=401)
    try:
        skopeo, image, name = Skopeo(folder), images[0], f"{served.host}/team/image:users"
        skopeo.push(image, name, "ci:ci's: password")
        same(image, skopeo.pull(name, "ada:ada's: password"))
        for credentials in [None, "ci:wrong", "ada:ada's: password"]:
            with pytest.raises(AssertionError):
                skopeo.push(image, f"{served.host}/team/image:refused", credentials)
        with pytest.raises(AssertionError):
            skopeo.pull(name)
        assert "password" not in served.process.output()
    finally:
        served.stop()


def pushed_in_pieces(ask):
    """Pushes a blob in pieces that fill no part, and looks for it; `ask` sends one request."""
    content = os.urandom(300_000)
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    status, headers, _ = ask("POST", "/v2/pieces/blobs/uploads/", b"")
    assert status == 202
    start = 0
    for end in [60_000, 210_000, 300_000]:
        status, headers, told = ask("PATCH", headers["Location"], content[start:end])
        assert (status, headers["Range"]) == (202, f"0-{end - 1}"), told
        start = end
    assert ask("PUT", f"{headers['Location']}&digest={digest}", b"")[0] == 201
    status, _, got = ask("GET", f"/v2/pieces/blobs/{digest}", None)
    assert (status, got) == (200, content)


def cancelled_for_good(ask):
    """A cancelled upload of which nothing came."""
    status, headers, _ = ask("POST", "/v2/cancelled/blobs/uploads/", b"")
    assert status == 202
    assert ask("DELETE", headers["Location"], None)[0] == 204
    for method, body in [("GET", None), ("PATCH", b"content"), ("DELETE", None)]:
        assert ask(method, headers["Location"], body)[0] == 404


@pytest.mark.parametrize("version", WASMTIMES)
def test_each_request_may_have_an_instance_of_its_own(folder, file, images, version):
    settings = registry_settings(f"registry-face/once-{version}")
    served = wasmtime_serve(folder, version, file, settings, "/v2/", flags=ONCE)
    try:
        skopeo, image, name = Skopeo(folder), images[0], f"{served.host}/team/image:once"
        skopeo.push(image, name)
        same(image, skopeo.pull(name))
        pushed_in_pieces(served.call)
        cancelled_for_good(served.call)
    finally:
        served.stop()


def test_an_upload_goes_on_when_its_host_is_killed(folder, file):
    """Each request has a host of its own, which is killed when it has answered."""
    settings = registry_settings("registry-face/killed")

    def ask(method, path, body):
        served = wasmtime_serve(folder, USUAL, file, settings, "/v2/")
        answer = served.call(method, path, body)
        served.process.stop(signal.SIGKILL)
        return answer

    pushed_in_pieces(ask)
    cancelled_for_good(ask)


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
