"""Certificates, locks and blobs over HTTP as a component, `ossicle component service`, in hosts that are not ours."""

import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import settings
from face_hosts import WASMTIMES, component, made_token, wash_dev, wasmtime_serve
from judge_v2 import make, read

MIB = 1 << 20
AT_ONCE = 16


@pytest.fixture(scope="module")
def token():
    """Its text, and what the component has to know of it."""
    text, known = made_token()
    return text, json.dumps([known])


@pytest.fixture(scope="module", params=[*WASMTIMES, "wasmcloud"])
def service(request, folder, token):
    root = f"service-face/{request.param}"
    text, known = token
    file = component("service", folder)
    variables = {**settings(root), "OSSICLE_TOKENS": known}
    if request.param == "wasmcloud":
        served = wash_dev(folder, file, variables, "/healthz")
    else:
        served = wasmtime_serve(folder, request.param, file, variables, "/healthz")
    served.root, served.headers = root, {"Authorization": f"Bearer {text}"}
    yield served
    served.stop()


def done(service, method, path, body=None, **headers):
    status, _, content = service.call(method, path, body, {**service.headers, **headers})
    assert status < 300, content
    return content


def test_a_thousand_requests_sixteen_at_once(service):
    done(service, "PUT", "/v1/certificates/site.crt", b"a certificate")

    def ask(number):
        path = "/v1/certificates/site.crt" if number % 4 else f"/v1/certificates/absent-{number}"
        return service.call("GET", path, headers=service.headers)[::2]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(ask, range(1000)))
    assert [status for status, _ in answers] == [200 if number % 4 else 404 for number in range(1000)]
    assert all(content == b"a certificate" for status, content in answers if status == 200)


def test_large_blobs_stream_both_ways(service):
    content = os.urandom(64 * MIB)
    digest = hashlib.sha256(content).hexdigest()
    # Without what compiling took.
    service.process.forget_memory()
    done(service, "PUT", "/v1/blobs/large", content)
    assert hashlib.sha256(read(make(), f"{service.root}/large")).hexdigest() == digest
    assert hashlib.sha256(done(service, "GET", "/v1/blobs/large")).hexdigest() == digest
    print(f"{service.process.peak_memory():.0f} MiB")
    # Parts of an upload are in it, 50 MiB, and what wasmtime 49 and wasmCloud buffer.
    assert service.process.peak_memory() < 300


def test_a_lock_goes_round(service):
    lease = json.loads(done(service, "POST", "/v1/locks/nightly/lease"))["lease"]
    assert service.call("POST", "/v1/locks/nightly/lease", headers=service.headers)[0] == 409
    done(service, "PUT", "/v1/certificates/locked", b"x", **{"Ossicle-Lease": lease})
    done(service, "DELETE", "/v1/locks/nightly/lease", **{"Ossicle-Lease": lease})
    assert json.loads(done(service, "GET", "/v1/locks/nightly"))["state"] == "free"


def test_nobody_unknown_is_served(service, token):
    for headers in [{}, {"Authorization": "Bearer " + "0" * 89}, {"Authorization": f"Basic {token[0]}"}]:
        assert service.call("GET", "/v1/certificates", headers=headers)[0] == 401
    assert token[0] not in service.process.output()
