"""What is published is stored once and in order, or not at all, however many messages go together."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from chassis.broker import Broker, BrokerRefused, BrokerUnavailable, Outgoing
from cli.processes import wait_until
from tests.component.chassis.two_services import PATIENCE

#: One message; a few, which are chained; many, which are a batch.
SIZES = [1, 3, 20]


@pytest.fixture
def broker(nats_url: str) -> Iterator[Broker]:
    broker = Broker(nats_url, "test")
    broker.start()
    assert wait_until(lambda: broker.connected, PATIENCE)
    yield broker
    broker.close()


@pytest.fixture
def subject(broker: Broker, region: str) -> Iterator[str]:
    """What a stream of its own takes."""
    subject = f"broker.{region}.noted"
    stream = {"name": f"BROKER_{region}", "subjects": [subject], "allow_atomic": True}
    broker.api(f"STREAM.CREATE.BROKER_{region}", stream)
    yield subject
    broker.api(f"STREAM.DELETE.BROKER_{region}")


def messages(subject: str, *numbers: int) -> list[Outgoing]:
    return [Outgoing(f"id-{n}", subject, {"ce-id": str(n)}, str(n).encode()) for n in numbers]


def stored(broker: Broker, region: str) -> list[int]:
    """The numbers in the stream, in its order."""
    name = f"BROKER_{region}"
    last = broker.api(f"STREAM.INFO.{name}")["state"]["last_seq"]
    found = [broker.api(f"STREAM.MSG.GET.{name}", {"seq": n + 1}) for n in range(last)]
    return [int(base64.b64decode(each["message"]["data"])) for each in found]


@pytest.mark.parametrize("size", SIZES)
def test_messages_are_stored_in_order(broker: Broker, subject: str, region: str, size: int) -> None:
    for first in (0, size):
        broker.publish(messages(subject, *range(first, first + size)))()
    assert stored(broker, region) == [*range(2 * size)]


@pytest.mark.parametrize("size", SIZES)
def test_messages_that_are_there_are_passed_over(
    broker: Broker, subject: str, region: str, size: int
) -> None:
    broker.publish(messages(subject, *range(size)))()
    broker.publish(messages(subject, *range(size + 2)))()
    broker.publish(messages(subject, *range(size + 2)))()
    assert stored(broker, region) == [*range(size + 2)]


@pytest.mark.parametrize("size", SIZES[1:])
def test_nothing_is_stored_behind_a_message_that_is_not(
    broker: Broker, subject: str, region: str, size: int
) -> None:
    unheard = messages("broker.nobody.listens", 0)
    with pytest.raises((BrokerUnavailable, BrokerRefused)):
        broker.publish(unheard + messages(subject, *range(1, size)))()
    assert stored(broker, region) == []
