"""Partners through real gRPC on a real PostgreSQL (PRM-1)."""

from __future__ import annotations

from typing import Any

from meridian.partners.v1 import partner_pb2, partner_service_pb2

from chassis.errors import Aborted, Denied, Invalid, NotFound, Refused
from tests.component.partners.onboarding import (
    PARTNERS,
    activate,
    apply,
    check,
    offer,
    refusal_of,
    sign,
    suspend,
)
from tests.running import Caller, RunningService

Request = partner_service_pb2


def listed(caller: Caller, **query: Any) -> list[str]:
    """Names on all pages."""
    names: list[str] = []
    token = ""
    while True:
        request = Request.ListPartnersRequest(page_token=token, **query)
        page = caller.call(PARTNERS).ListPartners(request)
        names += [partner.name for partner in page.partners]
        token = page.next_page_token
        if not token:
            return names


def test_an_application_belongs_to_whoever_took_it(partners: RunningService, mia: Caller) -> None:
    contact = {"name": "Jo Petersen", "function": "channel sales", "email": "jo@hanse.example"}
    created = apply(mia, contacts=[contact], territories=["de-north"], regions=["emea"])

    assert created.id.startswith("partner_na_")
    assert (created.state, created.etag) == (partner_pb2.PARTNER_STATE_APPLIED, "1")
    owner = (created.owner_id, created.team_id, created.business_unit_id)
    assert owner == ("user_mia", "team_na_1", "bu_na_1")
    assert created.contacts[0].email == "jo@hanse.example"
    assert mia.call(PARTNERS).GetPartner(Request.GetPartnerRequest(id=created.id)) == created
    assert partners.events() == ["PartnerCreated"]


def test_an_application_without_a_company_is_refused(partners: RunningService, mia: Caller) -> None:
    refusal = refusal_of(lambda: apply(mia, name="", country=""))

    assert isinstance(refusal, Invalid)
    assert [v.field for v in refusal.violations] == ["partner.name", "partner.country"]
    assert partners.table("partners") == []
    assert partners.events() == []


def test_onboarding_comes_in_order(partners: RunningService, mia: Caller) -> None:
    partner = activate(mia)

    assert partner.state == partner_pb2.PARTNER_STATE_ACTIVE
    assert partner.tier == partner_pb2.PARTNER_TIER_GOLD
    assert (partner.commission_rate_bp, partner.currency) == (1250, "EUR")
    assert (partner.agreement_reference, partner.agreement_date) == ("C-17", "2026-01-31")
    assert [(e.evidence, e.checked_by) for e in partner.due_diligence] == [
        ("report 17", "user_mia")
    ] * 5
    assert partners.events() == [
        "PartnerCreated",
        "PartnerExamined",
        *["PartnerChecked"] * 5,
        "PartnerAgreementOffered",
        "PartnerAgreementSigned",
        "PartnerActivated",
    ]


def test_a_failed_check_stands_in_the_way(partners: RunningService, mia: Caller) -> None:
    partner_id = apply(mia).id
    mia.call(PARTNERS).ExaminePartner(Request.ExaminePartnerRequest(id=partner_id))
    check(mia, partner_id)
    check(mia, partner_id, partner_pb2.DUE_DILIGENCE_CHECK_SANCTIONS, result="FAILED")

    refusal = refusal_of(lambda: offer(mia, partner_id))

    assert isinstance(refusal, Refused)
    assert (refusal.reason, refusal.params) == ("DUE_DILIGENCE_INCOMPLETE", {"checks": "sanctions"})
    assert [row["state"] for row in partners.table("partners")] == ["in_due_diligence"]


def test_nothing_is_activated_unsigned(partners: RunningService, mia: Caller) -> None:
    partner_id = apply(mia).id
    partner = mia.call(PARTNERS)
    partner.ExaminePartner(Request.ExaminePartnerRequest(id=partner_id))
    check(mia, partner_id)
    offer(mia, partner_id)

    activation = Request.ActivatePartnerRequest(id=partner_id)
    refusals = [
        refusal_of(lambda: partner.ActivatePartner(activation)).reason,
        refusal_of(lambda: sign(mia, partner_id, "2999-01-01")).reason,
        refusal_of(lambda: sign(mia, partner_id, "2026-02-30")).reason,
    ]

    assert refusals == ["AGREEMENT_NOT_SIGNED", "DATE_IN_FUTURE", "DATE_INVALID"]
    assert [row["state"] for row in partners.table("partners")] == ["agreement"]


def test_a_partner_is_suspended_reinstated_and_leaves(
    partners: RunningService, mia: Caller
) -> None:
    partner_id = activate(mia).id
    partner = mia.call(PARTNERS)

    suspended = suspend(mia, partner_id)
    again = refusal_of(lambda: suspend(mia, partner_id))
    reinstated = partner.ReinstatePartner(Request.ReinstatePartnerRequest(id=partner_id))
    leave = Request.ExitPartnerRequest(id=partner_id, reason=partner_pb2.PARTNER_REASON_OTHER)
    unexplained = refusal_of(lambda: partner.ExitPartner(leave))
    leave.note = "sold to a competitor"
    exited = partner.ExitPartner(leave)

    assert suspended.reason == partner_pb2.PARTNER_REASON_COMPLIANCE
    assert (again.reason, again.params) == ("PARTNER_NOT_ACTIVE", {"state": "suspended"})
    assert reinstated.reason == partner_pb2.PARTNER_REASON_UNSPECIFIED
    assert unexplained.reason == "NOTE_NEEDED"
    assert (exited.state, exited.reason_note) == (
        partner_pb2.PARTNER_STATE_EXITED,
        "sold to a competitor",
    )
    assert partners.events()[-3:] == ["PartnerSuspended", "PartnerReinstated", "PartnerExited"]


