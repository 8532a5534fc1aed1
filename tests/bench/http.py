"""Get, list of 50 and create of a lead over HTTP with everything on, beside pgbench with the same SQL.

A region runs as users run it: gateway, identity, validation, permission, metrics, logs, PostgreSQL with fsync. The
client speaks HTTP/1.1 over kept connections from processes of its own, so that its cost is not the gateway's.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from tests.bench import pgbench
from tests.faults.region import Region

CONNECTIONS = 4
SECONDS = 8.0
#: Share of what pgbench reaches, architecture §10.
TARGETS = {"get": 0.04, "list of 50": 0.08, "create": 0.20}


@dataclass(frozen=True)
class Request:
    """One HTTP request that is sent again and again; NUMBER in its body is another one each time."""

    method: str
    path: str
    body: bytes = b""


@dataclass(frozen=True)
class Load:
    """What came of sending a request for some time."""

    per_second: float
    p50: float
    p99: float
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
    lead = json.loads(_send(region.address, token, _create())[1])
    _load(region, token, _create(), seconds=2.0)
    requests = {
        "get": Request("GET", f"/marketing/v1/leads/{lead['id']}"),
        "list of 50": Request("GET", "/marketing/v1/leads"),
        "create": _create(),
    }
    print(
        f"{'':<12}{'HTTP/s':>9}{'pgbench/s':>11}{'share':>8}{'target':>8}{'p50 ms':>8}{'p99 ms':>8}",
        end="",
    )
    print("   CPU ms per request: gateway, service, PostgreSQL")
    for name, request in requests.items():
        limit = pgbench.measure(region, name, lead["id"], SECONDS, CONNECTIONS)
        load = _load(region, token, request, SECONDS)
        share = load.per_second / limit
        hops = ", ".join(
            f"{load.cpu[role]:.2f}" for role in ("gateway", "marketing serve", "postgres")
        )
        print(
            f"{name:<12}{load.per_second:>9.0f}{limit:>11.0f}{share:>8.1%}{TARGETS[name]:>8.0%}"
            f"{load.p50 * 1000:>8.1f}{load.p99 * 1000:>8.1f}   {hops}",
            flush=True,
        )


def _measure_import(region: Region) -> None:
    """Rows a second, from the file's arrival to the last lead."""
    token = _token(region)
    rows = "".join(f"Person {n},Company {n},p{n}@example.com\n" for n in range(5_000))
    upload = Request(
        "POST", "/marketing/v1/lead_imports?source=bench", f"surname,company,email\n{rows}".encode()
    )
    begin = time.perf_counter()
    sent = json.loads(_send(region.address, token, upload, "text/csv")[1])
    read = Request("GET", f"/marketing/v1/lead_imports/{sent['id']}")
    while (
        json.loads(_send(region.address, token, read)[1])["state"] != "LEAD_IMPORT_STATE_FINISHED"
    ):
        time.sleep(0.05)
    print(f"import      {5_000 / (time.perf_counter() - begin):>9.0f} rows/s")


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
    return str(json.loads(_send(region.address, "", request)[1])["access_token"])


def _send(
    address: str, token: str, request: Request, content_type: str = "application/json"
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
    status, content = _exchange(connection, _headers(token, content_type), request)
    connection.close()
    if status != 200:
        raise RuntimeError(f"{request.method} {request.path}: {status} {content[:300]!r}")
    return status, content


def _headers(token: str, content_type: str = "application/json") -> dict[str, str]:
    headers = {"Content-Type": content_type}
    return headers | {"Authorization": f"Bearer {token}"} if token else headers


def _exchange(
    connection: http.client.HTTPConnection, headers: dict[str, str], request: Request
) -> tuple[int, bytes]:
    body = request.body.replace(b"NUMBER", uuid.uuid4().hex.encode())
    connection.request(request.method, request.path, body or None, headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def _load(region: Region, token: str, request: Request, seconds: float) -> Load:
    before = _cpu(region)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        jobs = [(region.address, token, request, seconds)] * CONNECTIONS
        times = [each for part in pool.starmap(_repeat, jobs, chunksize=1) for each in part]
    after = _cpu(region)
    times.sort()
    cpu = {role: (after[role] - before[role]) * 1000 / len(times) for role in before}
    return Load(len(times) / seconds, times[len(times) // 2], times[int(len(times) * 0.99)], cpu)


def _repeat(address: str, token: str, request: Request, seconds: float) -> list[float]:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
    headers, times = _headers(token), []
    end = time.perf_counter() + seconds
    while (begin := time.perf_counter()) < end:
        status, content = _exchange(connection, headers, request)
        if status != 200:
            raise RuntimeError(f"{status} {content[:300]!r}")
        times.append(time.perf_counter() - begin)
    connection.close()
    return times


def _cpu(region: Region) -> dict[str, float]:
    """CPU seconds used so far by the processes that a request meets."""
    roles = region.processes()
    return {
        "gateway": sum(map(_seconds, _family(roles["gateway"]))),
        "marketing serve": _seconds(roles["marketing serve"]),
        "postgres": sum(map(_seconds, _family(roles["postgres"]))),
    }


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def _seconds(pid: int) -> float:
    """CPU time of a process and of its children that have ended; 0 if it has just ended itself."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
