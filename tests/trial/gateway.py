"""A gateway process in front of a TrialServer: python -m tests.trial.gateway PORT TARGET [key=value…]"""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

from meridian.directory.v1.extension_field_service_pb2 import ExtensionSchema

from chassis.environment import Address
from chassis.errors import Unauthenticated
from gateway.app import Configuration, create_app
from gateway.backends import Backends
from gateway.contract import Contract
from gateway.identity import Exchange
from gateway.server import run
from tests import trial


def _exchange(_: Backends) -> Exchange:
    def exchange(key: str) -> tuple[str, float]:
        if key != "right-key":
            raise Unauthenticated("TOKEN_INVALID")
        return "token-of-key", 300.0

    return exchange


def _load(target: str, changes: dict[str, Any]) -> Any:
    configuration = Configuration(targets={"trial": target}, **changes)
    contract = Contract.of(trial.image())
    return create_app(configuration, contract, _exchange, extensions=lambda _: ExtensionSchema)


def main() -> None:
    """Serve until told to stop."""
    port, target, *changes = sys.argv[1:]
    parsed = {name: float(value) for name, value in (change.split("=") for change in changes)}
    numbers = {
        name: value if name in ("timeout", "patience") else int(value)
        for name, value in parsed.items()
    }
    run(partial(_load, target, numbers), Address("127.0.0.1", int(port)), threads=4)


if __name__ == "__main__":
    main()
