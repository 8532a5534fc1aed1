"""Customers and all that hangs on them in one region, with a word of its own in every field that people
write; and requests that are refused, with words in them too.
"""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

from google.protobuf.descriptor import Descriptor
from meridian.directory.v1 import customer_move_pb2, user_pb2
from meridian.marketing.v1 import lead_pb2
from meridian.partners.v1 import deal_pb2, partner_pb2
from meridian.sales.v1 import account_pb2, activity_pb2, contact_pb2, opportunity_pb2
from meridian.service.v1 import case_pb2, message_pb2

from cli.processes import wait_until
from tests.faults.person import Person
from tests.faults.region import Region
from tests.regions.canaries import Canaries
from tests.regions.labour import onboard

_AT = "{}@meridian.example"
_PATIENCE = 60.0


class Planter:
    """Plants in one region. shared: an e-mail address that customers of all regions have. peer: another region."""

    def __init__(
        self, name: str, region: Region, canaries: Canaries, shared: str, peer: str
    ) -> None:
        answers: Counter[str] = Counter()
        self._name = name
        self._region = region
        self._canaries = canaries
        self._shared = shared
        self._peer = peer
        self._keys = itertools.count(1)
        self._account = ""
        self.customer_words: set[str] = set()
        """Where the words were planted that tell of the customer."""
        self.people = {
            who: Person(region, _AT.format(who), answers)
            for who in ("administrator", "sara", "mei", "arun")
        }

    def plant(self) -> None:
        """Everything, through the public API."""
        self._declare()
        known = set(self._canaries.planted.values())
        self._account, contact = self._customer()
        self._sell(self._account, contact)
        self._serve(self._account, contact)
        self.customer_words = set(self._canaries.planted.values()) - known
        self._market()
        self._partner()
        self._person()
        # The other region does not know the owner: the question crosses, and the answer is no.
        self.move(self._peer, f"user_{self._peer}_0")
        self._refused()

    def _declare(self) -> None:
        field = {
            "resource": "EXTENSION_RESOURCE_ACCOUNT",
            "name": "canary_note",
            "type": "EXTENSION_TYPE_TEXT",
            "label": {"en": "Note", "zh": "备注"},
        }
        self._make("administrator", "/directory/v1/extension_fields", field)
        if not wait_until(self._is_declared, _PATIENCE, 0.2):
            raise TimeoutError(f"sales in {self._name} does not hear of the field")

    def _is_declared(self) -> bool:
        known = "SELECT name FROM extension_declarations WHERE name = 'canary_note'"
        return bool(self._region.query("sales", known))

    def _customer(self) -> tuple[str, str]:
        addresses = [{"type": "IDENTIFIER_TYPE_EMAIL", "value": self._shared}]
        phone = {
            "type": "IDENTIFIER_TYPE_PHONE",
            "value": self._canaries.phone(f"{self._name} phone"),
        }
        account = self._post(
            "sara",
            "/sales/v1/accounts",
            account_pb2.Account.DESCRIPTOR,
            identifiers=[*addresses, phone],
        )
        link = {"account_id": account, "role": "BUYING_ROLE_BUYER"}
        contact = self._post(
            "sara",
            "/sales/v1/contacts",
            contact_pb2.Contact.DESCRIPTOR,
            identifiers=addresses,
            roles=[link],
        )
        return account, contact

    def _sell(self, account: str, contact: str) -> None:
        opportunity = self._post(
            "sara",
            "/sales/v1/opportunities",
            opportunity_pb2.Opportunity.DESCRIPTOR,
            account_id=account,
            contact_id=contact,
            product_line="storage",
            team=[],
            expected_close_date="2027-02-28",
        )
        self._post(
            "sara",
            "/sales/v1/activities",
            activity_pb2.Activity.DESCRIPTOR,
            subject_id=opportunity,
            participants=[],
            time_zone="Europe/Berlin",
        )

    def _serve(self, account: str, contact: str) -> None:
        case = self._post(
            "arun",
            "/service/v1/cases",
            case_pb2.Case.DESCRIPTOR,
            kind="CASE_KIND_COMPLAINT",
            account_id=account,
            contact_id=contact,
        )
        self._post("arun", f"/service/v1/cases/{case}/messages", message_pb2.Message.DESCRIPTOR)

    def _market(self) -> None:
        lead = self._post("mei", "/marketing/v1/leads", lead_pb2.Lead.DESCRIPTOR)
        path = f"/marketing/v1/leads/{lead}"
        self._make("sara", f"{path}:work", {})
        self._make("sara", f"{path}:qualify", {})
        plan = {"opportunity": {"name": self._canaries.word(f"{self._name} conversion")}}
        self._make("sara", f"{path}:convert", {"plan": plan})

    def _partner(self) -> None:
        self._post(
            "sara",
            "/partners/v1/partners",
            partner_pb2.Partner.DESCRIPTOR,
            territories=["DE"],
            regions=[self._name],
            website="https://partner.example",
        )
        deal = self._post(
            "sara",
            "/partners/v1/deals",
            deal_pb2.Deal.DESCRIPTOR,
            partner_id=onboard(self.people["sara"], "canary"),
            product_line="storage",
            expected_close_date="2027-02-28",
            customer={
                "name": self._canaries.word(f"{self._name} deal.customer.name"),
                "tax_id": "DE123456789",
                "country": "DE",
            },
        )
        for verb in ("submit", "review"):
            self._make("sara", f"/partners/v1/deals/{deal}:{verb}", {})
        self.people["sara"].ask("POST", f"/partners/v1/deals/{deal}:approve", {})

    def _person(self) -> None:
        units = self.people["administrator"].do("GET", "/directory/v1/business_units")
        user = self._canaries.body(
            user_pb2.User.DESCRIPTOR,
            {
                "business_unit_id": units["business_units"][0]["id"],
                "time_zone": "UTC",
                "locale": "en",
            },
            f"{self._name} User",
        )
        self._make("administrator", "/directory/v1/users", {"user": user})

    def move(self, to_region: str, owner_id: str) -> Any:
        """Ask for the customer to be moved; the move."""
        move = self._canaries.body(
            customer_move_pb2.CustomerMove.DESCRIPTOR,
            {"account_id": self._account, "to_region": to_region, "owner_id": owner_id},
            f"{self._name} CustomerMove",
        )
        return self._make("administrator", "/directory/v1/customer_moves", move)

    def _refused(self) -> None:
        """What is logged of requests that go wrong must not tell either."""
        sara, word = self.people["sara"], self._canaries.word
        refused = f"{self._name} refused"
        for method, path, body in (
            ("POST", "/sales/v1/accounts", {word(refused): word(refused)}),
            ("POST", "/sales/v1/accounts", {"name": [word(refused)]}),
            ("POST", "/sales/v1/accounts", {"name": "x", "kind": word(refused)}),
            ("POST", "/marketing/v1/leads", {"email": word(refused), "company": "x"}),
            ("GET", f"/sales/v1/accounts/{word(refused)}", None),
            ("GET", f"/sales/v1/accounts?filter=name%20%3D%20%22{word(refused)}%22", None),
            ("GET", f"/nowhere/{word(refused)}", None),
        ):
            answer = sara.ask(method, path, body)
            assert answer is not None
            assert answer.status_code < 500, answer.text

    def _post(self, who: str, path: str, resource: Descriptor, **fixed: Any) -> str:
        body = self._canaries.body(resource, fixed, f"{self._name} {resource.name}")
        if resource is account_pb2.Account.DESCRIPTOR:
            body["extensions"] = {
                "canary_note": self._canaries.word(f"{self._name} account.extensions")
            }
        return str(self._make(who, path, body)["id"])

    def _make(self, who: str, path: str, body: dict[str, Any]) -> Any:
        key = f"canary {next(self._keys)}"
        return self.people[who].do("POST", path, body, key)
