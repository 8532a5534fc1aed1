"""A log line says what, where and in which trace, and gives no secret away."""

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.telemetry import logs, trace
from chassis.telemetry.logs import ConsoleFormatter, JsonFormatter, blotted


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, left as it was found."""
    logger = logging.getLogger()
    handlers, level = logger.handlers[:], logger.level
    logger.handlers.clear()
    yield logger
    for handler in logger.handlers[:]:
        logger.removeHandler(handler)
        handler.close()
    logger.handlers[:] = handlers
    logger.setLevel(level)
    logging.captureWarnings(False)


def record(message: str, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("sales", logging.WARNING, "", 0, message, (), None)
    made.created = 1_700_000_000.25
    vars(made).update(extra)
    return made


def test_json() -> None:
    line = JsonFormatter("sales serve").format(record("quote sent", quote_id="quo_na_1"))

    assert json.loads(line) == {
        "time": "2023-11-14T22:13:20.250Z",
        "level": "warning",
        "process": "sales serve",
        "logger": "sales",
        "message": "quote sent",
        "quote_id": "quo_na_1",
    }


def test_console_is_one_aligned_line() -> None:
    line = ConsoleFormatter("sales serve", coloured=False).format(record("quote sent", n=2))

    assert line[8:] == " sales serve      warning quote sent n=2"


def test_console_has_colours_only_for_people() -> None:
    assert ConsoleFormatter("x", coloured=True).format(record("hm")).startswith("\x1b[33m")


def test_a_traceback_is_kept_without_what_it_quotes() -> None:
    made = record("insert failed")
    try:
        raise ValueError("Key (email)=(li.wei@example.cn) exists")
    except ValueError:
        made.exc_info = sys.exc_info()

    text = json.loads(JsonFormatter("x").format(made))["exception"]

    assert text.endswith("ValueError: Key (email)=([e-mail]) exists")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("to li.wei+crm@mail.example.cn now", "to [e-mail] now"),
        ("Authorization: Bearer abcdefgh.ijkl", "Authorization: Bearer [token]"),
        ("got eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2ln!", "got [token]!"),
        ("postgresql://crm:s3cret@db/sales", "postgresql://crm:***@db/sales"),
        ("stage 3 @ 10:00, lead_na_01jf", "stage 3 @ 10:00, lead_na_01jf"),
        (
            "duplicate key\nDETAIL:  Key (number)=(Ada Lune) already exists.\nHINT: none",
            "duplicate key\nDETAIL: [row]\nHINT: none",
        ),
        ("a\\nDETAIL:  Failing row contains (Ada).\\nb", "a\\nDETAIL: [row]\\nb"),
    ],
)
def test_blotted(text: str, left: str) -> None:
    assert blotted(text) == left


def test_configured_once_for_everything(
    root: logging.Logger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "meridian.log"
    logs.configure("info", "console", "sales work", file)

    with trace.continuing("") as context:
        logging.getLogger("x").info("handled", extra={"attempts": 2})
        logging.getLogger("x").debug("not said")

    (line,) = file.read_text().splitlines()
    assert json.loads(line)["trace_id"] == context.trace_id
    assert json.loads(line)["attempts"] == 2
    shown = capsys.readouterr().err
    assert shown.endswith(f"sales work       info    handled attempts=2 trace={context.trace_id}\n")
    assert len(root.handlers) == 2
