"""`meridian up`: a whole region on this machine, in the foreground until Ctrl-C.

Everything is imported once and then forked, one process for each role, because that starts much
faster than as many interpreters would. No thread and no gRPC object may exist before the forks.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from chassis.settings import SERVICES, Settings
from chassis.telemetry import logs
from cli import administrator, assembly, embedded, ports, sample, sample_people, secrets
from cli.embedded import Embedded
from cli.failure import Failure
from cli.home import Home
from cli.migrate import migrate
from cli.processes import Fork, wait_until
from cli.roles import roles
from cli.supervisor import Supervisor
from cli.welcome import welcome

log = logging.getLogger(__name__)

_READY_SECONDS = 60.0
_TASK_SECONDS = 300.0
_LEFTOVER_SECONDS = 20.0


def up(settings: Settings, *, with_sample: bool) -> None:
    """Run everything until SIGINT, SIGTERM or SIGHUP, then stop it in order.

    Raises Failure if it cannot start; whatever was started is stopped again.
    """
    home = Home(settings.home)
    home.prepare()
    logs.configure(settings.log.level, settings.log.format, "up", home.log)
    supervisor = Supervisor()
    with home.locked(), supervisor.signals():
        home.check_whole()
        ports.check_free(settings, _LEFTOVER_SECONDS if home.last_run() else 0)
        secrets.ensure(settings, home)
        with _stopping_at_the_end(supervisor, home):
            _start(settings, home, supervisor, with_sample)
            if not supervisor.stopping:
                print(welcome(settings, home, with_sample), flush=True)
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


def _start(settings: Settings, home: Home, supervisor: Supervisor, with_sample: bool) -> None:
    """Start all roles and wait until they are ready; give up early when asked to stop."""
    ours = Embedded.of(settings, home)
    archive = ours.archive(settings, home)
    settings = ours.connected(settings)
    home.announce(embedded.addresses(settings, os.getpid()))
    supervisor.start(ours.roles())
    for name in SERVICES:
        assembly.manifest(name)
    gc.freeze()
    supervisor.wait_until_ready(_READY_SECONDS)
    if supervisor.stopping:
        return
    ours.create_databases(SERVICES)
    password = secrets.sample_password(home)
    _run([partial(_prepare, settings, name, password) for name in SERVICES])
    supervisor.start([*roles(settings, home), *archive])
    supervisor.wait_until_ready(_READY_SECONDS)
    if with_sample and not supervisor.stopping:
        _run([partial(sample.load, settings, home, password)])


def _prepare(settings: Settings, service: str, password: str) -> None:
    """Bring a database to the present; in the directory's, see that somebody can log in."""
    migrate(settings, [service])
    if service == "directory":
        administrator.ensure(settings, sample_people.ADMINISTRATOR, "Administrator", password)


def _run(tasks: Sequence[Callable[[], None]]) -> None:
    """Do things side by side in processes of their own, because they may start threads."""
    forks = [Fork(task) for task in tasks]
    wait_until(lambda: all(fork.poll() is not None for fork in forks), _TASK_SECONDS)
    if any(fork.poll() != 0 for fork in forks):
        raise Failure("the platform could not be prepared; the log says why")
