#!/usr/bin/env python3
"""Signs a filter and makes the folder of it that Plecto loads, whose digest it prints.

    package.py COMPONENT KEY FOLDER

KEY is a private key of the curve P-256 in PEM; `openssl` signs with it. The folder is an OCI layout with the component, a statement
of what it is made of that names its digest, and a signature of each. `plecto package` makes the same, but not of a filter that
sends requests: it runs the filter before, and lends it nothing for that.
"""

import hashlib
import json
import pathlib
import subprocess
import sys


def main(component, key, folder):
    blobs = pathlib.Path(folder) / "blobs/sha256"
    blobs.mkdir(parents=True, exist_ok=True)

    def blob(kind, content):
        digest = hashlib.sha256(content).hexdigest()
        (blobs / digest).write_bytes(content)
        return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(content)}

    def signature(content):
        return subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=content, check=True, capture_output=True).stdout

    content = pathlib.Path(component).read_bytes()
    made_of = json.dumps({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "filter", "digest": {"sha256": hashlib.sha256(content).hexdigest()}}],
        "predicateType": "https://cyclonedx.org/bom",
        "predicate": {},
    }).encode()
    manifest = blob("application/vnd.oci.image.manifest.v1+json", json.dumps({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": blob("application/vnd.wasm.config.v0+json", b"{}"),
        "layers": [
            blob("application/wasm", content),
            blob("application/vnd.plecto.signature", signature(content)),
            blob("application/vnd.plecto.sbom", made_of),
            blob("application/vnd.plecto.sbom.signature", signature(made_of)),
        ],
    }).encode())
    index = {"schemaVersion": 2, "manifests": [manifest]}
    (pathlib.Path(folder) / "index.json").write_text(json.dumps(index))
    (pathlib.Path(folder) / "oci-layout").write_text(json.dumps({"imageLayoutVersion": "1.0.0"}))
    print(manifest["digest"])


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
