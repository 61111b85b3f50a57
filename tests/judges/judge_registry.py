"""docker, containerd, skopeo, podman and buildah judge the registry, and so does the registry that it replaces."""

import json

import pytest

from registry_clients import Containerd, Docker, Podman, Skopeo
from registry_images import run, same
from registry_servers import PEER, Registry
from registry_tokens import PASSWORDS, TokenServer


@pytest.fixture(scope="session", params=["redirected", "streamed"])
def registry(request, folder, emulator):
    running = Registry(folder, emulator, redirects=request.param == "redirected", root=f"/{request.param}")
    yield running
    assert running.stop() == 0, running.process.output()


@pytest.fixture(scope="session")
def containerd(folder):
    running = Containerd(folder)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def docker(folder, containerd):
    running = Docker(folder, containerd)
    yield running
    running.stop()


@pytest.fixture
def skopeo(tmp_path):
    return Skopeo(tmp_path)


def test_skopeo_pushes_pulls_mounts_and_deletes(registry, images, skopeo):
    first, second = images
    skopeo.push(first, f"{registry.host}/skopeo/app:first")
    skopeo.push(second, f"{registry.host}/skopeo/app:second")
    # It knows from the pushes before where the blobs are, and mounts them.
    skopeo.push(first, f"{registry.host}/skopeo/other:first")
    same(first, skopeo.pull(f"{registry.host}/skopeo/app:first"))
    same(second, skopeo.pull(f"{registry.host}/skopeo/app:second"))
    same(first, skopeo.pull(f"{registry.host}/skopeo/other:first"))
    assert skopeo.tags(f"{registry.host}/skopeo/app") == ["first", "second"]
    skopeo.delete(f"{registry.host}/skopeo/app:first")
    assert skopeo.tags(f"{registry.host}/skopeo/app") == ["second"]
    same(second, skopeo.pull(f"{registry.host}/skopeo/app@{second.digest}"))
    same(first, skopeo.pull(f"{registry.host}/skopeo/other:first"))


@pytest.mark.parametrize("program", ["podman", "buildah"])
def test_podman_and_buildah_push_and_pull(registry, images, folder, program):
    client = Podman(folder, program)
    for image in images:
        identity = client.push(image, f"{registry.host}/{program}/app:{image.tag}")
        client.remove()
        assert client.pull(f"{registry.host}/{program}/app:{image.tag}") == identity
        assert f"sha256:{identity}" == image.id
    client.remove()


def test_containerd_pushes_and_pulls(registry, images, containerd):
    for image in images:
        containerd.push(image, f"{registry.host}/containerd/app:{image.tag}")
        containerd.remove()
        assert containerd.pull(f"{registry.host}/containerd/app:{image.tag}") == image.digest
    containerd.remove()


def test_docker_pushes_mounts_and_pulls(registry, images, docker, emulator):
    first, second = images
    docker.push(first, f"{registry.host}/docker/app:first")
    docker.push(second, f"{registry.host}/docker/app:second")
    said = docker.push(first, f"{registry.host}/docker/other:first")
    assert "Mounted from docker/app" in said, said
    docker.remove()
    for name, image in [("app:first", first), ("app:second", second), ("other:first", first)]:
        assert docker.pull(f"{registry.host}/docker/{name}") == image.id
    docker.remove()


def test_a_blob_is_redirected_or_streamed_as_configured(registry, images, skopeo):
    first, _ = images
    skopeo.push(first, f"{registry.host}/redirect/app:first")
    largest = max(first.manifest["layers"], key=lambda layer: layer["size"])["digest"]
    status, headers, body = registry.call("GET", f"/v2/redirect/app/blobs/{largest}")
    if registry.redirects:
        assert status == 307 and "ignature" in headers["Location"]
    else:
        assert (status, body) == (200, first.blob(largest))
    status, headers, _ = registry.call("HEAD", f"/v2/redirect/app/blobs/{largest}")
    assert (status, headers["Docker-Content-Digest"]) == (200, largest)


@pytest.fixture(scope="module")
def pair(folder, emulator):
    """Ours and the peer's over one root of one bucket, with one secret."""
    assert PEER, "OSS_JUDGES_PEER names no program"
    ours = Registry(folder, emulator, root="/shared")
    theirs = Registry(folder, emulator, root="/shared", peer=True)
    yield ours, theirs
    ours.stop()
    theirs.stop()


