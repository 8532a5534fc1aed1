"""`meridian up`: a whole region on this machine, or several, in the foreground until Ctrl-C.

Everything is imported once and then forked, one process for each role, because that starts much
faster than as many interpreters would. No thread and no gRPC object may exist before the forks.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from chassis.settings import SERVICES, Settings
from chassis.telemetry import logs
from cli import (
    administrator,
    assembly,
    installation,
    outside,
    ports,
    sample,
    sample_people,
    secrets,
)
from cli.failure import Failure
from cli.home import Home
from cli.installation import Installation
from cli.migrate import migrate
from cli.processes import Fork, wait_until
from cli.roles import roles
from cli.supervisor import Supervisor
from cli.welcome import welcome

log = logging.getLogger(__name__)

_READY_SECONDS = 90.0
_TASK_SECONDS = 300.0
_LEFTOVER_SECONDS = 20.0


def up(regions: Sequence[Settings], *, with_sample: bool) -> None:
    """Run everything until SIGINT, SIGTERM or SIGHUP, then stop it in order.

    Raises Failure if it cannot start; whatever was started is stopped again.
    """
    begin = time.monotonic()
    homes = [Home(settings.home) for settings in regions]
    for home in homes:
        home.prepare()
    logs.configure(regions[0].log.level, regions[0].log.format, "up", homes[0].log)
    supervisor = Supervisor()
    with contextlib.ExitStack() as stack:
        for home in homes:
            stack.enter_context(home.locked())
        stack.enter_context(supervisor.signals())
        for settings, home in zip(regions, homes, strict=True):
            home.claim(settings.region)
            home.check_whole()
            ports.check_free(settings, _LEFTOVER_SECONDS if home.last_run() else 0)
            secrets.ensure(settings, home)
            outside.check(settings)
        stack.enter_context(_stopping_at_the_end(supervisor, homes))
        installations = [
            installation.of(settings, home) for settings, home in zip(regions, homes, strict=True)
        ]
        _start(installations, supervisor, with_sample)
        if not supervisor.stopping:
            seconds = time.monotonic() - begin
            print(welcome(installations, with_sample, seconds), flush=True)
        supervisor.watch()


@contextlib.contextmanager
def _stopping_at_the_end(supervisor: Supervisor, homes: Sequence[Home]) -> Iterator[None]:
    try:
        yield
    finally:
        log.info("stopping")
        supervisor.stop()
        for home in homes:
            home.withdraw()
        log.info("stopped")


def _start(
    installations: Sequence[Installation], supervisor: Supervisor, with_sample: bool
) -> None:
    """Start all roles and wait until they are ready; give up early when asked to stop."""
    for each in installations:
        each.announce(os.getpid())
        supervisor.start(each.embedded.roles(each.label))
    for name in SERVICES:
        assembly.manifest(name)
    gc.freeze()
    supervisor.wait_until_ready(_READY_SECONDS)
    if supervisor.stopping:
        return
    for each in installations:
        each.embedded.create_databases(SERVICES)
    _run([partial(_prepare, each, group) for each in installations for group in each.groups])
    for each in installations:
        supervisor.start([*roles(each), *each.archive])
    supervisor.wait_until_ready(_READY_SECONDS)
    if with_sample and not supervisor.stopping:
        _run([partial(sample.load, each) for each in installations])


def _prepare(each: Installation, services: Sequence[str]) -> None:
    """Bring databases to the present; in the directory's, see that somebody can log in."""
    migrate(each.settings, services)
    if "directory" in services:
        password = secrets.sample_password(each.home)
        administrator.ensure(each.settings, sample_people.ADMINISTRATOR, "Administrator", password)


def _run(tasks: Sequence[Callable[[], None]]) -> None:
    """Do things side by side in processes of their own, because they may start threads."""
    forks = [Fork(task) for task in tasks]
    wait_until(lambda: all(fork.poll() is not None for fork in forks), _TASK_SECONDS)
    if any(fork.poll() != 0 for fork in forks):
        raise Failure("the platform could not be prepared; the log says why")
