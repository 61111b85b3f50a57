"""The stock `wasmtime` runs the command as a component, `ossicle component command`, which does as the command does."""

import hashlib
import os
import subprocess
import time

import pytest

import face_hosts
from conftest import OSSICLE, settings
from face_hosts import CACHE, TOO_OLD, USUAL, WASMTIMES, wasmtime_run
from judge_v2 import make, read

MIB = 1 << 20
SECRET = "a-secret-that-is-not-the-one"


@pytest.fixture(scope="session")
def component(folder):
    return face_hosts.component("command", folder)


class Face:
    """The component in a wasmtime, and the native command, with one root in the bucket."""

    def __init__(self, component, root):
        self.component = component
        self.environment = {"PATH": os.environ["PATH"], "HOME": CACHE, "XDG_CACHE_HOME": CACHE}
        self.settings = settings(root)

    def run(self, *words, version=USUAL, flags=(), value=b"", **settings):
        settings = self.settings | settings
        command = wasmtime_run(version, self.component, settings, *words, flags=flags)
        return subprocess.run(command, env=self.environment | settings, input=value, capture_output=True)

    def run_unread(self, *words, version, unread):
        """Runs it with nobody at the other end of the pipes that are named: the exit code, and what it wrote to the others."""
        reader, writer = os.pipe()
        os.close(reader)
        try:
            pipes = {name: writer if name in unread else subprocess.PIPE for name in ("stdout", "stderr")}
            command = wasmtime_run(version, self.component, self.settings, *words)
            done = subprocess.run(command, env=self.environment | self.settings, stdin=subprocess.DEVNULL, timeout=60, **pipes)
        finally:
            os.close(writer)
        return done.returncode, (done.stdout or b"") + (done.stderr or b"")

    def done(self, *words, **more):
        """What it prints."""
        done = self.run(*words, **more)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def invoke(self, call, **more):
        done = self.run(flags=["--invoke", call], **more)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def native(self, *words, value=b"", **settings):
        environment = self.environment | self.settings | settings
        return subprocess.run([OSSICLE, *words], env=environment, input=value, capture_output=True)


@pytest.fixture
def face(component, prefix):
    return Face(component, "face/" + prefix.strip("/"))


@pytest.mark.parametrize("version", WASMTIMES)
def test_every_wasmtime_from_46_on_runs_it(face, version):
    face.done("cert", "store", "sites/a.crt", version=version, value=b"a certificate")
    assert face.done("cert", "load", "sites/a.crt", version=version) == b"a certificate"
    assert face.done("cert", "ls", "-r", version=version) == b"sites\nsites/a.crt\n"
    assert face.invoke('load-text("sites/a.crt")', version=version) == 'ok("a certificate")'
    assert face.run("cert", "load", "sites/b.crt", version=version).returncode == 3


def test_wasmtime_45_says_why_it_does_not(face):
    done = face.run("cert", "ls", version=TOO_OLD)
    assert done.returncode == 1
    assert "`stream` requires the component model async feature" in done.stderr.decode()


@pytest.mark.parametrize("version", WASMTIMES)
@pytest.mark.parametrize("size", [0, 1, 64 * MIB])
def test_blobs_of_any_size_go_through(face, size, version):
    content = os.urandom(size)
    face.done("blob", "put", "/content", version=version, value=content)
    digest = hashlib.sha256(content).hexdigest()
    assert hashlib.sha256(read(make(), face.settings["OSSICLE_ROOT"] + "/content")).hexdigest() == digest
    assert hashlib.sha256(face.done("blob", "cat", "/content", version=version)).hexdigest() == digest


@pytest.mark.parametrize("version", WASMTIMES)
@pytest.mark.parametrize("size", [0, 1, 16 * MIB])
def test_values_up_to_their_limit_go_through(face, size, version):
    content = os.urandom(size)
    face.done("cert", "store", "value", "--allow-empty", version=version, value=content)
    assert face.done("cert", "load", "value", version=version) == content


@pytest.mark.parametrize("version", WASMTIMES)
def test_a_reader_that_leaves_is_no_failure(face, version):
    face.done("blob", "put", "/content", value=os.urandom(8 * MIB))
    command = wasmtime_run(version, face.component, face.settings, "blob", "cat", "/content")
    pipe = subprocess.PIPE
    cat = subprocess.Popen(command, env=face.environment | face.settings, stdout=pipe, stderr=pipe)
    assert len(cat.stdout.read(100)) == 100
    cat.stdout.close()
    told = cat.stderr.read().decode()
    assert (cat.wait(60), told) == (0, "")


@pytest.mark.parametrize("version", WASMTIMES)
@pytest.mark.parametrize("unread", [["stdout"], ["stderr"], ["stdout", "stderr"]], ids="-".join)
def test_a_reader_that_left_hides_no_exit_code(face, version, unread):
    face.done("cert", "store", "there", value=b"x")
    for verb, key, code in [("exists", "there", 0), ("exists", "absent", 3), ("load", "there", 0), ("load", "absent", 3)]:
        done, told = face.run_unread("cert", verb, key, version=version, unread=unread)
        assert done == code and b"panic" not in told and b"trap" not in told, (verb, key, told)


