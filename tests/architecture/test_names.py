"""Module names say what is inside; the names that say nothing are banned (CONTRIBUTING.md)."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BANNED = {"utils", "helpers", "common", "base", "misc"}
PACKAGES = ("chassis", "services", "gateway", "cli")


def test_no_module_has_a_name_that_says_nothing() -> None:
    modules = (path for package in PACKAGES for path in (ROOT / package).rglob("*"))
    assert [path for path in modules if path.stem in BANNED] == []
