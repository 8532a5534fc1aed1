"""The description of the API as it is in this region now: for programs and for people, in their language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import orjson
from meridian.directory.v1.extension_field_service_pb2 import ExtensionSchema

from gateway import docs_page, openapi
from gateway.contract import Contract
from gateway.extensions import KnownExtensions, described
from gateway.routing import Route

#: How many are kept ready: each language, before and after a change of the extension fields.
_KEPT = 4


@dataclass(frozen=True)
class Description:
    """One version of the description in one language."""

    document: dict[str, Any]
    """As OpenAPI 3.1."""
    written: bytes
    """The same as JSON."""
    pages: dict[str, docs_page.Page]
    """The same for people, by service."""


class Descriptions:
    """Makes the description from the contract, once, and from the extension fields, whenever they change."""

    def __init__(self, contract: Contract, routes: list[Route], known: KnownExtensions) -> None:
        self._plain = cache(lambda: openapi.document(contract, routes))
        self._known = known
        self._made = lru_cache(_KEPT)(self._make)

    def current(self, language: str) -> Description:
        """What is true now, as far as it is known."""
        declared = self._known.current()
        return self._made(declared.SerializeToString(deterministic=True), language)

    def _make(self, declared: bytes, language: str) -> Description:
        document = described(self._plain(), ExtensionSchema.FromString(declared), language)
        return Description(document, orjson.dumps(document), docs_page.pages(document))
