"""Leads through HTTP to a real marketing service, and every kind of bad input on the way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis.tokens import Identity, TokenSigner
from services.marketing.manifest import SERVICE
from tests.component.gateway.conftest import Client
from tests.component.gateway.served import gateway
from tests.running import ISSUER, RunningService, token

LEADS = "/marketing/v1/leads"
ANNA = Identity("user_anna", "session_anna", grants=("marketing.*@own",))


def bearer(identity: Identity) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(identity)}"}


@pytest.fixture
def marketing(run_service: Callable[..., RunningService]) -> RunningService:
    return run_service(SERVICE)


@pytest.fixture
def anna(marketing: RunningService) -> Iterator[Client]:
    with gateway({"marketing": marketing.address}, f"Bearer {token(ANNA)}") as client:
        yield client


@pytest.fixture
def lead(anna: Client) -> dict[str, Any]:
    answer = anna("POST", LEADS, json={"family_name": "Wang", "email": "wang@example.com"})
    assert answer.status_code == 200, answer.text
    created: dict[str, Any] = answer.json()
    return created


def test_a_lead_is_captured_worked_and_qualified(anna: Client, lead: dict[str, Any]) -> None:
    path = f"{LEADS}/{lead['id']}"
    worked = anna("POST", f"{path}:work", headers={"If-Match": '"1"'})
    assert (worked.json()["state"], worked.headers["ETag"]) == ("LEAD_STATE_WORKING", '"2"')
    changed = anna("PATCH", path, json={"company": "Acme", "email": ""})
    assert (changed.json()["company"], changed.json()["email"]) == ("Acme", "")
    assert anna("POST", f"{path}:qualify").json()["state"] == "LEAD_STATE_QUALIFIED"
    listed = anna("GET", f"{LEADS}?filter=state%20%3D%20QUALIFIED&page_size=1").json()
    assert [each["id"] for each in listed["leads"]] == [lead["id"]]


def test_the_same_key_has_one_effect(anna: Client, marketing: RunningService) -> None:
    headers = {"Idempotency-Key": "first"}
    once = anna("POST", LEADS, json={"company": "Acme"}, headers=headers)
    again = anna("POST", LEADS, json={"company": "Acme"}, headers=headers)
    other = anna("POST", LEADS, json={"company": "Other"}, headers=headers)
    assert once.json() == again.json()
    assert (other.status_code, other.json()["reason"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert len(marketing.table("leads")) == 1


#: method, path, options of the request; status, reason, and the field named in the answer.
BAD_INPUT: list[tuple[str, str, dict[str, Any], int, str, str | None]] = [
    ("POST", LEADS, {"json": {"nmae": "x"}}, 400, "INVALID_FIELDS", "lead.nmae"),
    ("POST", LEADS, {"json": {"company": 7}}, 400, "INVALID_FIELDS", "lead.company"),
    ("POST", LEADS, {"json": {"email": "nobody"}}, 400, "INVALID_FIELDS", "lead.email"),
    ("POST", LEADS, {"json": {"country": "Germany"}}, 400, "INVALID_FIELDS", "lead.country"),
    ("PATCH", LEADS + "/{id}", {"json": {"compny": "x"}}, 400, "INVALID_FIELDS", "lead.compny"),
    ("PATCH", LEADS + "/{id}?update_mask=state", {"json": {}}, 400, "FIELD_NOT_UPDATABLE", "update_mask"),
    ("POST", LEADS + "/{id}:disqualify", {"json": {}}, 400, "INVALID_FIELDS", "reason"),
    ("POST", LEADS + "/{id}:disqualify", {"json": {"reason": "BORED"}}, 400, "INVALID_FIELDS", "reason"),
    ("POST", LEADS + "/{id}:work", {"headers": {"If-Match": '"9"'}}, 412, "STALE_ETAG", None),
    ("PATCH", LEADS + "/{id}", {"json": {"company": "x", "etag": "9"}}, 412, "STALE_ETAG", None),
    ("POST", LEADS + "/lead_na_unheard:work", {}, 404, "NOT_FOUND", None),
    ("GET", LEADS + "/lead_na_unheard", {}, 404, "NOT_FOUND", None),
    ("GET", LEADS + "?page_size=-1", {}, 400, "INVALID_FIELDS", "page_size"),
    ("GET", LEADS + "?page_size=201", {}, 400, "INVALID_FIELDS", "page_size"),
    ("GET", LEADS + "?page_size=9999999999", {}, 400, "INVALID_FIELDS", "page_size"),
    ("GET", LEADS + "?page_token=nonsense", {}, 400, "PAGE_TOKEN_INVALID", "page_token"),
    ("GET", LEADS + "?filter=street%20%3D%20%22x%22", {}, 400, "FILTER_FIELD_UNKNOWN", "filter"),
    ("GET", LEADS + "?filter=state%20%3D", {}, 400, "FILTER_SYNTAX", "filter"),
    ("GET", LEADS + "?order_by=street", {}, 400, "ORDER_FIELD_UNKNOWN", "order_by"),
    ("GET", LEADS + "?unheard=1", {}, 400, "INVALID_FIELDS", "unheard"),
    ("GET", LEADS, {"headers": {"Authorization": None}}, 401, "TOKEN_MISSING", None),
    ("GET", LEADS, {"headers": {"Authorization": "Bearer nonsense"}}, 401, "TOKEN_INVALID", None),
    ("GET", LEADS, {"headers": {"Authorization": "Basic YTpi"}}, 401, "TOKEN_MISSING", None),
]  # fmt: skip


def test_bad_input_is_refused_by_name_and_changes_nothing(
    anna: Client, marketing: RunningService, lead: dict[str, Any], subtests: pytest.Subtests
) -> None:
    leads, events = marketing.table("leads"), marketing.events()
    for method, path, options, status, reason, field in BAD_INPUT:
        with subtests.test(method=method, path=path, options=options):
            answer = anna(method, path.replace("{id}", lead["id"]), **options)
            problem = answer.json()
            assert (answer.status_code, problem["reason"]) == (status, reason), problem
            assert field is None or [each["field"] for each in problem["errors"]] == [field]
            assert problem["detail"] not in ("", reason)
            assert problem["trace_id"] == answer.headers["X-Trace-Id"]
            assert (marketing.table("leads"), marketing.events()) == (leads, events)


@pytest.mark.parametrize("size", ["-1", "201", "9999999999"])
def test_a_page_of_another_size_than_can_be_is_refused_with_the_sizes_that_can(
    anna: Client, size: str
) -> None:
    for language, text in (
        ("en", "Must be from 0 to 200."),
        ("zh", "超出范围：应在 0 到 200 之间。"),
    ):
        answer = anna("GET", f"{LEADS}?page_size={size}", headers={"Accept-Language": language})
        assert [each["message"] for each in answer.json()["errors"]] == [text]


def test_the_longest_page_is_given(anna: Client, lead: dict[str, Any]) -> None:
    answer = anna("GET", f"{LEADS}?page_size=200")
    assert [each["id"] for each in answer.json()["leads"]] == [lead["id"]]


def test_an_illegal_transition_says_what_to_do(anna: Client, lead: dict[str, Any]) -> None:
    path = f"{LEADS}/{lead['id']}"
    gone = {"reason": "DISQUALIFY_REASON_NO_NEED"}
    assert anna("POST", f"{path}:disqualify", json=gone).status_code == 200
    answer = anna("POST", f"{path}:qualify", headers={"Accept-Language": "zh"})
    assert (answer.status_code, answer.json()["reason"]) == (409, "LEAD_NOT_QUALIFIABLE")
    assert answer.headers["Content-Language"] == "zh"
    assert "线索" in answer.json()["detail"]
    assert anna("GET", path).json()["state"] == "LEAD_STATE_DISQUALIFIED"


def test_another_persons_record_is_as_if_it_were_not_there(
    anna: Client, marketing: RunningService, lead: dict[str, Any]
) -> None:
    ben = bearer(Identity("user_ben", "session_ben", grants=("marketing.*@own",)))
    path = f"{LEADS}/{lead['id']}"
    assert anna("GET", path, headers=ben).status_code == 404
    assert anna("POST", f"{path}:work", headers=ben).status_code == 404
    reader = bearer(Identity("user_ben", "session_ben", grants=("marketing.leads.read@all",)))
    denied = anna("POST", f"{path}:work", headers=reader)
    assert (denied.status_code, denied.json()["reason"]) == (403, "PERMISSION_MISSING")
    assert "marketing.leads.update" in denied.json()["detail"]
    assert marketing.table("leads")[0]["version"] == 1


def _signed_by_a_stranger() -> str:
    """As good as ours in everything but the signature, under the id of our own key."""
    key_id = jwt.get_unverified_header(token(ANNA))["kid"]
    stranger = TokenSigner(Ed25519PrivateKey.generate(), key_id, ISSUER)
    return stranger.sign(ANNA, token_id="1", now=time.time())


def _with_more_grants() -> str:
    """A good token whose claims were exchanged for those of somebody who may do everything."""
    almighty = Identity("user_anna", "session_anna", grants=("*@all",))
    header, _, signature = token(ANNA).split(".")
    return f"{header}.{token(almighty).split('.')[1]}.{signature}"


@pytest.mark.parametrize(
    ("make", "reason", "remedy"),
    [
        (lambda: token(ANNA, lifetime=-600), "TOKEN_EXPIRED", "Refresh"),
        (_signed_by_a_stranger, "TOKEN_INVALID", "Log in"),
        (_with_more_grants, "TOKEN_INVALID", "Log in"),
        (lambda: "not.a.token", "TOKEN_INVALID", "Log in"),
        (lambda: "", "TOKEN_MISSING", "Log in"),
    ],
    ids=["expired", "forged", "claims exchanged", "nonsense", "missing"],
)
def test_a_bad_token_is_refused_with_a_remedy_and_changes_nothing(
    anna: Client,
    marketing: RunningService,
    make: Callable[[], str],
    reason: str,
    remedy: str,
) -> None:
    sent = {"Authorization": f"Bearer {make()}"}

    answer = anna("POST", LEADS, json={"company": "Acme"}, headers=sent)

    assert (answer.status_code, answer.json()["reason"]) == (401, reason)
    assert remedy in answer.json()["detail"]
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["X-Trace-Id"]
    assert marketing.table("leads") == []
    assert anna("GET", LEADS, headers=sent).status_code == 401
    in_chinese = anna("GET", LEADS, headers=sent | {"Accept-Language": "zh"})
    assert "登录" in in_chinese.json()["detail"]
