"""The links between regions: TCP proxies on loopback that can be cut, healed and listened to."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from tests.faults.ports import reserved_port

_CHUNK = 1 << 16
_PATIENCE = 10.0


class Proxy:
    """One way from a region to a server of another. `target` is asked for at each connection."""

    def __init__(
        self,
        target: Callable[[], tuple[str, int]],
        hear: Callable[[bytes], None],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """hear is given whatever crosses, in both directions. tls: what is spoken to who connects, if it is
        not the target's own; the target is spoken to in plain.
        """
        self.port = reserved_port()
        self._target = target
        self._hear = hear
        self._tls = tls
        self._open = True
        self._writers: set[asyncio.StreamWriter] = set()

    async def listen(self) -> None:
        """Begin to take connections."""
        self._server = await asyncio.start_server(
            self._connect, "127.0.0.1", self.port, ssl=self._tls
        )

    async def cut(self) -> None:
        """Break every connection, and take none."""
        self._open = False
        for writer in self._writers:
            writer.transport.abort()

    async def heal(self) -> None:
        """Take connections again."""
        self._open = True

    async def _connect(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        with contextlib.ExitStack() as ends:
            ends.callback(back.transport.abort)
            if not self._open:
                return
            try:
                far, forth = await asyncio.open_connection(*self._target())
            except OSError:
                return
            ends.callback(forth.transport.abort)
            if not self._open:  # it was cut while we connected
                return
            both = {back, forth}
            self._writers |= both
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await asyncio.gather(self._pass_on(near, forth), self._pass_on(far, back))
            self._writers -= both

    async def _pass_on(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while chunk := await source.read(_CHUNK):
            self._hear(chunk)
            target.write(chunk)
            await target.drain()
        target.transport.abort()


class Links:
    """All proxies, in one event loop; those of a pair of regions are cut together."""

    def __init__(self, hear: Callable[[bytes], None] = lambda _: None) -> None:
        self._hear = hear
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="links", daemon=True)
        self._thread.start()
        self._proxies: dict[frozenset[str], list[Proxy]] = {}

    def add(
        self,
        one: str,
        other: str,
        target: Callable[[], tuple[str, int]],
        tls: ssl.SSLContext | None = None,
    ) -> int:
        """A way between two regions; the port to connect to instead of the target. tls: see Proxy."""
        proxy = Proxy(target, self._hear, tls)
        self._proxies.setdefault(frozenset((one, other)), []).append(proxy)
        self._do(proxy.listen())
        return proxy.port

    @property
    def pairs(self) -> Sequence[frozenset[str]]:
        """The pairs of regions that are linked, in a fixed order."""
        return sorted(self._proxies, key=sorted)

    def cut(self, pair: frozenset[str]) -> None:
        """Break all that goes between two regions."""
        for proxy in self._proxies[pair]:
            self._do(proxy.cut())

    def heal(self, pair: frozenset[str]) -> None:
        """Let it go again."""
        for proxy in self._proxies[pair]:
            self._do(proxy.heal())

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE)
