"""Reads typed values out of environment variables and gathers every problem before complaining."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import SplitResult, urlsplit, urlunsplit

_ADDRESS = re.compile(r"(?P<host>\[[0-9a-fA-F:]+\]|[^:\s]+):(?P<port>\d{1,5})")
_PLACE = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^:\[\]]*)(:\d{0,5})?")
_UNIX = "unix:"
#: What is_slug wants, to be told to people.
SLUG_RULE = "2 to 12 lower-case letters or digits"

Fallback = TypeVar("Fallback")


class SettingsError(Exception):
    """The configuration cannot be used; `problems` has a sentence for each thing that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(
            "\n".join(["The configuration cannot be used:", *(f"  - {p}" for p in problems)])
        )
        self.problems = problems


@dataclass(frozen=True)
class Address:
    """A TCP address to listen on; port 0 lets the system choose."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Environment:
    """A mapping of variables, read by type.

    A wrong value is noted in `problems` and its default is returned, so that one pass finds all
    problems. What was read is kept in `effective`, with passwords masked, to be shown to people.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = dict(variables)
        self._known: set[str] = set()
        self.problems: list[str] = []
        self.effective: dict[str, str] = {}

    def unread(self, prefix: str) -> tuple[str, ...]:
        """Variables with this prefix that nobody asked for: most likely spelling mistakes."""
        return tuple(
            sorted(n for n in self._variables if n.startswith(prefix) and n not in self._known)
        )

    def settle(self, name: str, service: str) -> str:
        """The variable that holds NAME for one service: NAME_SERVICE.

        If that is not set it gets the value of NAME, with the placeholder {service} filled in.
        """
        own = f"{name}_{service.upper()}"
        self._known.add(name)
        if not self._variables.get(own) and self._variables.get(name):
            self._variables[own] = self._variables[name].replace("{service}", service)
        return own

    def text(self, name: str, default: str = "") -> str:
        """Any text; surrounding blanks do not count."""
        return self._note(name, self._variables.get(name, default).strip())

    def slug(self, name: str, default: str) -> str:
        """A short lower-case name, as it may stand in an id or a subject."""
        value = self.text(name, default)
        if is_slug(value):
            return value
        return self._reject(name, value, f"must be {SLUG_RULE}", default)

    def integer(self, name: str, default: int, *, least: int, most: int) -> int:
        """A whole number from least to most, both included."""
        value = self.text(name, str(default))
        if re.fullmatch(r"-?\d{1,18}", value) and least <= int(value) <= most:
            return int(value)
        return self._reject(name, value, f"must be a whole number from {least} to {most}", default)

    def choice(self, name: str, default: str, allowed: Collection[str]) -> str:
        """One of the allowed words, in lower case."""
        value = self.text(name, default).lower()
        if value in allowed:
            return value
        return self._reject(name, value, f"must be one of {', '.join(allowed)}", default)

    def address(self, name: str, default: str) -> Address:
        """A TCP address as host:port."""
        value = self.text(name, default)
        found = parse_address(value)
        if found:
            return found
        self._reject(name, value, "must be host:port, for instance 127.0.0.1:8080", default)
        return parse_address(default) or Address("127.0.0.1", 0)

    def optional_address(self, name: str) -> Address | None:
        """A TCP address as host:port, or None if it is not set."""
        if self._variables.get(name):
            return self.address(name, "127.0.0.1:0")
        self._note(name, "")
        return None

    def endpoint(self, name: str, default: str) -> str:
        """What gRPC listens on or calls: host:port, or unix:PATH."""
        value = self.text(name, default)
        if parse_address(value) or (value.startswith(_UNIX) and len(value) > len(_UNIX)):
            return value
        return self._reject(name, value, "must be host:port or unix:PATH", default)

    def url(self, name: str, schemes: Collection[str]) -> str:
        """A URL with one of the schemes, or "" if it is not set. Its password is never shown."""
        value = self._variables.get(name, "").strip()
        self._note(name, masked(value))
        parts = _split(value)
        if parts is None:
            return self._reject(name, masked(value), "has no host and port that can be read", "")
        if not value or parts.scheme in schemes:
            return value
        return self._reject(name, masked(value), f"must begin with {' or '.join(schemes)}", "")

    def paths(self, name: str) -> tuple[Path, ...]:
        """Absolute paths of files, with ":" between them."""
        value = self.text(name)
        found = tuple(Path(part) for part in value.split(":") if part)
        if all(path.is_absolute() for path in found):
            return found
        return self._reject(name, value, "must be absolute paths with : between them", ())

    def objects(self, name: str, keys: Collection[str]) -> list[dict[str, str]]:
        """A JSON list of objects that have exactly these keys, all text."""
        value = self.text(name, "[]")
        try:
            found: Any = json.loads(value)
        except ValueError:
            found = None
        if isinstance(found, list) and all(_has_texts(item, keys) for item in found):
            return found
        wanted = ", ".join(f'"{key}"' for key in keys)
        return self._reject(name, value, f"must be a JSON list of objects with {wanted}", [])

    def _note(self, name: str, value: str) -> str:
        self._known.add(name)
        self.effective[name] = value
        return value

    def _reject(self, name: str, value: str, why: str, default: Fallback) -> Fallback:
        self.problems.append(f"{name}={value!r} {why}")
        return default


def is_slug(value: str) -> bool:
    """Whether this may stand in an id or a subject, as the name of a region does; see SLUG_RULE."""
    return re.fullmatch(r"[a-z][a-z0-9]{1,11}", value) is not None


def masked(url: str) -> str:
    """The URL with *** in place of its password, and of all of it where that cannot be told apart."""
    parts = _split(url)
    if parts is None:
        return "***"
    if not parts.password:
        return url
    location = f"{parts.username or ''}:***@{parts.netloc.rpartition('@')[2]}"
    return urlunsplit(parts._replace(netloc=location))


def _split(url: str) -> SplitResult | None:
    """The parts of a URL, or None if its host or port cannot be read."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    places = parts.netloc.rpartition("@")[2].split(",")
    return parts if all(map(_PLACE.fullmatch, places)) else None


def parse_address(value: str) -> Address | None:
    """host:port as an Address, or None if it is something else."""
    found = _ADDRESS.fullmatch(value)
    if not found or int(found["port"]) > 65535:
        return None
    return Address(found["host"], int(found["port"]))


def _has_texts(item: object, keys: Collection[str]) -> bool:
    return (
        isinstance(item, dict)
        and set(item) == set(keys)
        and all(isinstance(value, str) and value for value in item.values())
    )


def unusable_home(variable: str, home: Path) -> list[str]:
    """What keeps this user from reading a data folder and the secrets in it; nothing if it is not there yet."""
    for folder in (home, home / "secrets"):
        try:
            os.listdir(folder)
        except FileNotFoundError:
            continue
        except OSError as error:
            return [
                f"{variable}={home} cannot be used: {error.strerror} ({folder}). "
                "Choose a folder of your own, or be its owner"
            ]
    return []
