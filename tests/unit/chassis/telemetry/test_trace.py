"""A trace goes on from caller to callee, and a header that is wrong is ignored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.telemetry import trace
from chassis.telemetry.trace import TraceContext

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_header_is_read() -> None:
    assert trace.parse(CALLER) == TraceContext(
        "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", sampled=True
    )
    assert trace.parse(CALLER[:-2] + "00") == TraceContext(
        "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", sampled=False
    )


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nonsense",
        CALLER.upper(),
        "ff" + CALLER[2:],
        CALLER + "-more",
        CALLER.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32),
        CALLER.replace("b7ad6b7169203331", "0" * 16),
        CALLER[:-1],
    ],
)
def test_a_malformed_header_is_ignored(header: str) -> None:
    assert trace.parse(header) is None


def test_a_later_version_may_say_more() -> None:
    found = trace.parse("01" + CALLER[2:] + "-more")

    assert found is not None
    assert found.trace_id == "0af7651916cd43dd8448eb211c80319c"


@given(st.text())
def test_no_header_breaks_it(header: str) -> None:
    trace.parse(header)


def test_what_is_written_is_read_again() -> None:
    begun = trace.start()

    assert trace.parse(begun.header()) == begun
    assert begun.child().trace_id == begun.trace_id
    assert begun.child().span_id != begun.span_id


def test_work_continues_the_callers_trace_and_then_leaves_it() -> None:
    with trace.continuing(CALLER) as context:
        assert trace.current() == context
        assert context.trace_id == "0af7651916cd43dd8448eb211c80319c"
        assert context.span_id != "b7ad6b7169203331"
    assert trace.current() is None


def test_without_a_caller_a_trace_begins() -> None:
    with trace.continuing("") as first:
        pass
    with trace.continuing("") as second:
        pass

    assert first.trace_id != second.trace_id
