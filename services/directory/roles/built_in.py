"""The roles that come with the product, read from built_in.toml beside this file."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from services.directory.roles.domain import Role

_TABLE = Path(__file__).with_name("built_in.toml")


@cache
def built_in_roles() -> dict[str, Role]:
    """The roles that users can be given, by slug."""
    table = _table()
    return {slug: _role(slug, table) for slug, entry in table.items() if not entry.get("hidden")}


@cache
def service_roles() -> dict[str, Role]:
    """The role of each service account, by slug: "service_sales" and the like."""
    table = _table()
    return {slug: _role(slug, table) for slug in table if slug.startswith("service_")}


def _role(slug: str, table: dict[str, Any]) -> Role:
    entry = table[slug]
    return Role(
        id=slug,
        slug=slug,
        name=entry["name"],
        name_zh=entry["name_zh"],
        description=entry["description"],
        grants=tuple(dict.fromkeys(_grants(slug, table))),
        built_in=True,
    )


def _grants(slug: str, table: dict[str, Any]) -> list[str]:
    included = [
        grant for other in table[slug].get("includes", []) for grant in _grants(other, table)
    ]
    return [*included, *table[slug]["grants"]]


def _table() -> dict[str, Any]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))
