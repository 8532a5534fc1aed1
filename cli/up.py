"""`meridian up`: a whole region on this machine, in the foreground until Ctrl-C.

Everything is imported once and then forked, one process for each role, because that starts much
faster than as many interpreters would. No thread and no gRPC object may exist before the forks.
"""

from __future__ import annotations

import contextlib
import gc
import http.client
import logging
import os
from collections.abc import Iterator, Sequence
from functools import partial

from chassis.environment import Address
from chassis.settings import Settings
from chassis.telemetry import logs
from cli import assembly, embedded, ports, secrets
from cli.embedded import Embedded
from cli.failure import Failure
from cli.gateway import run_gateway
from cli.home import Home
from cli.migrate import migrate
from cli.processes import Fork, wait_until
from cli.serve import serve
from cli.supervisor import Role, Supervisor
from cli.work import work

log = logging.getLogger(__name__)

_SERVE_STAGE, _WORK_STAGE, _GATEWAY_STAGE = 2, 3, 4
_READY_SECONDS = 60.0
_MIGRATE_SECONDS = 300.0
_LEFTOVER_SECONDS = 20.0


def up(settings: Settings) -> None:
    """Run everything until SIGINT, SIGTERM or SIGHUP, then stop it in order.

    Raises Failure if it cannot start; whatever was started is stopped again.
    """
    home = Home(settings.home)
    home.prepare()
    logs.configure(settings.log.level, settings.log.format, "up", home.log)
    supervisor = Supervisor()
    with home.locked(), supervisor.signals():
        ports.check_free(settings, assembly.present(), _LEFTOVER_SECONDS if home.last_run() else 0)
        secrets.ensure(settings, home)
        with _stopping_at_the_end(supervisor, home):
            settings = _start(settings, home, supervisor)
            if not supervisor.stopping:
                log.info("ready")
                print(_welcome(settings, home), flush=True)
            supervisor.watch()


@contextlib.contextmanager
def _stopping_at_the_end(supervisor: Supervisor, home: Home) -> Iterator[None]:
    try:
        yield
    finally:
        log.info("stopping")
        supervisor.stop()
        home.withdraw()
        log.info("stopped")


def _start(settings: Settings, home: Home, supervisor: Supervisor) -> Settings:
    """Start all roles and wait until they are ready. Gives the settings with all addresses."""
    ours = Embedded.of(settings, home)
    settings = ours.connected(settings)
    home.announce(embedded.addresses(settings, os.getpid()))
    supervisor.start(ours.roles())
    for name in assembly.present():
        assembly.manifest(name)
    gc.freeze()
    supervisor.wait_until_ready(_READY_SECONDS)
    if not supervisor.stopping:
        ours.create_databases(assembly.present())
        _migrate_all(settings)
        supervisor.start(_roles(settings, home))
        supervisor.wait_until_ready(_READY_SECONDS)
    return settings


def _migrate_all(settings: Settings) -> None:
    forks = {name: Fork(partial(migrate, settings, [name])) for name in assembly.present()}
    wait_until(lambda: all(f.poll() is not None for f in forks.values()), _MIGRATE_SECONDS)
    failed = [name for name, fork in forks.items() if fork.poll() != 0]
    if failed:
        raise Failure(f"the database of {', '.join(failed)} could not be migrated; see the log")


def _roles(settings: Settings, home: Home) -> list[Role]:
    roles = [
        Role(
            f"{name} serve",
            _SERVE_STAGE,
            partial(Fork, partial(serve, settings, [name], home.log)),
            partial(_is_well, settings.services[name].serve_metrics, "/readyz"),
        )
        for name in assembly.present()
    ]
    roles += [
        Role(
            f"{name} work",
            _WORK_STAGE,
            partial(Fork, partial(work, settings, [name], home.log)),
            partial(_is_well, settings.services[name].work_metrics, "/readyz"),
        )
        for name in assembly.present()
    ]
    gateway_ready = partial(_is_well, settings.gateway.bind, "/healthz")
    gateway_start = partial(Fork, partial(run_gateway, settings, home.log))
    roles.append(Role("gateway", _GATEWAY_STAGE, gateway_start, gateway_ready, patience=25))
    return roles


def _is_well(address: Address, path: str) -> bool:
    connection = http.client.HTTPConnection(address.host, address.port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def _welcome(settings: Settings, home: Home) -> str:
    base = f"http://{settings.gateway.bind}"
    rows: Sequence[tuple[str, str]] = (
        ("REST API", base),
        ("API documentation", f"{base}/docs"),
        ("Region", settings.region),
        ("Data", str(home.path)),
        ("Logs", str(home.log)),
        ("Stop", "Ctrl-C"),
    )
    lines = [f"  {label:<18} {value}" for label, value in rows]
    return "\n".join(["", "Meridian is running.", "", *lines, ""])
