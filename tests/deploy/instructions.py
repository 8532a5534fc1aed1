"""What docs/operate.md says about installing, to be carried out as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from tests.deploy.rendering import ROOT, Manifest, parse
from tools.kubernetes import kubectl


def _step(number: int) -> str:
    """One step of the installation."""
    chapter = (ROOT / "docs" / "operate.md").read_text().partition("## Install on Kubernetes")[2]
    return chapter.partition(f"\n**{number}. ")[2].partition(f"\n**{number + 1}. ")[0]


def secret_commands() -> list[str]:
    """The commands that make secrets: for a NATS elsewhere, and for that of the release."""
    return re.findall(r"```sh\n(.*?)```", _step(2), re.DOTALL)


def own_values() -> str:
    """The values that somebody who installs keeps in a file."""
    (found,) = re.findall(r"```yaml\n(.*?)```", _step(3), re.DOTALL)
    return str(found)


def carried_out(commands: str, folder: Path) -> list[Manifest]:
    """Run the commands in the folder, with kubectl printing what it would make; that is what is returned."""
    tools, output = folder / "tools", folder / "secrets.yaml"
    tools.mkdir()
    wrapper = tools / "kubectl"
    wrapper.write_text(
        f'#!/bin/sh\n{kubectl()} "$@" --dry-run=client --output yaml >> {output}; echo --- >> {output}\n'
    )
    wrapper.chmod(0o755)
    subprocess.run(
        ["bash", "-euc", commands],
        cwd=folder,
        env={"PATH": f"{tools}:{os.environ['PATH']}"},
        check=True,
        capture_output=True,
    )
    return parse(output.read_text())
