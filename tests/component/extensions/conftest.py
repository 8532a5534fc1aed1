"""A region: directory and the services with extensible resources, joined by events, behind a gateway."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chassis.configuration import parse
from chassis.settings import Settings
from chassis.tokens import Identity
from chassis.worker import Worker
from cli.processes import wait_until
from services.directory.manifest import SERVICE as DIRECTORY
from services.marketing.manifest import SERVICE as MARKETING
from services.partners.manifest import SERVICE as PARTNERS
from services.sales.manifest import SERVICE as SALES
from services.service.manifest import SERVICE as SERVICE_DESK
from tests.component.gateway.conftest import Client
from tests.component.gateway.served import gateway
from tests.running import RunningService, signing_key, token

EVERY = {each.name: each for each in (SALES, DIRECTORY, MARKETING, PARTNERS, SERVICE_DESK)}
PATIENCE = 60.0
_regions = itertools.count(1)
_ADMINISTRATOR = Identity("user_admin", "session_admin", grants=("*@region",))


@dataclass
class Region:
    """What a regional administrator does with the API; answers are JSON, and anything but 200 fails the test."""

    client: Client
    services: Mapping[str, RunningService]

    def do(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        answer = self.client(method, path, json=body, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, method: str, path: str, body: Any, language: str = "en") -> dict[str, str]:
        """Which fields are refused, and what people are told of each."""
        headers = {"Accept-Language": language}
        answer = self.client(method, path, json=body, headers=headers)
        assert answer.status_code == 400, answer.text
        return {each["field"]: each["message"] for each in answer.json()["errors"]}

    def declare(self, resource: str, name: str, kind: str, **more: Any) -> dict[str, Any]:
        """Declare a field, and wait until the services that check it know it."""
        body = {
            "resource": f"EXTENSION_RESOURCE_{resource}",
            "name": name,
            "type": f"EXTENSION_TYPE_{kind}",
            "label": {"en": name.replace("_", " ").title(), "zh": f"字段{name}"},
        }
        declared = self.do("POST", "/directory/v1/extension_fields", body | more)
        self.wait_until_known(declared)
        return declared  # type: ignore[no-any-return]

    def wait_until_known(self, field: Mapping[str, Any]) -> None:
        """Wait until every service has this version of a field."""

        def known() -> bool:
            return all(
                any(
                    row["extension_field_id"] == field["id"]
                    and row["revision"] >= int(field["etag"])
                    for row in service.table("extension_declarations")
                )
                for name, service in self.services.items()
                if name != "directory"
            )

        assert wait_until(known, PATIENCE)
        for service in self.services.values():
            service.app.declarations.forget()


@pytest.fixture
def make_region(
    run_service: Callable[..., RunningService], nats_url: str, tmp_path: Path
) -> Iterator[Callable[..., Region]]:
    """Makes a region of directory, sales, and the services that are named."""
    settings = _settings(tmp_path)
    with ExitStack() as stack:

        def make(*others: str) -> Region:
            running = {"sales": run_service(SALES, settings=settings)}
            for name in {"directory", *others} - {"sales"}:
                neighbour = running["sales"].address
                running[name] = run_service(EVERY[name], settings=settings, sales=neighbour)
            region = f"x{next(_regions)}"
            for each in running.values():
                each.app.region = region
            worker = Worker([each.app for each in running.values()], nats_url)
            worker.start()
            stack.callback(worker.stop)
            targets = {name: each.address for name, each in running.items()}
            authorization = f"Bearer {token(_ADMINISTRATOR)}"
            return Region(stack.enter_context(gateway(targets, authorization)), running)

        yield make


@pytest.fixture
def region(make_region: Callable[..., Region]) -> Region:
    """Directory and sales."""
    return make_region()


def _settings(folder: Path) -> Settings:
    """A directory needs a key and a file of credentials, though nobody logs in here."""
    key, credentials = folder / "signing-key.pem", folder / "credentials.json"
    key.write_bytes(signing_key())
    credentials.write_text("{}")
    return parse(
        {
            "MERIDIAN_HOME": str(folder),
            "MERIDIAN_SIGNING_KEY_FILE": str(key),
            "MERIDIAN_SERVICE_CREDENTIALS_FILE": str(credentials),
        }
    )
