"""The registry beside the one that it replaces, in one run over one emulator: rate, requests to OSS, processor time, memory.

    tests/judges/run path/to/ossicle speed [MiB in all]

Layers are pushed as docker does: five at a time, each by one PATCH of unknown length, its digest told at the end. The table
tells, of each job, the seconds, the requests to OSS, and the registry's processor time and greatest memory. The emulator and
this client share the machine's cores with the registry, and cost the same for both.
"""

import concurrent.futures
import hashlib
import http.client
import json
import os
import pathlib
import random
import sys
import tempfile
import time
import urllib.parse

from registry_servers import Emulator, Registry

LAYERS, AT_ONCE, PULLS, PULLS_AT_ONCE = 10, 5, 200, 32
PIECE = 1 << 20
IMAGE = "application/vnd.oci.image.manifest.v1+json"


class Client:
    """Pushes and pulls by plain HTTP, each call by a connection of its own."""

    def __init__(self, host):
        self.host = host

    def call(self, method, path, body=None, headers=None, chunked=False):
        url = urllib.parse.urlsplit(urllib.parse.urljoin(f"http://{self.host}", path))
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=600)
        target = url.path + (f"?{url.query}" if url.query else "")
        connection.request(method, target, body, headers or {}, encode_chunked=chunked)
        response = connection.getresponse()
        size, content = 0, b""
        while piece := response.read(PIECE):
            size += len(piece)
            content = piece if size <= PIECE else b""
        connection.close()
        return response, size, content

    def upload(self, name, content, digest):
        response, _, _ = self.call("POST", f"/v2/{name}/blobs/uploads/", b"")
        assert response.status == 202, response.status
        pieces = (content[start:start + PIECE] for start in range(0, len(content), PIECE))
        response, _, said = self.call("PATCH", response.headers["Location"], pieces,
                                      {"Transfer-Encoding": "chunked"}, chunked=True)
        assert response.status == 202, (response.status, said)
        location = response.headers["Location"]
        location += ("&" if "?" in location else "?") + urllib.parse.urlencode({"digest": digest})
        response, _, said = self.call("PUT", location, b"")
        assert response.status == 201, (response.status, said)

    def push(self, name, layers):
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda layer: self.upload(name, *layer), layers))
        described = [
            {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": digest, "size": len(content)}
            for content, digest in layers
        ]
        config = b"{}"
        digest = digest_of(config)
        self.upload(name, config, digest)
        manifest = json.dumps({
            "schemaVersion": 2, "mediaType": IMAGE, "layers": described,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest, "size": len(config)},
        })
        response, _, said = self.call("PUT", f"/v2/{name}/manifests/latest", manifest, {"Content-Type": IMAGE})
        assert response.status == 201, (response.status, said)

    def fetch(self, name, digest, size):
        response, read, _ = self.call("GET", f"/v2/{name}/blobs/{digest}")
        while response.status == 307:
            response, read, _ = self.call("GET", response.headers["Location"])
        assert (response.status, read) == (200, size), (response.status, read)

    def pull(self, name, at_once=AT_ONCE):
        response, _, content = self.call("GET", f"/v2/{name}/manifests/latest", headers={"Accept": IMAGE})
        assert response.status == 200, response.status
        manifest = json.loads(content)
        wanted = [manifest["config"], *manifest["layers"]]
        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
            list(pool.map(lambda entry: self.fetch(name, entry["digest"], entry["size"]), wanted))


def digest_of(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def processor_time(registry):
    fields = pathlib.Path(f"/proc/{registry.process.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(label, registry, emulator, job):
    emulator.call("POST", "/reset")
    before, start = processor_time(registry), time.monotonic()
    job()
    seconds, spent = time.monotonic() - start, processor_time(registry) - before
    requests = sum(emulator.operations().values())
    print(f"{label:44} {seconds:8.2f} s {requests:6} requests {spent:7.2f} s processor {registry.process.peak_memory():6.0f} MiB",
          flush=True)
    return seconds


def main(mebibytes):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="registry-speed-"))
    emulator = Emulator(folder)
    source = random.Random(16)
    size = (mebibytes << 20) // LAYERS
    for latency in (0, 20):
        emulator.call("PUT", "/latency", {"ms": latency})
        taken = {}
        # Another one first each time: caches and the processor's clock favour one place or the other.
        for name in (("theirs", "ours"), ("ours", "theirs"))[latency == 0]:
            contents = [source.randbytes(size) for _ in range(LAYERS)]
            layers = [(content, digest_of(content)) for content in contents]
            small = [(content, digest_of(content)) for content in (source.randbytes(5_000) for _ in range(3))]
            registry = Registry(folder, emulator, peer=name == "theirs", redirects=False, root=f"/{name}-{latency}")
            client = Client(registry.host)
            jobs = {
                f"push {mebibytes} MiB in {LAYERS} layers": lambda: client.push("speed/large", layers),
                f"pull {mebibytes} MiB in {LAYERS} layers": lambda: client.pull("speed/large"),
                "push of 3 small layers": lambda: client.push("speed/small", small),
                f"{PULLS} small pulls, {PULLS_AT_ONCE} at once": lambda: small_pulls(client),
            }
            for job, work in jobs.items():
                taken[job, name] = measure(f"{name}, {latency} ms: {job}", registry, emulator, work)
            registry.stop()
        for job in dict.fromkeys(job for job, _ in taken):
            print(f"{latency} ms: {job}: {taken[job, 'theirs'] / taken[job, 'ours']:.1f} times as fast as theirs")
    emulator.stop()


def small_pulls(client):
    with concurrent.futures.ThreadPoolExecutor(PULLS_AT_ONCE) as pool:
        list(pool.map(lambda _: client.pull("speed/small", 1), range(PULLS)))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1024)
