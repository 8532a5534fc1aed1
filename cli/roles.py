"""The processes of a region on one machine: for each service one that serves and one that works."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from functools import partial

from chassis.environment import Address
from chassis.settings import SERVICES, Settings
from cli.gateway import run_gateway
from cli.home import Home
from cli.processes import Fork
from cli.serve import serve
from cli.supervisor import Role
from cli.work import work

_SERVE_STAGE, _WORK_STAGE, _GATEWAY_STAGE = 2, 3, 4
_GATEWAY_PATIENCE = 25.0


def roles(settings: Settings, home: Home) -> Iterator[Role]:
    """What is to be kept running, all of it forks of this process."""
    for name in SERVICES:
        service = settings.services[name]
        yield Role(
            f"{name} serve",
            _SERVE_STAGE,
            partial(Fork, partial(serve, settings, [name], home.log)),
            partial(_is_well, service.serve_metrics, "/readyz"),
        )
        yield Role(
            f"{name} work",
            _WORK_STAGE,
            partial(Fork, partial(work, settings, [name], home.log)),
            partial(_is_well, service.work_metrics, "/readyz"),
        )
    yield Role(
        "gateway",
        _GATEWAY_STAGE,
        partial(Fork, partial(run_gateway, settings, home.log)),
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
