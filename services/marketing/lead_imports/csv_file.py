"""Reading CSV as people send it: UTF-8 with or without a mark, quoted, with a header (RFC 4180). Pure Python.

Everything is read in pieces; a file never stands in memory whole. What cannot be read is an Invalid that
says where and what to do.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from chassis.errors import Invalid

#: The longest line, in characters; one that is longer is a missing quote or no CSV.
LONGEST_LINE = 1_000_000
MOST_COLUMNS = 200
#: Lead fields that a column can fill, and what else people call them.
FIELDS: dict[str, tuple[str, ...]] = {
    "given_name": ("first_name", "forename", "名"),
    "family_name": ("last_name", "surname", "姓"),
    "company": ("company_name", "organisation", "organization", "account", "公司"),
    "email": ("e_mail", "mail", "email_address", "电子邮件", "邮箱"),
    "phone": ("telephone", "mobile", "phone_number", "电话", "手机"),
    "country": ("country_code", "国家"),
    "city": ("town", "suburb", "城市"),
    "postal_code": ("postcode", "zip", "zip_code", "邮编"),
    "street": ("address", "street_address", "地址"),
    "interest": ("comment", "message", "need", "需求"),
    "birth_date": ("date_of_birth", "dob", "birthday", "出生日期"),
    "source_reference": ("reference", "external_id", "record_id", "rec_id", "id", "编号"),
}
#: A column whose name begins so fills an extension field of the lead.
EXTENSION = "extensions."
#: At least one of these must have a column, or no row could be a lead.
_IDENTIFYING = ("family_name", "company", "email", "phone")


@dataclass(frozen=True)
class Header:
    """Which column fills which field."""

    columns: tuple[str, ...]
    fields: dict[int, str]

    @property
    def ignored(self) -> tuple[str, ...]:
        """The columns that fill none."""
        return tuple(name for at, name in enumerate(self.columns) if at not in self.fields)

    @property
    def extensions(self) -> tuple[str, ...]:
        """The extension fields that have a column."""
        return tuple(
            field.removeprefix(EXTENSION)
            for field in self.fields.values()
            if field.startswith(EXTENSION)
        )

    def values(self, cells: Sequence[str]) -> dict[str, str]:
        """A row's values by field, without the blanks around them; extension fields are apart."""
        return {
            field: cells[at].strip()
            for at, field in self.fields.items()
            if not field.startswith(EXTENSION)
        }

    def extension_texts(self, cells: Sequence[str]) -> dict[str, str]:
        """A row's texts by extension field, without the blanks around them."""
        return {
            field.removeprefix(EXTENSION): cells[at].strip()
            for at, field in self.fields.items()
            if field.startswith(EXTENSION)
        }


def rows(pieces: Iterable[bytes]) -> Iterator[list[str]]:
    """The rows of a file, header first; blank lines are left out.

    What is wrong with a row is told with the line on which it begins, where an open quote stands.
    Raises Invalid: IMPORT_ENCODING, IMPORT_LINE_TOO_LONG, IMPORT_QUOTES, IMPORT_COLUMN_COUNT.
    """
    reader = csv.reader(_lines(pieces), strict=True)
    width = 0
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise _invalid("IMPORT_QUOTES", line=line, problem=error) from None
        if cells is None:
            return
        if not any(cell.strip() for cell in cells):
            continue
        width = width or len(cells)
        if len(cells) != width:
            raise _invalid("IMPORT_COLUMN_COUNT", line=line, columns=len(cells), expected=width)
        yield cells


def header(cells: Sequence[str], mapping: Iterable[str] = ()) -> Header:
    """The header row understood. Raises Invalid: IMPORT_HEADER, IMPORT_TOO_MANY_COLUMNS, IMPORT_MAPPING."""
    columns = tuple(cell.strip() for cell in cells)
    if len(columns) > MOST_COLUMNS:
        raise _invalid("IMPORT_TOO_MANY_COLUMNS", columns=len(cells), most=MOST_COLUMNS)
    wanted = _mapped(columns, mapping)
    fields: dict[int, str] = {}
    for at, column in enumerate(columns):
        field = wanted.get(column) or _field_called(column)
        if field and field not in fields.values():
            fields[at] = field
    if not set(_IDENTIFYING) & set(fields.values()):
        raise _invalid("IMPORT_HEADER", needed=", ".join(_IDENTIFYING))
    return Header(columns, fields)


def _mapped(columns: Sequence[str], mapping: Iterable[str]) -> dict[str, str]:
    wanted = {}
    for each in mapping:
        column, _, field = each.partition("=")
        if column not in columns or not (field in FIELDS or field.startswith(EXTENSION)):
            raise Invalid(
                "IMPORT_MAPPING",
                field="mapping",
                mapping=each,
                columns=", ".join(columns),
                fields=", ".join((*FIELDS, f"{EXTENSION}…")),
            )
        wanted[column] = field
    return wanted


def _field_called(column: str) -> str | None:
    name = column.casefold().replace(" ", "_").replace("-", "_")
    if name.startswith(EXTENSION):
        return name
    return next(
        (field for field, others in FIELDS.items() if name == field or name in others), None
    )


def _lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """Lines with their ends, decoded piece by piece."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")("strict")
    pending, number = "", 0
    for piece in _with_end(pieces):
        try:
            pending += decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            before = error.object[: error.start].count(b"\n")
            raise _invalid("IMPORT_ENCODING", line=number + before + 1) from None
        *whole, pending = pending.split("\n")
        for line in whole:
            number += 1
            yield _bounded(line, number) + "\n"
        _bounded(pending, number + 1)
    if pending:
        yield pending


def _with_end(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces that hold something, and an empty one at the end."""
    yield from filter(None, pieces)
    yield b""


def _bounded(line: str, number: int) -> str:
    if len(line) > LONGEST_LINE:
        raise _invalid("IMPORT_LINE_TOO_LONG", line=number, most=LONGEST_LINE)
    if "\0" in line:
        raise _invalid("IMPORT_ENCODING", line=number)
    return line


def _invalid(reason: str, **params: object) -> Invalid:
    return Invalid(reason, field="content", **params)
