"""Several regions on one machine: each a complete installation, with variables made from those of one.

<home>/regions holds what the regions share (secrets of their links), and a folder for each of them.
Each region has the addresses of a single one, moved on: the gateway's port by one for each region,
all other ports by ten.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from chassis.configuration import parse
from chassis.environment import Address, parse_address
from chassis.settings import Settings
from cli import secrets
from cli.failure import Failure
from cli.home import Home
from cli.nats_server import free_port
from cli.rest import Rest

_STEP = 10


def settings_of_regions(
    variables: Mapping[str, str], base: Settings, regions: Sequence[str], hub: str
) -> list[Settings]:
    """The settings of each region, the hub first, because the others wait for it.

    Raises Failure if the regions do not make a company, SettingsError if one cannot be configured.
    """
    _check(base, regions, hub)
    home = Home(base.home).of_regions()
    home.prepare()
    secrets.make_leaf_passwords(_leaf_passwords(home), [name for name in regions if name != hub])
    secrets.make_match_keys(_match_keys(home))
    leaf = f"127.0.0.1:{free_port()}"
    places = list(enumerate(regions))
    gateways = {name: Rest.at(_moved(base.gateway.bind, place)).base for place, name in places}
    shared = {
        "MERIDIAN_HUB": hub,
        "MERIDIAN_LEAF_ADDRESS": leaf,
        "MERIDIAN_LEAF_PASSWORDS_FILE": str(_leaf_passwords(home)),
        "MERIDIAN_MATCH_KEYS_FILE": str(_match_keys(home)),
    }
    made = [
        parse(
            dict(variables)
            | shared
            | {"MERIDIAN_REGION": name, "MERIDIAN_HOME": str(home.path / name)}
            | {"MERIDIAN_PEERS": _peers(name, gateways)}
            | _addresses(base, place)
        )
        for place, name in places
    ]
    return sorted(made, key=lambda settings: settings.region != hub)


def _check(base: Settings, regions: Sequence[str], hub: str) -> None:
    if len(set(regions)) != len(regions) or len(regions) < 2:
        raise Failure("--regions needs two or more different regions, for instance na,emea,apac")
    if hub not in regions:
        raise Failure(f"--hub {hub} is not one of the regions {', '.join(regions)}")
    outside = [name for name, s in base.services.items() if s.database_url]
    if outside or base.nats_url:
        raise Failure(
            "several regions on one machine run their own PostgreSQL and NATS: unset "
            "MERIDIAN_DATABASE_URL and MERIDIAN_NATS_URL, or start each region by itself"
        )


def _peers(region: str, gateways: Mapping[str, str]) -> str:
    others = [
        {"region": name, "gateway_url": url} for name, url in gateways.items() if name != region
    ]
    return json.dumps(others)


def _addresses(base: Settings, place: int) -> dict[str, str]:
    """The variables of all that the region at this place listens on and calls."""
    variables = {
        "MERIDIAN_GATEWAY_BIND": str(_moved(base.gateway.bind, place)),
        "MERIDIAN_GATEWAY_METRICS": str(_moved(base.gateway.metrics, place * _STEP)),
        "MERIDIAN_ARCHIVE_METRICS": str(_moved(base.backup.metrics, place * _STEP)),
    }
    for name, service in base.services.items():
        suffix = name.upper()
        variables |= {
            f"MERIDIAN_GRPC_BIND_{suffix}": _moved_endpoint(service.grpc_bind, place),
            f"MERIDIAN_GRPC_TARGET_{suffix}": _moved_endpoint(service.grpc_target, place),
            f"MERIDIAN_SERVE_METRICS_{suffix}": str(_moved(service.serve_metrics, place * _STEP)),
            f"MERIDIAN_WORK_METRICS_{suffix}": str(_moved(service.work_metrics, place * _STEP)),
        }
    return variables


def _moved(address: Address, ports: int) -> Address:
    return Address(address.host, address.port + ports)


def _moved_endpoint(endpoint: str, place: int) -> str:
    address = parse_address(endpoint)
    return str(_moved(address, place * _STEP)) if address else f"{endpoint}.{place}"


def _leaf_passwords(home: Home) -> Path:
    return home.secrets / "leaf-passwords.json"


def _match_keys(home: Home) -> Path:
    return home.secrets / "match-keys.json"
