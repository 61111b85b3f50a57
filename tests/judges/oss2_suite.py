"""Runs oss2's own suite, unmodified, against the emulator: a pytest plugin.

OSS's makers run these tests against the service. They name its hosts, some of them in the tests themselves, so this
leads every host of OSS and of STS, and the ports of HTTP and HTTPS on this machine, to the emulator, and no other host
is found. What the emulator does not have stands in `oss2_unmet.toml`, test by test, with the reason. Every other test
must pass, and a listed one must fail: if it passes, the run fails until it is taken off the list. Tests that can go
either way on the same emulator are listed apart, as unsteady; they run, and neither result counts. Those that change
what other tests rest on are marked `alone`, and run when no other does.
"""

import os
import pathlib
import random
import socket
import tomllib
import urllib.parse

import oss2
import pytest

HERE = pathlib.Path(__file__).parent
LOCAL = "127.0.0.1"


def port(name):
    return urllib.parse.urlsplit(os.environ[name]).port


HTTP, HTTPS, STS = port("OSS_JUDGES_ENDPOINT"), port("OSS_JUDGES_TLS_ENDPOINT"), port("OSS_JUDGES_STS")

find = socket.getaddrinfo


def lead(host, service):
    """The port of this machine that stands for a host of the service."""
    text = host.decode() if isinstance(host, bytes) else host
    name = text.lower().rstrip(".")
    ports = {80: HTTP, 443: HTTPS}
    if name.startswith("sts.") and name.endswith(".aliyuncs.com"):
        return STS
    if name.endswith(".aliyuncs.com") and ("oss-" in name or ".oss." in name):
        return ports[int(service)]
    if name in (LOCAL, "localhost"):
        return ports.get(int(service), int(service))
    raise socket.gaierror(socket.EAI_NONAME, f"{name} is no host of OSS, and only the emulator is to be reached")


def getaddrinfo(host, service, *rest, **named):
    return find(LOCAL, lead(host, service), *rest, **named)


def gethostbyname(host):
    lead(host, 80)
    return LOCAL


socket.getaddrinfo = getaddrinfo
socket.gethostbyname = gethostbyname

draw = random.choice


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Many tests draw what they do. Each has a seed of its own, so that it does the same in every run and in any order."""
    random.seed(item.nodeid)


def needs_kms(bucket):
    return isinstance(bucket, oss2.CryptoBucket) and isinstance(bucket.crypto_provider, oss2.crypto.AliKMSProvider)


def choice(options):
    """Many tests draw the kind of bucket they use. There is no KMS, so the draw is among the others."""
    if isinstance(options, list):
        options = [one for one in options if not needs_kms(one)]
    return draw(options)


random.choice = choice


def pytest_configure(config):
    config.addinivalue_line("markers", "alone: changes what other tests rest on")


def listed():
    """What the tests that are listed are marked as: each test with a mark."""
    with open(HERE / "oss2_unmet.toml", "rb") as file:
        kinds = tomllib.load(file)
    marks = {
        "unmet": lambda reason: pytest.mark.xfail(reason=reason, strict=True),
        "unsteady": lambda reason: pytest.mark.xfail(reason=reason, strict=False),
        "alone": lambda reason: pytest.mark.alone(reason=reason),
    }
    pairs = [
        (test, marks[kind](group["reason"])) for kind in marks for group in kinds[kind] for test in group["tests"]
    ]
    expected = [test for test, mark in pairs if mark.name == "xfail"]
    assert len(expected) == len(set(expected)), f"listed twice: {sorted(expected)}"
    return pairs


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    pairs = listed()
    found = {item.nodeid.removeprefix("tests/"): item for item in items}
    for test, mark in pairs:
        if test in found:
            found[test].add_marker(mark)
    files = {test.split("::")[0] for test in found}
    gone = [test for test, _ in pairs if test not in found and test.split("::")[0] in files and not chosen(config)]
    if gone:
        raise pytest.UsageError(f"listed, but not in the suite: {', '.join(gone)}")


def chosen(config):
    """Whether only some tests of a file were asked for by name."""
    return any("::" in argument for argument in config.args)
