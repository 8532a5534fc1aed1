"""Asking sales whether an account exists. Never inside a transaction."""

from __future__ import annotations

import time
from dataclasses import replace

from meridian.sales.v1 import account_service_pb2

from chassis.call import Call
from chassis.errors import Invalid, NotFound
from chassis.server import Servicer

ACCOUNTS = account_service_pb2.DESCRIPTOR.services_by_name["AccountService"]
# Seconds: a customer on the phone does not wait longer for an answer that can be done without.
PATIENCE = 2.0


def verify_account(servicer: Servicer, call: Call, account_id: str, *, field: str) -> None:
    """Raise Invalid(ACCOUNT_UNKNOWN) unless sales has an account that the caller may see.

    Raises Unavailable if sales does not answer in time.
    """
    patience = time.time() + PATIENCE
    hurried = replace(call, deadline=min(call.deadline or patience, patience))
    try:
        servicer.neighbour(ACCOUNTS).GetAccount(
            account_service_pb2.GetAccountRequest(id=account_id), hurried
        )
    except NotFound:
        raise Invalid("ACCOUNT_UNKNOWN", field=field, account_id=account_id) from None
