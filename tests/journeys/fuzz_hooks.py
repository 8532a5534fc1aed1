"""Lets Schemathesis go deeper: ids that it met in answers take the place of ids that it invents.

Loaded by its command line through SCHEMATHESIS_HOOKS. An invented id stays in one case of five.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from typing import Any

import schemathesis

_MOST = 30
_chance = random.Random(1)
_known: dict[str, list[str]] = defaultdict(list)


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Remember the ids in an answer by the noun of their collection."""
    if response.status_code != 200 or "json" not in response.headers.get("content-type", [""])[0]:
        return
    _remember(_noun(case.operation.path), response.json())


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Known ids in the path, the query and the body."""
    own = _noun(case.operation.path)
    for name, invented in (case.path_parameters or {}).items():
        noun = own if name == "id" else name.removesuffix("_id")
        case.path_parameters[name] = _chosen(noun, invented)
    if case.query:
        case.query = _with_known_ids(case.query)
    if isinstance(case.body, dict):
        case.body = _with_known_ids(case.body)


def _with_known_ids(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_known_ids(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _chosen(key.removesuffix("_id"), inner)
        if key.endswith("_id")
        else _with_known_ids(inner)
        for key, inner in value.items()
    }


def _chosen(noun: str, invented: Any) -> Any:
    ids = _known.get(noun) or _known.get(noun.rpartition("_")[2])
    if not ids or not isinstance(invented, str) or _chance.random() < 0.2:
        return invented
    return _chance.choice(ids)


def _remember(noun: str, answer: Any) -> None:
    if not isinstance(answer, dict):
        return
    if isinstance(answer.get("id"), str) and answer["id"] not in _known[noun]:
        _known[noun] = [*_known[noun], answer["id"]][-_MOST:]
    for inner in answer.values():
        for item in inner if isinstance(inner, list) else ():
            _remember(noun, item)


def _noun(path: str) -> str:
    """The singular of the collection that a path is about: "account" of /sales/v1/accounts/{id}:merge."""
    literal = [part for part in path.split("/") if part and not part.startswith("{")][-1]
    plural = re.sub(r"(?<!^)([A-Z])", r"_\1", literal.partition(":")[0]).lower()
    if plural.endswith("ies"):
        return plural.removesuffix("ies") + "y"
    return plural.removesuffix("ses") + "s" if plural.endswith("sses") else plural.removesuffix("s")
