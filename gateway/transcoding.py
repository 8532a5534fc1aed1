"""JSON to and from protobuf messages, compiled once for each message type.

JSON uses the proto's own field names; lowerCamelCase is understood too. Answers carry every field
that cannot be absent, so that clients see one shape; messages, optional fields and members of a
oneof appear when they are set. google.protobuf.json_format is the oracle of the tests; it takes
about ten times as long.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from operator import attrgetter
from typing import Any, Protocol

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from chassis.errors import FieldViolation
from gateway import scalars, well_known
from gateway.scalars import Convert
from gateway.wrong import Wrong, json_kind

_MOST_VIOLATIONS = 20
_TAKES_NULL = "google.protobuf.Value"


class Codec(Protocol):
    """Parses and renders the messages of one type."""

    def parse(self, value: Any) -> Any:
        """The message that this JSON value stands for. Raises Wrong."""

    def render(self, message: Any) -> Any:
        """The JSON value that stands for this message."""


class Codecs:
    """The codecs of all message types, each compiled when it is first asked for."""

    def __init__(self) -> None:
        self._codecs: dict[str, Codec] = {}

    def of(self, message: Descriptor) -> Codec:
        """The codec of one message type."""
        known = self._codecs.get(message.full_name)
        if known is None:
            form = well_known.forms(message)
            known = _OwnForm(*form) if form else MessageCodec(message)
            self._codecs[message.full_name] = known
            if isinstance(known, MessageCodec):
                known.compile(self)
        return known


class _OwnForm:
    def __init__(self, parse: Convert, render: Convert) -> None:
        self.parse = parse
        self.render = render


class MessageCodec:
    """Parses and renders the messages of an ordinary type as JSON objects."""

    def __init__(self, descriptor: Descriptor) -> None:
        self._type: Callable[..., Message] = GetMessageClass(descriptor)
        self._descriptor = descriptor
        self._parsers: dict[str, tuple[str, Convert]] = {}
        self._take_null: set[str] = set()
        self._oneofs: list[tuple[str, set[str]]] = []
        self._names: list[str] = []
        self._values: Callable[[Any], tuple[Any, ...]] = lambda _: ()
        self._renderers: list[tuple[str, Convert]] = []
        self._optional: list[tuple[str, Convert | None]] = []

    def compile(self, codecs: Codecs) -> None:
        """Settle how each field is parsed and rendered."""
        for field in self._descriptor.fields:
            parse, render = _converters(field, codecs)
            self._parsers[field.name] = self._parsers[field.json_name] = (field.name, parse)
            if field.has_presence:
                self._optional.append((field.name, render))
            elif render:
                self._renderers.append((field.name, render))
            if field.message_type is not None and field.message_type.full_name == _TAKES_NULL:
                self._take_null.add(field.name)
        self._oneofs = [
            (oneof.name, {field.name for field in oneof.fields})
            for oneof in self._descriptor.oneofs
            if len(oneof.fields) > 1
        ]
        self._names = [field.name for field in self._descriptor.fields]
        self._values = _getter(self._names)

    def parse(self, value: Any) -> Message:
        """A message from a JSON object; all that is wrong is reported together."""
        if value.__class__ is not dict:
            raise Wrong("WRONG_TYPE", expected="an object", found=json_kind(value))
        values: dict[str, Any] = {}
        violations: list[FieldViolation] = []
        for key, item in value.items():
            name, parse = self._parsers.get(key, _UNKNOWN)
            if item is None and name and name not in self._take_null:
                continue
            try:
                if not name:
                    raise self._unknown(key)
                if name in values:
                    raise Wrong("FIELD_TWICE")
                values[name] = parse(item)
            except Wrong as wrong:
                violations += wrong.under(key)
                if len(violations) >= _MOST_VIOLATIONS:
                    break
        for oneof, members in self._oneofs:
            if len(members & values.keys()) > 1:
                violations.append(FieldViolation(oneof, "ONEOF_CONFLICT", _listed(members)))
        if violations:
            raise Wrong.several(violations)
        return self._type(**values)

    def render(self, message: Any) -> dict[str, Any]:
        """A JSON object from a message, its fields in the order of the proto."""
        shown = dict(zip(self._names, self._values(message), strict=True))
        for name, render in self._renderers:
            shown[name] = render(shown[name])
        for name, convert in self._optional:
            if not message.HasField(name):
                del shown[name]
            elif convert:
                shown[name] = convert(shown[name])
        return shown

    def _unknown(self, key: str) -> Wrong:
        near = get_close_matches(key, self._names, n=1, cutoff=_ALIKE)
        if near:
            return Wrong("UNKNOWN_FIELD_NEAR", meant=near[0])
        return Wrong("UNKNOWN_FIELD", known=", ".join(self._names))


#: From how alike (0 to 1, difflib's ratio) a name is taken for a slip of the pen.
_ALIKE = 0.75
_UNKNOWN: tuple[str, Convert] = ("", lambda value: value)


def _listed(names: set[str]) -> dict[str, str]:
    return {"members": ", ".join(sorted(names))}


def _getter(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda message: tuple(getattr(message, name) for name in names)


def _converters(field: FieldDescriptor, codecs: Codecs) -> tuple[Convert, Convert | None]:
    """How one field is parsed and rendered; None where its value can stand in JSON as it is."""
    if field.is_repeated and field.message_type and field.message_type.GetOptions().map_entry:
        return _map_converters(field.message_type, codecs)
    parse, render = _single_converters(field, codecs)
    if not field.is_repeated:
        return parse, render
    return _list_parser(parse), list if render is None else _list_renderer(render)


def _single_converters(field: FieldDescriptor, codecs: Codecs) -> tuple[Convert, Convert | None]:
    if field.message_type is not None:
        codec = codecs.of(field.message_type)
        return codec.parse, codec.render
    return scalars.parser(field), scalars.renderer(field)


def _list_parser(parse: Convert) -> Convert:
    def parse_list(value: Any) -> list[Any]:
        if value.__class__ is not list:
            raise Wrong("WRONG_TYPE", expected="an array", found=json_kind(value))
        items = []
        for position, item in enumerate(value):
            try:
                items.append(parse(item))
            except Wrong as wrong:
                raise Wrong.several(wrong.under(f"[{position}]")) from None
        return items

    return parse_list


def _list_renderer(render: Convert) -> Convert:
    return lambda items: [render(item) for item in items]


def _map_converters(entry: Descriptor, codecs: Codecs) -> tuple[Convert, Convert | None]:
    parse_key = _key_parser(entry.fields_by_name["key"])
    parse, render = _single_converters(entry.fields_by_name["value"], codecs)

    def parse_map(value: Any) -> dict[Any, Any]:
        if value.__class__ is not dict:
            raise Wrong("WRONG_TYPE", expected="an object", found=json_kind(value))
        items = {}
        for key, item in value.items():
            try:
                items[parse_key(key)] = parse(item)
            except Wrong as wrong:
                raise Wrong.several(wrong.under(key)) from None
        return items

    def render_map(items: Any) -> dict[str, Any]:
        return {_key(k): render(v) if render else v for k, v in items.items()}

    return parse_map, render_map


def _key_parser(field: FieldDescriptor) -> Convert:
    if field.type != FieldDescriptor.TYPE_BOOL:
        return scalars.parser(field)
    return lambda key: scalars.parse_bool({"true": True, "false": False}.get(key, key))


def _key(key: object) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)
