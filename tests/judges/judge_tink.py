"""Tink judges values that the component sealed, and seals values that the component opens; also key sets, both ways."""

import os
import subprocess

import pytest
import tink
from tink import aead, json_proto_keyset_format, proto_keyset_format, secret_key_access

from conftest import KEY, OSSICLE, settings
from judge_v2 import make, put, read

aead.register()
TOKEN = secret_key_access.TOKEN

# Python's Tink has no ChaCha20Poly1305Key.
OURS = [
    name + suffix
    for name in [
        "AES128_GCM",
        "AES256_GCM",
        "AES128_GCM_SIV",
        "AES256_GCM_SIV",
        "AES128_CTR_HMAC_SHA256",
        "AES256_CTR_HMAC_SHA256",
        "XCHACHA20_POLY1305",
    ]
    for suffix in ["", "_RAW"]
]
THEIRS = {
    "AES128_GCM": aead.aead_key_templates.AES128_GCM,
    "AES256_GCM": aead.aead_key_templates.AES256_GCM,
    "AES128_GCM_RAW": aead.aead_key_templates.AES128_GCM_RAW,
    "AES256_GCM_RAW": aead.aead_key_templates.AES256_GCM_RAW,
    "AES256_GCM_SIV": aead.aead_key_templates.AES256_GCM_SIV,
    "AES128_CTR_HMAC_SHA256": aead.aead_key_templates.AES128_CTR_HMAC_SHA256,
    "AES256_CTR_HMAC_SHA256": aead.aead_key_templates.AES256_CTR_HMAC_SHA256,
    "AES256_CTR_HMAC_SHA256_RAW": aead.aead_key_templates.AES256_CTR_HMAC_SHA256_RAW,
    "XCHACHA20_POLY1305": aead.aead_key_templates.XCHACHA20_POLY1305,
    "XCHACHA20_POLY1305_RAW": aead.aead_key_templates.XCHACHA20_POLY1305_RAW,
}
NAME = "certificates/example.com/example.com.key"
VALUES = [b"-----BEGIN PRIVATE KEY-----\n", b"", os.urandom(100_000)]


class Command:
    """The `ossicle` command, with a folder and a root of its own in the bucket."""

    def __init__(self, folder, root):
        self.folder, self.root = folder, root
        self.client = make()

    def run(self, *words, value=None, fails=False):
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "XDG_CACHE_HOME": os.path.dirname(OSSICLE) + "/judges-cache",
            **settings(self.root),
        }
        done = subprocess.run([OSSICLE, *words], cwd=self.folder, env=environment, input=value, capture_output=True)
        assert (done.returncode != 0) == fails, done.stderr.decode()
        return done.stderr.decode() if fails else done.stdout

    def store(self, name, value):
        self.run("cert", "store", name, "--allow-empty", "--key-set", "keys", value=value)

    def load(self, name, **more):
        return self.run("cert", "load", name, "--key-set", "keys", **more)

    def get_object(self, name):
        return read(self.client, f"{self.root}/{name}")

    def put_object(self, name, value):
        put(self.client, f"{self.root}/{name}", value)


@pytest.fixture
def command(tmp_path, prefix):
    return Command(tmp_path, prefix.strip("/"))


def primitive(handle):
    return handle.primitive(aead.Aead)


def ours(command, binary=False):
    """The key set of the command's file, read by Tink."""
    data = (command.folder / "keys").read_bytes()
    if binary:
        return proto_keyset_format.parse(data, TOKEN)
    return json_proto_keyset_format.parse(data.decode(), TOKEN)


@pytest.mark.parametrize("template", OURS)
def test_tink_opens_what_the_component_seals(command, template):
    command.run("keyset", "create", "keys", "-t", template)
    key_set = primitive(ours(command))
    for value in VALUES:
        command.store(NAME, value)
        sealed = command.get_object(NAME)
        assert value == b"" or value not in sealed
        assert key_set.decrypt(sealed, NAME.encode()) == value
        with pytest.raises(tink.TinkError):
            key_set.decrypt(sealed, b"another key")


@pytest.mark.parametrize("template", THEIRS)
def test_the_component_opens_what_tink_seals(command, template):
    handle = tink.new_keyset_handle(THEIRS[template])
    (command.folder / "keys").write_text(json_proto_keyset_format.serialize(handle, TOKEN))
    key_set = primitive(handle)
    for value in VALUES:
        command.put_object(NAME, key_set.encrypt(value, NAME.encode()))
        assert command.load(NAME) == value
    command.put_object(NAME, key_set.encrypt(b"value", b"another key"))
    assert "corrupt" in command.load(NAME, fails=True)


def test_rotation_by_either(command):
    command.run("keyset", "create", "keys")
    command.store("first", b"1")
    command.run("keyset", "rotate", "keys", "-t", "XCHACHA20_POLY1305")
    command.store("second", b"2")
    key_set = primitive(ours(command))
    assert key_set.decrypt(command.get_object("first"), b"first") == b"1"
    assert key_set.decrypt(command.get_object("second"), b"second") == b"2"
    command.put_object("third", key_set.encrypt(b"3", b"third"))
    assert command.load("third") == b"3"
    # Re-encrypted with the new key, the old one is needed no more.
    command.run("cert", "reencrypt", "--key-set", "keys")
    primary = ours(command).keyset_info().primary_key_id
    assert command.get_object("first")[:5] == b"\x01" + primary.to_bytes(4, "big")
    assert key_set.decrypt(command.get_object("first"), b"first") == b"1"


def test_binary_and_encrypted_key_sets(command):
    command.run("keyset", "create", "outer")
    outer = primitive(json_proto_keyset_format.parse((command.folder / "outer").read_text(), TOKEN))
    command.run("keyset", "create", "keys", "--binary")
    command.store(NAME, b"value")
    assert primitive(ours(command, binary=True)).decrypt(command.get_object(NAME), NAME.encode()) == b"value"

    encrypted = ["--key-encryption-key-set", "outer", "--key-encryption-associated-data", "data"]
    command.run("keyset", "create", "sealed", *encrypted)
    handle = json_proto_keyset_format.parse_encrypted((command.folder / "sealed").read_text(), outer, b"data")
    command.put_object(NAME, primitive(handle).encrypt(b"by tink", NAME.encode()))
    assert command.run("cert", "load", NAME, "--key-set", "sealed", *encrypted) == b"by tink"

    handle = tink.new_keyset_handle(aead.aead_key_templates.AES128_GCM)
    (command.folder / "theirs").write_text(json_proto_keyset_format.serialize_encrypted(handle, outer, b"data"))
    command.put_object(NAME, primitive(handle).encrypt(b"by tink", NAME.encode()))
    assert command.run("cert", "load", NAME, "--key-set", "theirs", *encrypted) == b"by tink"
    (command.folder / "binary").write_bytes(proto_keyset_format.serialize_encrypted(handle, outer, b"data"))
    assert command.run("cert", "load", NAME, "--key-set", "binary", *encrypted) == b"by tink"
