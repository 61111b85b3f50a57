"""The hosts of the components beside the library's own, in one run over one emulator: the table of guest/faces/README.md.

    tests/judges/run [path/to/ossicle] hosts

The call is a load of a value of 2 KiB or, from a registry, of a manifest. The table tells how long it takes from the host's start
to the first answer, without compiling; how long compiling takes, and whether the host keeps what it compiled; how many calls are
answered in a second after that; and how much memory the host has had at most. The emulator and who asks share the machine's cores
with the host. The last column names the judge that shows the host to work.
"""

import contextlib
import importlib.metadata
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from typing import NamedTuple

import face_hosts
import judge_node
import judge_p2_node
import judge_p2_wasmtime
import judge_shelf
from conftest import BUCKET, ENDPOINT, KEY, OSSICLE, REGION, settings
from face_hosts import WASH, WASMTIME, WASMTIMES, Served, component, registry_settings
from face_hosts import wash_dev, wasmtime_run, wasmtime_serve
from judge_v2 import make, put
from registry_servers import free_port, peak_memory
from registry_speed import Client

AT_ONCE, SECONDS, TIMES, STARTS, PATIENCE = 8, 3, 400, 6, 120
VALUE = os.urandom(2048)
ROOT, REGISTRY_ROOT = "figures", "figures-registry"
KEY_OF_VALUE = "site.crt"
CERTIFICATE, MANIFEST, SHELVED = f"/v1/certificates/{KEY_OF_VALUE}", "/v2/figures/manifests/latest", f"/values/{KEY_OF_VALUE}"
HERE = pathlib.Path(__file__).parent
LOADS_PYTHON, LOADS_NODE = HERE / "loads_python.py", HERE / "node/loads.mjs"


class Figures(NamedTuple):
    """What a host takes."""

    first: float
    compiling: float
    keeps: bool
    rate: float | None
    at_once: int
    memory: float


def row(host, runs, figures, judge):
    compiling = f"{span(figures.compiling)}, {'once' if figures.keeps else 'each start'}"
    if figures.rate is None:
        rate = "a start for each"
    else:
        rate = f"{figures.rate:.0f}, {'one by one' if figures.at_once == 1 else f'{figures.at_once} at once'}"
    cells = [host, runs, span(figures.first), compiling, rate, f"{figures.memory:.0f} MiB", f"`{judge}`"]
    print(f"| {' | '.join(cells)} |", flush=True)


def span(seconds):
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def version(*words):
    said = subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True).stdout
    return re.search(r"\d+\.\d+\.\d+", said)[0]


def wasmtime_version(directory):
    return "wasmtime " + version(os.path.join(WASMTIME, directory, "wasmtime"), "--version")


@contextlib.contextmanager
def stopped(served):
    try:
        yield served
    finally:
        served.stop()


def served(start, path, headers=None, keeps=True):
    """Of what answers requests for a path. `keeps` says whether the host keeps what it compiled."""
    with tempfile.TemporaryDirectory() as cache:
        more = {"headers": headers, "cache": cache}
        earlier = []
        for _ in range(STARTS - 1 if keeps else 0):
            with stopped(start(path, **more)) as host:
                earlier.append(host.first)
        with stopped(start(path, **more)) as host:
            rate = calls_a_second(host, path, headers or {})
            memory = host.process.peak_memory()
    if not keeps:
        return Figures(host.first, host.compiling, False, rate, AT_ONCE, memory)
    compiling, *earlier = earlier
    first = statistics.median([*earlier, host.first])
    return Figures(first, compiling - first, True, rate, AT_ONCE, memory)


def calls_a_second(host, path, headers):
    """By ApacheBench, on connections that are kept."""
    words = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    words = ["ab", "-q", "-k", "-c", AT_ONCE, "-t", SECONDS, "-n", 1_000_000, *words, f"http://{host.host}{path}"]
    done = subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True).stdout
    assert re.search(r"^Failed requests: +0$", done, re.M) and "Non-2xx" not in done, done
    return float(re.search(r"^Requests per second: +([\d.]+)", done, re.M)[1])


