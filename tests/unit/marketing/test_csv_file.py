"""CSV as people send it (MKT-2): whatever way it is cut into pieces, it reads the same."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Invalid
from services.marketing.lead_imports import csv_file

CELLS = st.text(st.characters(exclude_characters="\r\0", exclude_categories=("Cs",)), max_size=8)


def cut(content: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


def refusal_of(content: bytes) -> Invalid:
    with pytest.raises(Invalid) as refusal:
        list(csv_file.rows([content]))
    return refusal.value


@given(
    st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=6),
    st.integers(1, 40),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_rows_do_not_depend_on_pieces_line_ends_or_mark(
    table: list[list[str]], size: int, end: str, mark: bool
) -> None:
    written = io.StringIO()
    csv.writer(written, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(table)
    content = written.getvalue().encode("utf-8-sig" if mark else "utf-8")

    read = list(csv_file.rows(cut(content, size)))

    assert read == [row for row in table if any(cell.strip() for cell in row)]


@pytest.mark.parametrize(
    ("content", "reason", "line"),
    [
        ("name\nMüller\n".encode("latin-1"), "IMPORT_ENCODING", "2"),
        ("name\nx\n".encode("utf-16"), "IMPORT_ENCODING", "1"),
        (b"name\nA\0B\n", "IMPORT_ENCODING", "2"),
        (b'name\n"A"B\n', "IMPORT_QUOTES", "2"),
        (b'name\n"open\n', "IMPORT_QUOTES", "2"),
        (b'name\nA\n"open\nB\nC\nD\n', "IMPORT_QUOTES", "3"),
        (b'name\n"A\nB"C\n', "IMPORT_QUOTES", "2"),
        (b'name\nA\n"' + b"open\n" * 100_000, "IMPORT_QUOTES", "3"),
        (b'name,city\n"A\nB"\nC,D\n', "IMPORT_COLUMN_COUNT", "2"),
        (b"name,city\nA\n", "IMPORT_COLUMN_COUNT", "2"),
        (b"name\n" + b"x" * 10_000_000, "IMPORT_LINE_TOO_LONG", "2"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(content: bytes, reason: str, line: str) -> None:
    refusal = refusal_of(content)

    assert (refusal.reason, refusal.params["line"]) == (reason, line)
    assert refusal.violations[0].field == "content"


def test_columns_are_known_by_their_usual_names() -> None:
    header = csv_file.header(["Rec-ID", "Surname", "first name", "Shoe size", "邮编"])

    assert header.fields == {
        0: "source_reference",
        1: "family_name",
        2: "given_name",
        4: "postal_code",
    }
    assert header.ignored == ("Shoe size",)
    assert header.values(["7", " Wang ", "Li", "42", "100"])["family_name"] == "Wang"


def test_a_mapping_names_what_a_column_fills() -> None:
    header = csv_file.header(["A", "B"], ["B=company"])

    assert header.fields == {1: "company"}


@pytest.mark.parametrize(
    ("columns", "mapping", "reason"),
    [
        (["city", "colour"], [], "IMPORT_HEADER"),
        (["company"], ["firm=company"], "IMPORT_MAPPING"),
        (["company"], ["company=owner_id"], "IMPORT_MAPPING"),
        (["company"] * 300, [], "IMPORT_TOO_MANY_COLUMNS"),
    ],
)
def test_a_header_that_makes_no_lead_is_refused(
    columns: list[str], mapping: list[str], reason: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        csv_file.header(columns, mapping)

    assert refusal.value.reason == reason
