"""The stock wasmtime, of its version with long support before WASI 0.3 and of later ones, runs a command that is composed with the
components of WASI 0.2."""

import os
import subprocess

import pytest

from conftest import KEY, settings
from face_hosts import TOO_OLD, WASMTIMES, wasmtime_run
from judge_v2 import make, read

CALLER = os.environ["OSS_JUDGES_CALLER"]
# Before WASI 0.3.0 with long support, the last before it, and with it.
VERSIONS = ["36.0.9", TOO_OLD, *WASMTIMES]

SEEN = """\
loaded a certificate
listed sites sites/a.crt
absent ErrorKind::NotFound Some("NoSuchKey")
held true
written Written::Once
unlocked Unlocked::Released
blob 8388608 8388608 8388608 true
"""


def run(version, root, secret=KEY[1]):
    variables = settings(root) | {"OSS_ACCESS_KEY_SECRET": secret}
    words = wasmtime_run(version, CALLER, variables)
    return subprocess.run(words, env=os.environ | variables, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_wasmtime_runs_it(version, prefix):
    root = "p2/" + prefix.strip("/")
    done = run(version, root)
    assert (done.returncode, done.stdout) == (0, SEEN), done.stdout + done.stderr
    assert read(make(), root + "/k") == b"under the lease"
    assert len(read(make(), root + "/file")) == 8 << 20


def test_a_wrong_key_is_refused_and_not_shown(prefix):
    secret = "judge-wrong-secret-77aa"
    done = run(VERSIONS[0], "p2/" + prefix.strip("/"), secret)
    assert done.returncode == 1 and "SignatureDoesNotMatch" in done.stdout, done.stdout + done.stderr
    assert secret not in done.stdout + done.stderr