class Program:
    """A program that ends by itself, and the greatest memory that it was seen with."""

    def __init__(self, words, **more):
        self.begun = time.monotonic()
        pipe = subprocess.PIPE
        words = [str(word) for word in words]
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, **more)
        self.memory = 0
        self.watching = threading.Thread(target=self.watch)
        self.watching.start()

    def watch(self):
        while self.process.poll() is None:
            # One that hangs gives no figures.
            if time.monotonic() - self.begun > PATIENCE:
                self.process.kill()
            # It may end in between.
            with contextlib.suppress(OSError, TypeError):
                self.memory = max(self.memory, peak_memory(self.process.pid))
            time.sleep(0.002)

    def line(self):
        """The next line of its output, and how many seconds after its start it came."""
        line = self.process.stdout.readline().decode().strip()
        return line, time.monotonic() - self.begun

    def end(self):
        said, complaint = self.process.communicate()
        self.watching.join()
        assert self.process.returncode == 0, said + complaint
        return time.monotonic() - self.begun


def command(words, variables):
    """Of a program that makes one call."""
    with tempfile.TemporaryDirectory() as cache:
        environment = variables | kept_in(cache)
        cold = Program(words, env=environment).end()
        runs = [(run.end(), run.memory) for run in (Program(words, env=environment) for _ in range(STARTS - 1))]
    warm = statistics.median(seconds for seconds, _ in runs)
    return Figures(warm, cold - warm, True, None, 1, max(memory for _, memory in runs))


class Loading(NamedTuple):
    """Of a program that prints a line after its first load and one after all: what the first says, when it came, loads a second
    after it, and memory."""

    said: str
    first: float
    rate: float
    memory: float


def loading(words, **more):
    program = Program(words, **more)
    said, first = program.line()
    _, last = program.line()
    program.end()
    return Loading(said, first, TIMES / (last - first), program.memory)


def caller(version):
    """Of the stock wasmtime with a command of somebody's for WASI 0.2."""
    variables = settings(ROOT)
    words = wasmtime_run(version, judge_p2_wasmtime.CALLER, variables, "loads", KEY_OF_VALUE, TIMES)
    with tempfile.TemporaryDirectory() as cache:
        cold, *warm = [loading(words, env=variables | kept_in(cache)) for _ in range(STARTS)]
    first = statistics.median(run.first for run in warm)
    return Figures(first, cold.first - first, True, warm[-1].rate, 1, warm[-1].memory)


def program(words, at_once):
    """Of a program of ours in Python or Node, which compiles at each start."""
    words = [*words, ENDPOINT, BUCKET, REGION, *KEY, ROOT, KEY_OF_VALUE, TIMES, at_once]
    run = loading(words)
    compiling = float(run.said)
    return Figures(run.first - compiling, compiling, False, run.rate, at_once, run.memory)


def kept_in(cache):
    return {"PATH": os.environ["PATH"], "HOME": cache, "XDG_CACHE_HOME": cache}


def own_registry(folder):
    def start(path, **more):
        port = free_port()
        words = [OSSICLE, "registry", "--listen", f"127.0.0.1:{port}"]
        return Served(folder, port, words, settings(REGISTRY_ROOT), path, **more)

    return start


def own_service(folder, known):
    storage = {
        "endpoint": ENDPOINT, "bucket": BUCKET, "region": REGION, "root": ROOT,
        "credentials.access-key-id": KEY[0], "credentials.access-key-secret": KEY[1],
    }
    # Strings of JSON, and lists of them, are those of TOML.
    lines = ["[[tenant]]", 'name = "figures"', "[tenant.storage]"]
    lines += [f"{name} = {json.dumps(value)}" for name, value in storage.items()]
    lines += ["[[tenant.token]]", *(f"{name} = {json.dumps(value)}" for name, value in known.items())]
    config = folder / "serve.toml"
    config.write_text("\n".join(lines))
    # It holds a secret, and others may not read it.
    config.chmod(0o600)

    def start(path, **more):
        port = free_port()
        words = [OSSICLE, "serve", "--listen", f"127.0.0.1:{port}", "--config", config]
        return Served(folder, port, words, {}, path, **more)

    return start


def in_wasmtime(folder, version, file, variables):
    return lambda path, **more: wasmtime_serve(folder, version, file, variables, path, **more)


def in_wasmcloud(folder, file, variables, beside=None):
    return lambda path, **more: wash_dev(folder, file, variables, path, beside, **more)


