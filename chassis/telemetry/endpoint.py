"""The HTTP endpoint by which a process is watched: /metrics, /livez and /readyz.

It is for Prometheus and the orchestrator, never for clients, and listens on a port of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import REGISTRY, disable_created_metrics
from prometheus_client.exposition import choose_encoder

from chassis.environment import Address

# Nobody looks at when a counter was made, and it doubles what is scraped.
disable_created_metrics()  # type: ignore[no-untyped-call]

_TEXT = "text/plain; charset=utf-8"


class Endpoint:
    """Answers in threads of its own until it is closed.

    /readyz is 200 while `ready` says True, else 503; /livez is 200 while the process can answer.
    """

    def __init__(self, address: Address, ready: Callable[[], bool]) -> None:
        """Raises OSError if the address cannot be listened on. Port 0 takes a free one."""
        handler = type("Handler", (_Handler,), {"ready": staticmethod(ready)})
        self._server = ThreadingHTTPServer((address.host, address.port), handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="endpoint", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    ready: Callable[[], bool]

    def do_GET(self) -> None:
        """Answer one request."""
        path = self.path.partition("?")[0]
        if path == "/metrics":
            encode, content_type = choose_encoder(self.headers.get("Accept", ""))
            self._answer(HTTPStatus.OK, content_type, encode(REGISTRY))
        elif path == "/livez":
            self._answer(HTTPStatus.OK, _TEXT, b"alive\n")
        elif path == "/readyz" and self.ready():
            self._answer(HTTPStatus.OK, _TEXT, b"ready\n")
        elif path == "/readyz":
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, _TEXT, b"not ready\n")
        else:
            self._answer(HTTPStatus.NOT_FOUND, _TEXT, b"/metrics, /livez or /readyz\n")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: being watched is not an event."""

    def _answer(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
