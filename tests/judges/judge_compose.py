"""docker compose reads the emulator's file. Podman runs it where there is an image (judge_image.py)."""

import json
import os
import subprocess
import sys
from pathlib import Path

from registry_servers import OSSICLE

COMPOSE = Path(__file__).parent.parent / "emulator" / "compose.yaml"


def call(*words):
    environment = {"PATH": os.environ["PATH"]}
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_docker_compose_understands_the_emulator_s_file():
    program = Path(sys.executable).parent / "docker-compose"
    services = json.loads(call(program, "--file", COMPOSE, "config", "--format", "json"))["services"]
    assert set(services) == {"emulator", "registry"}
    version = call(OSSICLE, "--version").split()[1]
    assert {service["image"] for service in services.values()} == {f"localhost/ossicle:{version}"}
