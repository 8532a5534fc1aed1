"""What docs/operate.md says about secrets is carried out as it stands there, and fits the chart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from chassis import match_keys
from chassis.configuration import parse
from chassis.settings import SERVICES
from services.directory.authority import read_keys
from tests.deploy.instructions import carried_out, secret_commands
from tests.deploy.rendering import Manifest, release

#: Made by somebody else: operators, cert-manager, or whoever runs the databases.
ELSEWHERE = re.compile(r".*-db-app|meridian-gateway-tls|meridian-nats-tls|meridian-backups")


@pytest.fixture(params=["small", "production"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path, dict[str, set[str]]]:
    """A profile, the folder after its commands, and the Secrets with their keys."""
    elsewhere, own = secret_commands()
    commands = elsewhere + (own if request.param == "small" else "")
    secrets = carried_out(commands, tmp_path)
    return (
        request.param,
        tmp_path,
        {each["metadata"]["name"]: set(each["data"]) for each in secrets},
    )


def references(manifest: Any) -> Iterator[tuple[str, str]]:
    """Pairs of a Secret and a key of it that something needs."""
    if isinstance(manifest, list):
        for each in manifest:
            yield from references(each)
    elif isinstance(manifest, dict):
        if "secretKeyRef" in manifest:
            yield manifest["secretKeyRef"]["name"], manifest["secretKeyRef"]["key"]
        if "secretName" in manifest and "items" in manifest:
            yield from ((manifest["secretName"], item["key"]) for item in manifest["items"])
        for each in manifest.values():
            yield from references(each)


def test_everything_that_the_hub_needs_is_made(
    made: tuple[str, Path, dict[str, set[str]]],
) -> None:
    profile, _, secrets = made
    objects: list[Manifest] = release("na", profile)
    missing = {
        (name, key)
        for name, key in references(objects)
        if not ELSEWHERE.fullmatch(name) and key not in secrets.get(name, set())
    }
    assert missing == set()


def test_meridian_can_read_it(made: tuple[str, Path, dict[str, set[str]]]) -> None:
    _, folder, _ = made
    variables = {
        "MERIDIAN_SIGNING_KEY_FILE": f"{folder}/signing-key.pem",
        "MERIDIAN_MATCH_KEYS_FILE": f"{folder}/match-keys.json",
    }
    settings = parse(variables)

    assert len(read_keys(settings)) == 1
    assert match_keys.read(settings.regions.match_keys_file).current == "k1"
    everybody = yaml.safe_load((folder / "directory.json").read_text())
    assert set(everybody) == {f"service_{name}" for name in SERVICES}
    for name in set(SERVICES) - {"directory"}:
        own = yaml.safe_load((folder / f"{name}.json").read_text())
        assert own == {f"service_{name}": everybody[f"service_{name}"]}
    assert len(set(everybody.values())) == len(SERVICES)


def test_only_their_owner_can_read_them(made: tuple[str, Path, dict[str, set[str]]]) -> None:
    _, folder, _ = made
    assert {path.stat().st_mode & 0o077 for path in folder.glob("*.[jp]*")} == {0}
