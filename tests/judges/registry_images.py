"""Images for the judges of the registry, made by umoci without any network."""

import hashlib
import json
import os
import random
import shutil
import subprocess

# A layer of more than one part (10 MiB), so that a push is an upload in parts; the others fill no part.
LAYERS = {"small": 3_000, "middle": 300_000, "large": 12_000_000}


def run(*words, **options):
    """Runs a program and gives what it prints; a failure shows what it said."""
    done = subprocess.run(
        [str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, **options
    )
    text = done.stdout.decode(errors="replace")
    assert done.returncode == 0, f"{' '.join(map(str, words))} ended with {done.returncode}:\n{text}"
    return text


class Image:
    """An image in an OCI layout."""

    def __init__(self, layout, tag):
        self.layout, self.tag = layout, tag
        index = json.loads((layout / "index.json").read_text())
        # What a layout had under the tag before has none any more.
        tags = [m.get("annotations", {}).get("org.opencontainers.image.ref.name") for m in index["manifests"]]
        mine = [m for m, found in zip(index["manifests"], tags) if found == tag]
        self.digest = mine[0]["digest"]
        self.manifest_bytes = self.blob(self.digest)
        self.manifest = json.loads(self.manifest_bytes)
        # What docker calls the image's id.
        self.id = self.manifest["config"]["digest"]

    def blob(self, digest):
        algorithm, encoded = digest.split(":")
        content = (self.layout / "blobs" / algorithm / encoded).read_bytes()
        assert hashlib.new(algorithm, content).hexdigest() == encoded
        return content

    @property
    def blobs(self):
        return [self.manifest["config"]["digest"]] + [layer["digest"] for layer in self.manifest["layers"]]

    @property
    def reference(self):
        return f"oci:{self.layout}:{self.tag}"


def make(folder):
    """Two images of which the second has the layers of the first and one more."""
    layout, seed = folder / "images", random.Random(16)
    run("umoci", "init", "--layout", layout)
    run("umoci", "new", "--image", f"{layout}:first")
    for name, size in LAYERS.items():
        file = folder / name
        # Compression finds nothing in it.
        file.write_bytes(seed.randbytes(size))
        run("umoci", "insert", "--rootless", "--image", f"{layout}:first", file, f"/{name}")
    run("umoci", "tag", "--image", f"{layout}:first", "second")
    more = folder / "more"
    more.write_text("one layer more\n")
    run("umoci", "insert", "--rootless", "--image", f"{layout}:second", more, "/more")
    # docker and containerd refuse to unpack an image of no platform.
    for tag in ("first", "second"):
        run("umoci", "config", "--image", f"{layout}:{tag}", "--architecture", "amd64", "--os", "linux",
            "--config.cmd", "/bin/true")
    return Image(layout, "first"), Image(layout, "second")


def copy_of(image, folder):
    """What another program wrote into a layout under the tag `pulled`."""
    return Image(folder, "pulled")


def same(image, pulled):
    """Whether every byte of the one is in the other."""
    assert pulled.manifest_bytes == image.manifest_bytes
    for digest in image.blobs:
        assert pulled.blob(digest) == image.blob(digest)


def remove(folder):
    shutil.rmtree(folder, ignore_errors=True)
