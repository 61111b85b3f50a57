"""Plecto runs somebody's filter, `host/examples/challenge`, which answers challenges of ACME from the emulator's bucket.

`tests/judges/run plecto` runs it where this machine has an address beside those of loopback, which Plecto lets no filter reach.
"""

import http.client
import os
import pathlib
import re
import statistics
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from challenges import ANSWER, FAILED, FOLDER, NOT_FOUND, PUBLISHERS, TOKEN, Bucket, by_go, key_of
from registry_servers import OSSICLE, Process, free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLECTO = os.environ["OSS_JUDGES_PLECTO"]
FILTER = os.environ["OSS_JUDGES_FILTER"]
ADDRESS = os.environ["OSS_JUDGES_ADDRESS"]
SECRET = "plecto-secret-8d1f"


class Upstream(ThreadingHTTPServer):
    """What the proxy stands before: tells what it was asked for."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = f"upstream {self.command} {self.path}".encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self):
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.do_GET()

        def log_message(self, *_):
            pass

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Emulator(Bucket):
    """The emulator where a filter may reach it, and the bucket in it."""

    def __init__(self, folder, port=0):
        words = [OSSICLE, "emulator", "--listen", f"{ADDRESS}:{port}", "--bucket", "plecto", "--key", f"plecto-id:{SECRET}"]
        self.process = Process(folder / f"emulator-{port}.log", words)
        self.process.wait_for(lambda: "access keys:" in self.process.output(), "the emulator")
        self.port = int(re.search(r"^OSS emulator at http://\S+:(\d+)", self.process.output(), re.M)[1])
        super().__init__(f"http://{ADDRESS}:{self.port}", "plecto", ("plecto-id", SECRET), "certificates")

    def stop(self):
        self.process.stop()


class Proxy:
    """Plecto with the filter, before an upstream."""

    def __init__(self, folder, emulator, upstream, key_set=None):
        self.port = free_port()
        key = folder / "signer.pem"
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key)
        openssl("pkey", "-in", key, "-pubout", "-out", folder / "signer.pub")
        package = [ROOT / "host/examples/challenge/package.py", FILTER, key, folder / "challenge"]
        digest = subprocess.run(package, check=True, capture_output=True, text=True).stdout.strip()
        (folder / "secret").write_text(SECRET + "\n")
        files = {"access-key-secret": "secret"} | ({"key-set": key_set} if key_set else {})
        manifest = folder / "plecto.toml"
        manifest.write_text("\n".join([
            '[trust]',
            'keys = ["signer.pub"]',
            '[[filter]]',
            'id = "challenge"',
            'source = "challenge"',
            f'digest = "{digest}"',
            'request_deadline_ms = 5000',
            '[filter.outbound_http]',
            f'allow = [{{ host = "{ADDRESS}", port = {emulator.port}, scheme = "http" }}]',
            f'allow_private = ["{ADDRESS}/32"]',
            '[filter.config]',
            *(f'{name} = "{value}"' for name, value in emulator.settings.items()),
            '[filter.config_files]',
            *(f'{name} = "{file}"' for name, file in files.items()),
            '[[upstream]]',
            'name = "app"',
            f'addresses = ["127.0.0.1:{upstream.server_address[1]}"]',
            '[upstream.health]',
            'path = "/"',
            'interval_ms = 1000',
            '[[route]]',
            'filters = ["challenge"]',
            'upstream = "app"',
            '[route.match]',
            'path_prefix = "/"',
        ]))
        validated = subprocess.run([PLECTO, "validate", "--resolve", manifest], capture_output=True, text=True)
        assert validated.returncode == 0, validated.stdout + validated.stderr
        self.process = Process(folder / "plecto.log", [PLECTO, manifest, f"127.0.0.1:{self.port}"])
        self.process.wait_for(lambda: self.answers("/ready") == (200, b"upstream GET /ready"), "Plecto")

    def answers(self, path):
        try:
            return self.get(path)
        except OSError:
            return None

    def get(self, path, host="example.com", method="GET"):
        """A request: the status and the body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, headers={"Host": host})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def stop(self):
        self.process.stop()


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True)


