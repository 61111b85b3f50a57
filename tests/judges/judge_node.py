"""Node runs the storage components, by the package of `host/node`."""

import os
import pathlib
import shutil
import subprocess

import pytest

from conftest import BUCKET, ENDPOINT, KEY, OSSICLE, REGION

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


def test_it_can_be_installed_alone(package, tmp_path):
    (tmp_path / "package.json").write_text('{ "type": "module" }')
    run("npm", "install", "--no-audit", "--no-fund", package, cwd=tmp_path)
    (tmp_path / "program.mjs").write_text(PROGRAM)
    words = [ENDPOINT, BUCKET, REGION, *KEY]
    for node in NODES.values():
        told = run(node, "program.mjs", *words, cwd=tmp_path)
        assert told == "a value\ntrue not-found NoSuchKey\na blob\n"
    # The machine's own is older, and is told why it won't do.
    machine = shutil.which("node")
    major = int(run(machine, "--version", cwd=tmp_path).removeprefix("v").split(".")[0])
    if major < 24:
        done = subprocess.run([machine, "program.mjs", *words], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode != 0 and "ossicle needs Node 24 or later" in done.stderr
