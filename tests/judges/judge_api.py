"""schemathesis judges the API of `ossicle serve` by the document that the service gives of itself."""

import json
import pathlib
import subprocess
import sys

import pytest

from conftest import OSSICLE

CONFIG = pathlib.Path(__file__).with_name("api_schemathesis.toml")
SCHEMATHESIS = pathlib.Path(sys.executable).with_name("st")

# How many requests of a kind there are, so that all of it takes about two minutes; and a seed, so that what it finds is found
# again.
EXAMPLES, SEED = 12, 15


@pytest.fixture
def service():
    """The service with one tenant, whose bucket is in the emulator."""
    command = [OSSICLE, "serve", "--json", "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield json.loads(process.stdout.readline())
        assert process.poll() is None, "the service ended while it was judged"
    finally:
        process.terminate()
        process.wait(timeout=60)
    assert process.returncode == 0


def test_schemathesis_finds_nothing(service, tmp_path):
    command = [
        SCHEMATHESIS, "--config-file", CONFIG, "run", f"{service['url']}/openapi.json",
        "--header", f"Authorization: Bearer {service['token']}",
        # Of texts that are made at random few are paths, and which run has too few of them is chance.
        "--suppress-health-check", "filter_too_much",
        "--max-examples", str(EXAMPLES), "--seed", str(SEED), "--generation-database", "none", "--no-color",
    ]
    judged = subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=900)
    assert judged.returncode == 0, judged.stdout.replace(service["token"], "***")
