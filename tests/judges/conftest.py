"""What the judges share: where the emulator is, its keys, and its controls; for the registry, images and users."""

import json
import os
import urllib.request

import pytest

import registry_images
from registry_servers import Emulator
from registry_tokens import PASSWORDS

ENDPOINT = os.environ["OSS_JUDGES_ENDPOINT"]
ADMIN = os.environ["OSS_JUDGES_ADMIN"]
METADATA = os.environ["OSS_JUDGES_METADATA"]
STS_SERVICE = os.environ["OSS_JUDGES_STS"]
CA = os.environ["OSS_JUDGES_CA"]
OSSICLE = os.environ["OSS_JUDGES_OSSICLE"]
OIDC_TOKEN = "judge-oidc-token"
REGION = "cn-hangzhou"
BUCKET, VERSIONED = "judge", "judge-versioned"
KEY = ("judge-id", "judge-secret")
STS = ("sts-id", "sts-secret", "sts-token")

ODD_KEYS = [
    "plain.txt",
    "a b+c&d=e?f#g%h.txt",
    "测试/目录/文件 名.txt",
    "emoji/\U0001f980/~!*'().txt",
    "double//slash",
    "e\u0301 and \u00e9",
    "xml/<&>\"'",
    " leading and trailing ",
]

# The HTTP library under the v2 SDK resolves dot segments behind the SDK's back, after it has signed; oss2 encodes slashes.
DOTTED_KEY = "a/../dots/./x"


def settings(root):
    """The variables of a bucket of the emulator's."""
    return {
        "OSS_ENDPOINT": ENDPOINT,
        "OSS_BUCKET": BUCKET,
        "OSS_REGION": REGION,
        "OSS_ACCESS_KEY_ID": KEY[0],
        "OSS_ACCESS_KEY_SECRET": KEY[1],
        "OSSICLE_ROOT": root,
    }


class Admin:
    """The emulator's own controls."""

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(ADMIN + path, data=data, method=method)
        with urllib.request.urlopen(request) as response:
            return json.load(response)

    def fault(self, action, **rule):
        return self.call("POST", "/faults", {"action": action, **rule})["id"]

    def hits(self, fault):
        return next(rule["hits"] for rule in self.call("GET", "/faults") if rule["id"] == fault)

    def count(self, operation):
        return self.call("GET", "/stats")["operations"].get(operation, 0)

    def requests(self):
        return self.call("GET", "/requests")


@pytest.fixture
def admin():
    """The controls, with counters at zero and no faults."""
    controls = Admin()
    controls.call("DELETE", "/faults")
    controls.call("POST", "/reset")
    yield controls
    controls.call("DELETE", "/faults")


@pytest.fixture
def prefix(request):
    """Every test has its own keys."""
    return request.node.name.replace("[", "/").replace("]", "") + "/"


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("registry")


@pytest.fixture(scope="session")
def images(folder):
    return registry_images.make(folder)


@pytest.fixture(scope="session")
def emulator(folder):
    """The emulator with a registry's bucket."""
    running = Emulator(folder)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def htpasswd(folder):
    file = folder / "htpasswd"
    for user, password in PASSWORDS.items():
        # bcrypt, as registries want it, of the lowest cost.
        registry_images.run("htpasswd", "-B", "-b", "-C", "4", *([] if file.exists() else ["-c"]), file, user, password)
    return {"htpasswd": {"realm": "judges", "path": str(file)}}
