"""An authority, Pebble, judges the example of a proxy in `host/acme`, whose certificates are in the emulator's bucket."""

import signal
import ssl
import time

import pytest

from acme_servers import Authority, Balancer, Fleet, Server, Upstream, until
from judge_v2 import make, read


@pytest.fixture(scope="module")
def balancer():
    running = Balancer()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def tls_balancer():
    running = Balancer()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def authority(tmp_path_factory, balancer, tls_balancer):
    running = Authority(tmp_path_factory.mktemp("authority"), balancer, tls_balancer)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def upstream():
    running = Upstream()
    yield running
    running.shutdown()


@pytest.fixture
def fleet(tmp_path, prefix, authority, balancer, upstream):
    running = Fleet(tmp_path, prefix.rstrip("/"), authority, balancer, upstream)
    yield running
    running.stop()


def test_certificates_are_issued_sealed_served_by_name_and_loaded_again(fleet, authority, prefix):
    names = ["one.example.test", "two.example.test"]
    proxy = fleet.start(*names)
    for name in names:
        proxy.wait_for(name)
    serials = {}
    for name in names:
        serials[name], body = proxy.get(name, "/path?query")
        assert body == "upstream /path?query"
    assert serials[names[0]] != serials[names[1]]
    with pytest.raises(ssl.SSLError):
        proxy.get("other.example.test")
    orders = authority.orders()
    assert orders == 2

    # As certmagic in Go names it, and no clear text of it in the bucket.
    issuer = authority.directory.removeprefix("https://").replace(":", "-").replace("/", "-")
    for ending in ["crt", "key", "json"]:
        name = f"{prefix}certificates/{issuer}/{names[0]}/{names[0]}.{ending}"
        value = read(make(), name)
        assert value and b"-----BEGIN" not in value and b"example.test" not in value, name

    # Started again it loads what is stored, in 5 to 10 ms where the machine is not busy, which it may be: the least of three starts.
    took = []
    for _ in range(3):
        proxy.process.stop(signal.SIGINT)
        proxy = fleet.start(*names)
        took.append(max(proxy.wait_for(name) for name in names))
        assert {name: proxy.get(name)[0] for name in names} == serials
    print("loaded in so many milliseconds:", *took)
    assert min(took) < 200
    assert authority.orders() == orders


@pytest.mark.parametrize("count", [2, 8])
def test_of_proxies_that_start_together_one_orders(fleet, authority, count):
    name = f"fleet-of-{count}.example.test"
    before = authority.orders()
    proxies = [fleet.start(name) for _ in range(count)]
    for proxy in proxies:
        proxy.wait_for(name)
    assert len({proxy.get(name)[0] for proxy in proxies}) == 1
    assert authority.orders() - before == 1


def test_the_holder_is_killed_or_stalls_in_the_middle_of_an_order(fleet, authority, balancer):
    killed, stalled = "killed.example.test", "stalled.example.test"
    before = authority.orders()
    balancer.open.clear()
    balancer.held = 0
    dead, slow = fleet.start(killed), fleet.start(stalled)
    until("both names are being checked", lambda: balancer.held >= 2 and authority.orders() - before == 2)
    began = time.monotonic()
    dead.kill()
    slow.signal(signal.SIGSTOP)
    balancer.proxies.remove(slow.http)
    heir = fleet.start(killed, stalled)
    balancer.open.set()
    for name in [killed, stalled]:
        heir.wait_for(name)
    # No holder renewed its lease for so long.
    assert time.monotonic() - began > 10
    assert authority.orders() - before == 4
    serial, _ = heir.get(stalled)

    # It goes on where it stood, with an order that is as good as the heir's, but what it brings is not stored any more.
    slow.signal(signal.SIGCONT)
    slow.wait_for(stalled)
    assert "no certificate, and again" in slow.process.output()
    assert slow.get(stalled)[0] == serial
    later = fleet.start(killed, stalled)
    for name in [killed, stalled]:
        later.wait_for(name)
    assert later.get(stalled)[0] == serial
    assert authority.orders() - before == 4


def test_rustls_acme_places_one_order_for_a_fleet(tmp_path, prefix, authority, tls_balancer):
    before = authority.orders()
    servers = []

    def start():
        servers.append(Server(tmp_path, prefix.rstrip("/"), authority, "rustls.example.test"))
        return servers[-1]

    try:
        # The authority asks the one that orders: a challenge by TLS is answered by nobody else.
        first = start()
        tls_balancer.proxies = [first.https]
        until("the order", lambda: authority.orders() - before == 1)
        second = start()
        assert first.wait() == second.wait()
        third = start()
        assert third.wait() == first.serial()
        assert authority.orders() - before == 1
    finally:
        for server in servers:
            server.process.stop(signal.SIGKILL)


def test_what_is_served_stays_served_while_the_authority_is_slow_or_down(fleet, authority, balancer):
    stored, wanted = "stored.example.test", "wanted.example.test"
    first = fleet.start(stored)
    first.wait_for(stored)
    serial, _ = first.get(stored)
    authority.signal(signal.SIGSTOP)
    second = fleet.start(wanted, stored)
    second.wait_for(stored)
    assert second.get(stored)[0] == first.get(stored)[0] == serial
    assert second.served(wanted) is None
    # The first one serves one name alone, and so answers for no other.
    balancer.proxies = [second.http]
    authority.signal(signal.SIGCONT)
    second.wait_for(wanted)
    second.get(wanted)

    # The last test of this authority: it forgets everything.
    authority.process.stop(signal.SIGKILL)
    third = fleet.start("never.example.test", stored)
    third.wait_for(stored)
    until("the proxy says that there is no authority", lambda: "no certificate, and again" in third.process.output())
    for proxy in [first, second, third]:
        assert proxy.get(stored)[0] == serial
    with pytest.raises(ssl.SSLError):
        third.get("never.example.test")
