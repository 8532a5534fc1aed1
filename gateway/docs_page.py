"""The documentation as pages for people, made on the server from the OpenAPI description."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from gateway.http import JSON

Document = dict[str, Any]
_REFERENCE = "#/components/schemas/"


@dataclass(frozen=True)
class Field:
    """One row of a table of fields or parameters."""

    name: str
    kind: str
    link: str
    """The type whose section tells more; "" if the kind says all."""
    rules: str
    description: str
    is_needed: bool
    is_read_only: bool


@dataclass(frozen=True)
class Method:
    """One method, as a section of a page."""

    anchor: str
    verb: str
    path: str
    summary: str
    description: str
    permission: str
    parameters: list[Field]
    body: list[Field]
    answer: str
    errors: list[tuple[str, str]]
    curl: str


@dataclass(frozen=True)
class Group:
    """The methods of one gRPC service."""

    name: str
    description: str
    methods: list[Method]


@dataclass(frozen=True)
class Page:
    """All that one service of Meridian offers."""

    service: str
    groups: list[Group]
    types: list[tuple[str, str, list[Field]]]


def pages(document: Document) -> dict[str, Page]:
    """A page for each service, by its name."""
    services = sorted(
        {path.split("/")[1] for path in document["paths"] if "/v1" in path} - {"meta"}
    )
    return {service: _page(document, service) for service in services}


def _page(document: Document, service: str) -> Page:
    groups = []
    for tag in document["tags"]:
        methods = [
            _method(document, path, verb, operation)
            for path, item in document["paths"].items()
            if path.startswith(f"/{service}/")
            for verb, operation in item.items()
            if tag["name"] in operation["tags"]
        ]
        if methods:
            groups.append(Group(tag["name"], tag["description"], methods))
    names = _types_of(document, [method for group in groups for method in group.methods])
    schemas = document["components"]["schemas"]
    types = [
        (name, schemas[name].get("description", ""), _type_rows(schemas[name])) for name in names
    ]
    return Page(service, groups, types)


def _types_of(document: Document, methods: list[Method]) -> list[str]:
    """The types that methods name, and those that these name in turn."""
    schemas = document["components"]["schemas"]
    waiting = [row.link for method in methods for row in (*method.parameters, *method.body)]
    waiting += [method.answer for method in methods]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in schemas and name not in found:
            found.add(name)
            waiting += [row.link for row in _fields(schemas[name])]
    return sorted(found)


def _method(document: Document, path: str, verb: str, operation: Document) -> Method:
    responses = operation["responses"]
    success = responses.get("200", {}).get("content", {}).get(JSON, {}).get("schema", {})
    body = operation.get("requestBody", {}).get("content", {})
    return Method(
        anchor=operation["operationId"],
        verb=verb.upper(),
        path=path,
        summary=operation["summary"],
        description=operation["description"],
        permission=operation.get("x-permission", "public"),
        parameters=[_field(each["name"], each["schema"], each) for each in _inline(operation)],
        body=_fields(_resolved(document, body.get(JSON, {}).get("schema", {}))),
        answer=_link(success),
        errors=[
            (status, _resolved(document, response)["description"])
            for status, response in responses.items()
            if status >= "400"
        ],
        curl=_curl(verb.upper(), path, operation, body),
    )


def _inline(operation: Document) -> list[Document]:
    return [each for each in operation["parameters"] if "$ref" not in each]


def _resolved(document: Document, schema: Document) -> Document:
    if "$ref" not in schema:
        return schema
    found = document
    for step in schema["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found


def _type_rows(schema: Document) -> list[Field]:
    if "enum" not in schema:
        return _fields(schema)
    labels = schema.get("x-labels", {})
    return [
        Field(value, "", "", "", " · ".join(labels.get(value, {}).values()), False, False)
        for value in schema["enum"]
    ]


def _fields(schema: Document) -> list[Field]:
    needed = schema.get("required", [])
    return [
        _field(
            name, inner, {"required": name in needed, "description": inner.get("description", "")}
        )
        for name, inner in schema.get("properties", {}).items()
    ]


def _field(name: str, schema: Document, about: Document) -> Field:
    plain = schema["anyOf"][-1] if "anyOf" in schema else schema
    return Field(
        name,
        _kind(plain),
        _link(plain),
        _rules(plain),
        about.get("description", ""),
        bool(about.get("required")),
        bool(schema.get("readOnly")),
    )


def _kind(schema: Document) -> str:
    if "$ref" in schema:
        return _link(schema)
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"map to {_kind(schema['additionalProperties'])}"
    kind = schema.get("type", "anything")
    return schema.get("format") or (" or ".join(kind) if isinstance(kind, list) else str(kind))


def _link(schema: Document) -> str:
    inner = schema
    while inner.get("type") == "array":
        inner = inner["items"]
    if isinstance(inner.get("additionalProperties"), dict):
        inner = inner["additionalProperties"]
    return str(inner.get("$ref", "")).removeprefix(_REFERENCE)


def _rules(schema: Document) -> str:
    words = {
        "minLength": "at least {} characters",
        "maxLength": "at most {} characters",
        "pattern": "form {}",
        "minimum": "{} or more",
        "exclusiveMinimum": "more than {}",
        "maximum": "{} or less",
        "exclusiveMaximum": "less than {}",
        "minItems": "at least {} items",
        "maxItems": "at most {} items",
    }
    if schema.get("format") == "int64":
        return ""
    return ", ".join(text.format(schema[word]) for word, text in words.items() if word in schema)


def _curl(verb: str, path: str, operation: Document, body: Document) -> str:
    lines = [f'curl -X {verb} "$MERIDIAN{path.replace("{", "$").replace("}", "")}"']
    if operation.get("x-permission") != "public":
        lines.append('-H "Authorization: Bearer $TOKEN"')
    if JSON in body:
        example = json.dumps(body[JSON].get("example", {}), ensure_ascii=False)
        lines += [f"-H 'Content-Type: {JSON}'", f"-d '{example}'"]
    elif body:
        lines += ["-H 'Content-Type: text/csv'", "--data-binary @file.csv"]
    return " \\\n  ".join(lines)
