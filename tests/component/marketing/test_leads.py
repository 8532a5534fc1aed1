"""Leads through real gRPC on a real PostgreSQL (MKT-2, MKT-3)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from meridian.marketing.v1 import lead_pb2, lead_service_pb2

from chassis.errors import Aborted, Denied, Invalid, MeridianError, NotFound, Refused
from services.marketing.manifest import SERVICE
from tests.running import Caller, RunningService

LEADS = lead_service_pb2.DESCRIPTOR.services_by_name["LeadService"]


@pytest.fixture
def marketing(run_service: Callable[..., RunningService]) -> RunningService:
    return run_service(SERVICE)


@pytest.fixture
def anna(marketing: RunningService) -> Caller:
    return marketing.caller("user_anna", "marketing.leads.*@region")


def create(caller: Caller, **fields: Any) -> lead_pb2.Lead:
    return caller.call(LEADS).CreateLead(
        lead_service_pb2.CreateLeadRequest(lead=fields or {"company": "Acme"})
    )


def listed(caller: Caller, **query: Any) -> list[str]:
    """The companies of every page."""
    companies, token = [], ""
    while True:
        request = lead_service_pb2.ListLeadsRequest(page_token=token, **query)
        page = caller.call(LEADS).ListLeads(request)
        companies += [lead.company for lead in page.leads]
        token = page.next_page_token
        if not token:
            return companies


def refusal_of(action: Callable[[], object]) -> MeridianError:
    with pytest.raises(MeridianError) as refusal:
        action()
    return refusal.value


def test_a_lead_is_captured_read_and_announced(marketing: RunningService, anna: Caller) -> None:
    created = create(anna, family_name="Wang", email="wang@example.com", source="web")

    assert created.id.startswith("lead_na_")
    assert created.state == lead_pb2.LEAD_STATE_NEW
    assert created.etag == "1"
    assert anna.call(LEADS).GetLead(lead_service_pb2.GetLeadRequest(id=created.id)) == created
    assert marketing.events() == ["LeadCreated"]


def test_every_wrong_field_is_named_at_once(marketing: RunningService, anna: Caller) -> None:
    refusal = refusal_of(lambda: create(anna, email="nobody", country="de", city="x" * 101))

    assert isinstance(refusal, Invalid)
    assert [(v.field, v.reason) for v in refusal.violations] == [
        ("lead.email", "STRING_EMAIL"),
        ("lead.country", "STRING_PATTERN"),
        ("lead.city", "STRING_MAX_LEN"),
    ]
    assert marketing.table("leads") == []
    assert marketing.events() == []


def test_what_the_service_sets_cannot_be_sent(anna: Caller) -> None:
    created = create(anna, company="Acme", state=lead_pb2.LEAD_STATE_QUALIFIED, owner_id="user_x")

    assert created.state == lead_pb2.LEAD_STATE_NEW
    assert created.owner_id == ""


def test_an_update_changes_the_fields_of_its_mask_alone(anna: Caller) -> None:
    created = create(anna, company="Acme", city="Berlin", phone="1")

    request = lead_service_pb2.UpdateLeadRequest(
        lead={"id": created.id, "etag": "1", "company": "ignored", "city": "", "phone": "2"},
        update_mask={"paths": ["city", "phone"]},
    )
    updated = anna.call(LEADS).UpdateLead(request)

    assert (updated.company, updated.city, updated.phone) == ("Acme", "", "2")
    assert updated.etag == "2"


def test_a_mask_cannot_name_what_the_service_sets(anna: Caller) -> None:
    created = create(anna)
    request = lead_service_pb2.UpdateLeadRequest(
        lead={"id": created.id}, update_mask={"paths": ["state"]}
    )

    refusal = refusal_of(lambda: anna.call(LEADS).UpdateLead(request))

    assert (refusal.reason, refusal.params["path"]) == ("FIELD_NOT_UPDATABLE", "state")


def test_a_stale_etag_changes_nothing(marketing: RunningService, anna: Caller) -> None:
    created = create(anna)
    work = lead_service_pb2.WorkLeadRequest(id=created.id, etag="7")

    refusal = refusal_of(lambda: anna.call(LEADS).WorkLead(work))

    assert isinstance(refusal, Aborted)
    assert refusal.reason == "STALE_ETAG"
    assert [row["state"] for row in marketing.table("leads")] == ["new"]
    assert marketing.events() == ["LeadCreated"]


def test_verbs_move_a_lead_and_announce_it(marketing: RunningService, anna: Caller) -> None:
    created = create(anna)
    leads = anna.call(LEADS)

    worked = leads.WorkLead(lead_service_pb2.WorkLeadRequest(id=created.id))
    qualified = leads.QualifyLead(lead_service_pb2.QualifyLeadRequest(id=created.id, etag="2"))

    assert worked.state == lead_pb2.LEAD_STATE_WORKING
    assert worked.HasField("first_response_time")
    assert qualified.state == lead_pb2.LEAD_STATE_QUALIFIED
    assert marketing.events() == ["LeadCreated", "LeadWorked", "LeadQualified"]


def test_a_forbidden_move_is_refused_and_nothing_changes(
    marketing: RunningService, anna: Caller
) -> None:
    created = create(anna)
    leads = anna.call(LEADS)
    leads.DisqualifyLead(
        lead_service_pb2.DisqualifyLeadRequest(
            id=created.id, reason=lead_pb2.DISQUALIFY_REASON_NO_NEED
        )
    )

    refusal = refusal_of(lambda: leads.WorkLead(lead_service_pb2.WorkLeadRequest(id=created.id)))

    assert isinstance(refusal, Refused)
    assert (refusal.reason, refusal.params) == ("LEAD_NOT_WORKABLE", {"state": "disqualified"})
    assert [row["state"] for row in marketing.table("leads")] == ["disqualified"]


def test_a_lead_is_deleted(marketing: RunningService, anna: Caller) -> None:
    created = create(anna)

    anna.call(LEADS).DeleteLead(lead_service_pb2.DeleteLeadRequest(id=created.id))

    assert marketing.table("leads") == []
    get = lead_service_pb2.GetLeadRequest(id=created.id)
    assert isinstance(refusal_of(lambda: anna.call(LEADS).GetLead(get)), NotFound)


def test_lists_filter_order_and_page(anna: Caller) -> None:
    for company in ("Delta", "Alpha", "Charlie", "Bravo"):
        create(anna, company=company, country="DE" if company < "C" else "FR")

    assert listed(anna, order_by="company", page_size=3) == ["Alpha", "Bravo", "Charlie", "Delta"]
    assert listed(anna, order_by="company desc", filter="country = DE") == ["Bravo", "Alpha"]
    assert listed(anna, filter='company : "ELT"') == ["Delta"]
    assert listed(anna, filter='NOT (company = "A*" OR country = FR)') == ["Bravo"]
    assert listed(anna, filter='state = LEAD_STATE_NEW AND state = "NEW"', page_size=1) == [
        "Bravo",
        "Charlie",
        "Alpha",
        "Delta",
    ]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"filter": "phone = 1"}, "FILTER_FIELD_UNKNOWN"),
        ({"filter": "state ="}, "FILTER_SYNTAX"),
        ({"filter": "create_time > yesterday"}, "FILTER_VALUE"),
        ({"filter": 'create_time : "2026"'}, "FILTER_OPERATOR"),
        ({"filter": "state = GONE"}, "FILTER_CHOICE_UNKNOWN"),
        ({"filter": 'state != "gone"'}, "FILTER_CHOICE_UNKNOWN"),
        ({"order_by": "phone"}, "ORDER_FIELD_UNKNOWN"),
        ({"page_token": "abc"}, "PAGE_TOKEN_INVALID"),
        ({"page_size": -1}, "INT32_GTE_LTE"),
        ({"page_size": 201}, "INT32_GTE_LTE"),
    ],
)
def test_a_list_says_what_it_cannot_do(anna: Caller, query: dict[str, Any], reason: str) -> None:
    refusal = refusal_of(
        lambda: anna.call(LEADS).ListLeads(lead_service_pb2.ListLeadsRequest(**query))
    )

    assert isinstance(refusal, Invalid)
    assert [(v.field, v.reason) for v in refusal.violations] == [(next(iter(query)), reason)]


def test_without_the_permission_nothing_is_done(marketing: RunningService) -> None:
    reader = marketing.caller("user_rita", "marketing.leads.read@all")

    refusal = refusal_of(lambda: create(reader))

    assert isinstance(refusal, Denied)
    assert refusal.params == {"permission": "marketing.leads.create"}
    assert marketing.table("leads") == []


def test_somebody_elses_lead_is_not_to_be_seen(marketing: RunningService, anna: Caller) -> None:
    created = create(anna)
    stranger = marketing.caller("user_stan", "marketing.leads.*@own")

    get = lead_service_pb2.GetLeadRequest(id=created.id)

    assert isinstance(refusal_of(lambda: stranger.call(LEADS).GetLead(get)), NotFound)
    assert listed(stranger) == []


def test_the_same_key_has_one_effect_and_one_answer(
    marketing: RunningService, anna: Caller
) -> None:
    keyed = anna.with_key("key-1")

    first, second = create(keyed), create(keyed)
    refusal = refusal_of(lambda: create(keyed, company="Other"))

    assert first == second
    assert refusal.reason == "IDEMPOTENCY_KEY_REUSED"
    assert len(marketing.table("leads")) == 1
    assert marketing.events() == ["LeadCreated"]


def test_the_same_key_at_the_same_moment_has_one_effect(
    marketing: RunningService, anna: Caller
) -> None:
    def attempt(_number: int) -> str:
        try:
            return create(anna.with_key("key-1")).id
        except Aborted as busy:
            return busy.reason

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(attempt, range(8)))

    stored = {row["id"] for row in marketing.table("leads")}
    assert len(stored) == 1
    assert answers - {"REQUEST_IN_PROGRESS"} == stored


def duplicates(caller: Caller, lead: lead_pb2.Lead) -> dict[str, tuple[int, list[str]]]:
    request = lead_service_pb2.ListLeadDuplicatesRequest(lead_id=lead.id)
    found = caller.call(LEADS).ListLeadDuplicates(request).duplicates
    return {each.lead_id: (each.match, list(each.matched_on)) for each in found}


def test_possible_duplicates_are_flagged_and_explained(anna: Caller) -> None:
    first = create(
        anna, given_name="José", family_name="Álvarez", postal_code="1000", phone="030 1"
    )
    alike = create(anna, given_name="ALVAREZ", family_name="jose", postal_code="10-00")
    exact = create(
        anna, given_name="José", family_name="Álvarez", postal_code="1000", phone="030 1"
    )
    other = create(anna, given_name="José", family_name="Álvarez", postal_code="2000")

    assert first.duplicate_match == lead_pb2.DUPLICATE_MATCH_NONE
    assert alike.duplicate_match == lead_pb2.DUPLICATE_MATCH_NORMALISED
    assert exact.duplicate_match == lead_pb2.DUPLICATE_MATCH_EXACT
    assert other.duplicate_match == lead_pb2.DUPLICATE_MATCH_NONE
    assert duplicates(anna, first) == {
        exact.id: (lead_pb2.DUPLICATE_MATCH_EXACT, ["address"]),
        alike.id: (lead_pb2.DUPLICATE_MATCH_NORMALISED, ["address"]),
    }


def test_a_changed_lead_is_compared_as_it_is_now(anna: Caller) -> None:
    first = create(anna, email="wang@example.com")
    second = create(anna, email="li@example.com")
    update = lead_service_pb2.UpdateLeadRequest(
        lead={"id": second.id, "email": "Wang@Example.com"}, update_mask={"paths": ["email"]}
    )

    anna.call(LEADS).UpdateLead(update)

    assert list(duplicates(anna, first)) == [second.id]


def test_a_source_sends_a_record_once(marketing: RunningService, anna: Caller) -> None:
    create(anna, company="Acme", source="fair", source_reference="7")
    create(anna, company="Acme", source="web", source_reference="7")

    refusal = refusal_of(lambda: create(anna, company="X", source="fair", source_reference="7"))

    assert (refusal.reason, refusal.params) == ("LEAD_KNOWN", {"source": "fair", "reference": "7"})
    assert len(marketing.table("leads")) == 2


def test_who_sees_only_their_own_leads_owns_what_they_enter(marketing: RunningService) -> None:
    rep = marketing.caller(
        "user_rep", "marketing.leads.*@own", teams=("team_1",), business_unit="bu_1"
    )

    created = create(rep)

    assert (created.owner_id, created.team_id) == ("user_rep", "team_1")
    assert created.business_unit_id == "bu_1"
    assert listed(rep) == ["Acme"]


def test_a_lead_is_assigned_put_aside_and_recycled(marketing: RunningService, anna: Caller) -> None:
    created = create(anna)
    leads = anna.call(LEADS)

    assign = lead_service_pb2.AssignLeadRequest(id=created.id, owner_id="user_rep", team_id="t1")
    assigned = leads.AssignLead(assign)
    nurtured = leads.NurtureLead(lead_service_pb2.NurtureLeadRequest(id=created.id))
    recycled = leads.RecycleLead(lead_service_pb2.RecycleLeadRequest(id=created.id))

    assert (assigned.owner_id, assigned.team_id) == ("user_rep", "t1")
    assert nurtured.state == lead_pb2.LEAD_STATE_NURTURING
    assert (recycled.state, recycled.owner_id) == (lead_pb2.LEAD_STATE_RECYCLED, "")
    assert marketing.events() == ["LeadCreated", "LeadAssigned", "LeadNurtured", "LeadRecycled"]
