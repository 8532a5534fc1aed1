"""An error keeps its type, reason and words on its way through several services."""

from __future__ import annotations

from pathlib import Path

import grpc
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from chassis.errors import FieldViolation, Invalid, MeridianError, Refused
from chassis.messages import Catalogue
from chassis.statuses import from_rpc_error, to_status

SERVICES = Path(__file__).resolve().parents[3] / "services"
SALES, MARKETING = Catalogue(SERVICES / "sales"), Catalogue(SERVICES / "marketing")


class Answered(grpc.RpcError, grpc.Call):
    """What a caller gets who was answered with a status."""

    def __init__(self, status: status_pb2.Status) -> None:
        self._status = rpc_status.to_status(status)

    def code(self) -> grpc.StatusCode:
        return self._status.code

    def details(self) -> str:
        return self._status.details

    def trailing_metadata(self) -> tuple[tuple[str, bytes], ...]:
        return self._status.trailing_metadata


def passed_on(error: MeridianError, language: str) -> status_pb2.Status:
    """What marketing's client sees of an error of sales."""
    heard = from_rpc_error(Answered(to_status(error, "sales", language, SALES)), "sales")
    assert type(heard) is type(error)
    return to_status(heard, "marketing", language, MARKETING)


def local_text(status: status_pb2.Status) -> str:
    told = error_details_pb2.LocalizedMessage()
    assert any(each.Unpack(told) for each in status.details)
    return told.message


def test_a_neighbours_refusal_is_told_in_its_own_words() -> None:
    refusal = Refused("HANDOVER_IN_USE", happened="contacts changed")
    for language in ("en", "zh"):
        told = passed_on(refusal, language)
        assert told.message == SALES.text("HANDOVER_IN_USE", refusal.params, "en")
        assert local_text(told) == SALES.text("HANDOVER_IN_USE", refusal.params, language)


def test_what_a_neighbour_says_of_fields_is_told_too() -> None:
    wrong = Invalid.fields(
        [FieldViolation("handover.contact.language", "STRING_MAX_LEN", {"limit": "8"})]
    )

    told = passed_on(wrong, "zh")

    bad = error_details_pb2.BadRequest()
    assert any(each.Unpack(bad) for each in told.details)
    assert [(each.field, each.description) for each in bad.field_violations] == [
        ("handover.contact.language", "Too long: at most 8 characters.")
    ]
    assert bad.field_violations[0].localized_message.message == "过长：最多 8 个字符。"
