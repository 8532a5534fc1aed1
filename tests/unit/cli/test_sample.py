"""The sample company's records are complete: each name that one uses was given by one before it."""

from datetime import date

import pytest

from cli.sample import filled, records
from cli.sample_people import PEOPLE


def test_days_are_counted_from_today() -> None:
    programme = next(each for each in records(date(2026, 1, 31)) if each.name == "programme")

    assert programme.body["start_date"] == "2026-01-31"
    assert programme.body["end_date"] == "2027-01-31"


def test_every_record_can_be_made_after_those_before_it() -> None:
    ids: dict[str, str] = {}
    for record in records(date(2026, 1, 31)):
        assert "{" not in str(filled(record.path, ids))
        filled(record.body, ids)
        ids[record.name] = f"id_of_{record.name}"

    assert len(ids) == len(records(date(2026, 1, 31)))
    makers = {record.maker for record in records(date(2026, 1, 31))}
    assert makers <= {"administrator", *(person.address for person in PEOPLE)}


def test_a_name_nobody_gave_is_an_error() -> None:
    with pytest.raises(KeyError, match="nothing"):
        filled({"account_id": ["{nothing}"]}, {})
