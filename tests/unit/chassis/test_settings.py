"""The configuration is read once, completely, and complains about everything at once."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.configuration import parse
from chassis.environment import Address, SettingsError, masked
from chassis.settings import SERVICES, OutsideIssuer


def problems_of(variables: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        parse(variables)
    return caught.value.problems


def test_nothing_set_is_a_whole_region_on_this_machine() -> None:
    settings = parse({})

    assert settings.region == "na"
    assert settings.home == Path("var").absolute()
    assert tuple(settings.services) == SERVICES
    assert settings.services["sales"].grpc_bind == "127.0.0.1:7102"
    assert settings.services["sales"].serve_metrics == Address("127.0.0.1", 7202)
    assert settings.services["directory"].work_metrics == Address("127.0.0.1", 7305)
    assert {s.database_url for s in settings.services.values()} == {""}
    assert settings.nats_url == ""
    assert settings.tokens.access_lifetime == 300
    assert settings.tokens.signing_key_file == Path("var/secrets/signing-key.pem").absolute()


def test_a_placeholder_serves_all_and_an_own_variable_wins() -> None:
    settings = parse(
        {
            "MERIDIAN_DATABASE_URL": "postgresql://crm:s3cret@db/{service}",
            "MERIDIAN_DATABASE_URL_SALES": "mysql+pymysql://db/sales",
            "MERIDIAN_GRPC_TARGET": "{service}.meridian:7100",
        }
    )

    assert settings.services["partners"].database_url == "postgresql://crm:s3cret@db/partners"
    assert settings.services["sales"].database_url == "mysql+pymysql://db/sales"
    assert settings.services["service"].grpc_target == "service.meridian:7100"


def test_all_problems_come_together() -> None:
    problems = problems_of(
        {
            "MERIDIAN_REGION": "North America",
            "MERIDIAN_THREADS": "many",
            "MERIDIAN_GATEWAY_BIND": "8080",
            "MERIDIAN_NATS_URL": "http://nats",
            "MERIDIAN_LOG_FORMAT": "xml",
            "MERIDIAN_OIDC_ISSUERS": '[{"issuer": "https://id.example"}]',
            "MERIDIAN_DATABASE_URL_SALES": "oracle://crm:s3cret@db/sales",
        }
    )

    assert sorted(problem.split("=")[0] for problem in problems) == [
        "MERIDIAN_DATABASE_URL_SALES",
        "MERIDIAN_GATEWAY_BIND",
        "MERIDIAN_LOG_FORMAT",
        "MERIDIAN_NATS_URL",
        "MERIDIAN_OIDC_ISSUERS",
        "MERIDIAN_REGION",
        "MERIDIAN_THREADS",
    ]
    assert "must be host:port" in next(p for p in problems if "BIND" in p)
    assert not any("s3cret" in problem for problem in problems)


def test_more_threads_than_connections_are_refused() -> None:
    problems = problems_of({"MERIDIAN_THREADS": "8", "MERIDIAN_POOL_SIZE": "4"})

    assert len(problems) == 1
    assert "MERIDIAN_THREADS=8 exceeds MERIDIAN_POOL_SIZE=4" in problems[0]


def test_the_pool_follows_the_threads() -> None:
    assert parse({"MERIDIAN_THREADS": "8"}).pool_size == 8


@pytest.mark.parametrize("value", ["0", "65", "-1", "4.5", "", "9" * 30])
def test_a_number_out_of_range_is_refused(value: str) -> None:
    assert len(problems_of({"MERIDIAN_THREADS": value})) == 1


def test_outside_issuers() -> None:
    settings = parse(
        {
            "MERIDIAN_OIDC_ISSUERS": '[{"issuer": "https://id.example", "audience": "crm",'
            ' "jwks_url": "https://id.example/keys"}]'
        }
    )

    assert settings.tokens.outside_issuers == (
        OutsideIssuer("https://id.example", "crm", "https://id.example/keys"),
    )


def test_a_region_is_named_as_it_may_stand_in_a_subject() -> None:
    peers = '[{"region": "e>", "gateway_url": "https://emea.example"}]'

    assert problems_of({"MERIDIAN_PEERS": peers}) == [
        "MERIDIAN_PEERS: region 'e>' must be 2 to 12 lower-case letters or digits"
    ]


def test_keys_of_an_outside_issuer_come_over_http() -> None:
    issuers = '[{"issuer": "https://id.example", "audience": "crm", "jwks_url": "file:///keys"}]'

    assert problems_of({"MERIDIAN_OIDC_ISSUERS": issuers}) == [
        "MERIDIAN_OIDC_ISSUERS: jwks_url of https://id.example must begin with http or https"
    ]


def test_what_is_shown_hides_passwords() -> None:
    settings = parse({"MERIDIAN_DATABASE_URL": "postgresql://crm:s3cret@db:5432/{service}"})

    assert settings.effective["MERIDIAN_DATABASE_URL_SALES"] == "postgresql://crm:***@db:5432/sales"
    assert "s3cret" not in str(settings.effective)
    assert "s3cret" not in repr(settings)


def test_misspelt_variables_are_named() -> None:
    assert parse({"MERIDIAN_REGOIN": "emea", "PATH": "/bin"}).unread == ("MERIDIAN_REGOIN",)


def test_embedded_addresses_fill_the_gaps_only() -> None:
    settings = parse({"MERIDIAN_DATABASE_URL_SALES": "postgresql://db/sales"})

    connected = settings.connected(
        database_urls={name: f"postgresql://embedded/{name}" for name in SERVICES},
        nats_url="nats://127.0.0.1:4222",
    )

    assert connected.services["sales"].database_url == "postgresql://db/sales"
    assert connected.services["service"].database_url == "postgresql://embedded/service"
    assert connected.nats_url == "nats://127.0.0.1:4222"


@pytest.mark.parametrize(
    "url", ["postgresql://crm:s3cret@[db/sales", "postgresql://crm:s3cret@db:port/sales"]
)
def test_a_url_that_cannot_be_read_is_a_problem_and_not_shown(url: str) -> None:
    (problem,) = problems_of({"MERIDIAN_DATABASE_URL_SALES": url})

    assert problem.startswith("MERIDIAN_DATABASE_URL_SALES=")
    assert problem.endswith(" has no host and port that can be read")
    assert "s3cret" not in problem


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("nats://127.0.0.1:4222", "nats://127.0.0.1:4222"),
        ("nats://crm:pa%40ss@nats:4222", "nats://crm:***@nats:4222"),
        ("sqlite:////tmp/x.db", "sqlite:////tmp/x.db"),
    ],
)
def test_masked(url: str, shown: str) -> None:
    assert masked(url) == shown


_NOBODY = 65534


@contextlib.contextmanager
def not_root() -> Iterator[None]:
    """Be an ordinary user for a moment; nothing is closed to root."""
    user = os.geteuid()
    if user:
        yield
        return
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.mark.parametrize("closed", ["", "secrets"])
def test_a_home_that_cannot_be_read_is_the_one_thing_that_is_told(
    tmp_path: Path, closed: str
) -> None:
    home = tmp_path / "home"
    folder = home / closed
    folder.mkdir(parents=True)
    folder.chmod(0)
    for above in (tmp_path, *tmp_path.parents[:3]):
        above.chmod(0o755)

    with not_root():
        problems = problems_of({"MERIDIAN_HOME": str(home)})

    assert problems == [
        f"MERIDIAN_HOME={home} cannot be used: Permission denied ({folder}). "
        "Choose a folder of your own, or be its owner"
    ]


def test_a_home_that_is_no_folder_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()

    for home in (file, file / "inside"):
        [problem] = problems_of({"MERIDIAN_HOME": str(home)})
        assert problem.startswith(f"MERIDIAN_HOME={home} cannot be used: Not a directory")


def test_a_home_that_is_not_there_yet_is_no_problem(tmp_path: Path) -> None:
    assert parse({"MERIDIAN_HOME": str(tmp_path / "new")}).home == tmp_path / "new"
