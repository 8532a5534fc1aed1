"""A customer who moves from na to emea: two directories, and services that are played by the test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from google.protobuf.message import Message
from meridian.directory.v1 import customer_move_pb2, customer_move_service_pb2
from meridian.marketing.events.v1 import relocation_events_pb2 as marketing
from meridian.partners.events.v1 import relocation_events_pb2 as partners
from meridian.sales.events.v1 import relocation_events_pb2 as sales
from meridian.service.events.v1 import relocation_events_pb2 as service

from chassis.border import crossings
from chassis.inbox import Event, handle_once
from chassis.manifest import BORDER
from chassis.outbox import subject_of
from services.directory.manifest import SERVICE
from tests.component.directory.acting import add_user
from tests.running import Caller, RunningService, signing_key
from tests.two_regions import TwoRegions

MOVES = customer_move_service_pb2.DESCRIPTOR.services_by_name["CustomerMoveService"]
EVENTS: dict[str, Any] = {
    "sales": sales,
    "service": service,
    "marketing": marketing,
    "partners": partners,
}
ACCOUNT = "account_na_01k8"
#: Everything that a customer move tells of its states, without the prefix.
STATE = customer_move_pb2.CustomerMoveState
PART = customer_move_pb2.CustomerMovePartState


class Moving:
    """The directories of na and emea, and what the services of both tell them."""

    def __init__(self, run_service: Callable[..., RunningService], folder: Path) -> None:
        key, credentials = folder / "signing-key.pem", folder / "credentials.json"
        key.write_bytes(signing_key())
        credentials.write_text("{}")
        self.regions = TwoRegions(
            SERVICE,
            run_service,
            MERIDIAN_SIGNING_KEY_FILE=str(key),
            MERIDIAN_SERVICE_CREDENTIALS_FILE=str(credentials),
        )
        self.na, self.emea = self.regions.hub, self.regions.other
        self.admin = self.na.caller("user_na_ada", "*@region")
        self.admin_there = self.emea.caller("user_emea_eva", "*@region")
        self._numbers = itertools.count(1)

    def owner(self, **fields: Any) -> str:
        """The id of a user in emea."""
        number = next(self._numbers)
        described = {"email": f"owner{number}@example.com", "name": f"Owner {number}"} | fields
        return add_user(self.admin_there, **described).id

    def begin(
        self, owner_id: str = "", caller: Caller | None = None, **fields: Any
    ) -> customer_move_pb2.CustomerMove:
        """Ask for a move; to an owner who is made, unless one is named."""
        move = {
            "account_id": ACCOUNT,
            "to_region": "emea",
            "owner_id": owner_id or self.owner(),
            "reason": "Their head office moved",
        }
        request = customer_move_service_pb2.CreateCustomerMoveRequest(customer_move=move | fields)
        created: customer_move_pb2.CustomerMove = (
            (caller or self.admin).call(MOVES).CreateCustomerMove(request)
        )
        return created

    def copying(self) -> str:
        """The id of a move that emea agreed to."""
        move_id = self.begin().id
        self.regions.carry()
        return move_id

    def departing(self) -> str:
        """The id of a move whose parts are all copied."""
        move_id = self.copying()
        for name in EVENTS:
            self.tell(copied(move_id, name))
        return move_id

    def read(self, move_id: str) -> customer_move_pb2.CustomerMove:
        request = customer_move_service_pb2.GetCustomerMoveRequest(id=move_id)
        move: customer_move_pb2.CustomerMove = self.admin.call(MOVES).GetCustomerMove(request)
        return move

    def state(self, move_id: str) -> str:
        return str(STATE.Name(self.read(move_id).state).removeprefix("CUSTOMER_MOVE_STATE_"))

    def part(self, move_id: str, name: str) -> customer_move_pb2.CustomerMovePart:
        (part,) = [each for each in self.read(move_id).parts if each.service == name]
        return part

    def part_state(self, move_id: str, name: str) -> str:
        prefix = "CUSTOMER_MOVE_PART_STATE_"
        return str(PART.Name(self.part(move_id, name).state).removeprefix(prefix))

    def cancel(self, move_id: str, **fields: Any) -> customer_move_pb2.CustomerMove:
        request = customer_move_service_pb2.CancelCustomerMoveRequest(
            **{"id": move_id, "reason": "They changed their minds"} | fields
        )
        cancelled: customer_move_pb2.CustomerMove = self.admin.call(MOVES).CancelCustomerMove(
            request
        )
        return cancelled

    def tell(self, message: Message, region: str = "na") -> None:
        """A service of a region announces this, a millisecond after what was announced before."""
        self.hand_over(self.event(message, region))

    def event(self, message: Message, region: str = "na") -> Event:
        """What a service of a region announces, a millisecond after what was announced before."""
        self.regions.now += timedelta(milliseconds=1)
        headers = {
            "ce-id": f"told-{next(self._numbers)}",
            "ce-type": message.DESCRIPTOR.full_name,
            "ce-time": self.regions.now.isoformat(),
            "ce-region": region,
        }
        return Event(subject_of(type(message), region), headers, message.SerializeToString())

    def hand_over(self, event: Event) -> None:
        """Give it to the directories that hear of it: over the border, or within its region."""
        if event.headers["ce-type"] in crossings():
            for each in (self.na, self.emea):
                handle_once(each.app, "border", SERVICE.reactions_from(BORDER), [event])
            return
        source = event.headers["ce-type"].split(".")[1]
        here = self.na if event.headers["ce-region"] == "na" else self.emea
        handle_once(here.app, source, SERVICE.reactions_from(source), [event])

    def announced(self, kind: type[Message], where: RunningService | None = None) -> list[Any]:
        """The events of a kind that a directory announced, in order."""
        rows = sorted((where or self.na).table("outbox"), key=lambda row: row["position"])
        name = kind.DESCRIPTOR.full_name
        return [
            kind.FromString(row["payload"]) for row in rows if row["headers"]["ce-type"] == name
        ]


def copied(move_id: str, name: str, digest: str = "", rows: int = 3) -> Message:
    event: Message = EVENTS[name].PartCopied(
        move_id=move_id, account_id=ACCOUNT, digest=digest or f"{name}-1", rows=rows
    )
    return event


def delayed(move_id: str, name: str, reason: str = "REGION_UNREACHABLE") -> Message:
    event: Message = EVENTS[name].PartDelayed(move_id=move_id, account_id=ACCOUNT, reason=reason)
    return event


def refused(move_id: str, name: str, reason: str, subject: str = "") -> Message:
    event: Message = EVENTS[name].PartRefused(
        move_id=move_id, account_id=ACCOUNT, reason=reason, subject=subject
    )
    return event


def departed(move_id: str, name: str, digest: str = "", rows: int = 3, minute: int = 1) -> Message:
    event = EVENTS[name].PartDeparted(**_bundle(move_id, digest or f"{name}-1", rows))
    event.depart_time.FromDatetime(at(minute))
    message: Message = event
    return message


def arrived(move_id: str, name: str, digest: str = "", rows: int = 3, minute: int = 2) -> Message:
    event = EVENTS[name].PartArrived(**_bundle(move_id, digest or f"{name}-1", rows))
    event.arrive_time.FromDatetime(at(minute))
    message: Message = event
    return message


def records_departed(move_id: str, name: str, record_ids: Iterable[str]) -> Message:
    event = EVENTS[name].RecordsDeparted(
        move_id=move_id, account_id=ACCOUNT, to_region="emea", record_ids=record_ids
    )
    event.depart_time.FromDatetime(at(1))
    message: Message = event
    return message


def at(minute: int) -> datetime:
    """A minute of the hour in which customers move."""
    return datetime(2026, 11, 23, 9, minute, tzinfo=UTC)


def _bundle(move_id: str, digest: str, rows: int) -> dict[str, Any]:
    return {
        "move_id": move_id,
        "account_id": ACCOUNT,
        "from_region": "na",
        "to_region": "emea",
        "digest": digest,
        "rows": rows,
    }
