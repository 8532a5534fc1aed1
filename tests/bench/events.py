"""How fast events travel: `python -m tests.bench.events`.

Everything is durable: PostgreSQL with fsync, NATS with sync_interval always, both on this machine. The
worker is a process of its own, so that its CPU time is its own. Targets: architecture §10.
"""

from __future__ import annotations

import signal
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from meridian.marketing.events.v1 import lead_events_pb2

from chassis.app import App, Transaction
from chassis.broker import LARGEST_BATCH, Broker, Outgoing
from chassis.database import Database, Id, UtcDateTime, new_metadata
from chassis.manifest import Reaction, Service
from chassis.worker import Worker
from cli import nats_server, postgres
from cli.nats_server import NatsServer, free_port
from cli.postgres import Postgres
from cli.processes import Fork, kill_group, stop, wait_until
from tests.bench import cpu
from tests.component.chassis.two_services import announce, marketing, unpublished

BACKLOG = 20_000
RATE = 200
SECONDS = 15
PATIENCE = 120.0


def main() -> None:
    """Measure and print."""
    with _servers() as (server, nats_url):
        server.create_databases(["marketing", "sales"])
        urls = {name: server.url(name) for name in ("marketing", "sales")}
        announcer, listener = _app(marketing(), urls), _app(_sales(), urls)
        for app in (announcer, listener):
            app.service.metadata.create_all(app.database.engine)
        travel = _travel(announcer, listener, urls, nats_url)
        announce(announcer, *(f"lead_{n}" for n in range(BACKLOG)))
        relayed, relay_cpu = _relay(announcer, urls, nats_url)
        limit = _limit(nats_url)
    print(f"""
Events, all durable; {RATE}/s for {SECONDS} s, then a backlog of {BACKLOG:,}
  commit to handling, p50     {_quantile(travel.delays, 50):8.1f} ms   target 10
  commit to handling, p99     {_quantile(travel.delays, 99):8.1f} ms
  CPU of the relay's worker   {travel.relay_cpu:8.1%}      target 5 %
  CPU of the consumer's       {travel.consumer_cpu:8.1%}
  CPU of an idle worker       {travel.idle_cpu:8.1%}
  relay                       {relayed:8,.0f} /s   target 10,000   CPU {relay_cpu:.0%}
  the same batches, bare      {limit:8,.0f} /s   the relay reaches {relayed / limit:.0%}""")


def _sales() -> Service:
    """A service that notes when an event arrived; its reaction costs one insert."""
    metadata = new_metadata()
    arrivals = sa.Table(
        "arrivals",
        metadata,
        sa.Column("lead_id", Id, primary_key=True),
        sa.Column("arrive_time", UtcDateTime, nullable=False),
    )

    def arrive(tx: Transaction, event: lead_events_pb2.LeadCreated) -> None:
        if event.source == "timed":
            tx.execute(sa.insert(arrivals), {"lead_id": event.lead_id, "arrive_time": tx.now})

    reaction = Reaction(lead_events_pb2.LeadCreated, arrive)
    return Service("sales", Path(__file__).parent, metadata, (), (reaction,))


def _relay(announcer: App, urls: dict[str, str], nats_url: str) -> tuple[float, float]:
    """Events a second while a backlog is published, and the share of a core that it took."""
    outbox = announcer.service.metadata.tables["outbox"]
    with _worker(nats_url, urls, marketing) as pid:
        assert wait_until(lambda: unpublished(announcer) < BACKLOG, PATIENCE)
        begin, left = time.perf_counter(), unpublished(announcer)
        with _cpu_share(pid) as share:
            assert wait_until(
                lambda: not _any(announcer, outbox.c.publish_time.is_(None)), PATIENCE
            )
        return left / (time.perf_counter() - begin), share[0]


def _limit(nats_url: str) -> float:
    """Events a second when they are only published, by the same client in the same batches."""
    broker = Broker(nats_url, "bench")
    broker.start()
    assert wait_until(lambda: broker.connected, PATIENCE)
    subject = "meridian.na.bench.lead.created.v1"
    stream = {"name": "BENCH", "subjects": [subject], "storage": "file", "allow_atomic": True}
    broker.api("STREAM.CREATE.BENCH", stream)
    headers = {f"ce-header-{n}": "a value of some length" for n in range(8)}
    begin = time.perf_counter()
    for first in range(0, BACKLOG, LARGEST_BATCH):
        numbers = range(first, first + LARGEST_BATCH)
        broker.publish([Outgoing(f"bench-{n}", subject, headers, b"lead") for n in numbers])()
    rate = BACKLOG / (time.perf_counter() - begin)
    broker.close()
    return rate


