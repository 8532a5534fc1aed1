"""NATS JetStream, spoken to from threads. asyncio and nats-py are in here and nowhere else.

One Broker serves a whole process: an event loop in a thread of its own, and methods that any thread
may call. It connects in the background and again whenever it must; until then calls fail at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import threading
import uuid
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

import nats
import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Messages in one atomic batch; the server takes up to 1,000.
LARGEST_BATCH = 1000
_TIMEOUT = 5.0
_PUBLISH_TIMEOUT = 30.0
_RECONNECT_SECONDS = 1
_DUPLICATE_IN_BATCH = 10201
_WRONG_LAST_MESSAGE = 10070
#: So many messages at most are stored one by one, each with a sync of its own, rather than in a batch.
_LARGEST_CHAIN = 8


class BrokerUnavailable(Exception):
    """NATS cannot be reached or did not answer; the same call may work later."""


class BrokerRefused(Exception):
    """JetStream answered with an error; `code` is its err_code."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(f"{description} ({code})")
        self.code = code


@dataclass(frozen=True)
class Outgoing:
    """A message to be stored in a stream. The stream keeps one of those with the same id."""

    id: str
    subject: str
    headers: dict[str, str]
    payload: bytes


class Broker:
    """A process's connection to NATS."""

    def __init__(self, url: str, name: str) -> None:
        """name is how NATS's own monitoring calls this connection."""
        self._url = url
        self._name = name
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="broker", daemon=True)
        self._client = Client()
        self._connecting: asyncio.Task[None] | None = None
        self._lost = False
        self.connections = 0
        """How often a connection was made: whoever sees it change knows that requests were lost."""

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()
        self._submit(self._connect())

    def close(self) -> None:
        """Send what is buffered, then disconnect."""
        asyncio.run_coroutine_threadsafe(self._disconnect(), self._loop).result(_TIMEOUT)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def connected(self) -> bool:
        """Whether there is a connection now."""
        return bool(self._client.is_connected)

    def api(self, subject: str, request: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask JetStream ("STREAM.INFO.NA_SALES"). Raises BrokerUnavailable, BrokerRefused."""
        payload = orjson.dumps(request) if request else b""
        return self._call(self._request(f"$JS.API.{subject}", payload, None))

    def publish(self, messages: Sequence[Outgoing]) -> Callable[[], None]:
        """Begin to store messages of one stream, in this order, at most LARGEST_BATCH.

        What is returned waits; when it returns, they are on the disk. A message that the stream has
        already is passed over. Waiting raises BrokerUnavailable or BrokerRefused; then some, all or
        none of them are stored. Begin with the next messages only after waiting for these.
        """
        future = self._begin(self._publish(messages))
        return lambda: _result(future, _PUBLISH_TIMEOUT)

    def send(self, subject: str, payload: bytes = b"", reply: str = "") -> None:
        """Send without waiting; the message is lost if there is no connection."""
        self._submit(self._client.publish(subject, payload, reply))

    def send_all(self, subjects: Sequence[str], payload: bytes) -> None:
        """As send, the same to each of these; waking the event loop once costs as much as sending."""
        self._submit(self._send_all(subjects, payload))

    def send_all_and_wait(self, subjects: Sequence[str], payload: bytes) -> None:
        """As send_all, at least one, until the server has heeded the last. Raises BrokerUnavailable."""

        async def send() -> None:
            *others, last = subjects
            await self._send_all(others, payload)
            await self._client.request(last, payload, timeout=_TIMEOUT)

        self._call(send())

    def subscribe(self, receive: Callable[[Msg], None]) -> tuple[str, Callable[[], None]]:
        """A new inbox: its subject, and what ends it once all that came has been received.

        receive runs in the event loop: be quick. Ending it raises BrokerUnavailable.
        """
        return self._call(self._subscribe(receive))

    async def _connect(self) -> None:
        self._connecting = asyncio.current_task()
        await self._client.connect(
            self._url,
            name=self._name,
            error_cb=self._note_trouble,
            disconnected_cb=self._note_loss,
            reconnected_cb=self._note_connection,
            max_reconnect_attempts=-1,
            reconnect_time_wait=_RECONNECT_SECONDS,
            pending_size=0,
        )
        await self._note_connection()

    async def _disconnect(self) -> None:
        self._lost = True  # on purpose: nothing to warn of
        if self._connecting and not self._connecting.done():
            self._connecting.cancel()
        with contextlib.suppress(nats.errors.Error):
            await self._client.flush(2)
        await self._client.close()

    async def _note_trouble(self, error: Exception) -> None:
        if not self._lost:
            log.warning("NATS: %s", error or type(error).__name__)
        self._lost = True

    async def _note_loss(self) -> None:
        if not self._lost:
            log.warning("NATS is gone")
        self._lost = True

    async def _note_connection(self) -> None:
        self.connections += 1
        self._lost = False
        log.info("connected to NATS")

    async def _send_all(self, subjects: Sequence[str], payload: bytes) -> None:
        for subject in subjects:
            await self._client.publish(subject, payload)

    async def _publish(self, messages: Sequence[Outgoing]) -> None:
        """All at once; if that is refused, one after the other, so that what is there already is passed over."""
        if len(messages) > 1:
            store = self._publish_batch if len(messages) > _LARGEST_CHAIN else self._publish_chain
            try:
                await store(messages)
                return
            except BrokerRefused as refusal:
                if refusal.code not in (_DUPLICATE_IN_BATCH, _WRONG_LAST_MESSAGE):
                    raise
        for message in messages:
            await self._store(message)

    async def _publish_chain(self, messages: Sequence[Outgoing]) -> None:
        """Each after the one before it or not at all, without waiting in between.

        A few messages are stored faster so than in an atomic batch, which costs several syncs, however small.
        """
        chained = [self._store(messages[0])]
        for before, message in itertools.pairwise(messages):
            chained.append(self._store(message, {"Nats-Expected-Last-Msg-Id": before.id}))
        for outcome in await asyncio.gather(*chained, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    async def _store(self, message: Outgoing, conditions: dict[str, str] | None = None) -> None:
        headers = message.headers | {"Nats-Msg-Id": message.id} | (conditions or {})
        await self._request(message.subject, message.payload, headers)

    async def _publish_batch(self, messages: Sequence[Outgoing]) -> None:
        """All or none of them: JetStream's atomic batch (NATS ADR-50). One fsync, one answer."""
        batch = {"Nats-Batch-Id": uuid.uuid4().hex}
        for number, message in enumerate(messages, 1):
            headers = (
                message.headers
                | batch
                | {"Nats-Msg-Id": message.id, "Nats-Batch-Sequence": str(number)}
            )
            if number < len(messages):
                await self._client.publish(message.subject, message.payload, headers=headers)
            else:
                headers["Nats-Batch-Commit"] = "1"
                await self._request(message.subject, message.payload, headers)

    async def _request(
        self, subject: str, payload: bytes, headers: dict[str, str] | None
    ) -> dict[str, Any]:
        answer = await self._client.request(subject, payload, timeout=_TIMEOUT, headers=headers)
        result: dict[str, Any] = orjson.loads(answer.data)
        if error := result.get("error"):
            raise BrokerRefused(error.get("err_code", 0), error.get("description", ""))
        return result

    async def _subscribe(self, receive: Callable[[Msg], None]) -> tuple[str, Callable[[], None]]:
        async def callback(message: Msg) -> None:
            receive(message)

        inbox = self._client.new_inbox()
        subscription = await self._client.subscribe(inbox, cb=callback)

        def end() -> None:
            try:
                self._call(subscription.drain())  # type: ignore[no-untyped-call]
            except BrokerUnavailable:
                self._submit(subscription.unsubscribe())
                raise

        return inbox, end

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run in the event loop and wait for the result."""
        return _result(self._begin(work), 2 * _TIMEOUT)

    def _begin(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run in the event loop."""
        if not self.connected:
            work.close()
            raise BrokerUnavailable("there is no connection to NATS")
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _submit(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run in the event loop; nobody waits."""
        asyncio.run_coroutine_threadsafe(work, self._loop)


def _result(future: Future[T], timeout: float) -> T:
    try:
        return future.result(timeout)
    except (nats.errors.Error, TimeoutError, OSError) as error:
        future.cancel()
        raise BrokerUnavailable(str(error) or type(error).__name__) from error
