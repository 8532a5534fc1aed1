"""ContactService: contacts over gRPC. Each method's errors are stated in contact_service.proto."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from google.api import httpbody_pb2
from google.protobuf.empty_pb2 import Empty
from meridian.sales.events.v1 import contact_events_pb2 as _events  # noqa: F401 - announced by name
from meridian.sales.v1 import contact_pb2, contact_service_pb2

from chassis import tables
from chassis.app import Transaction
from chassis.call import Call
from chassis.errors import Invalid
from chassis.exports import export
from chassis.extensions import values
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.server import Servicer
from services.sales import uses
from services.sales.accounts import store as accounts
from services.sales.contacts import store
from services.sales.contacts.domain import Contact
from services.sales.identifiers.domain import Identifier, normalise

#: How many contacts a look-up by identifier answers with.
MOST_FOUND = 50


class ContactService(Servicer):
    """The people at our customers."""

    descriptor = contact_service_pb2.DESCRIPTOR.services_by_name["ContactService"]

    def CreateContact(
        self, request: contact_service_pb2.CreateContactRequest, call: Call
    ) -> contact_pb2.Contact:
        """Enter a contact."""
        with self.transaction(call) as tx:
            contact = Contact(id=tx.new_id("contact"), **from_proto(request.contact, Contact))
            tables.own(tx, contact)
            created = contact.enter()
            values.enter(tx, store.RESOURCE, contact)
            _hold_accounts(tx, contact, known=())
            store.add(tx, contact)
            tx.announce(created)
            return tx.reply(to_proto(contact, contact_pb2.Contact))

    def GetContact(
        self, request: contact_service_pb2.GetContactRequest, call: Call
    ) -> contact_pb2.Contact:
        """Read one contact."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), contact_pb2.Contact)

    def ListContacts(
        self, request: contact_service_pb2.ListContactsRequest, call: Call
    ) -> contact_service_pb2.ListContactsResponse:
        """Page through the contacts that the caller may see."""
        conditions = [store.at_account(request.account_id)] if request.account_id else []
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request, *conditions)
        return contact_service_pb2.ListContactsResponse(
            contacts=to_protos(page.rows, contact_pb2.Contact),
            next_page_token=page.next_page_token,
        )

    def ExportContacts(
        self, request: contact_service_pb2.ExportContactsRequest, call: Call
    ) -> Iterator[httpbody_pb2.HttpBody]:
        """All of a list, as CSV."""
        return export(self.app, call, request, store.LISTING, contact_pb2.Contact)

    def LookupContacts(
        self, request: contact_service_pb2.LookupContactsRequest, call: Call
    ) -> contact_service_pb2.LookupContactsResponse:
        """Find contacts by an identifier."""
        wanted = normalise(Identifier(**from_proto(request.identifier, Identifier)))
        with self.reading(call) as tx:
            found = store.find(tx, store.holders(tx, wanted))
        return contact_service_pb2.LookupContactsResponse(
            contacts=[to_proto(contact, contact_pb2.Contact) for contact in found[:MOST_FOUND]]
        )

    def UpdateContact(
        self, request: contact_service_pb2.UpdateContactRequest, call: Call
    ) -> contact_pb2.Contact:
        """Change the fields named in update_mask."""
        paths = changed_paths(request.contact, request.update_mask.paths)
        with self.transaction(call) as tx:
            contact = store.get(tx, request.contact.id, request.contact.etag)
            known = {role.account_id for role in contact.roles}
            changes = from_proto(request.contact, Contact, paths)
            contact.revise(values.merged(tx, store.RESOURCE, contact, changes))
            _hold_accounts(tx, contact, known)
            store.save(tx, contact)
            return tx.reply(to_proto(contact, contact_pb2.Contact))

    def DeleteContact(self, request: contact_service_pb2.DeleteContactRequest, call: Call) -> Empty:
        """Remove a contact."""
        with self.transaction(call) as tx:
            store.hold(tx, request.id)
            contact = store.get(tx, request.id, request.etag)
            contact.check_deletable(uses.told(uses.of_contact(tx, contact.id)))
            store.remove(tx, contact)
            return tx.reply(Empty())

    def AssignContact(
        self, request: contact_service_pb2.AssignContactRequest, call: Call
    ) -> contact_pb2.Contact:
        """Say who looks after a contact."""
        with self.transaction(call) as tx:
            contact = store.get(tx, request.id, request.etag)
            contact.assign(request.owner_id, request.team_id, request.business_unit_id)
            store.save(tx, contact)
            return tx.reply(to_proto(contact, contact_pb2.Contact))


def _hold_accounts(tx: Transaction, contact: Contact, known: Collection[str]) -> None:
    """Hold the accounts at which the contact gets a role. Errors: Invalid(ACCOUNT_NOT_FOUND)."""
    added = [role.account_id for role in contact.roles if role.account_id not in known]
    if not added:
        return
    accounts.hold(tx, added)
    found = {account.id for account in accounts.find(tx, added)}
    for position, role in enumerate(contact.roles):
        if role.account_id in added and role.account_id not in found:
            raise Invalid("ACCOUNT_NOT_FOUND", field=f"contact.roles[{position}].account_id")
