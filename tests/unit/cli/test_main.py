"""The command line: what it prints, and with which exit code."""

from __future__ import annotations

import pytest

from cli import main as command_line


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of ours but those that a test sets."""
    monkeypatch.setattr(command_line.os, "environ", {})


def test_the_effective_configuration_is_shown_without_secrets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = "postgresql://crm:s3cret@db/{service}"
    monkeypatch.setattr(command_line.os, "environ", {"MERIDIAN_DATABASE_URL": url})

    assert command_line.main(["check-config"]) == 0

    shown = capsys.readouterr().out.splitlines()
    assert "MERIDIAN_REGION=na" in shown
    assert "MERIDIAN_DATABASE_URL_SALES=postgresql://crm:***@db/sales" in shown


def test_all_that_is_wrong_is_said_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {"MERIDIAN_THREADS": "0", "MERIDIAN_LOG_LEVEL": "loud"}
    monkeypatch.setattr(command_line.os, "environ", wrong)

    assert command_line.main(["check-config"]) == 2

    assert capsys.readouterr().err == (
        "meridian: The configuration cannot be used:\n"
        "  - MERIDIAN_THREADS='0' must be a whole number from 1 to 64\n"
        "  - MERIDIAN_LOG_LEVEL='loud' must be one of debug, info, warning, error\n"
    )


def test_a_misspelt_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command_line.os, "environ", {"MERIDIAN_REGOIN": "emea"})

    assert command_line.main(["check-config"]) == 0

    assert "MERIDIAN_REGOIN is set but means nothing here" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", [["serve", "sales"], ["work", "sales"], ["migrate", "sales"]], ids=" ".join
)
def test_a_missing_address_is_named(
    command: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: object,
) -> None:
    monkeypatch.setattr(command_line.os, "environ", {"MERIDIAN_HOME": f"{tmp_path}"})

    assert command_line.main(command) == 2

    assert capsys.readouterr().err == (
        "meridian: MERIDIAN_DATABASE_URL_SALES is not set, "
        f"and no `meridian up` runs on {tmp_path}\n"
    )


@pytest.mark.parametrize("arguments", [[], ["serve"], ["serve", "nothing"], ["token"]], ids=str)
def test_what_cannot_be_understood_is_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        command_line.main(arguments)

    assert caught.value.code == 2
    assert "usage: meridian" in capsys.readouterr().err


def test_people_read_what_they_start_and_machines_the_rest() -> None:
    assert command_line._variables("up", {})["MERIDIAN_LOG_FORMAT"] == "console"
    assert command_line._variables("up", {"MERIDIAN_LOG_FORMAT": "json"}) == {
        "MERIDIAN_LOG_FORMAT": "json"
    }
    assert command_line._variables("serve", {}) == {}