def test_what_the_peer_wrote_is_served_and_the_other_way_round(pair, images, skopeo):
    ours, theirs = pair
    first, second = images
    skopeo.push(first, f"{theirs.host}/in/place:old")
    same(first, skopeo.pull(f"{ours.host}/in/place:old"))
    skopeo.push(second, f"{ours.host}/in/place:new")
    same(second, skopeo.pull(f"{theirs.host}/in/place:new"))
    for registry in pair:
        assert skopeo.tags(f"{registry.host}/in/place") == ["new", "old"]
        catalog = json.loads(registry.call("GET", "/v2/_catalog")[2])
        assert "in/place" in catalog["repositories"]


def test_the_peer_s_garbage_collection_keeps_what_we_pushed(pair, images, skopeo):
    ours, theirs = pair
    first, second = images
    skopeo.push(first, f"{ours.host}/kept/app:first")
    skopeo.push(second, f"{ours.host}/kept/app:second")
    skopeo.delete(f"{ours.host}/kept/app:first")
    said = run(PEER, "garbage-collect", "--delete-untagged", theirs.config)
    assert "kept/app" in said, said
    same(second, skopeo.pull(f"{ours.host}/kept/app:second"))
    same(second, skopeo.pull(f"{theirs.host}/kept/app:second"))


LAYOUT = "/docker/registry/v2"


def stored(digest):
    algorithm, encoded = digest.split(":")
    return f"{LAYOUT}/blobs/{algorithm}/{encoded[:2]}/{encoded}/data"


def check(registry):
    """What `ossicle registry check` finds: its exit code, and (kind, severity, message) of each finding."""
    code, printed = registry.command("registry", "check", "--hashes", "--json")
    report = json.loads(printed)
    return code, report, [(found["finding"], found["severity"], found["message"]) for found in report["findings"]]


def test_check_finds_nothing_in_what_the_peer_wrote_and_names_what_is_broken(folder, emulator, images, skopeo, docker):
    theirs = Registry(folder, emulator, root="/checked", peer=True)
    first, second = images
    skopeo.push(first, f"{theirs.host}/checked/app:first")
    skopeo.push(second, f"{theirs.host}/checked/app:second")
    skopeo.push(first, f"{theirs.host}/checked/other:first")
    docker.push(second, f"{theirs.host}/checked/docker:second")
    docker.remove()
    # By a tag that is set anew, and by a manifest that is deleted, it leaves histories.
    skopeo.push(first, f"{theirs.host}/checked/app:moved")
    skopeo.push(second, f"{theirs.host}/checked/app:moved")
    skopeo.push(first, f"{theirs.host}/checked/deleted:first")
    skopeo.delete(f"{theirs.host}/checked/deleted:first")
    theirs.stop()
    # Ours has another name for the same endpoint.
    ours = Registry(folder, emulator, root="/checked")
    code, report, found = check(ours)
    assert (code, report["broken"], report["danger"]) == (0, 0, 0), found
    assert all(severity == "untidy" for _, severity, _ in found)
    assert (report["repositories"], report["tags"]) == (4, 5), report
    untidy = len(found)

    # A layer of the second image alone is deleted, and one of both is cut short.
    alone = [digest for digest in second.blobs if digest not in first.blobs][-1]
    shared = first.manifest["layers"][0]["digest"]
    config = first.manifest["config"]["digest"]
    assert ours.command("blob", "rm", stored(alone))[0] == 0
    assert ours.command("blob", "put", stored(shared), content=first.blob(shared)[:-1])[0] == 0
    code, _, found = check(ours)
    assert code == 1
    kinds = {(kind, severity) for kind, severity, _ in found}
    assert {("missing_blob", "broken"), ("wrong_size", "broken"), ("wrong_content", "broken")} <= kinds, found
    missing = [message for kind, _, message in found if kind == "missing_blob"]
    assert all(alone in message and second.digest in message for message in missing) and len(missing) == 1, missing
    wrong = [message for kind, _, message in found if kind in ("wrong_size", "wrong_content")]
    assert all(shared in message for message in wrong), wrong
    # As it was, nothing is found.
    assert ours.command("blob", "put", stored(alone), content=second.blob(alone))[0] == 0
    assert ours.command("blob", "put", stored(shared), content=first.blob(shared))[0] == 0
    code, _, found = check(ours)
    assert (code, len(found)) == (0, untidy), found

    # A tag whose manifest is not in the repository, and a link of a layer that leads nowhere.
    link = f"{LAYOUT}/repositories/checked/other/_manifests/revisions/{first.digest.replace(':', '/')}/link"
    assert ours.command("blob", "rm", link)[0] == 0
    code, _, found = check(ours)
    dangling = [message for kind, _, message in found if kind == "dangling_tag"]
    assert code == 1 and len(dangling) == 1 and "checked/other:first" in dangling[0] and first.digest in dangling[0], found
    assert ours.command("blob", "put", link, content=first.digest.encode())[0] == 0
    link = f"{LAYOUT}/repositories/checked/app/_layers/{config.replace(':', '/')}/link"
    assert ours.command("blob", "put", link, content=config.encode() + b"\n")[0] == 0
    code, _, found = check(ours)
    bad = [message for kind, _, message in found if kind == "bad_link"]
    assert code == 1 and len(bad) == 1 and link in bad[0], found
    assert ours.stop() == 0, ours.process.output()


