"""The addresses that the local platform is going to listen on."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections.abc import Iterator

from chassis.environment import parse_address
from chassis.settings import Settings
from cli.failure import Failure
from cli.processes import wait_until


def check_free(settings: Settings, patience: float) -> None:
    """Raises Failure, naming all of them, if addresses are still taken after `patience` seconds.

    So it does at once if there are some at which this machine cannot listen at all.
    """
    wanted = dict(_listening(settings))
    impossible = [
        f"{address} ({variable}): {os.strerror(number)}"
        for address, variable in wanted.items()
        if (number := _hindrance(address)) not in (0, errno.EADDRINUSE)
    ]
    if impossible:
        raise Failure(
            f"this machine cannot listen at {', '.join(impossible)}. Choose other addresses by "
            "the variables in brackets"
        )
    if wait_until(lambda: not any(map(_hindrance, wanted)), patience):
        return
    taken = [
        f"{address} ({variable})" for address, variable in wanted.items() if _hindrance(address)
    ]
    raise Failure(
        f"already in use: {', '.join(taken)}. Stop what listens there, or choose other addresses "
        "by the variables in brackets"
    )


def _listening(settings: Settings) -> Iterator[tuple[str, str]]:
    """Pairs of address and the variable that sets it."""
    yield str(settings.gateway.bind), "MERIDIAN_GATEWAY_BIND"
    yield str(settings.gateway.metrics), "MERIDIAN_GATEWAY_METRICS"
    if settings.backup.folder:
        yield str(settings.backup.metrics), "MERIDIAN_ARCHIVE_METRICS"
    for name, service in settings.services.items():
        suffix = name.upper()
        yield service.grpc_bind, f"MERIDIAN_GRPC_BIND_{suffix}"
        yield str(service.serve_metrics), f"MERIDIAN_SERVE_METRICS_{suffix}"
        yield str(service.work_metrics), f"MERIDIAN_WORK_METRICS_{suffix}"


def _hindrance(address: str) -> int:
    """The number of the error with which listening there fails; 0 if it does not."""
    parsed = parse_address(address)
    if parsed is None or parsed.port == 0:
        return 0
    family = socket.AF_INET6 if ":" in parsed.host else socket.AF_INET
    with contextlib.closing(socket.socket(family)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((parsed.host.strip("[]"), parsed.port))
            listener.listen()
        except OSError as error:
            return error.errno or errno.EINVAL
    return 0
