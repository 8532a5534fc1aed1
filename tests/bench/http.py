"""Get, list of 50 and create of a lead over HTTP with everything on, beside pgbench with the same SQL.

A region runs as users run it: gateway, identity, validation, permission, metrics, logs, PostgreSQL with fsync.

The share of what pgbench reaches is told twice. By the clock: requests a second over transactions a second, clients
and servers sharing all cores in both. By CPU time: what a transaction takes (pgbench and PostgreSQL) over what a
request takes (gateway, service and PostgreSQL), which says the same where CPU time is the limit, and depends less on
who else uses the machine. What other processes do because of a request, its event above all, counts as "workers".
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from cli.processes import wait_until
from tests.bench import cpu, load, pgbench
from tests.bench.load import Load, Request
from tests.bench.pgbench import Limit
from tests.faults.region import Region

CONNECTIONS = 4
SECONDS = 8.0
#: Share of what pgbench reaches, architecture §10.
TARGETS = {"get": 0.04, "list of 50": 0.08, "create": 0.20}

#: The hops of a request; what the workers do comes after its answer.
_IMPORT_SECONDS = 300.0
_HOPS = ("gateway", "service", "PostgreSQL")


@dataclass(frozen=True)
class Measured:
    """What came of a load, and the CPU milliseconds that each hop took for each request."""

    load: Load
    cpu: dict[str, float]


def main() -> None:
    """Measure and print."""
    region = Region()
    try:
        region.wait_until_ready()
        _measure(region)
        _measure_import(region)
    finally:
        region.stop()
        region.remove()


def _measure(region: Region) -> None:
    token = _token(region)
    lead = json.loads(load.send(region.address, token, _create()))
    load.repeat(region.address, token, _create(), 2.0, CONNECTIONS)
    requests = {
        "get": Request("GET", f"/marketing/v1/leads/{lead['id']}"),
        "list of 50": Request("GET", "/marketing/v1/leads"),
        "create": _create(),
    }
    print(f"{CONNECTIONS} connections; share of pgbench by the clock and by CPU time")
    print(
        f"{'':<12}{'HTTP/s':>8}{'pgbench/s':>11}{'clock':>8}{'CPU':>8}{'target':>8}{'p50 ms':>8}"
        f"{'p99 ms':>8}   CPU ms an operation"
    )
    for name, request in requests.items():
        # First, since PostgreSQL cleans up for a while after all that pgbench writes.
        found = _loaded(region, token, request)
        _tell(name, found, pgbench.measure(region, name, lead["id"], SECONDS, CONNECTIONS))


def _tell(name: str, found: Measured, limit: Limit) -> None:
    clock = found.load.per_second / limit.per_second
    by_cpu = sum(limit.cpu.values()) / sum(found.cpu[hop] for hop in _HOPS)
    client = found.load.client_cpu * 1000 / len(found.load.times)
    hops = ", ".join(f"{hop} {took:.2f}" for hop, took in found.cpu.items())
    print(
        f"{name:<12}{found.load.per_second:>8.0f}{limit.per_second:>11.0f}{clock:>8.1%}"
        f"{by_cpu:>8.1%}{TARGETS[name]:>8.0%}{found.load.quantile(0.5) * 1000:>8.1f}"
        f"{found.load.quantile(0.99) * 1000:>8.1f}   {hops}, client {client:.2f}; "
        f"pgbench {limit.cpu['pgbench']:.3f}, its PostgreSQL {limit.cpu['PostgreSQL']:.3f}",
        flush=True,
    )


def _loaded(region: Region, token: str, request: Request) -> Measured:
    before = _cpu(region)
    found = load.repeat(region.address, token, request, SECONDS, CONNECTIONS)
    after = _cpu(region)
    return Measured(found, {n: (after[n] - before[n]) * 1000 / len(found.times) for n in after})


def _cpu(region: Region) -> dict[str, float]:
    """CPU seconds used so far by each hop."""
    roles = region.processes()
    return {
        "gateway": cpu.family_seconds(roles["gateway"]),
        "service": cpu.seconds(roles["marketing serve"]),
        "PostgreSQL": cpu.family_seconds(roles["postgres"]),
        "workers": sum(cpu.seconds(pid) for role, pid in roles.items() if role.endswith(" work")),
    }


def _measure_import(region: Region) -> None:
    """Rows a second, from the file's arrival to the last lead."""
    token = _token(region)
    rows = "".join(f"Person {n},Company {n},p{n}@example.com\n" for n in range(5_000))
    content = f"surname,company,email\n{rows}".encode()
    upload = Request("POST", "/marketing/v1/lead_imports?source=bench", content, "text/csv")
    begin = time.perf_counter()
    sent = json.loads(load.send(region.address, token, upload))
    read = Request("GET", f"/marketing/v1/lead_imports/{sent['id']}")

    def finished() -> bool:
        state = json.loads(load.send(region.address, token, read))["state"]
        return bool(state == "LEAD_IMPORT_STATE_FINISHED")

    if not wait_until(finished, _IMPORT_SECONDS, 0.05):
        raise TimeoutError(f"the import did not end within {_IMPORT_SECONDS:.0f} s")
    print(f"import      {5_000 / (time.perf_counter() - begin):>8.0f} rows/s")


def _create() -> Request:
    lead = {
        "family_name": "Wang NUMBER",
        "company": "Bench NUMBER",
        "email": "wang-NUMBER@example.com",
        "city": "Beijing",
        "country": "CN",
    }
    return Request("POST", "/marketing/v1/leads", json.dumps(lead).encode())


def _token(region: Region) -> str:
    credentials = {
        "email": "mei@meridian.example",
        "password": region.password(),
        "client": "bench",
    }
    request = Request("POST", "/directory/v1/sessions", json.dumps(credentials).encode())
    return str(json.loads(load.send(region.address, "", request))["access_token"])
