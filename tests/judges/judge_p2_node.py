"""Node 20, which has no JSPI, runs the components of WASI 0.2 by jco and its shim."""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess

import pytest

from conftest import BUCKET, ENDPOINT, KEY, REGION
from face_hosts import component
from judge_v2 import make, read

PROGRAM = pathlib.Path(__file__).parent / "node/program.mjs"
NODES = pathlib.Path(os.environ["OSS_JUDGES_NODES"])
NODE = NODES / "node_modules/node-20/bin/node"
JCO = pathlib.Path(os.environ["OSS_JUDGES_NODE_PACKAGE"]) / "node_modules/@bytecodealliance/jco/dist/jco.js"


def run(*words, **more):
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def transpiled(components):
    """A folder of what jco writes, where that finds its shim."""
    folder = NODES / "transpiled"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in ["certificates", "blobs"]:
        run(NODE, JCO, "transpile", component(name, components, "0.2"), "--name", name, "-q", "-o", folder / name)
    return folder


def test_node_20_runs_both(folder, prefix):
    assert run(NODE, "--version").startswith("v20.")
    modules = transpiled(folder)
    root = "p2/" + prefix.strip("/")
    told = run(NODE, PROGRAM, modules, ENDPOINT, BUCKET, REGION, *KEY, root)
    facts = dict(map(json.loads, told.splitlines()))
    digest = facts.pop("digest")
    assert facts == {
        "loaded": "a certificate",
        "listed": ["sites", "sites/a.crt"],
        "absent": ["not-found", "absent", "NoSuchKey"],
        "held": "held",
        "written": "once",
        "unlocked": "released",
        "count": 8 << 20,
        "size": 8 << 20,
        "nothing": ["/absent", "failed", "not-found"],
    }
    assert hashlib.sha256(read(make(), root + "/file")).hexdigest() == digest
    assert read(make(), root + "/k") == b"under the lease"
