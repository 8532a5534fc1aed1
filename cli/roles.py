"""The processes of a region on one machine: those that serve, those that work, the gateway."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from functools import partial

from chassis.environment import Address
from cli.gateway import run_gateway
from cli.installation import Installation
from cli.processes import Fork
from cli.serve import serve
from cli.supervisor import Role
from cli.work import work

_SERVE_STAGE, _WORK_STAGE, _GATEWAY_STAGE = 2, 3, 4
_GATEWAY_PATIENCE = 25.0


def roles(installation: Installation) -> Iterator[Role]:
    """What is to be kept running, all of it forks of this process."""
    settings, log, label = installation.settings, installation.home.log, installation.label
    for group in installation.groups:
        name = label + (group[0] if len(group) == 1 else "services")
        first = settings.services[group[0]]
        yield Role(
            f"{name} serve",
            _SERVE_STAGE,
            partial(Fork, partial(serve, settings, group, log)),
            partial(_is_well, first.serve_metrics, "/readyz"),
        )
        yield Role(
            f"{name} work",
            _WORK_STAGE,
            partial(Fork, partial(work, settings, group, log)),
            partial(_is_well, first.work_metrics, "/readyz"),
        )
    yield Role(
        f"{label}gateway",
        _GATEWAY_STAGE,
        partial(Fork, partial(run_gateway, settings, log)),
        partial(_is_well, settings.gateway.bind, "/healthz"),
        patience=_GATEWAY_PATIENCE,
    )


def _is_well(address: Address, path: str) -> bool:
    connection = http.client.HTTPConnection(address.host, address.port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
