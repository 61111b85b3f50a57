"""Components that the command pushes to the registry come back by the programs that people pull them with: wasmCloud's `wash`,
whose client for WIT packages is that of `wkg`, and skopeo. No package of Debian's or PyPI's has a client that lists referrers
(oras, regctl, cosign), so that those are asked for as the specification has it."""

import hashlib
import json
import os
import pathlib
import subprocess

import pytest

from face_hosts import wash_dev
from judge_shelf import environment, keeps_values, parts, shelf  # noqa: F401, two of them fixtures
from registry_clients import Skopeo
from registry_servers import OSSICLE, Registry
from registry_tokens import PASSWORDS, TokenServer

WASH = os.environ["OSS_JUDGES_WASH"]
WIT = pathlib.Path(__file__).resolve().parents[2] / "wit"
COMPONENTS = ["certificates", "blobs", "command", "registry", "service"]
# For hosts of WASI 0.2, with the version of their contract.
OF_0_2, VERSION_OF_0_2 = ["certificates", "blobs"], "0.2.0"
USER = "pusher"


def component(name, wasi="0.3"):
    return subprocess.run([OSSICLE, "component", name, "--wasi", wasi], check=True, capture_output=True).stdout


def version():
    printed = subprocess.run([OSSICLE, "--version"], check=True, capture_output=True, text=True).stdout
    return printed.splitlines()[0].removeprefix("ossicle ")


def run(*words, home, **environment):
    return subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, timeout=300,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), **environment},
    )


def push(*words, home, **environment):
    done = run(OSSICLE, "component", "push", *words, home=home, **environment)
    assert done.returncode == 0, done.stderr
    place, digest = done.stdout.strip().rsplit("@", 1)
    return place, digest


@pytest.fixture(scope="module")
def registry(folder, emulator):
    running = Registry(folder, emulator, root="/published")
    yield running
    assert running.stop() == 0, running.process.output()


@pytest.fixture(scope="module")
def published(registry, folder):
    """Everything in the registry: the digest of each, by name."""
    home = folder / "publisher"
    home.mkdir()
    digests = {}
    for name, repository in [*((name, name) for name in COMPONENTS), ("wit", "storage")]:
        place, digests[name] = push(name, f"{registry.host}/ossicle/{repository}", "--plain-http", home=home)
        assert place == f"{registry.host}/ossicle/{repository}:{version()}"
    for name, repository in [*((name, name) for name in OF_0_2), ("wit", "storage")]:
        words = [name, f"{registry.host}/ossicle/{repository}", "--plain-http", "--wasi", "0.2"]
        place, digests[name, "0.2"] = push(*words, home=home)
        assert place == f"{registry.host}/ossicle/{repository}:{VERSION_OF_0_2}"
    return digests


