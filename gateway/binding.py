"""From the parts of an HTTP request to the request message of a method.

Path variables, query parameters, body and If-Match are laid into one JSON value, which the
method's codec parses at once; so every complaint names a field of the request by its path.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from chassis.errors import FieldViolation, Invalid
from gateway.contract import is_changeable
from gateway.routing import Route
from gateway.span import PARAMETER as SPANNING
from gateway.span import list_of
from gateway.transcoding import Codecs
from gateway.well_known import forms
from gateway.wrong import Wrong

_MOST_PARAMETERS = 100
_ETAG = re.compile(r'\s*(?:W/)?(?:"([^"]*)"|([^",*\s]+))\s*')

Json = dict[str, Any]


class Binder:
    """Makes the request messages of one route."""

    def __init__(self, route: Route, codecs: Codecs) -> None:
        self._route = route
        self._codec = codecs.of(route.method.input_type)
        self._message = route.method.input_type
        self._variables = [tuple(path.split(".")) for path in route.variables]
        self._etag = etag_path(route)
        self._maskable = _maskable(route)

    def bind(self, values: list[str], query: str, body: Any, if_match: str | None) -> Any:
        """The request message. Raises Invalid with all fields that are wrong."""
        try:
            data = self._lay_out(values, query, body)
            if if_match is not None:
                self._demand(data, if_match)
            return self._codec.parse(data)
        except Wrong as wrong:
            raise Invalid.fields(wrong.violations) from None
        except RecursionError:
            raise Invalid("TOO_DEEP", field=self._route.body, most=30) from None

    def _lay_out(self, values: list[str], query: str, body: Any) -> Json:
        data = self._from_body(body)
        if query:
            self._add_query(data, query)
        if self._maskable and not data.get("update_mask") and isinstance(body, dict):
            data["update_mask"] = [key for key in body if self._maskable.get(key)]
        for path, value in zip(self._variables, values, strict=True):
            _lay(data, path, value)
        return data

    def _from_body(self, body: Any) -> Json:
        into = self._route.body
        if not into or self._route.takes_raw_body:
            return {}
        if into != "*":
            return {into: body}
        if body is not None and not isinstance(body, dict):
            raise Invalid("BODY_NOT_AN_OBJECT")
        return dict(body or {})

    def _add_query(self, data: Json, query: str) -> None:
        try:
            pairs = parse_qsl(
                query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS, errors="strict"
            )
        except ValueError:
            raise Invalid("MALFORMED_QUERY", most=_MOST_PARAMETERS) from None
        violations: list[FieldViolation] = []
        for name, text in pairs:
            try:
                self._add_parameter(data, name, text)
            except Wrong as wrong:
                violations += wrong.under(name)
        if violations:
            raise Wrong.several(violations)

    def _add_parameter(self, data: Json, name: str, text: str) -> None:
        path, field = self._parameter(name)
        outer = data
        for step in path[:-1]:
            outer = outer.setdefault(step, {})
        value = _value(field, text)
        if field.is_repeated:
            outer.setdefault(field.name, []).append(value)
        elif field.name in outer:
            raise Wrong("FIELD_TWICE")
        else:
            outer[field.name] = value

    def _parameter(self, name: str) -> tuple[list[str], FieldDescriptor]:
        """The field that a query parameter stands for, and the path to it."""
        here: Descriptor | None = self._message
        path: list[str] = []
        field: FieldDescriptor | None = None
        for step in name.split("."):
            field = _named(here, step) if here is not None else None
            if field is None:
                raise self._unknown_parameter()
            path.append(field.name)
            here = None if field.is_repeated else field.message_type
        if field is None or path[0] not in self.parameters() or not fits_in_text(field):
            raise self._unknown_parameter()
        return path, field

    def _unknown_parameter(self) -> Wrong:
        known = [*self.parameters(), *([SPANNING] if list_of(self._route) else [])]
        return Wrong("UNKNOWN_PARAMETER", known=", ".join(known) or "–")

    def parameters(self) -> list[str]:
        """The fields of the request that may stand in the query."""
        if self._route.body == "*":
            return []
        taken = {self._route.body, *(path[0] for path in self._variables)}
        return [name for name in self._route.request_fields if name not in taken]

    def _demand(self, data: Json, if_match: str) -> None:
        """Have the service check the etag that the client saw."""
        if self._etag is None:
            raise Invalid("IF_MATCH_UNSUPPORTED")
        if if_match.strip() == "*":
            return
        found = _ETAG.fullmatch(if_match)
        if found is None:
            raise Invalid("IF_MATCH_MALFORMED")
        _lay(data, self._etag, found[1] if found[1] is not None else found[2], replace=True)


def etag_path(route: Route) -> tuple[str, ...] | None:
    """Where the request carries the etag that its sender saw; None if it cannot."""
    if route.verb == "GET":
        return None
    if "etag" in route.request_fields:
        return ("etag",)
    resource = route.request_fields.get(route.body)
    if route.variables and resource is not None and resource.message_type is not None:
        return (route.body, "etag") if "etag" in resource.message_type.fields_by_name else None
    return None


def _maskable(route: Route) -> dict[str, bool]:
    """For a PATCH: the fields that the update mask names when the client sends none.

    The fields that the body carries are then the ones to change, as in a JSON merge patch.
    """
    mask = route.request_fields.get("update_mask")
    resource = route.request_fields.get(route.body)
    is_mask = mask is not None and mask.message_type is not None
    if route.verb != "PATCH" or not is_mask or resource is None or resource.message_type is None:
        return {}
    fields = resource.message_type.fields
    changeable = {f.name: is_changeable(f) for f in fields}
    return changeable | {f.json_name: changeable[f.name] for f in fields}


def _lay(data: Json, path: tuple[str, ...], value: str, *, replace: bool = False) -> None:
    for step in path[:-1]:
        inner = data.setdefault(step, {})
        if not isinstance(inner, dict):
            return
        data = inner
    here = data.get(path[-1])
    if here and here != value and not replace:
        raise Wrong.several([FieldViolation(".".join(path), "PATH_MISMATCH", {"path": value})])
    data[path[-1]] = value


def _named(message: Descriptor, name: str) -> FieldDescriptor | None:
    return message.fields_by_name.get(name) or message.fields_by_camelcase_name.get(name)


def fits_in_text(field: FieldDescriptor) -> bool:
    """Whether the text of a query parameter can stand for a value of this field."""
    return field.message_type is None or (
        forms(field.message_type) is not None
        and field.message_type.full_name
        not in ("google.protobuf.Struct", "google.protobuf.ListValue", "google.protobuf.Empty")
    )


def _value(field: FieldDescriptor, text: str) -> Any:
    """The JSON value that the text of a parameter stands for; numbers are parsed from text later."""
    is_bool = field.type == FieldDescriptor.TYPE_BOOL or (
        field.message_type is not None
        and field.message_type.full_name == "google.protobuf.BoolValue"
    )
    if is_bool and text in ("true", "false"):
        return text == "true"
    return text
