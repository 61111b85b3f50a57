"""What the page must show besides images that umoci made: pushed by plain HTTP, as whoever may push can."""

import hashlib
import json
import urllib.parse
import urllib.request

IMAGE = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
EMPTY = "application/vnd.oci.empty.v1+json"
DOCKER_IMAGE = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"

# Would run, were it taken for HTML anywhere.
HOSTILE = "<img src=/x onerror='window.taken=1'><script>window.taken=1</script>"


class Pusher:
    """Pushes to one repository."""

    def __init__(self, host, name):
        self.host, self.name = host, name

    def call(self, method, path, body=b"", media_type="application/octet-stream"):
        url = urllib.parse.urljoin(f"http://{self.host}", path)
        request = urllib.request.Request(url, data=body, method=method, headers={"Content-Type": media_type})
        with urllib.request.urlopen(request) as response:
            return response.headers

    def blob(self, media_type, content, **more):
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        self.call("POST", f"/v2/{self.name}/blobs/uploads/?digest={digest}", content)
        return {"mediaType": media_type, "digest": digest, "size": len(content), **more}

    def manifest(self, document, tag=None):
        content = json.dumps({"schemaVersion": 2, **document}).encode()
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        self.call("PUT", f"/v2/{self.name}/manifests/{tag or digest}", content, document["mediaType"])
        return {"mediaType": document["mediaType"], "digest": digest, "size": len(content)}

    def image(self, config, layers, tag=None, **more):
        config = self.blob(CONFIG, json.dumps(config).encode())
        return self.manifest({"mediaType": IMAGE, "config": config, "layers": layers, **more}, tag)

    def artifact(self, kind, content, tag=None, **more):
        empty, layer = self.blob(EMPTY, b"{}"), self.blob(kind, content)
        return self.manifest({"mediaType": IMAGE, "artifactType": kind, "config": empty, "layers": [layer], **more}, tag)


def push_index(host, name):
    """Two platforms that share a layer, with an attestation of one as docker's builder makes it."""
    pusher = Pusher(host, name)
    shared = pusher.blob(LAYER, b"s" * 200_000)
    entries = []
    for architecture, size in (("amd64", 100_000), ("arm64", 50_000)):
        own = pusher.blob(LAYER, architecture[0].encode() * size)
        image = pusher.image({"os": "linux", "architecture": architecture}, [shared, own])
        entries.append({**image, "platform": {"os": "linux", "architecture": architecture}})
    attestation = pusher.image({"os": "unknown", "architecture": "unknown"},
                               [pusher.blob("application/vnd.in-toto+json", b"{}")])
    annotations = {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": entries[0]["digest"]}
    unknown = {"os": "unknown", "architecture": "unknown"}
    entries.append({**attestation, "platform": unknown, "annotations": annotations})
    return pusher.manifest({"mediaType": INDEX, "manifests": entries}, "all"), entries


def push_hostile(host, name):
    """An image that says everywhere what a page must not run, with a signature and a bill of materials."""
    pusher = Pusher(host, name)
    config = {"os": HOSTILE, "architecture": "amd64", "created": HOSTILE, "config": {"Labels": {HOSTILE: HOSTILE}}}
    layer = pusher.blob(HOSTILE, b"a layer", annotations={"org.opencontainers.image.title": HOSTILE})
    image = pusher.image(config, [layer], "hostile", annotations={HOSTILE: HOSTILE, "__proto__": "a name of JavaScript's"})
    for kind in ("application/vnd.dev.cosign.artifact.sig.v1+json", "application/spdx+json"):
        pusher.artifact(kind, kind.encode(), subject=image, annotations={"note": HOSTILE})
    return image


def push_many(host, name, count):
    """Many tags, each an image of Docker's older format with a layer of its own and one of all."""
    pusher = Pusher(host, name)
    config = pusher.blob(DOCKER_CONFIG, b'{"os":"linux","architecture":"s390x"}')
    common = pusher.blob(DOCKER_LAYER, b"c" * 9_000)
    for number in range(count):
        own = pusher.blob(DOCKER_LAYER, b"%03d" % number * 333)
        pusher.manifest({"mediaType": DOCKER_IMAGE, "config": config, "layers": [common, own]}, f"v{number:02}")