def refused(call, *arguments):
    """What a program said as it was refused."""
    with pytest.raises(AssertionError) as failure:
        call(*arguments)
    said = str(failure.value).lower()
    assert any(word in said for word in ("unauthorized", "authentication required", "denied", "no basic auth")), said
    return said


def test_htpasswd_lets_in_who_knows_a_password(folder, emulator, images, skopeo, docker, htpasswd):
    first, second = images
    registry = Registry(folder, emulator, root="/htpasswd", authentication=htpasswd)
    known = f"pusher:{PASSWORDS['pusher']}"
    refused(skopeo.push, first, f"{registry.host}/private/app:first")
    refused(skopeo.push, first, f"{registry.host}/private/app:first", "pusher:a wrong one")
    refused(skopeo.push, first, f"{registry.host}/private/app:first", f"nobody:{PASSWORDS['pusher']}")
    skopeo.push(first, f"{registry.host}/private/app:first", known)
    refused(skopeo.pull, f"{registry.host}/private/app:first")
    same(first, skopeo.pull(f"{registry.host}/private/app:first", known))
    refused(docker.push, second, f"{registry.host}/private/docker:second")
    docker.login(registry.host, "pusher", PASSWORDS["pusher"])
    docker.push(second, f"{registry.host}/private/docker:second")
    docker.remove()
    assert docker.pull(f"{registry.host}/private/docker:second") == second.id
    docker.remove()
    docker.logout(registry.host)
    assert registry.stop() == 0, registry.process.output()


@pytest.mark.parametrize("key", ["x5c", "kid", "jwk"])
def test_tokens_let_in_who_was_granted_it(folder, emulator, images, skopeo, docker, key):
    first, second = images
    tokens = TokenServer(folder, key)
    registry = Registry(folder, emulator, root=f"/token-{key}", authentication={"token": tokens.configuration()})
    pusher, reader = (f"{user}:{PASSWORDS[user]}" for user in ("pusher", "reader"))
    refused(skopeo.push, first, f"{registry.host}/team/app:first", reader)
    skopeo.push(first, f"{registry.host}/team/app:first", pusher)
    # It asks for `pull` on the repository that it mounts from, too.
    skopeo.push(first, f"{registry.host}/team/other:first", pusher)
    same(first, skopeo.pull(f"{registry.host}/team/other:first", reader))
    refused(skopeo.delete, f"{registry.host}/team/app:first", reader)
    skopeo.delete(f"{registry.host}/team/app:first", pusher)
    refused(docker.pull, f"{registry.host}/team/other:first")
    docker.login(registry.host, "pusher", PASSWORDS["pusher"])
    docker.push(second, f"{registry.host}/team/docker:second")
    docker.logout(registry.host)
    docker.remove()
    docker.login(registry.host, "reader", PASSWORDS["reader"])
    assert docker.pull(f"{registry.host}/team/docker:second") == second.id
    refused(docker.push, first, f"{registry.host}/team/docker:first")
    docker.logout(registry.host)
    docker.remove()
    tokens.stop()
    assert registry.stop() == 0, registry.process.output()
