"""Hosts of their makers that serve a component over HTTP: the stock `wasmtime serve`, and `wash dev` of wasmCloud."""

import http.client
import json
import os
import subprocess
import time
import urllib.error
import urllib.request

from conftest import OSSICLE, settings
from registry_servers import Process, free_port

WASMTIME = os.environ["OSS_JUDGES_WASMTIME"]
WASH = os.environ["OSS_JUDGES_WASH"]
# The last wasmtime without what WASI 0.3.0 needs of the component model, those with it, and of these the one with long support
# and the newest. The wheel of 49.0.4 has 49.0.3, whose client gives a connection up earlier than others do.
TOO_OLD, USUAL, NEWEST = "45.0.0", "48.0.2", "49.0.4"
WASMTIMES = ["46.0.1", "47.0.3", USUAL, NEWEST]
# Where hosts keep what they compiled.
CACHE = os.path.dirname(OSSICLE) + "/judges-cache"


def component(name, folder, wasi="0.3"):
    """A component that comes with the command, as a file."""
    file = folder / f"ossicle-{name}-{wasi}.wasm"
    if not file.exists():
        words = [OSSICLE, "component", name, "--wasi", wasi]
        file.write_bytes(subprocess.run(words, check=True, capture_output=True).stdout)
    return file


def registry_settings(root, **more):
    """The variables of a registry, through which all goes that is pulled."""
    return {
        **settings(root),
        "REGISTRY_HTTP_SECRET": "a secret of the judges",
        "REGISTRY_STORAGE_DELETE_ENABLED": "true",
        "REGISTRY_STORAGE_REDIRECT_DISABLE": "true",
        **more,
    }


def made_token():
    """A token of the service as the command makes it: its text, and what has to be known of it."""
    words = [OSSICLE, "serve", "token", "--rights", "read,write", "--json"]
    made = json.loads(subprocess.run(words, check=True, capture_output=True).stdout)
    return made["token"], {name: made[name] for name in ("id", "sha256", "rights")}


class Served:
    """What a host serves, which is ready when it answers with the status `ready` to a request for a path. `first` says in how many
    seconds from its start it did so, without those in which it said that it is not ready."""

    def __init__(self, folder, port, words, environment, ready_path, headers=None, cache=CACHE, ready=200):
        self.host = f"127.0.0.1:{port}"
        self.ready_path, self.ready_headers, self.ready = ready_path, headers, ready
        environment = {"HOME": cache, "XDG_CACHE_HOME": cache, **environment}
        self.begun, self.heard = time.monotonic(), None
        self.process = Process(folder / f"face-{port}.log", words, environment)
        self.process.wait_for(self.answers, "the host")

    def answers(self):
        asked = time.monotonic()
        try:
            status, _, _ = self.call("GET", self.ready_path, headers=self.ready_headers)
        except (urllib.error.URLError, ConnectionError, http.client.HTTPException):
            return False
        # wasmCloud's host answers 404 until it has compiled the component.
        self.heard = self.heard or asked
        self.compiling = asked - self.heard
        self.first = time.monotonic() - self.begun - self.compiling
        return status == self.ready

    def call(self, method, path, body=None, headers=None):
        """A request: the status, the headers and the body."""
        request = urllib.request.Request(f"http://{self.host}{path}", data=body, method=method, headers=headers or {})
        try:
            with urllib.request.urlopen(request) as response:
                return response.status, response.headers, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def stop(self):
        self.process.stop()


def wasmtime_run(version, file, environment, *words, flags=()):
    """How the stock wasmtime runs a command, which is given these variables."""
    names = [word for name in environment for word in ("--env", name)]
    return [os.path.join(WASMTIME, version, "wasmtime"), "run", "-S", "http", *names, *flags, file, *words]


def wasmtime_serve(folder, version, file, environment, ready_path, flags=(), **more):
    """The stock wasmtime's server."""
    port = free_port()
    names = [word for name in environment for word in ("--env", name)]
    program = os.path.join(WASMTIME, version, "wasmtime")
    words = [program, "serve", "-S", "cli", "--addr", f"127.0.0.1:{port}", *names, *flags, file]
    return Served(folder, port, words, environment, ready_path, **more)


def wash_dev(folder, file, environment, ready_path, beside=None, hosts=("127.0.0.1",), **more):
    """wasmCloud's host, with a component, the hosts that it may reach, and a component beside it whose exports it imports. The
    one beside it is a file, or an image of a registry without TLS."""
    port = free_port()
    project = folder / f"wash-{port}"
    (project / ".wash").mkdir(parents=True)
    # One instance, in which many calls are at once.
    others = [] if beside is None else [{"name": "beside", **beside, "poolSize": 1, "maxConcurrency": 32}]
    dev = {"address": f"127.0.0.1:{port}", "allow_insecure_registries": True, "components": others}
    # JSON is YAML.
    (project / ".wash" / "config.yaml").write_text(json.dumps({
        "build": {"command": "true", "component_path": str(file)},
        "workload": {"allowedHosts": list(hosts), "environment": {"config": environment}},
        "dev": dev,
    }))
    return Served(folder, port, ["env", "-C", project, WASH, "--non-interactive", "dev"], {}, ready_path, **more)
