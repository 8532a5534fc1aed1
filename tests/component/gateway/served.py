"""The whole API served inside the test's process, before services that run there too."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from werkzeug.serving import WSGIRequestHandler, make_server

from chassis.settings import SERVICES
from gateway.app import Configuration, create_app
from gateway.contract import installed
from gateway.identity import through_directory
from tests.component.gateway.conftest import Client

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


#: Seconds between two looks whether it is to stop; a server of its own accord takes half a second to notice.
_LOOK_SECONDS = 0.02


class _Quiet(WSGIRequestHandler):
    """Speaks HTTP/1.1 and logs nothing."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def listening(application: WSGIApplication, port: int = 0) -> Iterator[int]:
    """Where the application answers HTTP on this machine while the block runs."""
    server = make_server("127.0.0.1", port, application, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(_LOOK_SECONDS,), daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


@contextmanager
def gateway(
    targets: Mapping[str, str], authorization: str, port: int = 0, **changes: Any
) -> Iterator[Client]:
    """A client of a gateway before these services; the others cannot be reached.

    changes: what the gateway's configuration says otherwise.
    """
    every = {service: targets.get(service, "127.0.0.1:1") for service in SERVICES}
    limits = {"rate": 10_000, "burst": 10_000}
    configuration = Configuration(targets=every, **(limits | changes))
    app = create_app(configuration, installed(), through_directory)
    with listening(app, port) as taken:
        yield Client(f"http://127.0.0.1:{taken}", authorization)
