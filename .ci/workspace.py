"""The repository as cargo sees it, and copies of it in other folders."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
# The package that has the components, and builds them.
COMPONENTS = Path("host/component")


@contextlib.contextmanager
def scratch():
    """A folder outside of the repository, which is gone afterwards."""
    folder = tempfile.mkdtemp(prefix="ossicle-")
    try:
        yield Path(folder).resolve()
    finally:
        shutil.rmtree(folder)


def cargo(folder, *arguments, **environment):
    """What cargo prints, run in a folder."""
    command = ["cargo", *arguments]
    return subprocess.run(
        command, cwd=folder, env=os.environ | environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def build(folder, target, *arguments, **environment):
    """What cargo says of each package that it built or found built."""
    arguments = ["build", "--quiet", "--message-format", "json-render-diagnostics", *arguments]
    printed = cargo(folder, *arguments, CARGO_TARGET_DIR=str(target), **environment)
    return [json.loads(line) for line in printed.splitlines()]


def copy(to):
    """Copies the repository, but for what git ignores."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"]
    listed = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    for name in listed.split("\0"):
        if name and os.path.lexists(ROOT / name):
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name, follow_symlinks=False)


def components(messages):
    """The files, by name, that the build of the components wrote and their library takes."""
    [out] = {
        message["out_dir"]
        for message in messages
        if message["reason"] == "build-script-executed" and f"/{COMPONENTS}#" in message["package_id"]
    }
    names = re.findall(r'env!\("OUT_DIR"\), "/([^"]+)"', (ROOT / COMPONENTS / "src/lib.rs").read_text())
    return {name: (Path(out) / name).read_bytes() for name in names}
