"""Programs that push and pull images, unmodified, as Debian has them."""

import json
import os
import time

from registry_images import copy_of, run
from registry_servers import Process


class Skopeo:
    """skopeo asks for each blob, then sends it by PATCH with its length."""

    def __init__(self, folder):
        self.folder = folder
        self.policy = folder / "policy.json"
        self.policy.write_text(json.dumps({"default": [{"type": "insecureAcceptAnything"}]}))
        self.number = 0

    def skopeo(self, *words):
        return run("skopeo", "--policy", self.policy, *words, env=environment(self.folder))

    def push(self, image, name, credentials=None):
        options = ["--dest-creds", credentials] if credentials else []
        # Otherwise it sends another blob that it knows to unpack to the same.
        self.skopeo("copy", "--preserve-digests", "--dest-tls-verify=false", *options, image.reference, f"docker://{name}")

    def pull(self, name, credentials=None):
        self.number += 1
        layout = self.folder / f"pulled-{self.number}"
        options = ["--src-creds", credentials] if credentials else []
        self.skopeo("copy", "--preserve-digests", "--src-tls-verify=false", *options, f"docker://{name}", f"oci:{layout}:pulled")
        return copy_of(None, layout)

    def delete(self, name, credentials=None):
        options = ["--creds", credentials] if credentials else []
        self.skopeo("delete", "--tls-verify=false", *options, f"docker://{name}")

    def tags(self, name):
        return json.loads(self.skopeo("list-tags", "--tls-verify=false", f"docker://{name}"))["Tags"]


class Podman:
    """podman and buildah push what they have unpacked."""

    def __init__(self, folder, program):
        self.folder, self.program = folder, program
        root = folder / f"{program}-storage"
        self.options = ["--storage-driver", "vfs", "--root", root, "--runroot", folder / f"{program}-run"]
        self.configuration = folder / "containers"
        self.configuration.mkdir(exist_ok=True)
        (self.configuration / "policy.json").write_text(json.dumps({"default": [{"type": "insecureAcceptAnything"}]}))

    def program_run(self, *words):
        return run(self.program, *words, env=environment(self.folder))

    def call(self, verb, *words):
        policy = ["--signature-policy", self.configuration / "policy.json"] if verb in ("pull", "push") else []
        return self.program_run(*self.options, verb, *policy, *words)

    def load(self, image):
        return self.call("pull", "--quiet", image.reference).strip().splitlines()[-1]

    def push(self, image, name):
        identity = self.load(image)
        self.call("push", "--tls-verify=false", identity, f"docker://{name}")
        return identity

    def pull(self, name):
        return self.call("pull", "--quiet", "--tls-verify=false", f"docker://{name}").strip().splitlines()[-1]

    def remove(self):
        self.call("rmi", "--all", "--force")


class Containerd:
    """containerd tells the digest as it begins and sends a blob by one PUT."""

    def __init__(self, folder):
        self.folder = folder
        self.socket = folder / "containerd.sock"
        config = folder / "containerd.toml"
        config.write_text(
            'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n'
            f'root = "{folder}/containerd"\nstate = "{folder}/containerd-state"\n'
            f'[grpc]\naddress = "{self.socket}"\n'
        )
        self.process = Process(folder / "containerd.log", ["containerd", "--config", config])
        self.process.wait_for(self.socket.exists, "containerd")

    def ctr(self, *words):
        return run("ctr", "--address", self.socket, "--namespace", "judges", *words, env=environment(self.folder))

    def push(self, image, name):
        archive = self.folder / f"{image.tag}.tar"
        run("tar", "-C", image.layout, "-cf", archive, ".")
        local = f"judges.test/{image.tag}:latest"
        self.ctr("images", "import", "--snapshotter", "native", "--index-name", "all", "--base-name",
                 "judges.test/images", archive)
        self.ctr("images", "tag", "--force", f"judges.test/images:{image.tag}", local)
        self.ctr("images", "push", "--plain-http", name, local)

    def pull(self, name):
        self.ctr("images", "pull", "--plain-http", "--snapshotter", "native", name)
        return [line.split()[2] for line in self.ctr("images", "ls").splitlines() if line.startswith(f"{name} ")][0]

    def remove(self):
        names = self.ctr("images", "ls", "--quiet").split()
        if names:
            self.ctr("images", "rm", "--sync", *names)

    def stop(self):
        self.process.stop()


class Docker:
    """docker sends each layer by one PATCH of unknown length, five at a time, and tells the digest at the end."""

    def __init__(self, folder, containerd):
        self.folder = folder
        self.socket = folder / "docker.sock"
        self.process = Process(folder / "docker.log", [
            "dockerd", "--host", f"unix://{self.socket}", "--containerd", containerd.socket, "--storage-driver", "vfs",
            "--data-root", folder / "docker", "--exec-root", folder / "docker-run", "--pidfile", folder / "docker.pid",
            "--bridge=none", "--iptables=false",
        ])
        self.process.wait_for(self.is_ready, "dockerd")

    def is_ready(self):
        return self.socket.exists() and "API listen on" in self.process.output()

    def docker(self, *words):
        # The client's own folder holds what `docker login` keeps.
        return run("/usr/bin/docker", "--config", self.folder / "docker-client", "--host", f"unix://{self.socket}", *words,
                   env=environment(self.folder))

    def load(self, image, name):
        archive = self.folder / f"docker-{image.tag}.tar"
        archive.unlink(missing_ok=True)
        Skopeo(self.folder).skopeo("copy", image.reference, f"docker-archive:{archive}:{name}")
        self.docker("load", "--input", archive)

    def push(self, image, name):
        self.load(image, name)
        return self.docker("push", name)

    def pull(self, name):
        self.docker("pull", name)
        return self.identity(name)

    def login(self, host, user, password):
        self.docker("login", "--username", user, "--password", password, host)

    def logout(self, host):
        self.docker("logout", host)

    def identity(self, name):
        return self.docker("inspect", "--format", "{{.Id}}", name).strip()

    def remove(self):
        for identity in set(self.docker("images", "--quiet", "--no-trunc").split()):
            self.docker("rmi", "--force", identity)

    def stop(self):
        self.process.stop()


def environment(folder):
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}


def until(holds, seconds):
    """Waits until something holds, and tells whether it did."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.2)
    return False
