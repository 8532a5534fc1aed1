"""Routes, made from the google.api.http annotation of every method; none is written by hand.

Source: google/api/http.proto. Meridian uses "/segments", "{field.path}" for one segment, and a
":verb" at the end; anything else in a template is a ContractError.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

from google.api import annotations_pb2, http_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor

from chassis.descriptors import permission_of, service_of, shows_replica
from gateway.contract import (
    EMPTY,
    HTTP_BODY,
    PUBLIC,
    Contract,
    ContractError,
    option,
)

_VARIABLE = re.compile(r"\{([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)\}")
_LITERAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_VERBS = ("get", "put", "post", "patch", "delete")

T = TypeVar("T")


@dataclass(frozen=True)
class Route:
    """One way to call one method over HTTP."""

    verb: str
    template: str
    method: MethodDescriptor
    body: str
    """"*" for the whole request, the name of one of its fields, or "" for no body."""
    permission: str
    is_additional: bool = False
    """Whether the method has another route that stands first."""

    @cached_property
    def service(self) -> str:
        """The Meridian service that serves it."""
        return service_of(self.method.containing_service)

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The paths of the fields that stand in the URL."""
        return tuple(_VARIABLE.findall(self.template))

    @cached_property
    def request_fields(self) -> dict[str, FieldDescriptor]:
        """The fields of the request message."""
        return dict(self.method.input_type.fields_by_name)

    @property
    def is_public(self) -> bool:
        """Whether nobody needs to say who they are."""
        return self.permission == PUBLIC

    @cached_property
    def takes_raw_body(self) -> bool:
        """Whether the body is a file: its bytes go into the field as they come."""
        into = self.request_fields.get(self.body)
        return into is not None and into.type == FieldDescriptor.TYPE_BYTES

    @cached_property
    def answers_raw(self) -> bool:
        """Whether the answer is a file with a content type of its own."""
        return self.method.output_type.full_name == HTTP_BODY

    @cached_property
    def answers_nothing(self) -> bool:
        """Whether there is nothing to say but that it is done."""
        return self.method.output_type.full_name == EMPTY

    @cached_property
    def shows_replica(self) -> bool:
        """Whether it shows reference data, so that the answer may say how old it is."""
        return shows_replica(self.method)

    @property
    def is_bulk(self) -> bool:
        """Whether it moves files and may take minutes."""
        return self.method.client_streaming or self.method.server_streaming

    @property
    def full_method(self) -> str:
        """The gRPC path, "/package.Service/Method"."""
        return f"/{self.method.containing_service.full_name}/{self.method.name}"


@dataclass
class _Node(Generic[T]):
    literals: dict[str, _Node[T]] = field(default_factory=dict)
    variable: _Node[T] | None = None
    ends: dict[str, dict[str, T]] = field(default_factory=dict)


class Router(Generic[T]):
    """Finds what serves a path, in a tree of the segments of all routes."""

    def __init__(self, served: Iterable[tuple[Route, T]]) -> None:
        """Raises ContractError if two routes cannot be told apart."""
        self._root = _Node[T]()
        for route, server in served:
            self._add(route, server)

    def find(self, path: str) -> tuple[dict[str, T], list[str]] | None:
        """What serves a path (as WSGI gives it), by HTTP verb, and what stands for its variables."""
        segments = path.encode("latin-1").decode("utf-8", "replace")[1:].split("/")
        last, colon, verb = segments[-1].rpartition(":")
        if colon and last:
            found = _find(self._root, [*segments[:-1], last], 0, verb, [])
            if found:
                return found
        return _find(self._root, segments, 0, "", [])

    def _add(self, route: Route, server: T) -> None:
        segments, verb = _parts(route.template)
        node = self._root
        for segment in segments:
            if segment.startswith("{"):
                node.variable = node.variable or _Node[T]()
                node = node.variable
            else:
                node = node.literals.setdefault(segment, _Node[T]())
        ends = node.ends.setdefault(verb, {})
        if route.verb in ends:
            raise ContractError(f"{route.verb} {route.template} is the route of two methods")
        ends[route.verb] = server


def _find(
    node: _Node[T], segments: list[str], depth: int, verb: str, values: list[str]
) -> tuple[dict[str, T], list[str]] | None:
    if depth == len(segments):
        ends = node.ends.get(verb)
        return (ends, values) if ends else None
    segment = segments[depth]
    literal = node.literals.get(segment)
    found = _find(literal, segments, depth + 1, verb, values) if literal else None
    if found or node.variable is None or not segment or segment.startswith(":"):
        return found
    return _find(node.variable, segments, depth + 1, verb, [*values, segment])


def routes(contract: Contract) -> list[Route]:
    """Every route of every method. Raises ContractError for a method that has none."""
    return [
        route
        for service in contract.services
        for method in service.methods
        for route in _routes(method)
    ]


def _routes(method: MethodDescriptor) -> Iterator[Route]:
    rule = option(method.GetOptions(), annotations_pb2.http)
    needed = permission_of(method)
    if not rule.WhichOneof("pattern") or not needed:
        raise ContractError(f"{method.full_name} needs google.api.http and a permission")
    for number, each in enumerate((rule, *rule.additional_bindings)):
        route = _route(method, each, needed, is_additional=number > 0)
        _check(route)
        yield route


def _route(
    method: MethodDescriptor, rule: http_pb2.HttpRule, needed: str, *, is_additional: bool
) -> Route:
    verb = rule.WhichOneof("pattern")
    if verb not in _VERBS or rule.response_body:
        raise ContractError(f"{method.full_name}: {verb} or response_body is not supported")
    return Route(verb.upper(), getattr(rule, verb), method, rule.body, needed, is_additional)


def _check(route: Route) -> None:
    name, method = route.method.full_name, route.method
    _parts(route.template)
    for path in route.variables:
        if field_at(method.input_type, path) is None:
            raise ContractError(f"{name}: {{{path}}} is not a field of its request")
    if route.body not in ("", "*") and route.body not in route.request_fields:
        raise ContractError(f"{name}: its body {route.body!r} is not a field of its request")
    if method.client_streaming and not route.takes_raw_body:
        raise ContractError(f"{name}: a stream of requests needs a body of bytes")
    if method.server_streaming and not route.answers_raw:
        raise ContractError(f"{name}: a stream of answers must be of {HTTP_BODY}")


def _parts(template: str) -> tuple[list[str], str]:
    """The segments of a template, and its verb."""
    path, _, verb = template.partition(":")
    segments = path.removeprefix("/").split("/")
    known = all(_VARIABLE.fullmatch(part) or _LITERAL.fullmatch(part) for part in segments)
    if not template.startswith("/") or not known:
        raise ContractError(f"the route {template!r} cannot be understood")
    return segments, verb


def field_at(message: Descriptor, path: str) -> FieldDescriptor | None:
    """The field at a dotted path below a message; None if there is none."""
    *outer, last = path.split(".")
    here: Descriptor | None = message
    for name in outer:
        step = here.fields_by_name.get(name) if here is not None else None
        here = step.message_type if step is not None and not step.is_repeated else None
    return here.fields_by_name.get(last) if here is not None else None