@pytest.mark.parametrize("version", WASMTIMES)
def test_input_that_is_closed_or_not_read_to_its_end_is_no_panic(face, version):
    command = wasmtime_run(version, face.component, face.settings, "cert", "store", "k")
    environment = face.environment | face.settings
    # By a shell, which closes it: there is no standard input at all.
    closed = subprocess.run(["sh", "-c", '"$@" <&-', "-", *command], env=environment, capture_output=True, timeout=60)
    empty = face.run("cert", "store", "k", version=version)
    assert (closed.returncode, closed.stderr) == (empty.returncode, empty.stderr) and empty.returncode == 2
    # Nobody reads what a command is given that refuses its arguments.
    refused = face.run("blob", "put", "no path", version=version, value=os.urandom(8 * MIB))
    assert refused.returncode == 2 and b"panic" not in refused.stderr, refused.stderr
    # The writer goes away in the middle of a part: what came is all that there is.
    put = wasmtime_run(version, face.component, face.settings, "blob", "put", "/content")
    writer = subprocess.Popen(put, env=environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    writer.stdin.write(bytes(3 * MIB + 1))
    writer.stdin.close()
    told = writer.stderr.read()
    assert (writer.wait(60), told) == (0, b"")
    assert read(make(), face.settings["OSSICLE_ROOT"] + "/content") == bytes(3 * MIB + 1)


def test_a_wrong_key_is_refused_and_not_shown(face):
    done = face.run("cert", "load", "k", OSS_ACCESS_KEY_SECRET=SECRET)
    told = done.stderr.decode()
    assert done.returncode == 1 and "SignatureDoesNotMatch" in told, told
    assert SECRET not in told
    told = face.invoke('load-text("k")', OSS_ACCESS_KEY_SECRET=SECRET)
    assert told.startswith("err(") and "SignatureDoesNotMatch" in told and SECRET not in told, told


def test_functions_can_be_invoked(face):
    assert face.invoke('store-text("sites/a", "one")') == "ok"
    assert face.invoke('load-text("sites/a")') == 'ok("one")'
    assert face.invoke('has-key("sites")') == "ok(true)"
    assert face.invoke('list-keys("")') == 'ok(["sites", "sites/a"])'
    assert face.invoke('remove-key("sites")').startswith("err(")
    assert face.invoke('remove-key("sites/a")') == "ok"
    assert face.invoke('has-key("sites")') == "ok(false)"
    assert face.invoke('lock-state("nightly")') == 'ok("free")'
    assert face.invoke('store-blob-text("/a", "two")') == "ok"
    assert face.invoke('load-blob-text("/a")') == 'ok("two")'
    assert face.invoke('list-blobs("/")') == 'ok(["/a"])'


def test_a_key_set_encrypts_as_in_the_command(face, tmp_path):
    file = tmp_path / "keys.json"
    face.native("keyset", "create", str(file))
    keys = {"OSSICLE_KEY_SET": file.read_text()}
    face.done("cert", "store", "k", value=b"a private key", **keys)
    assert b"a private key" not in read(make(), face.settings["OSSICLE_ROOT"] + "/k")
    assert face.done("cert", "load", "k", **keys) == b"a private key"
    for settings in [keys, {"OSSICLE_KEY_SET_FILE": str(file)}]:
        assert face.native("cert", "load", "k", **settings).stdout == b"a private key", settings
    assert face.run("cert", "load", "k").returncode == 1
    refused = face.run("cert", "store", "k", value=b"x", OSSICLE_KEY_SET_FILE=str(file))
    assert refused.returncode == 2 and b"OSSICLE_KEY_SET" in refused.stderr


def test_a_lock_that_is_held_is_seen_and_not_broken(face):
    command = [OSSICLE, "lock", "run", "nightly", "--", "cat"]
    holder = subprocess.Popen(command, env=face.environment | face.settings, stdin=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 60
        while face.invoke('lock-state("nightly")') != 'ok("held")':
            assert time.monotonic() < deadline and holder.poll() is None
        assert b"held" in face.done("lock", "status", "nightly")
        assert face.run("lock", "break", "nightly").returncode == 4
    finally:
        holder.communicate()
    assert holder.returncode == 0
    assert face.invoke('lock-state("nightly")') == 'ok("free")'


# Both have the exit codes and the sentences from one place; that both use them shows here.
def test_the_component_says_what_the_command_says(face):
    face.done("cert", "store", "sites/a.crt", value=b"x")
    face.done("blob", "put", "/dir/file", value=b"x")
    for words in [
        ["cert", "load", "absent"],
        ["cert", "load", "sites"],
        ["cert", "store", "empty"],
        ["cert", "rm", "sites"],
        ["cert", "rm", "-f", "absent"],
        ["cert", "exists", "absent"],
        ["cert", "stat", "sites/a.crt"],
        ["cert", "ls", "-rl"],
        ["lock", "status", "nightly"],
        ["lock", "break", "nightly"],
        ["blob", "cat", "/absent"],
        ["blob", "cat", "no path"],
        ["blob", "rm", "/dir"],
        ["blob", "stat", "/dir"],
        ["blob", "ls", "-l", "/dir"],
        ["blob", "walk"],
        ["blob", "cp", "/dir/file", "/dir/file", "-n"],
    ]:
        ours, theirs = face.run(*words), face.native(*words)
        first = [done.stderr.decode().splitlines()[:1] for done in (ours, theirs)]
        assert first[0] == first[1], words
        assert (ours.returncode, ours.stdout) == (theirs.returncode, theirs.stdout), words
