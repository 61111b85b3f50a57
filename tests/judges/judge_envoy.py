"""Envoy, which stands for the gateways that load modules of proxy-wasm, loads no component, and says so. It serves
certificates that the command wrote to files, and a renewed one without a restart."""

import json
import os
import socket
import ssl
import subprocess
import time

import pytest
import trustme

from conftest import OSSICLE, settings
from registry_servers import Process, free_port

ENVOY = os.environ["OSS_JUDGES_ENVOY"]
TYPES = "type.googleapis.com/envoy.extensions"
SITE = "envoy.example.com"


def typed(kind, **fields):
    return {"@type": f"{TYPES}.{kind}", **fields}


def ossicle(*words, value=b""):
    environment = {"PATH": os.environ["PATH"], **settings("envoy")}
    done = subprocess.run([OSSICLE, *words], env=environment, input=value, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def listener(port, filters, **chain):
    """A config with one listener, which answers everything itself."""
    router = {"name": "router", "typed_config": typed("filters.http.router.v3.Router")}
    routes = [{"match": {"prefix": "/"}, "direct_response": {"status": 200}}]
    manager = typed(
        "filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix="judge",
        route_config={"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]},
        http_filters=[*filters, router],
    )
    return {"static_resources": {"listeners": [{
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
        "filter_chains": [{"filters": [{"name": "manager", "typed_config": manager}], **chain}],
    }]}}


def envoy(folder, config):
    (folder / "envoy.json").write_text(json.dumps(config))
    # Other Envoys of this machine may have the names of shared memory that this one would take.
    words = ["--use-dynamic-base-id", "--service-node", "judge", "--service-cluster", "judge", "--log-level", "warning"]
    return Process(folder / "envoy.log", [ENVOY, "-c", folder / "envoy.json", *words])


@pytest.mark.parametrize("name", ["certificates", "command"])
def test_it_loads_no_component(tmp_path, name):
    file = tmp_path / "component.wasm"
    file.write_bytes(ossicle("component", name))
    plugin = {"vm_config": {"runtime": "envoy.wasm.runtime.v8", "code": {"local": {"filename": str(file)}}}}
    wasm = {"name": "component", "typed_config": typed("filters.http.wasm.v3.Wasm", config=plugin)}
    process = envoy(tmp_path, listener(free_port(), [wasm]))
    try:
        assert process.process.wait(60) != 0
    finally:
        process.stop()
    assert "Failed to parse corrupted Wasm module" in process.output()


class Site:
    """A folder with the certificate that Envoy is to serve: `current` is replaced as a whole."""

    def __init__(self, folder):
        self.folder = folder
        self.authority = trustme.CA()
        self.versions = 0

    def renew(self):
        """A new certificate, put into the bucket by whoever got it, and from there into files."""
        leaf = self.authority.issue_cert(SITE)
        ossicle("cert", "store", f"{SITE}/chain.pem", value=leaf.cert_chain_pems[0].bytes())
        ossicle("cert", "store", f"{SITE}/key.pem", value=leaf.private_key_pem.bytes())
        self.versions += 1
        version = self.folder / f"v{self.versions}"
        version.mkdir()
        for name in ["chain.pem", "key.pem"]:
            (version / name).write_bytes(ossicle("cert", "load", f"{SITE}/{name}"))
        (self.folder / "next").symlink_to(version.name)
        (self.folder / "next").rename(self.folder / "current")
        return ssl.PEM_cert_to_DER_cert(leaf.cert_chain_pems[0].bytes().decode())

    def transport(self):
        watched = {"path": str(self.folder)}
        current = self.folder / "current"
        secret = typed("transport_sockets.tls.v3.Secret", name="site", tls_certificate={
            "certificate_chain": {"filename": str(current / "chain.pem")},
            "private_key": {"filename": str(current / "key.pem")},
            "watched_directory": watched,
        })
        file = self.folder.parent / "secrets.json"
        file.write_text(json.dumps({"resources": [secret]}))
        source = {"path_config_source": {"path": str(file)}, "resource_api_version": "V3"}
        secrets = [{"name": "site", "sds_config": source}]
        context = {"common_tls_context": {"tls_certificate_sds_secret_configs": secrets}}
        return {"name": "tls", "typed_config": typed("transport_sockets.tls.v3.DownstreamTlsContext", **context)}


def test_it_serves_what_the_command_wrote_to_files_and_what_it_renewed(tmp_path):
    folder = tmp_path / "site"
    folder.mkdir()
    site = Site(folder)
    first = site.renew()
    port = free_port()
    process = envoy(tmp_path, listener(port, [], transport_socket=site.transport()))
    context = ssl.create_default_context()
    site.authority.configure_trust(context)

    def serves(certificate):
        try:
            with socket.create_connection(("127.0.0.1", port), 10) as connection:
                with context.wrap_socket(connection, server_hostname=SITE) as tls:
                    return tls.getpeercert(binary_form=True) == certificate
        except (ConnectionError, TimeoutError, ssl.SSLEOFError):
            return False

    try:
        process.wait_for(lambda: serves(first), "Envoy")
        took = []
        for _ in range(3):
            renewed = site.renew()
            swapped = time.monotonic()
            process.wait_for(lambda: serves(renewed), "the renewed certificate")
            took.append(time.monotonic() - swapped)
    finally:
        process.stop()
    # The least of three, since the machine may be busy.
    print("served so many seconds after it was there:", *(f"{seconds:.2f}" for seconds in took))
    assert min(took) < 1
    # Chain and key are of one certificate at each moment, as both are replaced at once.
    assert "MISMATCH" not in process.output().upper()
