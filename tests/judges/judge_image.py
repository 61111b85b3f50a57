"""The container image of the command: pushed to the registry, and run from there by podman, and by the emulator's compose file."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from registry_clients import Skopeo, environment, until
from registry_images import Image, run, same
from registry_servers import OSSICLE, Registry, free_port

LAYOUT = Path(os.environ["OSS_JUDGES_IMAGE"])
USER = 65532


@pytest.fixture(scope="module")
def image():
    [manifest] = json.loads((LAYOUT / "index.json").read_text())["manifests"]
    return Image(LAYOUT, manifest["annotations"]["org.opencontainers.image.ref.name"])


class Containers:
    """podman with a store of its own. It is told nothing of the machine's cgroups and limits but what it can't do without."""

    def __init__(self, folder):
        self.folder = folder
        self.options = ["--storage-driver", "vfs", "--root", folder / "storage", "--runroot", folder / "run",
                        "--runtime", "runc"]
        (folder / "policy.json").write_text(json.dumps({"default": [{"type": "insecureAcceptAnything"}]}))

    def podman(self, *words):
        return run("podman", *self.options, *words, env=environment(self.folder))

    def pull(self, name):
        policy = ["--signature-policy", self.folder / "policy.json"]
        return self.podman("pull", "--quiet", *policy, "--tls-verify=false", name).strip().splitlines()[-1]

    def words(self, *words):
        """As strictly as a container can be run."""
        limits = ["--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096"]
        return ["run", "--network", "host", "--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges",
                *limits, *words]

    def start(self, *words):
        return self.podman(*self.words("--detach", *words)).strip().splitlines()[-1]

    def process(self, container):
        return int(self.podman("inspect", "--format", "{{.State.Pid}}", container))

    def stop(self, container, seconds=60):
        """Ends it as `podman stop` does, and tells its exit code and what it said."""
        self.podman("stop", "--time", str(seconds), container)
        code = int(self.podman("wait", container))
        return code, self.podman("logs", container)


@pytest.fixture(scope="module")
def containers(tmp_path_factory):
    return Containers(tmp_path_factory.mktemp("containers"))


@pytest.fixture(scope="module")
def pulled(folder, emulator, image, containers):
    """The image, by way of the registry."""
    registry = Registry(folder, emulator, root="/image")
    skopeo = Skopeo(folder)
    name = f"{registry.host}/ossicle:{image.tag}"
    skopeo.push(image, name)
    same(image, skopeo.pull(name))
    identity = containers.pull(name)
    assert f"sha256:{identity}" == image.id
    yield identity
    assert registry.stop() == 0, registry.process.output()


def test_it_holds_one_program_and_says_what_it_is(image):
    config = json.loads(image.blob(image.manifest["config"]["digest"]))
    assert config["config"]["User"] == f"{USER}:{USER}"
    assert config["config"]["Labels"]["org.opencontainers.image.version"] == image.tag
    assert image.manifest["annotations"]["org.opencontainers.image.licenses"] == "Apache-2.0"
    [layer] = image.manifest["layers"]
    listed = subprocess.run(["tar", "-tvz"], input=image.blob(layer["digest"]), check=True, capture_output=True).stdout.decode()
    entries = sorted((line.split()[0], line.split()[1], line.split()[-1]) for line in listed.splitlines())
    assert entries == [
        ("-rwxr-xr-x", "0/0", "ossicle"),
        ("drwx------", f"{USER}/{USER}", "cache/"),
        ("drwx------", f"{USER}/{USER}", "data/"),
    ]


def test_it_has_the_components_of_the_command(pulled, containers):
    printed = containers.podman(*containers.words("--rm", pulled, "--version"))
    assert printed == subprocess.run([OSSICLE, "--version"], check=True, capture_output=True, text=True).stdout


COMPOSE = Path(__file__).parent.parent / "emulator" / "compose.yaml"


def answer(url, method="GET", body=None, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method)) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except (urllib.error.URLError, ConnectionError):
        return 0, b""


def config_of(folder, emulator, port):
    """A config of one tenant, and its token."""
    made = subprocess.run([OSSICLE, "serve", "token", "--rights", "read,write", "--json"], check=True, capture_output=True)
    token = json.loads(made.stdout)
    file = folder / "serve.toml"
    file.write_text(
        f'listen = "127.0.0.1:{port}"\n[[tenant]]\nname = "judge"\n[tenant.storage]\nbucket = "registry"\nroot = "container"\n'
        f'endpoint = "http://127.0.0.1:{emulator.port}"\nregion = "cn-hangzhou"\n'
        'credentials = { access-key-id = "registry-id", access-key-secret = "registry-secret" }\n'
        + token["config"]
    )
    file.chmod(0o600)
    os.chown(file, USER, USER)
    return file, token["token"]


def test_it_serves_as_the_first_process_and_ends_in_good_order(tmp_path, emulator, pulled, containers):
    port = free_port()
    file, token = config_of(tmp_path, emulator, port)
    container = containers.start("--volume", f"{file}:/serve.toml:ro", pulled, "serve", "--config", "/serve.toml")
    url = f"http://127.0.0.1:{port}"
    assert until(lambda: answer(f"{url}/healthz")[0] == 200, 120), containers.podman("logs", container)
    key = f"{url}/v1/certificates/sites/a.txt"
    bearer = {"Authorization": f"Bearer {token}"}
    assert answer(key, "PUT", b"a value", **bearer)[0] in (200, 201, 204)
    assert answer(key, **bearer) == (200, b"a value")
    assert answer(f"{url}/readyz")[0] == 200
    process = containers.process(container)
    status = Path(f"/proc/{process}/status").read_text()
    # Its own number, in the namespace that it is the first of.
    assert [line.split()[-1] for line in status.splitlines() if line.startswith("NSpid:")] == ["1"]
    assert [line.split()[1] for line in status.splitlines() if line.startswith("Uid:")] == [str(USER)]
    # No children, so nothing that nobody waits for.
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    assert children == []
    begun = time.monotonic()
    code, said = containers.stop(container)
    # podman kills what does not end; then the code is 137.
    assert code == 0 and time.monotonic() - begun < 60, said
    assert answer(f"{url}/healthz")[0] == 0


def test_it_keeps_compiled_components_where_a_volume_is(tmp_path, emulator, pulled, containers):
    cache = tmp_path / "cache"
    cache.mkdir(mode=0o700)
    os.chown(cache, USER, USER)
    settings = {"OSS_ENDPOINT": f"http://127.0.0.1:{emulator.port}", "OSS_BUCKET": "registry", "OSS_REGION": "cn-hangzhou",
                "OSS_ACCESS_KEY_ID": "registry-id", "OSS_ACCESS_KEY_SECRET": "registry-secret"}
    words = [word for name, value in settings.items() for word in ("--env", f"{name}={value}")]
    for volume in ([], ["--volume", f"{cache}:/cache"]):
        containers.podman(*containers.words("--rm", *words, *volume, pulled, "cert", "ls"))
    assert list(cache.glob("ossicle/modules/*/*"))


def test_it_is_killed_by_no_signal_that_it_can_hear(pulled, containers):
    port = free_port()
    container = containers.start(pulled, "emulator", "--listen", f"127.0.0.1:{port}")
    assert until(lambda: answer(f"http://127.0.0.1:{port}/")[0] != 0, 60), containers.podman("logs", container)
    os.kill(containers.process(container), signal.SIGTERM)
    assert int(containers.podman("wait", container)) == 0


class Compose:
    """podman-compose, with the image of another store in its own."""

    def __init__(self, folder, image):
        self.folder, self.ports = folder, (free_port(), free_port())
        configuration, storage = folder / "containers.conf", folder / "storage.conf"
        # As podman is run above. The containers know each other by name, which the newer network needs no plug-in for.
        configuration.write_text(
            '[containers]\ndefault_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]\n'
            '[engine]\nruntime = "runc"\n[network]\nnetwork_backend = "netavark"\n'
        )
        storage.write_text(
            f'[storage]\ndriver = "vfs"\ngraphroot = "{folder}/graph"\nrunroot = "{folder}/run"\n'
        )
        (folder / "policy.json").write_text(json.dumps({"default": [{"type": "insecureAcceptAnything"}]}))
        self.environment = {
            **environment(folder), "CONTAINERS_CONF": str(configuration), "CONTAINERS_STORAGE_CONF": str(storage),
            "OSS_PORT": str(self.ports[0]), "REGISTRY_PORT": str(self.ports[1]), "OSSICLE_IMAGE": "localhost/judged:1",
        }
        pulled = run("podman", "pull", "--quiet", "--signature-policy", folder / "policy.json", image.reference,
                     env=self.environment)
        run("podman", "tag", pulled.strip().splitlines()[-1], "localhost/judged:1", env=self.environment)

    def call(self, *words):
        program = Path(sys.executable).parent / "podman-compose"
        return run(program, "--file", COMPOSE, *words, env=self.environment)

    def up(self):
        self.call("up", "--detach")
        ready = f"http://127.0.0.1:{self.ports[1]}/ready"
        assert until(lambda: answer(ready)[0] == 200, 120), self.call("logs")


def test_the_compose_file_has_a_registry_over_the_emulator(tmp_path, image, images):
    compose = Compose(tmp_path, image)
    skopeo = Skopeo(tmp_path)
    name = f"localhost:{compose.ports[1]}/app:first"
    try:
        compose.up()
        skopeo.push(images[0], name)
        settings = {"OSS_ENDPOINT": f"http://localhost:{compose.ports[0]}", "OSS_BUCKET": "ossicle", "OSS_REGION": "cn-hangzhou",
                    "OSS_ACCESS_KEY_ID": "ossicle", "OSS_ACCESS_KEY_SECRET": "ossicle-secret"}
        listed = run(OSSICLE, "blob", "ls", "/docker/registry/v2/repositories", env={**environment(tmp_path), **settings})
        assert "app" in listed
        # What is stored is there after an end.
        compose.call("down")
        compose.up()
        same(images[0], skopeo.pull(name))
    finally:
        compose.call("down", "--volumes")
