"""The states of a deal registration, its reasons, and from where each verb may be used (PRM-4)."""

from __future__ import annotations

from enum import StrEnum


class DealState(StrEnum):
    """How far a deal registration has come."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    UNDER_REVIEW = "under_review"
    RETURNED = "returned"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CONVERTING = "converting"
    CONVERTED = "converted"
    CLEARING = "clearing"
    CONFLICTED = "conflicted"
    WITHDRAWN = "withdrawn"


class DealOutcome(StrEnum):
    """What became of a converted deal."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class DealRejectReason(StrEnum):
    """Why a registration was not accepted."""

    CONFLICT = "conflict"
    NOT_QUALIFIED = "not_qualified"
    OUT_OF_TERRITORY = "out_of_territory"
    INSUFFICIENT_INFORMATION = "insufficient_information"
    OTHER = "other"


class DealVerdict(StrEnum):
    """A step of a registration."""

    SUBMITTED = "submitted"
    REVIEWED = "reviewed"
    RETURNED = "returned"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CONVERSION_STARTED = "conversion_started"
    CONVERSION_REFUSED = "conversion_refused"
    CONVERTED = "converted"
    WON = "won"
    LOST = "lost"
    REOPENED = "reopened"
    CLEARING_STARTED = "clearing_started"
    CLEARING_DELAYED = "clearing_delayed"
    CONFLICTED = "conflicted"
    WITHDRAWN = "withdrawn"


#: From which states each verb may be used.
EDITABLE = {DealState.DRAFT, DealState.RETURNED}
WAITING = {DealState.SUBMITTED, DealState.UNDER_REVIEW}
REVIEWABLE = {DealState.SUBMITTED, DealState.CONFLICTED}
REJECTABLE = {
    DealState.SUBMITTED,
    DealState.UNDER_REVIEW,
    DealState.CONFLICTED,
    DealState.APPROVED,
}
WITHDRAWABLE = REJECTABLE | {DealState.RETURNED, DealState.CLEARING}
