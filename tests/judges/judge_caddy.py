"""Caddy, whose certmagic is the one in Go, judges the names and forms of what the proxy of `host/acme` keeps in the bucket, and of
what the filter of `host/examples/challenge` answers from it."""

import json
import os
import ssl
import urllib.request

import pytest

from acme_servers import Authority, Balancer, Caddy, Fleet, Upstream, until
from challenges import FOLDER, Bucket
from conftest import BUCKET, ENDPOINT, KEY
from judge_challenge import Filter


@pytest.fixture
def balancer():
    running = Balancer()
    yield running
    running.stop()


@pytest.fixture
def authority(tmp_path, balancer):
    # Every check comes by HTTP, to the one balancer.
    running = Authority(tmp_path, balancer, balancer)
    yield running
    running.stop()


@pytest.fixture
def fleet(tmp_path, prefix, authority, balancer):
    upstream = Upstream()
    running = Fleet(tmp_path, prefix.rstrip("/"), authority, balancer, upstream)
    yield running
    running.stop()
    upstream.shutdown()


@pytest.fixture
def caddy(tmp_path, fleet):
    """Starts Caddy for some names, on what stands in the folder `caddy/storage`."""
    running = []

    def start(*names):
        running.append(Caddy(tmp_path / "caddy", fleet.authority, *names))
        fleet.balancer.proxies.append(running[-1].http)
        return running[-1]

    (tmp_path / "caddy").mkdir()
    yield start
    for program in running:
        program.stop()


def test_caddy_serves_what_the_proxy_was_issued(tmp_path, fleet, authority, caddy):
    names = ["first.example.test", "second.example.test"]
    proxy = fleet.start(*names)
    for name in names:
        proxy.wait_for(name)
    serials = {name: proxy.get(name)[0] for name in names}
    proxy.kill()
    assert authority.orders() == 2

    # What is below `certificates/`, in clear, in Caddy's folder.
    listed = fleet.cert("ls", "-r", "certificates").decode().split()
    keys = [key for key in listed if key.endswith((".crt", ".key", ".json"))]
    assert len(keys) == 6, keys
    for key in keys:
        file = tmp_path / "caddy/storage" / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(fleet.cert("load", key))
    program = caddy(*names)
    assert {name: program.wait_for(name) for name in names} == serials
    assert program.get(names[0], "/path")[1] == "caddy /path"
    assert authority.orders() == 2


def test_the_proxy_serves_what_caddy_was_issued(tmp_path, fleet, authority, caddy):
    names = ["first.example.test", "second.example.test"]
    program = caddy(*names)
    serials = {name: program.wait_for(name) for name in names}
    program.stop()
    fleet.balancer.proxies.clear()
    assert authority.orders() == 2

    folder = tmp_path / "caddy/storage"
    files = [file for file in (folder / "certificates").rglob("*") if file.is_file()]
    assert len(files) == 6, files
    for file in files:
        fleet.cert("store", str(file.relative_to(folder)), value=file.read_bytes())
    proxy = fleet.start(*names)
    for name in names:
        proxy.wait_for(name)
    assert {name: proxy.get(name)[0] for name in names} == serials
    assert authority.orders() == 2
    with pytest.raises(ssl.SSLError):
        proxy.get("third.example.test")


def test_the_filter_answers_challenges_that_caddy_published(fleet, authority, balancer, caddy, prefix):
    name = "challenge.example.test"
    balancer.open.clear()
    program = caddy(name)
    until("the authority asks for the challenge", lambda: balancer.held > 0)
    [file] = program.storage.glob("acme/*/challenge_tokens/*.json")
    published = file.read_bytes()
    path = FOLDER + json.loads(published)["token"]
    request = urllib.request.Request(f"http://127.0.0.1:{program.http}{path}", headers={"host": name})
    with urllib.request.urlopen(request) as response:
        answer = response.read()

    bucket = Bucket(ENDPOINT, BUCKET, KEY, prefix.rstrip("/"))
    bucket.command("store", str(file.relative_to(program.storage)), value=published)
    settings = bucket.settings | {"directories": authority.directory, "access-key-secret": KEY[1]}
    challenges = Filter(os.environ["OSS_JUDGES_FILTER"])
    assert challenges.ask(settings, path, name) == (200, answer)
    assert challenges.ask(settings, path, "other.example.test")[0] == 404
    balancer.open.set()
    program.wait_for(name)