def pulled(reference, digest, folder):
    """What wash pulls."""
    file = folder / "pulled.wasm"
    done = run(WASH, "--non-interactive", "--output", "json", "oci", "pull", "--insecure", reference, file, home=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert digest in done.stdout
    return file.read_bytes()


@pytest.mark.parametrize("name", COMPONENTS)
def test_wash_pulls_what_was_pushed(registry, published, tmp_path, name):
    assert pulled(f"{registry.host}/ossicle/{name}:{version()}", published[name], tmp_path) == component(name)


@pytest.mark.parametrize("name", OF_0_2)
def test_wash_pulls_those_for_hosts_of_0_2_beside_them(registry, published, tmp_path, name):
    reference = f"{registry.host}/ossicle/{name}:{VERSION_OF_0_2}"
    assert pulled(reference, published[name, "0.2"], tmp_path) == component(name, "0.2")


def test_skopeo_copies_it_and_every_digest_is_right(registry, published, tmp_path):
    skopeo = Skopeo(tmp_path)
    for name in COMPONENTS:
        image = skopeo.pull(f"{registry.host}/ossicle/{name}:{version()}")
        assert image.digest == published[name]
        [layer] = image.manifest["layers"]
        assert (layer["mediaType"], image.blob(layer["digest"])) == ("application/wasm", component(name))
        config = json.loads(image.blob(image.manifest["config"]["digest"]))
        assert config["layerDigests"] == [layer["digest"]]
        assert "wasi:http/client@0.3.0" in config["component"]["imports"]
        annotations = image.manifest["annotations"]
        assert annotations["org.opencontainers.image.title"] == f"ossicle-{name}"
        assert annotations["org.opencontainers.image.licenses"] == "Apache-2.0"


CYCLONEDX = "application/vnd.cyclonedx+json"


def made_of(skopeo, host, name, listed):
    """What a component is made of, by a list of its referrers: checks that this is the one SBOM of it."""
    [entry] = listed["manifests"]
    assert entry["artifactType"] == CYCLONEDX
    text = skopeo.skopeo("inspect", "--raw", "--tls-verify=false", f"docker://{host}/ossicle/{name}@{entry['digest']}")
    assert f"sha256:{hashlib.sha256(text.encode()).hexdigest()}" == entry["digest"] and len(text) == entry["size"]
    manifest = json.loads(text)
    [layer] = manifest["layers"]
    assert layer["mediaType"] == CYCLONEDX
    return manifest["subject"]["digest"], layer["digest"]


def is_sbom_of(content, name):
    document = json.loads(content)
    subject = document["metadata"]["component"]
    assert (document["bomFormat"], subject["name"], subject["version"]) == ("CycloneDX", f"ossicle-{name}", version())


def test_the_registry_lists_the_sbom_of_each_component(registry, published, tmp_path):
    for name in COMPONENTS:
        kind = CYCLONEDX.replace("+", "%2B")
        path = f"/v2/ossicle/{name}/referrers/{published[name]}?artifactType={kind}"
        status, headers, body = registry.call("GET", path)
        assert (status, headers["OCI-Filters-Applied"]) == (200, "artifactType")
        subject, document = made_of(Skopeo(tmp_path), registry.host, name, json.loads(body))
        assert subject == published[name]
        is_sbom_of(registry.call("GET", f"/v2/ossicle/{name}/blobs/{document}")[2], name)
    status, _, body = registry.call("GET", f"/v2/ossicle/storage/referrers/{published['wit']}")
    assert (status, json.loads(body)["manifests"]) == (200, [])


def test_a_registry_without_referrers_has_the_sbom_by_a_tag(folder, emulator, published, tmp_path):
    """Distribution 2.8, which knows nothing of them."""
    peer = Registry(folder, emulator, peer=True, redirects=False, root="/published-peer")
    # Again, which changes nothing.
    for _ in range(2):
        _, digest = push("blobs", f"{peer.host}/ossicle/blobs", "--plain-http", home=tmp_path)
        assert digest == published["blobs"]
    assert peer.call("GET", f"/v2/ossicle/blobs/referrers/{digest}")[0] == 404
    skopeo, tag = Skopeo(tmp_path), digest.replace(":", "-")
    listed = skopeo.skopeo("inspect", "--raw", "--tls-verify=false", f"docker://{peer.host}/ossicle/blobs:{tag}")
    subject, document = made_of(skopeo, peer.host, "blobs", json.loads(listed))
    assert subject == digest
    is_sbom_of(peer.call("GET", f"/v2/ossicle/blobs/blobs/{document}")[2], "blobs")
    peer.stop()


def test_the_layout_in_a_folder_is_what_the_registry_has(published, tmp_path):
    place, digest = push("certificates", f"oci:{tmp_path}/layout:mine", home=tmp_path)
    assert (place, digest) == (f"oci:{tmp_path}/layout:mine", published["certificates"])
    said = Skopeo(tmp_path).skopeo("inspect", "--raw", f"oci:{tmp_path}/layout:mine")
    assert f"sha256:{hashlib.sha256(said.encode()).hexdigest()}" == digest


@pytest.mark.parametrize("contract", [version(), VERSION_OF_0_2])
def test_wash_fetches_the_contract_as_a_wit_package(registry, published, tmp_path, contract):
    """With the client of `wkg`: a world names an interface, and the package comes from the registry."""
    project = tmp_path / "project"
    (project / "wit").mkdir(parents=True)
    (project / "wit" / "world.wit").write_text(
        f"package judge:user@0.1.0;\n\nworld user {{\n  import ossicle:storage/cert-storage@{contract};\n}}\n"
    )
    config = tmp_path / "wkg.toml"
    config.write_text(
        f'[namespace_registries]\nossicle = {{ registry = "{registry.host}", metadata = {{ preferredProtocol = "oci", '
        f'oci = {{ registry = "{registry.host}" }} }} }}\n'
        f'[registry."{registry.host}"]\ntype = "oci"\n[registry."{registry.host}".oci]\nprotocol = "http"\n'
    )
    done = run(WASH, "--non-interactive", "-C", project, "wit", "fetch", home=tmp_path, WKG_CONFIG_FILE=str(config))
    assert done.returncode == 0, done.stdout + done.stderr
    [fetched] = (project / "wit" / "deps").glob("ossicle-storage*/*.wit")
    text = fetched.read_text()
    assert f"package ossicle:storage@{contract};" in text and "interface cert-storage" in text
    # With all of its documentation.
    source = (WIT / ("p2" if contract == VERSION_OF_0_2 else "") / "cert-storage.wit").read_text()
    documentation = {line.strip() for line in source.splitlines() if line.strip().startswith("///")}
    assert documentation and documentation <= {line.strip() for line in text.splitlines()}


def test_wasmcloud_runs_the_storage_from_the_registry(registry, published, tmp_path, parts, environment):
    """Its host pulls it, and links somebody else's component with it."""
    beside = {"image": f"{registry.host}/ossicle/certificates:{version()}"}
    host = wash_dev(tmp_path, shelf(parts, "values"), environment, "/", beside)
    try:
        keeps_values(host)
    finally:
        host.stop()


def test_a_push_shows_who_it_is_and_is_refused_otherwise(folder, emulator, htpasswd, tmp_path):
    tokens = TokenServer(folder, "kid")
    ways = {"htpasswd": htpasswd, "token": {"token": tokens.configuration()}}
    for way, authentication in ways.items():
        registry = Registry(folder, emulator, root=f"/published-{way}", authentication=authentication)
        home = tmp_path / way
        home.mkdir()
        words = ["certificates", f"{registry.host}/team/certificates:1", "--plain-http"]
        refused = run(OSSICLE, "component", "push", *words, home=home)
        assert refused.returncode == 1 and "wants a user and a password" in refused.stderr, refused.stderr
        # As skopeo and podman keep what they log in with.
        file = home / "auth.json"
        login = ["skopeo", "login", "--tls-verify=false", "--authfile", file, "--username", USER, "--password"]
        said = run(*login, PASSWORDS[USER], registry.host, home=home)
        assert said.returncode == 0, said.stderr
        _, digest = push(*words, home=home, REGISTRY_AUTH_FILE=str(file))
        pulled = Skopeo(home).pull(f"{registry.host}/team/certificates:1", f"{USER}:{PASSWORDS[USER]}")
        assert pulled.digest == digest
        wrong = file.read_text().replace(json.loads(file.read_text())["auths"][registry.host]["auth"], "cHVzaGVyOkNBTkFSWQ==")
        file.write_text(wrong)
        refused = run(OSSICLE, "-vv", "component", "push", *words, home=home, REGISTRY_AUTH_FILE=str(file))
        assert refused.returncode == 1 and "refuses" in refused.stderr, refused.stderr
        assert "CANARY" not in refused.stderr and "cHVzaGVyOkNBTkFSWQ" not in refused.stderr
        assert registry.stop() == 0, registry.process.output()
    tokens.stop()
