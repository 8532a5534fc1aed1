"""An HTTP request as WSGI hands it over, read and checked; and the answer to it.

Header names follow RFC 9110; Idempotency-Key is draft-ietf-httpapi-idempotency-key-header.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any

import orjson

from chassis.call import language_of
from chassis.errors import Invalid
from chassis.telemetry.trace import TraceContext
from gateway.problems import Refusal

JSON = "application/json"
#: The least that a client may give a call, in seconds.
SHORTEST_TIMEOUT = 1
Headers = list[tuple[str, str]]

_IDEMPOTENCY_KEY = re.compile(r"[\x20-\x7e]{1,200}")
_SECONDS = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")
_FORM_TYPES = (JSON, "application/x-www-form-urlencoded", "multipart/")


@dataclass
class Answer:
    """What goes back: an HTTP status, headers in lower case, and the body in parts."""

    status: int
    headers: Headers = field(default_factory=list)
    body: Iterable[bytes] = ()
    region: str = ""
    """The other region that gave it; empty if it was given here."""

    @property
    def status_line(self) -> str:
        """As WSGI wants it: "404 Not Found"."""
        return _STATUS_LINES[self.status]


_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


@dataclass
class Request:
    """One HTTP request. What it says wrongly is raised as Invalid or Refusal when it is asked for."""

    environ: dict[str, Any]
    trace: TraceContext
    _body: bytes | None = None

    @cached_property
    def language(self) -> str:
        """The best of our languages for the client."""
        accepted = self.environ.get("HTTP_ACCEPT_LANGUAGE")
        return language_of(accepted) if accepted else "en"

    @property
    def method(self) -> str:
        """GET, POST and so on."""
        return str(self.environ["REQUEST_METHOD"])

    @property
    def path(self) -> str:
        """The path of the URL, decoded."""
        return str(self.environ["PATH_INFO"]).encode("latin-1").decode("utf-8", "replace")

    @property
    def query(self) -> str:
        """The query of the URL, not decoded."""
        return str(self.environ.get("QUERY_STRING", ""))

    def with_query(self, query: str) -> Request:
        """A request like this one that asks for something else."""
        return Request(self.environ | {"QUERY_STRING": query}, self.trace)

    def header(self, name: str) -> str | None:
        """A header by its name in the environment, for example HTTP_IF_MATCH."""
        value = self.environ.get(name)
        return None if value is None else str(value)

    def timeout(self, usual: float, most: float) -> float:
        """Seconds within which the client wants the answer."""
        wanted = self.header("HTTP_X_REQUEST_TIMEOUT")
        if wanted is None:
            return usual
        if not _SECONDS.fullmatch(wanted) or not SHORTEST_TIMEOUT <= float(wanted) <= most:
            raise Invalid("TIMEOUT_MALFORMED", least=SHORTEST_TIMEOUT, most=f"{most:g}")
        return float(wanted)

    @property
    def idempotency_key(self) -> str | None:
        """The key under which the effect happens once."""
        key = self.header("HTTP_IDEMPOTENCY_KEY")
        if key is not None and not _IDEMPOTENCY_KEY.fullmatch(key):
            raise Invalid("IDEMPOTENCY_KEY_MALFORMED")
        return key

    def content(self, most: int) -> bytes:
        """The body as it came; at most so many bytes of it are read."""
        if self._body is None:
            self._body = self._read(most)
        return self._body

    def json(self, most: int) -> Any:
        """The body as JSON; None if there is none. At most so many bytes of it are read."""
        body = self.content(most)
        if not body:
            return None
        content_type = self.environ.get("CONTENT_TYPE") or ""
        if not content_type.startswith(JSON) and not _is_json(content_type):
            raise Refusal(415, "CONTENT_TYPE", expected=JSON)
        self._refuse_encoding()
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise Invalid(
                "MALFORMED_JSON", problem=error.msg, line=error.lineno, column=error.colno
            ) from None

    def chunks(self, most: int, size: int) -> Iterator[bytes]:
        """The body as a file, in parts of `size` bytes as they arrive."""
        content_type = (self.environ.get("CONTENT_TYPE") or "").lower()
        if not content_type or content_type.startswith(_FORM_TYPES):
            raise Refusal(415, "CONTENT_TYPE", expected="a file, for example text/csv")
        self._refuse_encoding()
        length = self._content_length(most)
        return self._parts(length, most, size)

    def _parts(self, length: int | None, most: int, size: int) -> Iterator[bytes]:
        if length is None and not self.environ.get("wsgi.input_terminated"):
            return
        arrived = 0
        while length is None or arrived < length:
            wanted = size if length is None else min(size, length - arrived)
            part = self.environ["wsgi.input"].read(wanted)
            arrived += len(part)
            if arrived > most:
                raise Refusal(413, "BODY_TOO_LARGE", most=most)
            if not part:
                break
            yield part
        if length is not None and arrived < length:
            raise Refusal(400, "BODY_CUT_SHORT", arrived=arrived, length=length)

    def _read(self, most: int) -> bytes:
        length = self._content_length(most)
        if length is not None:
            return bytes(self.environ["wsgi.input"].read(length)) if length else b""
        if not self.environ.get("wsgi.input_terminated"):
            return b""
        body = bytes(self.environ["wsgi.input"].read(most + 1))
        if len(body) > most:
            raise Refusal(413, "BODY_TOO_LARGE", most=most)
        return body

    def _content_length(self, most: int) -> int | None:
        text = self.environ.get("CONTENT_LENGTH") or ""
        if not text.isascii() or not text.isdigit():
            return None
        if len(text) > 15 or int(text) > most:
            raise Refusal(413, "BODY_TOO_LARGE", most=most)
        return int(text)

    def _refuse_encoding(self) -> None:
        if (self.header("HTTP_CONTENT_ENCODING") or "identity") != "identity":
            raise Refusal(415, "CONTENT_ENCODING")


def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == JSON or media_type.endswith("+json")
