"""The trace that the work at hand belongs to, carried through HTTP, gRPC and events alike.

    with trace.continuing(headers.get("traceparent", "")) as context:
        log.info("…")                    # the line carries the trace id
        traceparent = context.header()   # goes along with whatever is asked of others

Source: W3C Trace Context, https://www.w3.org/TR/trace-context/
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

_TRACEPARENT = re.compile(
    r"(?P<version>[0-9a-f]{2})-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})"
    r"-(?P<flags>[0-9a-f]{2})(?P<more>-.*)?"
)
_SAMPLED = 1


@dataclass(frozen=True)
class TraceContext:
    """One step (span) of a trace. Ids are lower-case hexadecimal, 32 and 16 digits."""

    trace_id: str
    span_id: str
    sampled: bool = True

    def header(self) -> str:
        """The value of the traceparent header for whom we call."""
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"

    def child(self) -> TraceContext:
        """The next step of the same trace."""
        return TraceContext(self.trace_id, secrets.token_hex(8), self.sampled)


_current: ContextVar[TraceContext | None] = ContextVar("trace", default=None)


def current() -> TraceContext | None:
    """The step that this thread is at, or None outside any request, event or timer."""
    return _current.get()


def start() -> TraceContext:
    """The first step of a new trace."""
    return TraceContext(secrets.token_hex(16), secrets.token_hex(8))


def parse(traceparent: str) -> TraceContext | None:
    """What a traceparent header says, or None if it is malformed and must be ignored."""
    found = _TRACEPARENT.fullmatch(traceparent.strip())
    if not found or found["version"] == "ff" or (found["version"] == "00" and found["more"]):
        return None
    if not int(found["trace"], 16) or not int(found["span"], 16):
        return None
    return TraceContext(found["trace"], found["span"], bool(int(found["flags"], 16) & _SAMPLED))


@contextmanager
def continuing(traceparent: str) -> Iterator[TraceContext]:
    """Work as the next step of the caller's trace, or of a new one if the header says nothing."""
    caller = parse(traceparent)
    context = caller.child() if caller else start()
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)