def test_terms_and_manager_change(partners: RunningService, mia: Caller) -> None:
    partner_id = activate(mia).id
    terms = Request.ChangePartnerTermsRequest(
        id=partner_id, tier=partner_pb2.PARTNER_TIER_PLATINUM, commission_rate_bp=0, currency="USD"
    )
    changed = mia.call(PARTNERS).ChangePartnerTerms(terms)
    terms.currency = "XXX"
    unknown = refusal_of(lambda: mia.call(PARTNERS).ChangePartnerTerms(terms))
    terms.commission_rate_bp = 10_001
    too_high = refusal_of(lambda: mia.call(PARTNERS).ChangePartnerTerms(terms))
    assigned = mia.call(PARTNERS).AssignPartner(
        Request.AssignPartnerRequest(id=partner_id, owner_id="user_tom", business_unit_id="bu_na_1")
    )

    assert (changed.tier, changed.commission_rate_bp, changed.currency) == (4, 0, "USD")
    assert (unknown.reason, too_high.reason) == ("CURRENCY_UNKNOWN", "INVALID_FIELDS")
    assert (assigned.owner_id, assigned.currency) == ("user_tom", "USD")
    assert partners.events()[-2:] == ["PartnerTermsChanged", "PartnerAssigned"]


def test_an_update_changes_what_its_mask_names(partners: RunningService, mia: Caller) -> None:
    created = apply(mia, website="https://old.example", regions=["emea"])
    request = Request.UpdatePartnerRequest(
        partner={"id": created.id, "etag": "1", "regions": ["emea", "apac"]},
        update_mask={"paths": ["regions", "website"]},
    )

    updated = mia.call(PARTNERS).UpdatePartner(request)
    stale = refusal_of(lambda: mia.call(PARTNERS).UpdatePartner(request))

    assert (list(updated.regions), updated.website, updated.name) == (
        ["emea", "apac"],
        "",
        "Hanse IT",
    )
    assert isinstance(stale, Aborted)
    assert [row["version"] for row in partners.table("partners")] == [2]


def test_rate_and_state_are_not_for_updates(mia: Caller) -> None:
    created = apply(mia, commission_rate_bp=9000, state=partner_pb2.PARTNER_STATE_ACTIVE)
    request = Request.UpdatePartnerRequest(
        partner={"id": created.id, "commission_rate_bp": 1},
        update_mask={"paths": ["commission_rate_bp"]},
    )

    assert (created.commission_rate_bp, created.state) == (0, partner_pb2.PARTNER_STATE_APPLIED)
    refusal = refusal_of(lambda: mia.call(PARTNERS).UpdatePartner(request))
    assert refusal.reason == "FIELD_NOT_UPDATABLE"


def test_only_an_untouched_application_is_removed(partners: RunningService, mia: Caller) -> None:
    untouched, examined = apply(mia).id, apply(mia).id
    mia.call(PARTNERS).ExaminePartner(Request.ExaminePartnerRequest(id=examined))

    mia.call(PARTNERS).DeletePartner(Request.DeletePartnerRequest(id=untouched))
    delete = Request.DeletePartnerRequest(id=examined)
    refusal = refusal_of(lambda: mia.call(PARTNERS).DeletePartner(delete))

    assert refusal.reason == "PARTNER_NOT_DELETABLE"
    assert [row["id"] for row in partners.table("partners")] == [examined]


def test_lists_filter_order_and_page(mia: Caller) -> None:
    activate(mia, name="Delta", country="FR")
    for name in ("Bravo", "Alpha", "Charlie"):
        apply(mia, name=name)

    assert listed(mia, page_size=3) == ["Alpha", "Bravo", "Charlie", "Delta"]
    assert listed(mia, order_by="name desc", filter="country = DE") == ["Charlie", "Bravo", "Alpha"]
    assert listed(mia, filter="state = ACTIVE AND tier = GOLD") == ["Delta"]


def test_partner_users_see_their_own_company_alone(partners: RunningService, mia: Caller) -> None:
    own, other = activate(mia, name="Own"), activate(mia, name="Other")
    user = partners.caller("user_jo", "partners.partners.read@partner", partner_id=own.id)
    nobody = partners.caller("user_no", "partners.partners.read@partner")

    assert listed(user) == ["Own"]
    assert listed(nobody) == []
    assert user.call(PARTNERS).GetPartner(Request.GetPartnerRequest(id=own.id)) == own
    get = Request.GetPartnerRequest(id=other.id)
    assert isinstance(refusal_of(lambda: user.call(PARTNERS).GetPartner(get)), NotFound)
    leave = Request.ExitPartnerRequest(id=own.id, reason=partner_pb2.PARTNER_REASON_COMPLIANCE)
    refusal = refusal_of(lambda: user.call(PARTNERS).ExitPartner(leave))
    assert isinstance(refusal, Denied)
    assert refusal.params == {"permission": "partners.partners.exit"}


def test_the_same_key_has_one_effect_and_one_answer(partners: RunningService, mia: Caller) -> None:
    keyed = mia.with_key("key-1")

    assert apply(keyed) == apply(keyed)
    assert len(partners.table("partners")) == 1
