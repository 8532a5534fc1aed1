"""The tools are those of the machine if they are new enough, else those out of the wheel."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import kubernetes


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """Which tool was found before does not count."""
    kubernetes.helm.cache_clear()
    kubernetes.kubectl.cache_clear()
    yield
    kubernetes.helm.cache_clear()
    kubernetes.kubectl.cache_clear()


def install(folder: Path, name: str, says: str) -> Path:
    """A program that says a version."""
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize("says", ["v4.0.0+g123", "v4.11.2"])
def test_a_new_helm_on_the_path_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str
) -> None:
    program = install(tmp_path, "helm", says)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    assert kubernetes.helm() == program


@pytest.mark.parametrize("says", ["v3.19.0+g123", "Client: v2.17.0", "not found"])
def test_an_old_one_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str) -> None:
    program = install(tmp_path, "helm", says)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    found = kubernetes.helm()

    assert found != program
    version = subprocess.run(
        [found, "version", "--short"], capture_output=True, text=True, check=True
    )
    assert version.stdout.startswith("v4.")


def test_an_old_kubectl_is_not_used_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "kubectl", "Client Version: v1.32.4")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    assert kubernetes.kubectl().parent != tmp_path


def test_without_the_wheel_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(kubernetes, "_FOLDER", tmp_path)
    monkeypatch.setattr(kubernetes, "_WHEEL", tmp_path)

    with pytest.raises(kubernetes.ToolMissing, match="run `make setup`"):
        kubernetes.helm()
