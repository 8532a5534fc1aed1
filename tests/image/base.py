"""A stand-in for the image `python:3.11-slim-bookworm`, made of Debian's packages by debootstrap.

Like the real one it is Debian 12 with Python 3.11, pip and setuptools in /usr/local and no compiler.
The mirror is the one that this machine's apt uses. The result is kept as a tar file and used again.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

NAME = "python:3.11-slim-bookworm"
#: Where the wheels lie while the image is built; pip takes them from there and from nowhere else.
WHEELS = "/mnt"

_SUITE = "bookworm"
_PACKAGES = ("ca-certificates", "python3", "python3-venv")
_SECONDS = 900


class BaseError(Exception):
    """The stand-in cannot be made on this machine; the text says why."""


def tarball(cache: Path) -> Path:
    """The tar file of the base, made in the folder if it is not there yet.

    Raises BaseError if apt knows no mirror of Debian 12, or debootstrap fails.
    """
    kept = cache / f"{_SUITE}.tar"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            root = Path(folder) / "root"
            _debootstrap(root, cache / "debootstrap.log")
            _dress(root)
            making = Path(folder) / kept.name
            subprocess.run(["tar", "-C", root, "--exclude=./dev/*", "-cf", making, "."], check=True)
            making.rename(kept)
    return kept


def _debootstrap(root: Path, log: Path) -> None:
    command = ["debootstrap", "--variant=minbase", f"--include={','.join(_PACKAGES)}"]
    with log.open("wb") as output:
        done = subprocess.run(
            [*command, _SUITE, root, _mirror()],
            stdout=output,
            stderr=output,
            timeout=_SECONDS,
            check=False,
        )
    if done.returncode:
        raise BaseError(f"debootstrap failed; {log} says why")


def _mirror() -> str:
    """The address of Debian's archive, as this machine is configured."""
    wanted = "$(REPO_URI) $(CODENAME) $(ORIGIN) $(CREATED_BY)"
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", wanted], check=True, capture_output=True, text=True
    )
    for line in listed.stdout.splitlines():
        address, *rest = line.split()
        if rest == [_SUITE, "Debian", "Packages"]:
            return address
    raise BaseError(f"apt knows no mirror of Debian {_SUITE}; run apt-get update")


def _dress(root: Path) -> None:
    """Make it look like the real one, and let its pip take wheels from one folder alone."""
    subprocess.run(["chroot", root, "python3", "-m", "venv", "/usr/local"], check=True)
    for left in ("usr/share/python-wheels", "var/cache/apt/archives", "var/lib/apt/lists"):
        shutil.rmtree(root / left)
    (root / "etc/pip.conf").write_text(f"[global]\nno-index = true\nfind-links = {WHEELS}\n")