@dataclass(frozen=True)
class Travel:
    """How events travelled: milliseconds from commit to handling, sorted; shares of a core."""

    delays: list[float]
    relay_cpu: float
    consumer_cpu: float
    idle_cpu: float


def _travel(announcer: App, listener: App, urls: dict[str, str], nats_url: str) -> Travel:
    """Announce at a steady rate; the relay and the consumer work in a process each."""
    arrivals = listener.service.metadata.tables["arrivals"]
    with _worker(nats_url, urls, marketing) as relay, _worker(nats_url, urls, _sales) as consumer:
        announce(announcer, "first", source="timed")
        assert wait_until(lambda: _count(listener, arrivals) == 1, PATIENCE)
        with _cpu_share(relay) as relay_cpu, _cpu_share(consumer) as consumer_cpu:
            commits = _announce_steadily(announcer)
        assert wait_until(lambda: _count(listener, arrivals) > len(commits), PATIENCE)
        with _cpu_share(relay) as idle_cpu:
            time.sleep(5)
        with listener.reading() as tx:
            arrived = {row.lead_id: row.arrive_time for row in tx.execute(sa.select(arrivals))}
    delays = sorted((arrived[n] - at).total_seconds() * 1000 for n, at in commits.items())
    return Travel(delays, relay_cpu[0], consumer_cpu[0], idle_cpu[0])


def _announce_steadily(announcer: App) -> dict[str, datetime]:
    """One event a transaction, RATE a second; the time of each commit."""
    commits: dict[str, datetime] = {}
    begin = time.perf_counter()
    for number in range(RATE * SECONDS):
        time.sleep(max(begin + number / RATE - time.perf_counter(), 0))
        announce(announcer, f"timed_{number}", source="timed")
        commits[f"timed_{number}"] = announcer.clock()
    return commits


def _count(app: App, table: sa.Table) -> int:
    with app.reading() as tx:
        return int(tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def _any(app: App, condition: sa.ColumnElement[bool]) -> bool:
    """Whether a row meets the condition; cheap, so that asking does not disturb what is measured."""
    with app.reading() as tx:
        return tx.execute(sa.select(sa.literal(1)).where(condition).limit(1)).first() is not None


def _quantile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


def _app(service: Service, urls: dict[str, str]) -> App:
    return App(service, Database(urls[service.name]), "na")


@contextmanager
def _worker(nats_url: str, urls: dict[str, str], *services: Callable[[], Service]) -> Iterator[int]:
    """A worker in a process of its own; its process id."""

    def live() -> None:
        Worker([_app(service(), urls) for service in services], nats_url).start()
        threading.Event().wait()

    fork = Fork(live)
    yield fork.pid
    kill_group(fork)
    assert wait_until(lambda: fork.poll() is not None, PATIENCE)


@contextmanager
def _cpu_share(pid: int) -> Iterator[list[float]]:
    """Measures the share of a core that a process takes during the block; it is there at the end."""
    share: list[float] = []
    begin, used = time.perf_counter(), cpu.seconds(pid)
    yield share
    share.append((cpu.seconds(pid) - used) / (time.perf_counter() - begin))


@contextmanager
def _servers() -> Iterator[tuple[Postgres, str]]:
    with tempfile.TemporaryDirectory(prefix="meridian-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = Postgres(folder / "postgres", log=folder / "postgres.log")
        nats = NatsServer(
            folder / "nats", folder / "nats.log", free_port(), password="bench", region="na"
        )
        processes = [server.start(), nats.start()]
        server.wait_until_ready(processes[0])
        nats.wait_until_ready(processes[1])
        yield server, nats.url
        stop(processes[:1], postgres.STOP_SIGNAL, 10)
        stop(processes[1:], nats_server.STOP_SIGNAL, 10)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    main()
