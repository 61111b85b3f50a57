"""Caddy, whose certmagic is the one in Go, judges the names and forms of what the proxy of `host/acme` keeps in the bucket."""

import ssl

import pytest

from acme_servers import Authority, Balancer, Caddy, Fleet, Upstream


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
    # Caddy orders once more for a challenge by TLS, which nobody answers here.
    orders = authority.orders()

    folder = tmp_path / "caddy/storage"
    files = [file for file in (folder / "certificates").rglob("*") if file.is_file()]
    assert len(files) == 6, files
    for file in files:
        fleet.cert("store", str(file.relative_to(folder)), value=file.read_bytes())
    proxy = fleet.start(*names)
    for name in names:
        proxy.wait_for(name)
    assert {name: proxy.get(name)[0] for name in names} == serials
    assert authority.orders() == orders
    with pytest.raises(ssl.SSLError):
        proxy.get("third.example.test")
