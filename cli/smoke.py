"""`meridian smoke`: does a region answer? Asked through its gateway, as a client would.

Nothing is written. A service account asks each service for one record of something; a service that
lets this account see nothing refuses, which proves as much: it answers, and it knows who is asking.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from chassis.settings import Settings
from cli import token
from cli.failure import Failure
from cli.rest import Rest, Unwelcome

_PUBLIC: list[object] = []


def smoke(settings: Settings, gateway_url: str, service: str) -> None:
    """Ask the gateway there with this service's credential; print what is well.

    Raises Failure with all that is not.
    """
    rest = Rest(gateway_url.rstrip("/"))
    healthy = rest.get("/readyz")["services"]
    listings = listings_of(rest.get("/openapi.json"))
    caller = token.caller(settings, service, rest)
    problems = [f"{name} does not serve" for name, serves in healthy.items() if not serves]
    for name in sorted(healthy):
        path = listings.get(name, "")
        problem = _problem(rest, caller, path) if path else "has nothing that can be listed"
        problems += [f"{name}: {problem}"] if problem else []
        if not problem:
            print(f"{name} answers: GET {path}")
    if problems:
        raise Failure("; ".join(problems))


def listings_of(document: Mapping[str, Any]) -> dict[str, str]:
    """For each service a path that lists something for those who are known, from the API's description."""
    found: dict[str, str] = {}
    for path, parts in _guarded_collections(document):
        found.setdefault(parts[0], path)
    return found


def _guarded_collections(document: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for path, methods in sorted(document["paths"].items()):
        parts = path.strip("/").split("/")
        listed = _is_paged(methods) and len(parts) == 3 and "{" not in path and ":" not in path
        if listed and methods["get"].get("security", document.get("security")) != _PUBLIC:
            yield path, parts


def _is_paged(methods: Mapping[str, Any]) -> bool:
    """Whether it is a list, which needs nothing else to be said; other questions may."""
    parameters = methods.get("get", {}).get("parameters", [])
    return any(each.get("name") == "page_size" for each in parameters)


def _problem(anonymous: Rest, caller: Rest, path: str) -> str:
    """What is wrong with the answers to this question, or ""."""
    if _status(anonymous, path) != HTTPStatus.UNAUTHORIZED:
        return f"GET {path} is answered to people who have not said who they are"
    status = _status(caller, path)
    if status in (HTTPStatus.OK, HTTPStatus.FORBIDDEN):
        return ""
    return f"GET {path} is answered with {status}"


def _status(rest: Rest, path: str) -> int:
    try:
        rest.get(f"{path}?page_size=1")
    except Unwelcome as answer:
        return answer.status
    return HTTPStatus.OK
