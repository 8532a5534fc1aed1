"""`meridian reconcile SERVICE…`: after databases were restored where they live, make streams agree with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from chassis import leases, restoration
from chassis.app import App
from chassis.broker import Broker, BrokerUnavailable
from chassis.settings import Settings
from chassis.worker import duties
from cli import assembly
from cli.failure import Failure
from cli.processes import wait_until

_CONNECT_SECONDS = 10.0


def reconcile(settings: Settings, names: Sequence[str]) -> None:
    """Discard the streams and consumers of these services, and have their outboxes published again.

    Raises Failure if a work process of one still runs, or if NATS is not there. Saying it again does no harm.
    """
    with _broker(settings.nats_url) as broker, _border(settings) as border:
        for name in names:
            app = App(
                assembly.manifest(name),
                assembly.database(settings, name),
                settings.region,
                settings=settings,
            )
            try:
                events = _reconcile(app, broker, border)
            except BrokerUnavailable as error:
                raise Failure(f"NATS does not answer: {error}") from error
            finally:
                assembly.close([app])
            print(f"{name}: {events} events will be published again")


def _reconcile(app: App, broker: Broker, border: Broker | None) -> int:
    with leases.nobody_else(app.service.name, app.database, duties(app)) as taken:
        if taken:
            raise Failure(f"a process that does {taken} runs: stop every `meridian work` first")
        restoration.discard_streams(app, broker, border)
        return restoration.begin_anew(app)


@contextmanager
def _border(settings: Settings) -> Iterator[Broker | None]:
    if not settings.regions.border_nats_url:
        yield None
        return
    with _broker(settings.regions.border_nats_url) as broker:
        yield broker


@contextmanager
def _broker(url: str) -> Iterator[Broker]:
    broker = Broker(url, "reconcile")
    broker.start()
    try:
        if not wait_until(lambda: broker.connected, _CONNECT_SECONDS):
            raise Failure("NATS cannot be reached")
        yield broker
    finally:
        broker.close()