def main(folder):
    # The shelf keeps values in a folder.
    for place in [ROOT, f"{ROOT}/values"]:
        put(make(), f"{place}/{KEY_OF_VALUE}", VALUE)
    with stopped(own_registry(folder)("/v2/")) as registry:
        Client(registry.host).push("figures", [])
    text, known = face_hosts.made_token()
    bearer = {"Authorization": f"Bearer {text}"}
    service_variables = settings(ROOT) | {"OSSICLE_TOKENS": json.dumps([known])}
    registry_variables = registry_settings(REGISTRY_ROOT)
    load = ("cert", "load", KEY_OF_VALUE)

    print("| host | runs | first call | compiling | calls a second | memory | shown by |")
    print("|---|---|---|---|---|---|---|", flush=True)
    own = "ossicle " + version(OSSICLE, "--version")
    row(own, "`ossicle cert load`", command([OSSICLE, *load], settings(ROOT)), "judge_command_face")
    row(own, "`ossicle registry`", served(own_registry(folder), MANIFEST), "judge_registry")
    row(own, "`ossicle serve`", served(own_service(folder, known), CERTIFICATE, bearer), "judge_api")

    for wheel in WASMTIMES:
        host = wasmtime_version(wheel)
        words = wasmtime_run(wheel, component("command", folder), settings(ROOT), *load)
        row(f"{host} `run`", "the command", command(words, settings(ROOT)), f"judge_command_face and {wheel}")
        start = in_wasmtime(folder, wheel, component("registry", folder), registry_variables)
        row(f"{host} `serve`", "the registry", served(start, MANIFEST), f"judge_registry_face and {wheel}")
        start = in_wasmtime(folder, wheel, component("service", folder), service_variables)
        row(f"{host} `serve`", "the service", served(start, CERTIFICATE, bearer), f"judge_service_face and {wheel}")

    wasmcloud = f"wasmCloud, `wash` {version(WASH, '--version')} `dev`"
    start = in_wasmcloud(folder, component("registry", folder), registry_variables)
    row(wasmcloud, "the registry", served(start, MANIFEST, keeps=False), "judge_registry_face and wasmcloud")
    start = in_wasmcloud(folder, component("service", folder), service_variables)
    row(wasmcloud, "the service", served(start, CERTIFICATE, bearer, keeps=False), "judge_service_face and wasmcloud")

    shelf = judge_shelf.settings(ROOT)
    for wheel in WASMTIMES:
        start = in_wasmtime(folder, wheel, judge_shelf.composed(folder), shelf)
        row(f"{wasmtime_version(wheel)} `serve`", "the shelf, composed", served(start, SHELVED), f"judge_shelf and {wheel}")
    beside = {"file": str(component("certificates", folder))}
    start = in_wasmcloud(folder, judge_shelf.shelf(folder, "values"), shelf, beside)
    row(wasmcloud, "the shelf, beside a storage", served(start, SHELVED, keeps=False), "judge_shelf and wasmcloud")

    judge_node.run("node", "build.js", OSSICLE, cwd=judge_node.PACKAGE)
    for major, node in judge_node.NODES.items():
        figures = program([node, LOADS_NODE, judge_node.PACKAGE / "dist/index.js"], AT_ONCE)
        row(f"Node {version(node, '--version')}", "the package of `host/node`", figures, f"judge_node and {major}")

    for wheel in judge_p2_wasmtime.VERSIONS:
        host = f"{wasmtime_version(wheel)} `run`"
        row(host, "the storages of WASI 0.2, composed", caller(wheel), f"judge_p2_wasmtime and {wheel}")
    figures = program([sys.executable, "-B", LOADS_PYTHON, component("certificates", folder, "0.2")], AT_ONCE)
    python = f"Python's wasmtime {importlib.metadata.version('wasmtime')}"
    row(python, "the storages of WASI 0.2", figures, "judge_p2_python")
    node = judge_p2_node.NODE
    shim = json.loads((judge_p2_node.NODES / "package.json").read_text())["dependencies"]["@bytecodealliance/preview2-shim"]
    tools = f"jco {version(node, judge_p2_node.JCO, '--version')} and preview2-shim {shim}"
    figures = program([node, LOADS_NODE, judge_p2_node.transpiled(folder) / "certificates/certificates.js"], 1)
    row(f"Node {version(node, '--version')}", f"the storages of WASI 0.2, by {tools}", figures, "judge_p2_node")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="host-figures-") as scratch:
        main(pathlib.Path(scratch))
