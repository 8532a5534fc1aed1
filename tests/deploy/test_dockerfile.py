"""What can be seen of the image without building it; `make image-check` builds and runs it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from tests.deploy.rendering import COMBINATIONS, ROOT, pods, release

_DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
_IGNORED = (ROOT / ".dockerignore").read_text().splitlines()


def _instructions(name: str) -> list[str]:
    """What each instruction of that name says, its lines joined."""
    return [text for found, text in _parsed() if found == name]


def _parsed() -> Iterator[tuple[str, str]]:
    code = "\n".join(line for line in _DOCKERFILE.splitlines() if not line.startswith("#"))
    for line in code.replace("\\\n", " ").splitlines():
        name, _, text = line.partition(" ")
        if name:
            yield name, text.strip()


def test_every_stage_begins_with_the_one_base_which_has_no_address() -> None:
    assert _instructions("ARG")[0] == "PYTHON=python:3.11-slim-bookworm"
    assert [text.split()[0] for text in _instructions("FROM")] == ["${PYTHON}", "${PYTHON}"]


@pytest.mark.parametrize(("region", "profile"), COMBINATIONS)
def test_the_chart_runs_it_as_its_own_user(region: str, profile: str) -> None:
    (user,) = _instructions("USER")

    for each in pods(release(region, profile)):
        security = each.spec["securityContext"]
        assert user == f"{security['runAsUser']}:{security['runAsGroup']}", each.name


@pytest.mark.parametrize("instruction", ["ENTRYPOINT", "CMD"])
def test_no_shell_is_needed_to_start_it(instruction: str) -> None:
    (text,) = _instructions(instruction)

    assert all(isinstance(word, str) for word in json.loads(text))


def test_only_wheels_with_known_hashes_are_installed() -> None:
    installs = [
        command
        for text in _instructions("RUN")
        for command in text.split("&&")
        if re.search(r"\bpip\b.* install ", command)
    ]

    assert len(installs) == 3
    assert all("--require-hashes" in each or "--no-index --no-deps" in each for each in installs)


def test_nothing_enters_but_what_is_named_and_there() -> None:
    rules = [line for line in _IGNORED if line and not line.startswith("#")]
    named = [rule.removeprefix("!") for rule in rules if rule.startswith("!")]

    assert rules[0] == "*"
    assert [name for name in named if not (ROOT / name).exists()] == []
