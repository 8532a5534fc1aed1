"""The names of a cluster: a DNS server that knows its Services, asked over UDP as kube-dns is."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Mapping, Sequence

from tests.cluster.network import Place

PORT = 53
_SECONDS = 5
_ADDRESS = (1, 1)
_NOT_THERE = 3

#: name in lower case, without the last dot → addresses
Names = Mapping[str, Sequence[str]]


def answer(query: bytes, names: Names) -> bytes:
    """The answer to one question: all addresses of a name, none for another type, or that it is not there."""
    number, _, questions = struct.unpack_from(">HHH", query)
    assert questions == 1, "one question at a time"
    name, end = _name(query)
    asked = struct.unpack_from(">HH", query, end)
    addresses = names.get(name, []) if asked == _ADDRESS else []
    code = 0 if name in names else _NOT_THERE
    header = struct.pack(">HHHHHH", number, 0x8580 | code, 1, len(addresses), 0, 0)
    records = (
        struct.pack(">HHHIH4s", 0xC00C, *_ADDRESS, _SECONDS, 4, socket.inet_aton(each))
        for each in addresses
    )
    return header + query[12 : end + 4] + b"".join(records)


def _name(query: bytes) -> tuple[str, int]:
    """The name in the question, and where it ends."""
    labels, at = [], 12
    while length := query[at]:
        labels.append(query[at + 1 : at + 1 + length].decode().lower())
        at += 1 + length
    return ".".join(labels), at + 1


def serve(place: Place, names: Callable[[], Names]) -> None:
    """Answer at this place from now on, in a thread."""
    with place.entered():
        listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        listener.bind((place.address, PORT))

    def work() -> None:
        while True:
            query, asker = listener.recvfrom(512)
            listener.sendto(answer(query, names()), asker)

    threading.Thread(target=work, name="dns", daemon=True).start()
