"""Names of the cluster are answered as a DNS server answers."""

from __future__ import annotations

import socket
import struct

from tests.cluster.resolver import answer

NAMES = {"na-sales.meridian.svc.cluster.local": ["10.8.0.7", "10.8.0.8"]}
ADDRESS, ADDRESS_OF_VERSION_6 = 1, 28


def query(name: str, kind: int) -> bytes:
    labels = b"".join(bytes([len(each)]) + each.encode() for each in name.split("."))
    return struct.pack(">6H", 4711, 0x0100, 1, 0, 0, 0) + labels + struct.pack(">BHH", 0, kind, 1)


def asked(name: str, kind: int = ADDRESS) -> tuple[int, list[str]]:
    """The code of the answer and its addresses."""
    question = query(name, kind)
    said = answer(question, NAMES)
    number, flags, _, count, _, _ = struct.unpack_from(">6H", said)
    assert number == 4711
    assert flags & 0x8000
    records = said[len(question) :]
    assert len(records) == 16 * count
    return flags & 15, [socket.inet_ntoa(records[16 * n + 12 : 16 * n + 16]) for n in range(count)]


def test_a_name_has_all_its_addresses() -> None:
    assert asked("NA-Sales.meridian.svc.cluster.local") == (0, ["10.8.0.7", "10.8.0.8"])


def test_a_name_without_addresses_of_another_kind_is_there() -> None:
    assert asked("na-sales.meridian.svc.cluster.local", ADDRESS_OF_VERSION_6) == (0, [])


def test_a_name_that_nobody_knows_is_not_there() -> None:
    assert asked("na-sales") == (3, [])
