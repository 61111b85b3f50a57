"""What the judge of the proxy runs: an authority, a load balancer before the proxies' port 80, and the proxies."""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import trustme

from conftest import BUCKET, ENDPOINT, KEY, OSSICLE, REGION, settings
from registry_servers import Process, free_port

PROXY = os.environ["OSS_JUDGES_PROXY"]
RUSTLS_ACME = os.path.join(os.path.dirname(PROXY), "rustls_acme")


class Balancer:
    """Passes each connection on to the next proxy. What the authority asks can be held back, so an order stays in the middle."""

    def __init__(self):
        self.proxies, self.turn, self.held = [], 0, 0
        self.open = threading.Event()
        self.open.set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.connect, args=(connection,), daemon=True).start()

    def connect(self, connection):
        if not self.open.is_set():
            self.held += 1
            self.open.wait()
        # As a balancer does, past those that do not answer.
        for _ in range(len(self.proxies)):
            self.turn += 1
            try:
                proxy = socket.create_connection(("127.0.0.1", self.proxies[self.turn % len(self.proxies)]), timeout=5)
                break
            except OSError:
                continue
        else:
            connection.close()
            return
        threading.Thread(target=self.copy, args=(connection, proxy), daemon=True).start()
        self.copy(proxy, connection)

    def copy(self, source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def stop(self):
        self.open.set()
        self.listener.close()


class Upstream(ThreadingHTTPServer):
    """What the proxies stand before: tells which path it was asked for."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = f"upstream {self.path}".encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Authority:
    """Pebble, and a DNS for which every name is this machine."""

    def __init__(self, folder, balancer, tls_balancer):
        dns = free_port()
        self.names = Process(folder / "dns.log", [
            "pebble-challtestsrv", "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-http01", "", "-https01", "",
            "-tlsalpn01", "", "-dns01", f"127.0.0.1:{dns}", "-management", f"127.0.0.1:{free_port()}",
        ])
        root = trustme.CA()
        leaf = root.issue_cert("localhost", "127.0.0.1")
        self.trust = folder / "authority.pem"
        root.cert_pem.write_to_path(str(self.trust))
        leaf.private_key_pem.write_to_path(str(folder / "authority.key"))
        leaf.cert_chain_pems[0].write_to_path(str(folder / "authority.crt"))
        port, management = free_port(), free_port()
        self.directory = f"https://localhost:{port}/dir"
        config = folder / "pebble.json"
        config.write_text(json.dumps({"pebble": {
            "listenAddress": f"127.0.0.1:{port}",
            "managementListenAddress": f"127.0.0.1:{management}",
            "certificate": str(folder / "authority.crt"),
            "privateKey": str(folder / "authority.key"),
            "httpPort": balancer.port,
            "tlsPort": tls_balancer.port,
            "ocspResponderURL": "",
            "externalAccountBindingRequired": False,
        }}))
        # Without random pauses, refused nonces and authorizations that are valid already.
        environment = {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0", "PEBBLE_AUTHZREUSE": "0"}
        words = ["pebble", "-config", config, "-dnsserver", f"127.0.0.1:{dns}"]
        self.process = Process(folder / "pebble.log", words, environment)
        self.root = folder / "root.pem"
        self.process.wait_for(lambda: self.answers(management), "the authority")

    def answers(self, management):
        trust = ssl.create_default_context(cafile=str(self.trust))
        try:
            with urllib.request.urlopen(f"https://127.0.0.1:{management}/roots/0", context=trust) as response:
                self.root.write_bytes(response.read())
                return True
        except OSError:
            return False

    def orders(self):
        return self.process.output().count("POST /order-plz")

    def signal(self, how):
        self.process.process.send_signal(how)

    def stop(self):
        self.process.stop(signal.SIGKILL)
        self.names.stop(signal.SIGKILL)


class Fleet:
    """Proxies that share a part of the bucket, behind one balancer."""

    def __init__(self, folder, root, authority, balancer, upstream):
        self.folder, self.root, self.upstream = folder, root, upstream
        self.authority, self.balancer = authority, balancer
        self.key_set = folder / "keys.json"
        subprocess.run([OSSICLE, "keyset", "create", str(self.key_set)], check=True, capture_output=True)
        self.component = folder / "certificates.wasm"
        with open(self.component, "wb") as file:
            subprocess.run([OSSICLE, "component", "certificates"], check=True, stdout=file)
        self.proxies = []
        balancer.proxies = []

    def start(self, *names):
        proxy = Proxy(self, names)
        self.proxies.append(proxy)
        self.balancer.proxies.append(proxy.http)
        return proxy

    def cert(self, *words, value=b""):
        """A verb of `ossicle cert`, with what the proxies keep."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "XDG_CACHE_HOME": os.path.dirname(OSSICLE) + "/judges-cache",
            **settings(self.root),
            "OSSICLE_KEY_SET_FILE": str(self.key_set),
        }
        done = subprocess.run([OSSICLE, "cert", *words], env=environment, input=value, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def stop(self):
        for proxy in self.proxies:
            proxy.process.stop(signal.SIGKILL)


class Proxy:
    """The example of a proxy, of `host/acme`."""

    def __init__(self, fleet, names):
        self.fleet, self.http, self.https = fleet, free_port(), free_port()
        config = fleet.folder / f"proxy-{self.http}.toml"
        config.write_text("\n".join([
            f'http = "127.0.0.1:{self.http}"',
            f'https = "127.0.0.1:{self.https}"',
            f'upstream = "127.0.0.1:{fleet.upstream.server_address[1]}"',
            f"names = {json.dumps(names)}",
            'email = "judge@example.test"',
            f'directory = "{fleet.authority.directory}"',
            f'trust = "{fleet.authority.trust}"',
            f'plug-in = "{fleet.component}"',
            f'cache = "{os.path.dirname(OSSICLE)}/judges-cache"',
            "[storage]",
            *storage(fleet.root, "storage."),
            "[storage.encryption]",
            f'key-set-file = "{fleet.key_set}"',
            "[storage.locks]",
            *LOCKS,
        ]))
        log = fleet.folder / f"proxy-{self.http}.log"
        self.process = Process(log, [PROXY, config], {"RUST_LOG": "warn,ossicle_acme=info"})

    def served(self, name):
        """In how many milliseconds it had the certificate; none as long as it has not."""
        found = re.search(rf"^{re.escape(name)}: served after (\d+) ms$", self.process.output(), re.M)
        return found and int(found[1])

    def wait_for(self, name):
        self.process.wait_for(lambda: self.served(name) is not None, f"a proxy for {name}")
        return self.served(name)

    def get(self, name, path="/"):
        return get(self.fleet.authority, self.https, name, path)

    def kill(self):
        self.process.stop(signal.SIGKILL)
        self.fleet.balancer.proxies.remove(self.http)

    def signal(self, how):
        self.process.process.send_signal(how)


class Caddy:
    """Caddy, of Debian, which keeps its certificates in a folder."""

    def __init__(self, folder, authority, *names):
        self.authority, self.http, self.https = authority, free_port(), free_port()
        self.storage = folder / "storage"
        config = folder / "Caddyfile"
        # Nobody answers a challenge by TLS here.
        tls = "tls {\n\t\tissuer acme {\n\t\t\tdisable_tlsalpn_challenge\n\t\t}\n\t}"
        sites = [f'{name} {{\n\t{tls}\n\trespond "caddy {{path}}"\n}}' for name in names]
        config.write_text("\n".join([
            "{",
            f"storage file_system {self.storage}",
            f"http_port {self.http}",
            f"https_port {self.https}",
            "default_bind 127.0.0.1",
            "admin off",
            "ocsp_stapling off",
            "email judge@example.test",
            f"acme_ca {authority.directory}",
            f"acme_ca_root {authority.trust}",
            "}",
            *sites,
        ]))
        self.process = Process(folder / "caddy.log", ["caddy", "run", "--config", config, "--adapter", "caddyfile"])

    def get(self, name, path="/"):
        return get(self.authority, self.https, name, path)

    def wait_for(self, name):
        """Waits until it has a certificate for a name: the certificate's serial number."""
        self.process.wait_for(lambda: self.answers(name), f"caddy for {name}")
        return self.get(name)[0]

    def answers(self, name):
        try:
            return self.get(name)
        except OSError:
            return None

    def stop(self):
        self.process.stop(signal.SIGINT)


class Server:
    """The example of rustls-acme, of `host/acme`: one certificate, checked by TLS."""

    def __init__(self, folder, root, authority, name):
        self.authority, self.name, self.https = authority, name, free_port()
        config = folder / f"storage-{self.https}.toml"
        config.write_text("\n".join([*storage(root), "[locks]", *LOCKS]))
        words = [RUSTLS_ACME, config, f"127.0.0.1:{self.https}", authority.directory, authority.trust, name]
        self.process = Process(folder / f"server-{self.https}.log", words, {"RUST_LOG": "warn,ossicle_acme=info"})

    def serial(self):
        """The serial number of the certificate that it serves; none as long as there is none."""
        try:
            serial, body = get(self.authority, self.https, self.name)
        except OSError:
            return None
        assert body == "served"
        return serial

    def wait(self):
        self.process.wait_for(self.serial, "a server")
        return self.serial()


def storage(root, table=""):
    return [
        f'bucket = "{BUCKET}"',
        f'region = "{REGION}"',
        f'endpoint = "{ENDPOINT}"',
        f'root = "{root}"',
        f"[{table}credentials]",
        f'access-key-id = "{KEY[0]}"',
        f'access-key-secret = "{KEY[1]}"',
    ]


# The shortest lease that there is: the judge waits for its end.
LOCKS = ['lease = "15s"', 'poll-max = "500ms"']


def get(authority, port, name, path="/"):
    """A request over TLS, whose certificate is checked by the authority's root: the serial number, and the body."""
    context = ssl.create_default_context(cafile=str(authority.root))
    with socket.create_connection(("127.0.0.1", port), timeout=30) as plain:
        with context.wrap_socket(plain, server_hostname=name) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nhost: {name}\r\nconnection: close\r\n\r\n".encode())
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
            serial = connection.getpeercert()["serialNumber"]
    return serial, answer.partition(b"\r\n\r\n")[2].decode()


def until(what, holds):
    """Waits for two minutes at most: the machine may be busy."""
    for _ in range(1200):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError(f"never: {what}")
