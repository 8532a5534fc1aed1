"""The first moments of a container, in namespaces of its own: builds its root, gives up privilege, becomes its program.

Run by itself, as root, with the plan of a container as JSON in its argument; it imports nothing of ours.
"""

from __future__ import annotations

import ctypes
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS = 38
_LAST_CAPABILITY = Path("/proc/sys/kernel/cap_last_cap")
_DEVICES = ("null", "zero", "full", "random", "urandom")


def main() -> None:
    """Never returns."""
    plan = json.loads(sys.argv[1])
    socket.sethostname(plan["hostname"])
    root = _root(plan)
    _drop_capabilities()
    os.chroot(root)
    os.chdir(plan["folder"])
    os.setgroups(plan["groups"])
    os.setresgid(plan["group"], plan["group"], plan["group"])
    os.setresuid(plan["user"], plan["user"], plan["user"])
    os.umask(0o022)
    command = plan["command"]
    os.execvpe(command[0], command, plan["environment"])  # noqa: S606 - becoming it is the purpose


def _root(plan: dict[str, Any]) -> Path:
    """The image with a layer of its own above it, and what is mounted into it."""
    layer = Path(plan["layer"])
    upper, work, root = (layer / name for name in ("upper", "work", "root"))
    for folder in (upper, work, root):
        folder.mkdir(parents=True, exist_ok=True)
    options = f"lowerdir={plan['image']},upperdir={upper},workdir={work}"
    _mount("-t", "overlay", "-o", options, "overlay", root)
    _prepare(root, [*plan["mounts"], *plan["files"]])
    if plan["read_only"]:
        _mount("-o", "remount,ro", root)
    _mount("-t", "proc", "-o", "nosuid,nodev,noexec", "proc", root / "proc")
    _mount("-t", "tmpfs", "-o", "nosuid,mode=755,size=64k", "tmpfs", root / "dev")
    _devices(root / "dev")
    for source, target, read_only in (*plan["mounts"], *plan["files"]):
        there = root / target.lstrip("/")
        _mount("--bind", source, there)
        _mount("-o", f"remount,bind,nosuid,nodev,{'ro' if read_only else 'rw'}", there)
    return root


def _prepare(root: Path, mounts: list[list[Any]]) -> None:
    """What is mounted needs something to be mounted upon."""
    for name in ("proc", "dev"):
        (root / name).mkdir(exist_ok=True)
    for source, target, _ in mounts:
        there = root / target.lstrip("/")
        if Path(source).is_dir():
            there.mkdir(parents=True, exist_ok=True)
        else:
            there.parent.mkdir(parents=True, exist_ok=True)
            there.touch()


def _devices(folder: Path) -> None:
    for name in _DEVICES:
        (folder / name).touch()
        _mount("--bind", f"/dev/{name}", folder / name)
    (folder / "shm").mkdir()
    _mount("-t", "tmpfs", "-o", "nosuid,nodev,mode=1777,size=64m", "tmpfs", folder / "shm")
    (folder / "fd").symlink_to("/proc/self/fd")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        (folder / name).symlink_to(f"/proc/self/fd/{number}")


def _mount(*arguments: str | Path) -> None:
    subprocess.run(["mount", *arguments], check=True)


def _drop_capabilities() -> None:
    """Nothing that this program becomes may ever get one, nor more privilege by a file."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in range(int(_LAST_CAPABILITY.read_text()) + 1):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


if __name__ == "__main__":
    main()
