"""Peers that misbehave: one that accepts a request and never answers, one that hangs up at first."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from chassis.settings import Peer

#: Of what it answers: what is for the client, and what is not.
_HEADERS = ("Content-Type: application/json", "Meridian-Replica-Age: 3", "X-Powered-By: steam")


class Stubborn:
    """Listens, and treats each connection as `behave` says; counts the requests that came whole."""

    def __init__(self, hang_ups: int | None, cut_off: int = 0) -> None:
        """hang_ups: how many requests are left without an answer by hanging up; None answers none.

        cut_off: how many bytes of an answer are announced and never sent.
        """
        self.requests: list[bytes] = []
        self._hang_ups = hang_ups
        self._cut_off = cut_off
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.peer = Peer("emea", f"http://127.0.0.1:{self._listener.getsockname()[1]}")
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close everything."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for connection in self._open:
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        request = connection.recv(65536)
        if not request:
            return
        self.requests.append(request)
        if self._hang_ups is None:
            return
        if len(self.requests) > self._hang_ups:
            body = b'{"id": "answered"}'
            length = len(body) + self._cut_off
            head = "\r\n".join(["HTTP/1.1 200 OK", *_HEADERS, f"Content-Length: {length}"])
            connection.sendall(head.encode() + b"\r\n\r\n" + body)
        connection.shutdown(socket.SHUT_RDWR)
        connection.close()


@contextmanager
def stubborn(hang_ups: int | None, cut_off: int = 0) -> Iterator[Stubborn]:
    """A region emea that behaves so."""
    made = Stubborn(hang_ups, cut_off)
    yield made
    made.stop()
