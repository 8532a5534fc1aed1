"""Files of leads through HTTP to a real marketing service: good, dirty and hostile ones (MKT-2)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator

import pytest

from chassis.tokens import Identity
from services.marketing.lead_imports import runner
from services.marketing.manifest import SERVICE
from tests.component.gateway.conftest import Client
from tests.component.gateway.served import gateway
from tests.running import RunningService, token

IMPORTS = "/marketing/v1/lead_imports"
ANNA = Identity("user_anna", "session_anna", grants=("marketing.*@own",))
CSV = {"Content-Type": "text/csv"}

#: A file that is refused whole: its bytes, and the reason.
REFUSED: list[tuple[str, bytes, str]] = [
    ("nothing at all", b"", "IMPORT_EMPTY"),
    ("not UTF-8", "surname,email\nMüller,m@example.com\n".encode("latin-1"), "IMPORT_ENCODING"),
    ("UTF-16", "surname,email\nWang,w@example.com\n".encode("utf-16"), "IMPORT_ENCODING"),
    ("an open quote", b'surname,email\n"Wang,w@example.com\n', "IMPORT_QUOTES"),
    ("a line of 10 MB", b"surname,email\n" + b"x" * 10_000_000 + b",a@example.com\n", "IMPORT_LINE_TOO_LONG"),
    ("no header", b"Wang,w@example.com\nLi,l@example.com\n", "IMPORT_HEADER"),
    ("more cells than columns", b"surname,email\nWang,w@example.com,more\n", "IMPORT_COLUMN_COUNT"),
]  # fmt: skip


@pytest.fixture
def marketing(run_service: Callable[..., RunningService]) -> RunningService:
    return run_service(SERVICE)


@pytest.fixture
def anna(marketing: RunningService) -> Iterator[Client]:
    with gateway({"marketing": marketing.address}, f"Bearer {token(ANNA)}") as client:
        yield client


def test_a_malformed_file_is_refused_whole(
    anna: Client, marketing: RunningService, subtests: pytest.Subtests
) -> None:
    for name, content, reason in REFUSED:
        with subtests.test(name):
            answer = anna("POST", IMPORTS, data=content, headers=CSV)
            problem = answer.json()
            assert answer.status_code == 400, problem
            assert problem["reason"] == reason
            assert problem["detail"] not in ("", reason)
            runner.run_open_imports(marketing.app)
            assert marketing.table("lead_imports") == []
            assert marketing.table("leads") == []


def test_a_form_or_json_is_not_a_file(anna: Client, marketing: RunningService) -> None:
    for options in ({"data": {"a": "b"}}, {"json": {}}, {"files": {"file": b"surname\nWang\n"}}):
        answer = anna("POST", IMPORTS, **options)
        assert (answer.status_code, answer.json()["reason"]) == (415, "CONTENT_TYPE")
    assert marketing.table("lead_imports") == []


def test_a_mark_at_the_beginning_is_no_part_of_the_first_column(
    anna: Client, marketing: RunningService
) -> None:
    content = "\ufeffsurname,email\r\nMüller,m@example.com\r\n".encode()
    sent = anna("POST", f"{IMPORTS}?source=fair&file_name=fair.csv", data=content, headers=CSV)
    assert sent.status_code == 200, sent.text
    runner.run_open_imports(marketing.app)
    (lead,) = marketing.table("leads")
    assert (lead["family_name"], lead["source"]) == ("Müller", "fair")


def test_rows_that_fail_are_told_in_a_file_that_no_spreadsheet_executes(
    anna: Client, marketing: RunningService
) -> None:
    content = b"surname,email\n\"=cmd|'/C calc'!A0\",nobody\nWang,w@example.com\n"
    sent = anna("POST", IMPORTS, data=content, headers=CSV).json()
    runner.run_open_imports(marketing.app)
    done = anna("GET", f"{IMPORTS}/{sent['id']}").json()
    assert (done["rows_created"], done["rows_failed"]) == ("1", "1")
    file = anna("GET", f"{IMPORTS}/{sent['id']}/errors")
    assert file.headers["Content-Type"].startswith("text/csv")
    assert file.headers["Content-Disposition"].startswith("attachment")
    cells = [
        cell for row in csv.reader(io.StringIO(file.content.decode("utf-8-sig"))) for cell in row
    ]
    assert any("cmd|" in cell for cell in cells)
    assert not [cell for cell in cells if cell[:1] in "=+-@\t\r" and cell]
