"""The states, kinds and events of cases (SVC-1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CaseState(StrEnum):
    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REOPENED = "reopened"
    MERGED = "merged"


class PendingReason(StrEnum):
    CUSTOMER = "customer"
    VENDOR = "vendor"
    PART = "part"
    INTERNAL = "internal"


class CasePriority(StrEnum):
    """From the least to the most urgent."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"

    @property
    def raised(self) -> CasePriority:
        """The next more urgent one; the most urgent stays."""
        order = list(CasePriority)
        return order[min(order.index(self) + 1, len(order) - 1)]


class CaseKind(StrEnum):
    QUESTION = "question"
    FAULT = "fault"
    REQUEST = "request"
    COMPLAINT = "complaint"


class CaseChannel(StrEnum):
    PHONE = "phone"
    EMAIL = "email"
    WEB = "web"
    CHAT = "chat"
    FAX = "fax"


@dataclass(frozen=True)
class CaseCreated:
    case_id: str
    kind: str
    priority: str
    channel: str
    account_id: str
    contact_id: str
    asset_id: str
    parent_id: str


@dataclass(frozen=True)
class CaseAssigned:
    case_id: str
    owner_id: str
    team_id: str


@dataclass(frozen=True)
class CasePrioritized:
    case_id: str
    priority: str
    old_priority: str


@dataclass(frozen=True)
class CaseHeld:
    case_id: str
    reason: str


@dataclass(frozen=True)
class CaseResumed:
    case_id: str


@dataclass(frozen=True)
class CaseAnswered:
    case_id: str
    first_response_time: datetime


@dataclass(frozen=True)
class CaseResolved:
    case_id: str
    account_id: str
    resolve_time: datetime


@dataclass(frozen=True)
class CaseClosed:
    case_id: str
    account_id: str
    close_time: datetime


@dataclass(frozen=True)
class CaseReopened:
    case_id: str
    account_id: str
    reopen_count: int


@dataclass(frozen=True)
class CaseAcknowledged:
    case_id: str
    acknowledge_time: datetime


@dataclass(frozen=True)
class CaseSignedOff:
    case_id: str
    signed_off_by_id: str
    sign_off_time: datetime


@dataclass(frozen=True)
class CaseAttached:
    case_id: str
    parent_id: str


@dataclass(frozen=True)
class CaseMerged:
    case_id: str
    into_id: str


@dataclass(frozen=True)
class CaseSplit:
    case_id: str
    new_case_id: str
