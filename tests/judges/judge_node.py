"""Node runs the storage components, by the package of `host/node`."""

import base64
import hashlib
import json
import os
import pathlib
import shutil
import subprocess

import pytest

from conftest import BUCKET, CA, ENDPOINT, KEY, OSSICLE, REGION

PACKAGE = pathlib.Path(os.environ["OSS_JUDGES_NODE_PACKAGE"])
NODES = {version: os.environ["OSS_JUDGES_NODES"] + f"/node_modules/node-{version}/bin/node" for version in ["24", "26"]}

# What a program has to write that uses it, and what it must not need: anything but the package.
PROGRAM = """
import { Blobs, Certificates, OssicleError } from 'ossicle';
const [endpoint, bucket, region, accessKeyId, accessKeySecret] = process.argv.slice(2);
const config = { endpoint, bucket, region, credentials: { accessKeyId, accessKeySecret }, root: 'installed' };
const certificates = await Certificates.open(config);
await certificates.store('k', 'a value');
console.log(new TextDecoder().decode(await certificates.load('k')));
const error = await certificates.load('none').catch((error) => error);
console.log(error instanceof OssicleError, error.kind, error.code);
const blobs = await Blobs.open(config);
await blobs.write('/b', [Buffer.from('a '), Buffer.from('blob')]);
for await (const piece of (await blobs.read('/b')).body) console.log(Buffer.from(piece).toString());
"""

TOLD = "a value\ntrue not-found NoSuchKey\na blob\n"


def run(*words, cwd):
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def package(tmp_path_factory):
    """The package as npm packs it, built from what the command writes."""
    run("node", "build.js", OSSICLE, cwd=PACKAGE)
    to = tmp_path_factory.mktemp("node")
    run("npm", "pack", "--pack-destination", to, cwd=PACKAGE)
    return next(to.glob("ossicle-*.tgz"))


@pytest.mark.parametrize("version", NODES)
def test_the_package_does_in_node_what_its_tests_say(package, version):
    environment = os.environ | {"OSSICLE_COMMAND": OSSICLE}
    done = subprocess.run(
        [NODES[version], "--test", "--test-timeout=120000", "test/*.test.ts"],
        cwd=PACKAGE, env=environment, capture_output=True, text=True, timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "fail 0" in done.stdout and "pass 0" not in done.stdout


@pytest.fixture(scope="session")
def installed(package, tmp_path_factory):
    """A folder with nothing but the package and a program that uses it; what the package needs is what its lock file has."""
    folder = tmp_path_factory.mktemp("installed")
    project = {"type": "module", "dependencies": {"ossicle": f"file:{package}"}}
    (folder / "package.json").write_text(json.dumps(project))
    locked = json.loads((PACKAGE / "package-lock.json").read_text())["packages"]
    packed = locked.pop("")
    needed = {place: entry for place, entry in locked.items() if not entry.get("dev")}
    needed["node_modules/ossicle"] = {
        "version": packed["version"],
        "resolved": f"file:{package}",
        "integrity": "sha512-" + base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode(),
        "dependencies": packed["dependencies"],
    }
    lock = {"lockfileVersion": 3, "packages": {"": project, **needed}}
    (folder / "package-lock.json").write_text(json.dumps(lock))
    run("npm", "ci", "--no-audit", "--no-fund", cwd=folder)
    (folder / "program.mjs").write_text(PROGRAM)
    return folder


def program(node, folder, endpoint, bucket, **environment):
    words = [node, "program.mjs", endpoint, bucket, REGION, *KEY]
    return subprocess.run(words, cwd=folder, env=os.environ | environment, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize("node", NODES.values(), ids=NODES)
def test_it_can_be_installed_alone(installed, node):
    done = program(node, installed, ENDPOINT, BUCKET)
    assert done.stdout == TOLD, done.stderr


@pytest.mark.parametrize("node", NODES.values(), ids=NODES)
def test_it_trusts_whom_node_trusts(installed, node):
    # The emulator over TLS has the bucket that it has unless told otherwise.
    endpoint = os.environ["OSS_JUDGES_TLS_ENDPOINT"]
    done = program(node, installed, endpoint, "ossicle", NODE_EXTRA_CA_CERTS=CA)
    assert done.stdout == TOLD, done.stderr
    done = program(node, installed, endpoint, "ossicle")
    assert done.returncode != 0 and "the server's certificate is not trusted" in done.stderr, done.stderr


def test_an_older_node_is_told_why_it_will_not_do(installed):
    machine = shutil.which("node")
    major = int(run(machine, "--version", cwd=installed).removeprefix("v").split(".")[0])
    if major >= 24:
        pytest.skip("the machine's own Node is new enough")
    done = program(machine, installed, ENDPOINT, BUCKET)
    assert done.returncode != 0 and "ossicle needs Node 24 or later" in done.stderr
