"""`meridian smoke` says of each service what is wrong with it; here against a gateway that is not well."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from chassis.configuration import parse
from chassis.settings import Settings
from cli.failure import Failure
from cli.smoke import listings_of, smoke

LISTED = {"get": {"parameters": [{"$ref": "#/components/parameters/trace"}, {"name": "page_size"}]}}
DOCUMENT = {
    "security": [{"bearer": []}],
    "paths": {
        "/sales/v1/account_digest": {"get": {"parameters": [{"name": "day"}]}},
        "/sales/v1/accounts": LISTED,
        "/sales/v1/accounts/{id}": LISTED,
        "/service/v1/cases": LISTED,
        "/marketing/v1/forms": {"get": LISTED["get"] | {"security": []}},
        "/directory/v1/users": {"post": {}},
    },
}


class Gateway(BaseHTTPRequestHandler):
    """Answers as it was told to; `known` and `unknown` are statuses for callers with and without a token."""

    services = {"sales": True}
    known = 200
    unknown = 401

    def do_GET(self) -> None:
        fixed = {"/readyz": {"services": self.services}, "/openapi.json": DOCUMENT}
        if self.path in fixed:
            self._answer(200, fixed[self.path])
        else:
            self._answer(self.known if self.headers["Authorization"] else self.unknown, {})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200, {"access_token": "token"})

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _answer(self, status: int, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    credentials = tmp_path / "credentials.json"
    credentials.write_text('{"service_sales": "secret"}')
    return parse({"MERIDIAN_SERVICE_CREDENTIALS_FILE": str(credentials)})


@pytest.fixture
def gateway() -> Iterator[tuple[type[Gateway], str]]:
    kind = type("Told", (Gateway,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield kind, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_something_that_only_the_known_may_list_is_found_for_each_service() -> None:
    assert listings_of(DOCUMENT) == {"sales": "/sales/v1/accounts", "service": "/service/v1/cases"}


@pytest.mark.parametrize("status", [200, 403])
def test_answers_and_refusals_are_well(
    gateway: tuple[type[Gateway], str],
    settings: Settings,
    status: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    kind, url = gateway
    kind.known = status

    smoke(settings, url, "sales")

    assert capsys.readouterr().out == "sales answers: GET /sales/v1/accounts\n"


def test_all_that_is_wrong_is_said_at_once(
    gateway: tuple[type[Gateway], str], settings: Settings
) -> None:
    kind, url = gateway
    kind.services = {"sales": True, "service": False, "projects": True}
    kind.known = 503

    with pytest.raises(Failure) as failure:
        smoke(settings, url, "sales")

    assert str(failure.value) == (
        "service does not serve; projects: has nothing that can be listed; "
        "sales: GET /sales/v1/accounts is answered with 503; "
        "service: GET /service/v1/cases is answered with 503"
    )


def test_records_for_everybody_are_no_good_sign(
    gateway: tuple[type[Gateway], str], settings: Settings
) -> None:
    kind, url = gateway
    kind.unknown = 200

    with pytest.raises(Failure, match="answered to people who have not said who they are"):
        smoke(settings, url, "sales")


def test_a_gateway_that_is_not_there_is_named(settings: Settings) -> None:
    with pytest.raises(Failure, match=r"http://127\.0\.0\.1:1 cannot be reached"):
        smoke(settings, "http://127.0.0.1:1", "sales")
