"""Log lines, one per thing that happened: JSON for machines, aligned text for people.

    log = logging.getLogger(__name__)
    log.info("lead assigned", extra={"lead_id": lead.id, "rule_id": rule.id})

Say facts and ids; personal data and secrets do not belong in logs. As a second line of defence,
whatever looks like an e-mail address, a token or a password in a URL is blotted out, and so is the
part in which a database quotes a row, because messages of databases and libraries may quote it.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from chassis.telemetry import trace

_OF_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "trace_id"}
_BLOTS = (
    (re.compile(r"\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*"), "[token]"),
    (re.compile(r"(?i)\b(bearer) +[\w.~+/=-]{8,}"), r"\1 [token]"),
    (re.compile(r"(://[^:/@\s]*):[^@/\s]+@"), r"\1:***@"),
    (re.compile(r"[\w.%+-]+@[\w-]+(\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"DETAIL: (?:(?!\\n|\n).)*"), "DETAIL: [row]"),
    (re.compile(r"Duplicate entry '.*?' for key"), "Duplicate entry [row] for key"),
)
_COLOURS = {
    "DEBUG": "\x1b[2m",
    "WARNING": "\x1b[33m",
    "ERROR": "\x1b[31m",
    "CRITICAL": "\x1b[31;1m",
}
_PLAIN = "\x1b[0m"
_NAME_WIDTH = 16
#: Libraries and the least level at which they have something to say to those who run us.
_TALKATIVE = {"alembic": logging.WARNING, "_granian": logging.ERROR}


def configure(level: str, form: str, process: str, file: Path | None = None) -> None:
    """Send this process's log to stderr, and as JSON to the end of the file if one is given.

    level is debug, info, warning or error; form is console or json; process names us in each line.
    """
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    console = ConsoleFormatter(process, coloured=is_terminal(sys.stderr))
    handlers[0].setFormatter(console if form == "console" else JsonFormatter(process))
    if file:
        handlers.append(logging.FileHandler(file, encoding="utf-8"))
        handlers[1].setFormatter(JsonFormatter(process))
    for handler in handlers:
        handler.addFilter(_add_trace)
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level.upper())
    for name, least in _TALKATIVE.items():
        logging.getLogger(name).setLevel(max(least, root.level))
    logging.captureWarnings(True)


def is_terminal(stream: TextIO) -> bool:
    """Whether a person looks at the stream, so that colours help."""
    return stream.isatty()


def blotted(text: str) -> str:
    """The text without what looks like an e-mail address, a token, a password in a URL, or a row."""
    for pattern, instead in _BLOTS:
        text = pattern.sub(instead, text)
    return text


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, process, logger, message, trace_id, extras."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        line: dict[str, object] = {
            "time": _time(record).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "process": self._process,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if trace_id := getattr(record, "trace_id", ""):
            line["trace_id"] = trace_id
        line |= _extras(record)
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return blotted(json.dumps(line, default=str, ensure_ascii=False))


class ConsoleFormatter(logging.Formatter):
    """A line for people: time of day, process, level, message, extras, trace id."""

    def __init__(self, process: str, *, coloured: bool) -> None:
        super().__init__()
        self._process = process
        self._coloured = coloured

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line, and its traceback below."""
        words = [record.getMessage(), *(f"{k}={v}" for k, v in _extras(record).items())]
        if trace_id := getattr(record, "trace_id", ""):
            words.append(f"trace={trace_id}")
        clock = _time(record).astimezone().strftime("%H:%M:%S")
        head = f"{clock} {self._process:<{_NAME_WIDTH}} {record.levelname.lower():<7} "
        text = blotted(head + " ".join(words))
        if record.exc_info:
            text += "\n" + blotted(self.formatException(record.exc_info))
        if self._coloured and record.levelname in _COLOURS:
            return f"{_COLOURS[record.levelname]}{text}{_PLAIN}"
        return text


def _add_trace(record: logging.LogRecord) -> bool:
    context = trace.current()
    record.trace_id = context.trace_id if context else ""
    return True


def _time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _extras(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _OF_EVERY_RECORD}
