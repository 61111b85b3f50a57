"""systemd reads the units of the services, and what they start serves."""

import json
import re
import shlex
import signal
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from registry_servers import BUCKET, OSSICLE, Process, free_port

ROOT = Path(__file__).parent.parent.parent
UNITS = ROOT / "host" / "service" / "systemd"
# Of 100: what a service is exposed to by systemd's count. Half of it is the network, which is what these are for.
EXPOSURE = 15


def call(*words, **options):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120, **options)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("name", ["serve", "registry"])
def test_systemd_understands_the_units(name, tmp_path):
    # It looks for the program that is to be started.
    unit = tmp_path / f"ossicle-{name}.service"
    unit.write_text((UNITS / unit.name).read_text().replace("/usr/bin/ossicle", OSSICLE))
    assert call("systemd-analyze", "verify", "--man=no", unit) == (0, "", "")
    code, said, complaint = call("systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE}", unit)
    assert code == 0, said + complaint


def started(name, folder, replaced, variables):
    """What a unit starts, with the variables that systemd would give it."""
    [line] = re.findall(r"^ExecStart=(.+)$", (UNITS / f"ossicle-{name}.service").read_text(), re.M)
    for old, new in replaced.items():
        assert old in line
        line = line.replace(old, str(new))
    words = [word for word in shlex.split(line) if word != "$OPTIONS"]
    words = [re.sub(r"\$\{(\w+)\}", lambda found: variables[found[1]], word) for word in words]
    options = ["--listen", f"127.0.0.1:{variables['PORT']}"]
    return Process(folder / f"{name}.log", words + options, variables)


def answers(url):
    try:
        with urllib.request.urlopen(url) as response:
            return response.status == 200
    except (urllib.error.URLError, ConnectionError):
        return False


def test_what_the_units_start_serves_and_ends(tmp_path, emulator):
    endpoint = f"http://127.0.0.1:{emulator.port}"
    made = subprocess.run([OSSICLE, "serve", "token", "--rights", "read", "--json"], check=True, capture_output=True)
    config = tmp_path / "serve.toml"
    config.write_text(
        f'[[tenant]]\nname = "judge"\n[tenant.storage]\nbucket = "{BUCKET}"\nendpoint = "{endpoint}"\nregion = "cn-hangzhou"\n'
        'credentials = { access-key-id = "registry-id", access-key-secret = "registry-secret" }\n'
        + json.loads(made.stdout)["config"]
    )
    config.chmod(0o600)
    variables = {"OSS_ENDPOINT": endpoint, "OSS_BUCKET": BUCKET, "OSS_REGION": "cn-hangzhou",
                 "OSS_ACCESS_KEY_ID": "registry-id", "OSS_ACCESS_KEY_SECRET": "registry-secret"}
    for name, path, replaced in [("serve", "/healthz", {"/etc/ossicle/serve.toml": config}), ("registry", "/health", {})]:
        port = free_port()
        process = started(name, tmp_path, {"/usr/bin/ossicle": OSSICLE, **replaced}, {**variables, "PORT": str(port)})
        process.wait_for(lambda: answers(f"http://127.0.0.1:{port}{path}"), name)
        assert process.stop(signal.SIGTERM) == 0, process.output()
