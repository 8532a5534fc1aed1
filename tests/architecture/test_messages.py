"""Every reason that code raises has a text in English and Chinese that its parameters can fill."""

from __future__ import annotations

import ast
import inspect
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from meridian.sales.v1 import quote_service_pb2

from chassis import descriptors, errors
from chassis.messages import Catalogue, read
from chassis.statuses import CODES

ROOT = Path(__file__).resolve().parents[2]
ERRORS = {
    name
    for name, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, errors.MeridianError) and kind is not errors.MeridianError
}
#: The gateway's own come beside: Wrong(reason, …) and Refusal(status, reason, …).
RAISED = ERRORS | {"Wrong", "Refusal"}
CHASSIS = read(ROOT / "chassis" / "messages.toml")
SERVICES = sorted(path.parent.name for path in ROOT.glob("services/*/messages.toml"))
#: What an error takes that is not a parameter of its text.
APART = {"field"}


@dataclass(frozen=True)
class Raised:
    """A place that makes an error with a reason known from the code."""

    where: str
    reason: str
    params: frozenset[str]
    open_ended: bool
    """Whether more parameters may come, by **."""


def raised(folder: Path) -> Iterator[Raised]:
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in RAISED and node.args:
                reason = node.args[_name(node.func) == "Refusal"]
                if isinstance(reason, ast.Constant) and isinstance(reason.value, str):
                    names = [keyword.arg for keyword in node.keywords]
                    yield Raised(
                        f"{path.relative_to(ROOT)}:{node.lineno}",
                        reason.value,
                        frozenset(name for name in names if name) - APART,
                        None in names,
                    )


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else ""


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_error_has_a_canonical_code() -> None:
    assert {kind.__name__ for kind in CODES} == ERRORS


@pytest.mark.parametrize(
    "folder", ["chassis", "gateway", *(f"services/{name}" for name in SERVICES)]
)
def test_every_reason_has_its_texts(folder: str) -> None:
    own = ROOT / folder / "messages.toml"
    texts = CHASSIS | read(own)

    missing = [
        f"{each.where} {each.reason} {language}"
        for each in raised(ROOT / folder)
        for language in ("en", "zh")
        if not texts.get(each.reason, {}).get(language)
    ]
    assert missing == []


@pytest.mark.parametrize(
    "folder", ["chassis", "gateway", *(f"services/{name}" for name in SERVICES)]
)
def test_every_text_can_be_filled(folder: str) -> None:
    texts = CHASSIS | read(ROOT / folder / "messages.toml")

    unfilled = [
        f"{each.where} {each.reason} {language}: {sorted(missing)}"
        for each in raised(ROOT / folder)
        if not each.open_ended
        for language, text in texts.get(each.reason, {}).items()
        if (missing := placeholders(text) - each.params)
    ]
    assert unfilled == []


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_does_not_say_what_the_chassis_says(name: str) -> None:
    own = read(ROOT / "services" / name / "messages.toml")
    assert sorted(set(own) & set(CHASSIS)) == []


def test_a_state_is_said_in_the_words_of_its_noun() -> None:
    quotes = quote_service_pb2.DESCRIPTOR.services_by_name["QuoteService"]
    words = descriptors.chinese_of_values(quotes)

    said = Catalogue(ROOT / "services" / "sales", words).text(
        "QUOTE_NOT_SENT", {"state": "expired"}, "zh"
    )

    assert words["expired"] in said
    assert "expired" not in said


def test_what_people_typed_is_never_replaced() -> None:
    catalogue = Catalogue(ROOT / "services" / "sales", {"expired": "已过期"})

    assert "expired" in catalogue.text("NOT_FOUND", {"kind": "x", "id": "expired"}, "zh")


def test_several_words_are_said_one_by_one_with_how_many_there_are_of_each() -> None:
    catalogue = Catalogue(ROOT / "services" / "sales")

    said = catalogue.text("ACCOUNT_IN_USE", {"uses": "contacts: 2, orders: 1"}, "zh")

    assert "联系人：2、订单：1" in said


def test_words_of_code_are_said_as_words_in_english_too() -> None:
    catalogue = Catalogue(ROOT / "services" / "service")

    said = catalogue.text("COMPLAINT_INCOMPLETE", {"missing": "root_cause, sign_off"}, "en")

    assert "root cause, sign off" in said
    assert "bad_id" in catalogue.text("NOT_FOUND", {"kind": "case", "id": "bad_id"}, "en")
