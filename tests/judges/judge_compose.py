"""docker compose reads the emulator's file, and what its services start serves. Podman runs it where there is an image
(judge_image.py)."""

import hashlib
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from registry_servers import OSSICLE, Process, free_port

COMPOSE = Path(__file__).parent.parent / "emulator" / "compose.yaml"


def call(*words):
    environment = {"PATH": os.environ["PATH"]}
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def services():
    """The services of the file, as docker compose reads it."""
    program = Path(sys.executable).parent / "docker-compose"
    return json.loads(call(program, "--file", COMPOSE, "config", "--format", "json"))["services"]


def test_docker_compose_understands_the_emulator_s_file(services):
    assert set(services) == {"emulator", "registry"}
    version = call(OSSICLE, "--version").split()[1]
    assert {service["image"] for service in services.values()} == {f"localhost/ossicle:{version}"}


def started(service, folder, places):
    """What a service starts, on this machine: `places` says what stands for the places that its containers have."""

    def placed(text):
        for place, here in places.items():
            text = text.replace(place, str(here))
        return text

    words = [OSSICLE, *map(placed, service["command"])]
    environment = {name: placed(value) for name, value in (service.get("environment") or {}).items()}
    log = folder / f"{service['command'][0]}.log"
    return Process(log, words, environment)


def ask(method, url, body=None):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=body, method=method)) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()
    except (urllib.error.URLError, ConnectionError):
        return None, {}, b""


def test_what_the_services_start_serves(services, tmp_path):
    oss, registry = free_port(), free_port()
    places = {
        "0.0.0.0:9000": f"127.0.0.1:{oss}",
        "http://emulator:9000": f"http://127.0.0.1:{oss}",
        "0.0.0.0:5000": f"127.0.0.1:{registry}",
        "/data": tmp_path / "data",
    }
    # Both ports are those that the file publishes.
    published = {name: [port["target"] for port in service["ports"]] for name, service in services.items()}
    assert published == {"emulator": [9000], "registry": [5000]}
    running = []
    try:
        running.append(started(services["emulator"], tmp_path, places))
        running[0].wait_for(lambda: "access keys:" in running[0].output(), "the emulator")
        running.append(started(services["registry"], tmp_path, places))
        url = f"http://127.0.0.1:{registry}"
        running[1].wait_for(lambda: ask("GET", f"{url}/v2/")[0] == 200, "the registry")
        # Large enough for a redirect, if there were any.
        content = os.urandom(2 << 20)
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        status, headers, _ = ask("POST", f"{url}/v2/a/blobs/uploads/", b"")
        assert status == 202, running[1].output()
        place = headers["Location"]
        place = place if place.startswith("http") else url + place
        assert ask("PUT", f"{place}{'&' if '?' in place else '?'}digest={digest}", content)[0] == 201
        assert ask("GET", f"{url}/v2/a/blobs/{digest}")[::2] == (200, content)
        assert ask("DELETE", f"{url}/v2/a/blobs/{digest}")[0] == 202
    finally:
        codes = [process.stop() for process in reversed(running)]
    assert codes == [0, 0], [process.output() for process in running]
    assert any((tmp_path / "data").iterdir())
