"""Who calls sales in its tests, and the words in which they ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from google.protobuf.message import Message
from meridian.sales.v1 import (
    account_pb2,
    account_service_pb2,
    activity_service_pb2,
    contact_pb2,
    contact_service_pb2,
    handover_pb2,
    handover_service_pb2,
    opportunity_pb2,
    opportunity_service_pb2,
    pipeline_service_pb2,
)

from chassis.errors import MeridianError
from tests.running import Caller

ACCOUNTS = account_service_pb2.DESCRIPTOR.services_by_name["AccountService"]
CONTACTS = contact_service_pb2.DESCRIPTOR.services_by_name["ContactService"]
PIPELINES = pipeline_service_pb2.DESCRIPTOR.services_by_name["PipelineService"]
OPPORTUNITIES = opportunity_service_pb2.DESCRIPTOR.services_by_name["OpportunityService"]
HANDOVERS = handover_service_pb2.DESCRIPTOR.services_by_name["HandoverService"]
ACTIVITIES = activity_service_pb2.DESCRIPTOR.services_by_name["ActivityService"]


def account(caller: Caller, **fields: Any) -> account_pb2.Account:
    """Enter an account, "Acme" if nothing else is said."""
    request = account_service_pb2.CreateAccountRequest(account={"name": "Acme"} | fields)
    created: account_pb2.Account = caller.call(ACCOUNTS).CreateAccount(request)
    return created


def contact(caller: Caller, **fields: Any) -> contact_pb2.Contact:
    """Enter a contact, "Lee" if nothing else is said."""
    request = contact_service_pb2.CreateContactRequest(contact={"family_name": "Lee"} | fields)
    created: contact_pb2.Contact = caller.call(CONTACTS).CreateContact(request)
    return created


def opportunity(caller: Caller, account_id: str, **fields: Any) -> opportunity_pb2.Opportunity:
    """Enter an opportunity of an account, "Storage" if nothing else is said."""
    values = {"name": "Storage", "account_id": account_id} | fields
    request = opportunity_service_pb2.CreateOpportunityRequest(opportunity=values)
    created: opportunity_pb2.Opportunity = caller.call(OPPORTUNITIES).CreateOpportunity(request)
    return created


def handover(caller: Caller, **fields: Any) -> handover_pb2.Handover:
    """Hand a lead over."""
    request = handover_service_pb2.CreateHandoverRequest(handover=fields)
    created: handover_pb2.Handover = caller.call(HANDOVERS).CreateHandover(request)
    return created


def every(ask: Callable[[Any], Any], request: type[Message], **query: Any) -> Iterator[Any]:
    """What every page of a list holds."""
    token = ""
    while True:
        page = ask(request(page_token=token, **query))
        yield from getattr(page, page.DESCRIPTOR.fields[0].name)
        token = page.next_page_token
        if not token:
            return


def refusal_of(action: Callable[[], object]) -> MeridianError:
    """The refusal that an action meets."""
    with pytest.raises(MeridianError) as refusal:
        action()
    return refusal.value
