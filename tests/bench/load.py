"""Clients that send one HTTP request again and again, each over one kept connection from a process of its own.

They speak just as much HTTP/1.1 as the gateway's answers need, since they share the machine's cores with what is
measured: a client of the standard library takes as much CPU time as the gateway.
"""

from __future__ import annotations

import multiprocessing
import socket
import time
import uuid
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

_LENGTH = b"\r\ncontent-length:"
_CHUNK = 1 << 16


@dataclass(frozen=True)
class Request:
    """One HTTP request; NUMBER in its body is another one each time."""

    method: str
    path: str
    body: bytes = b""
    content_type: str = "application/json"

    def text(self, host: str, token: str) -> bytes:
        """As it goes over the wire."""
        body = self.body.replace(b"NUMBER", uuid.uuid4().hex.encode())
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {host}"]
        if token:
            lines.append(f"Authorization: Bearer {token}")
        if body:
            lines += [f"Content-Type: {self.content_type}", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True)
class Load:
    """What came of sending a request for some time. Times in seconds, sorted."""

    seconds: float
    times: list[float]
    client_cpu: float
    """CPU seconds that the clients took."""

    @property
    def per_second(self) -> float:
        """Requests answered a second."""
        return len(self.times) / self.seconds

    def quantile(self, share: float) -> float:
        """The time within which this share of the requests was answered."""
        return self.times[int(len(self.times) * share)]


class Connection:
    """One kept connection to the gateway."""

    def __init__(self, address: str) -> None:
        """address: as in "http://127.0.0.1:8080"."""
        parts = urlsplit(address)
        self._host = parts.netloc
        self._socket = socket.create_connection((parts.hostname, parts.port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def exchange(self, request: Request, token: str) -> bytes:
        """The body of the answer. Raises RuntimeError unless its status is 200."""
        self._socket.sendall(request.text(self._host, token))
        head, body = self._socket.recv(_CHUNK), b""
        while b"\r\n\r\n" not in head:
            head += self._more()
        head, _, body = head.partition(b"\r\n\r\n")
        length = int(head[head.lower().index(_LENGTH) + len(_LENGTH) :].split(b"\r\n", 1)[0])
        while len(body) < length:
            body += self._more()
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{request.method} {request.path}: {head!r} {body[:300]!r}")
        return body

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _more(self) -> bytes:
        part = self._socket.recv(_CHUNK)
        if not part:
            raise RuntimeError("the gateway hung up")
        return part


def send(address: str, token: str, request: Request) -> bytes:
    """The body of the answer to one request. Raises RuntimeError unless its status is 200."""
    connection = Connection(address)
    try:
        return connection.exchange(request, token)
    finally:
        connection.close()


def repeat(address: str, token: str, request: Request, seconds: float, connections: int) -> Load:
    """Send the request over so many connections at once for so many seconds."""
    fork = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(connections, mp_context=fork) as pool:
        jobs = [pool.submit(_repeat, address, token, request, seconds) for _ in range(connections)]
        parts = [job.result() for job in jobs]
    times = sorted(each for part, _ in parts for each in part)
    return Load(seconds, times, sum(cpu for _, cpu in parts))


def _repeat(
    address: str, token: str, request: Request, seconds: float
) -> tuple[list[float], float]:
    connection, times = Connection(address), []
    cpu, end = time.process_time(), time.perf_counter() + seconds
    while (begin := time.perf_counter()) < end:
        connection.exchange(request, token)
        times.append(time.perf_counter() - begin)
    connection.close()
    return times, time.process_time() - cpu
