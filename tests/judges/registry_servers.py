"""Registries for the judges: ours, and the one that it replaces, over one emulator and by one config.yml."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

OSSICLE = os.environ["OSS_JUDGES_OSSICLE"]
# Debian's registry 2.8 with its driver for OSS.
PEER = os.environ.get("OSS_JUDGES_PEER")
BUCKET = "registry"
# The peer's driver takes an endpoint for the bucket's own host, so the bucket needs a name that this machine resolves. Ours
# refuses one that leads to this machine itself, but for localhost and addresses.
HOST = socket.gethostname()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def peak_memory(pid):
    """How many MiB a process that has not ended has had at most."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^VmHWM:\s*(\d+) kB", status, re.M)[1]) / 1024


class Process:
    """A program that runs until it is stopped; its output is kept for who looks into a failure."""

    def __init__(self, log, words, environment=None):
        self.log = log
        with open(log, "wb") as output:
            self.process = subprocess.Popen(
                [str(word) for word in words],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={"PATH": os.environ["PATH"], "HOME": str(log.parent), **(environment or {})},
            )

    def output(self):
        return self.log.read_text(errors="replace")

    def wait_for(self, ready, what):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if ready():
                return
            assert self.process.poll() is None, f"{what} ended with {self.process.returncode}:\n{self.output()}"
            time.sleep(0.01)
        self.stop()
        raise AssertionError(f"{what} was not ready after a minute:\n{self.output()}")

    def peak_memory(self):
        """How many MiB it has had at most."""
        return peak_memory(self.process.pid)

    def forget_memory(self):
        """Has `peak_memory` tell of the time from now on."""
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def stop(self, how=signal.SIGTERM):
        """Ends it, and tells its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


class Emulator:
    """The emulator with a bucket for a registry."""

    def __init__(self, folder):
        log = folder / "emulator.log"
        self.process = Process(log, [
            OSSICLE, "emulator", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--bucket", BUCKET,
            "--cname", f"{HOST}={BUCKET}", "--key", "registry-id:registry-secret",
        ])
        self.process.wait_for(lambda: "access keys:" in self.process.output(), "the emulator")
        self.port = int(re.search(r"^OSS emulator at http://127\.0\.0\.1:(\d+)", self.process.output(), re.M)[1])
        self.admin = re.search(r"^admin at (\S+)", self.process.output(), re.M)[1]

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.admin + path, data=data, method=method)) as response:
            return json.load(response)

    def operations(self):
        return self.call("GET", "/stats")["operations"]

    def stop(self):
        self.process.stop(signal.SIGINT)


class Registry:
    """A registry that serves the emulator's bucket."""

    def __init__(self, folder, emulator, peer=False, redirects=True, authentication=None, root=None):
        self.redirects = redirects
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        config = folder / f"config-{self.port}.yml"
        # JSON is YAML.
        config.write_text(json.dumps({
            "version": 0.1,
            "storage": {
                "oss": {
                    "accesskeyid": "registry-id",
                    "accesskeysecret": "registry-secret",
                    "region": "oss-cn-hangzhou",
                    "bucket": BUCKET,
                    "endpoint": f"{HOST if peer else 'localhost'}:{emulator.port}",
                    "secure": False,
                    **({"rootdirectory": root} if root else {}),
                },
                "delete": {"enabled": True},
                "redirect": {"disable": not redirects},
                **({"cache": {"blobdescriptor": "inmemory"}} if peer else {}),
            },
            "http": {"addr": self.host, "secret": "a secret of the judges"},
            **({"auth": authentication} if authentication else {}),
        }, indent=1))
        self.config = config
        words = [PEER, "serve", config] if peer else [OSSICLE, "registry", "--registry-config", config]
        self.process = Process(folder / f"registry-{self.port}.log", words)
        self.process.wait_for(self.answers, "the peer's registry" if peer else "the registry")

    def answers(self):
        try:
            with urllib.request.urlopen(f"http://{self.host}/v2/") as response:
                return response.status == 200
        except urllib.error.HTTPError as error:
            return error.code == 401
        except (urllib.error.URLError, ConnectionError):
            return False

    def call(self, method, path, headers=None):
        """A request of the judge's own: the status, the headers and the body. Redirects are not followed."""
        request = urllib.request.Request(f"http://{self.host}{path}", method=method, headers=headers or {})
        try:
            with OPENER.open(request) as response:
                return response.status, response.headers, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def command(self, *words, content=None):
        """Lets the command work on the registry's bucket: its exit code, and what it printed."""
        done = subprocess.run(
            [OSSICLE, *map(str, words), "--registry-config", str(self.config)],
            input=content, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300,
            env={"PATH": os.environ["PATH"], "HOME": str(self.config.parent)},
        )
        assert done.returncode in (0, 1), f"{words} ended with {done.returncode}: {done.stderr.decode(errors='replace')}"
        return done.returncode, done.stdout.decode()

    def stop(self, how=signal.SIGTERM):
        return self.process.stop(how)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Leaves a redirect to who asked."""

    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(NoRedirect)