@pytest.fixture(scope="module")
def upstream():
    running = Upstream()
    yield running
    running.shutdown()


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    running = Emulator(tmp_path_factory.mktemp("emulator"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def proxy(tmp_path_factory, emulator, upstream):
    running = Proxy(tmp_path_factory.mktemp("plecto"), emulator, upstream)
    yield running
    running.stop()


@pytest.mark.parametrize("folder, published", PUBLISHERS)
def test_a_challenge_that_is_stored_is_answered(proxy, emulator, folder, published):
    key = key_of("example.com", folder)
    assert proxy.get(FOLDER + TOKEN) == NOT_FOUND
    emulator.publish(key, published("example.com"))
    assert proxy.get(FOLDER + TOKEN) == (200, ANSWER.encode())
    assert proxy.get(FOLDER + TOKEN, "Example.COM:80") == (200, ANSWER.encode())
    assert proxy.get(FOLDER + TOKEN[:-1]) == NOT_FOUND
    assert proxy.get(FOLDER + TOKEN, "other.example") == NOT_FOUND
    emulator.remove(key)
    assert proxy.get(FOLDER + TOKEN) == NOT_FOUND


def test_what_is_no_challenge_goes_on_and_what_can_be_none_does_not(proxy):
    for path in ["/", "/a?b=c", "/.well-known/other", FOLDER[:-1]]:
        assert proxy.get(path) == (200, f"upstream GET {path}".encode())
    assert proxy.get(FOLDER + TOKEN, method="POST") == (200, f"upstream POST {FOLDER}{TOKEN}".encode())
    for path in [FOLDER, FOLDER + "a/b", FOLDER + "a.b", FOLDER + "t" * 129]:
        assert proxy.get(path) == NOT_FOUND, path


def test_of_another_name_or_kind_nothing_is_answered(proxy, emulator):
    for challenge in [
        by_go("example.com"),
        by_go("other.example") | {"type": "tls-alpn-01"},
        by_go("other.example", answer=TOKEN + ".<script>"),
    ]:
        emulator.publish(key_of("other.example"), challenge)
        assert proxy.get(FOLDER + TOKEN, "other.example") == NOT_FOUND, challenge


def test_a_sealed_challenge_is_answered(tmp_path, emulator, upstream):
    key_set = tmp_path / "keys.json"
    subprocess.run([OSSICLE, "keyset", "create", key_set], check=True, capture_output=True)
    emulator.publish(key_of("sealed.example"), by_go("sealed.example"), OSSICLE_KEY_SET_FILE=str(key_set))
    proxy = Proxy(tmp_path, emulator, upstream, key_set)
    try:
        assert proxy.get(FOLDER + TOKEN, "sealed.example") == (200, ANSWER.encode())
    finally:
        proxy.stop()


def test_an_answer_is_not_slow(proxy, emulator):
    emulator.publish(key_of("fast.example"), by_go("fast.example"))
    taken = []
    for _ in range(50):
        began = time.perf_counter()
        assert proxy.get(FOLDER + TOKEN, "fast.example") == (200, ANSWER.encode())
        taken.append(time.perf_counter() - began)
    print(f"an answer: {statistics.median(taken) * 1000:.1f} ms, the median of {len(taken)}")
    # It takes some milliseconds; the machine may be busy.
    assert statistics.median(taken) < 1


def test_a_storage_that_fails_is_told_and_what_is_no_challenge_still_goes_on(tmp_path, upstream):
    emulator = Emulator(tmp_path)
    emulator.publish(key_of("example.com"), by_go("example.com"))
    proxy = Proxy(tmp_path, emulator, upstream)
    try:
        assert proxy.get(FOLDER + TOKEN) == (200, ANSWER.encode())
        emulator.stop()
        assert proxy.get(FOLDER + TOKEN) == FAILED
        assert proxy.get("/") == (200, b"upstream GET /")
        assert proxy.get(FOLDER + TOKEN, "a..b") == NOT_FOUND
        again = Emulator(tmp_path, emulator.port)
        try:
            again.publish(key_of("example.com"), {"not": "a challenge"})
            assert proxy.get(FOLDER + TOKEN) == FAILED
            again.publish(key_of("example.com"), by_go("example.com"))
            assert proxy.get(FOLDER + TOKEN) == (200, ANSWER.encode())
        finally:
            again.stop()
        log = proxy.process.output()
        assert SECRET not in log and ANSWER not in log, log
    finally:
        proxy.stop()
