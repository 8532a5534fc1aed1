"""The OpenAPI 3.1 description of the whole API, made from the same descriptors as the API itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from gateway.binding import Binder, etag_path, fits_in_text
from gateway.contract import Contract, ContractError
from gateway.examples import example
from gateway.http import JSON
from gateway.method_errors import errors_of
from gateway.openapi_parts import (
    COMPONENTS,
    HEADERS,
    INFO,
    PAGES,
    REGIONS_PARAMETER,
    REGIONS_SHOWN,
    problem_response,
)
from gateway.routing import Route, field_at
from gateway.rules import Schema
from gateway.schemas import Schemas, short_names
from gateway.span import list_of
from gateway.transcoding import Codecs

_VARIABLE = re.compile(r"\{([^}]+)\}")
_FILE_TYPES = ("text/csv", "text/plain", "application/octet-stream")


def document(contract: Contract, routes: list[Route]) -> dict[str, Any]:
    """The whole description, ready to be written as JSON."""
    return _Writer(contract).document(routes)


class _Writer:
    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._schemas = Schemas(contract)
        self._codecs = Codecs()
        self._services = short_names(contract.services)

    def document(self, routes: list[Route]) -> dict[str, Any]:
        paths: dict[str, Any] = {}
        spelled: dict[str, str] = {}
        for route in routes:
            path = _path(route, spelled)
            names = _VARIABLE.findall(path)
            paths.setdefault(path, {})[route.verb.lower()] = self._operation(route, names)
        return {
            "openapi": "3.1.0",
            "info": INFO,
            "servers": [{"url": "/"}],
            "tags": self._tags(),
            "security": [{"bearer": []}, {"apiKey": []}],
            "paths": paths | PAGES,
            "components": COMPONENTS
            | {"schemas": COMPONENTS["schemas"] | self._schemas.components},
        }

    def _tags(self) -> list[dict[str, str]]:
        tags = [
            {
                "name": self._services[service.full_name],
                "description": self._contract.comments.get(service.full_name, ""),
            }
            for service in self._contract.services
        ]
        return [*tags, {"name": "meta", "description": "What is not a service's method."}]

    def _operation(self, route: Route, names: list[str]) -> dict[str, Any]:
        comment = self._contract.comments.get(route.method.full_name, "")
        summary = comment.split("\n\n")[0].replace("\n", " ")
        service = self._services[route.method.containing_service.full_name]
        operation: dict[str, Any] = {
            "operationId": _operation_id(route, service),
            "tags": [service],
            "summary": summary,
            "description": f"{comment}\n\nPermission: `{route.permission}`.",
            "x-permission": route.permission,
            "parameters": [
                *self._path_parameters(route, names),
                *self._query(route),
                *_headers(route),
            ],
            "responses": self._responses(route),
        }
        if route.is_public:
            operation["security"] = [{}]
        if route.body:
            operation["requestBody"] = self._body(route)
        return operation

    def _path_parameters(self, route: Route, names: list[str]) -> Iterator[Schema]:
        for path, name in zip(route.variables, names, strict=True):
            field = field_at(route.method.input_type, path)
            comment = self._schemas.comment(field.full_name) if field is not None else ""
            yield {
                "name": name,
                "in": "path",
                "required": True,
                "description": comment or f"Which {name.removesuffix('_id')}.",
                "schema": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 60,
                    "pattern": "^[^/:]+$",
                },
            }

    def _query(self, route: Route) -> Iterator[Schema]:
        if route.takes_raw_body or route.body != "*":
            for name in Binder(route, self._codecs).parameters():
                if (name, route.takes_raw_body) != ("content_type", True):
                    yield from self._parameter(route.request_fields[name], "")
        if list_of(route):
            yield REGIONS_PARAMETER

    def _parameter(self, field: FieldDescriptor, prefix: str) -> Iterator[Schema]:
        """One query parameter; those of the fields inside, if it is a message."""
        name = prefix + field.name
        if fits_in_text(field):
            schema = self._schemas.field(field, incoming=True)
            description = schema.pop("description", "")
            yield {"name": name, "in": "query", "description": description, "schema": schema}
        elif not prefix and not field.is_repeated and field.message_type is not None:
            for inner in field.message_type.fields:
                yield from self._parameter(inner, f"{name}.")

    def _body(self, route: Route) -> dict[str, Any]:
        if route.takes_raw_body:
            return {"content": {each: {"schema": {}} for each in _FILE_TYPES}, "required": True}
        message, taken = self._sent(route)
        schema = (
            self._schemas.body(message) if not taken else self._schemas.body_without(message, taken)
        )
        content = {JSON: {"schema": schema, "example": example(message, taken)}}
        return {"content": content, "required": bool(schema.get("required", route.body != "*"))}

    @staticmethod
    def _sent(route: Route) -> tuple[Descriptor, set[str]]:
        """The message that the body carries, and which of its fields stand in the URL."""
        if route.body == "*":
            return route.method.input_type, {path.partition(".")[0] for path in route.variables}
        field = route.request_fields[route.body]
        if field.message_type is None:
            raise ContractError(f"{route.method.full_name}: its body is not a message")
        return field.message_type, set()

    def _responses(self, route: Route) -> dict[str, Any]:
        responses: dict[str, Any] = dict([self._success(route)])
        if route.verb == "GET" and "etag" in route.method.output_type.fields_by_name:
            responses["304"] = {"description": "You have this version already (If-None-Match)."}
        for status, reasons in errors_of(route, self._contract).items():
            reference = {"$ref": f"#/components/responses/{_component(status)}"}
            responses[str(status)] = problem_response(status, reasons) if reasons else reference
        return responses

    def _success(self, route: Route) -> tuple[str, dict[str, Any]]:
        headers = dict(HEADERS)
        if route.answers_nothing:
            return "204", {"description": "Done.", "headers": headers}
        if route.answers_raw:
            return "200", {"description": "A file.", "headers": headers, "content": {"*/*": {}}}
        output = route.method.output_type
        if "etag" in output.fields_by_name:
            headers["ETag"] = {"$ref": "#/components/headers/ETag"}
        if route.shows_replica:
            headers["Meridian-Replica-Age"] = {"$ref": "#/components/headers/ReplicaAge"}
        schema = self._schemas.answer(output)
        if list_of(route):
            component = self._schemas.components[schema["$ref"].rpartition("/")[2]]
            component["properties"]["regions"] = REGIONS_SHOWN
        content = {JSON: {"schema": schema}}
        return "200", {"description": output.name, "headers": headers, "content": content}


def _component(status: int) -> str:
    return HTTPStatus(status).phrase.title().replace(" ", "")


def _path(route: Route, spelled: dict[str, str]) -> str:
    """The template with one-word variables, spelled alike wherever the same path occurs."""
    simple = _VARIABLE.sub(lambda found: "{" + found[1].rpartition(".")[2] + "}", route.template)
    return spelled.setdefault(_VARIABLE.sub("{}", simple), simple)


def _operation_id(route: Route, service: str) -> str:
    name = f"{service}_{route.method.name}"
    return f"{name}_{route.verb.lower()}" if route.is_additional else name


def _headers(route: Route) -> list[Schema]:
    names = ["AcceptLanguage", "RequestTimeout"]
    if route.verb != "GET":
        names.append("IdempotencyKey")
    elif "etag" in route.method.output_type.fields_by_name:
        names.append("IfNoneMatch")
    if etag_path(route):
        names.append("IfMatch")
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]
