"""What a durable JetStream consumer delivers, pulled into a queue from which one thread takes it."""

from __future__ import annotations

import contextlib
import queue
import time
from collections.abc import Iterator
from dataclasses import dataclass

from nats.aio.msg import Msg

from chassis.broker import Broker, BrokerUnavailable

_BATCH = 64
_EXPIRES = 5.0
_NO_MESSAGES = ("404", "408")
_HEARTBEAT = "100"


@dataclass(frozen=True)
class Delivery:
    """An event that was delivered. It comes again unless it is acknowledged."""

    subject: str
    headers: dict[str, str]
    payload: bytes
    reply: str
    """Where NATS wants to hear what became of it."""
    broker: Broker

    def refuse(self, delay: float = 0.0) -> None:
        """Deliver it again after so many seconds."""
        nanoseconds = int(delay * 1e9)
        self.broker.send(self.reply, b'-NAK {"delay": %d}' % nanoseconds if delay else b"-NAK")


def acknowledge(*deliveries: Delivery) -> None:
    """These, at least one, of one broker, are dealt with; do not deliver them again."""
    deliveries[0].broker.send_all([each.reply for each in deliveries], b"+ACK")


class Subscription:
    """The deliveries of one durable consumer, in the order of the stream."""

    def __init__(self, broker: Broker, stream: str, durable: str) -> None:
        self._broker = broker
        self._request_subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        self._queue: queue.SimpleQueue[Msg] = queue.SimpleQueue()
        self._inbox, self._end = broker.subscribe(self._queue.put)
        self._outstanding = 0
        self._expiry = 0.0
        self._connection = broker.connections

    def next(self, timeout: float) -> list[Delivery]:
        """What has been delivered, at most a batch; waits so many seconds if there is nothing.

        Raises BrokerUnavailable when the consumer is gone and has to be made anew.
        """
        if not self._asked():
            self._ask()
        deliveries: list[Delivery] = []
        while len(deliveries) < _BATCH:
            try:
                message = self._queue.get(not deliveries, timeout)
            except queue.Empty:
                break
            delivery = self._read(message)
            if delivery is None:
                break
            deliveries.append(delivery)
        return deliveries

    def close(self) -> None:
        """Ask for no more, and give back what came and was not taken.

        Only when the server has it back may somebody else ask: or they would get what comes after it first.
        """
        with contextlib.suppress(BrokerUnavailable):  # then the server knows that we are gone
            self._end()
        left = [message.reply for message in self._left() if message.reply]
        with contextlib.suppress(BrokerUnavailable):
            if left:
                self._broker.send_all_and_wait(left, b"-NAK")

    def _left(self) -> Iterator[Msg]:
        while True:
            try:
                yield self._queue.get_nowait()
            except queue.Empty:
                return

    def _read(self, message: Msg) -> Delivery | None:
        """The delivery, or None if it is a status of the request."""
        status = (message.headers or {}).get("Status")
        if status:
            self._heed(status, message)
            return None
        self._outstanding -= 1
        return Delivery(
            message.subject, message.headers or {}, message.data, message.reply, self._broker
        )

    def _asked(self) -> bool:
        """Whether deliveries may still come for what was asked. A new connection forgets requests."""
        return (
            self._outstanding > 0
            and time.monotonic() < self._expiry
            and self._connection == self._broker.connections
        )

    def _ask(self) -> None:
        self._connection = self._broker.connections
        if not self._broker.connected:
            raise BrokerUnavailable("there is no connection to NATS")
        self._outstanding = _BATCH
        self._expiry = time.monotonic() + _EXPIRES + 1
        request = b'{"batch": %d, "expires": %d}' % (_BATCH, int(_EXPIRES * 1e9))
        self._broker.send(self._request_subject, request, self._inbox)

    def _heed(self, status: str, message: Msg) -> None:
        if status in _NO_MESSAGES:
            self._outstanding = 0
        elif status != _HEARTBEAT:
            description = (message.headers or {}).get("Description", "no such consumer")
            raise BrokerUnavailable(f"{description} ({status})")
