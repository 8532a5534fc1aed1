"""LinkedIdentityService: outside accounts over gRPC. Errors are in linked_identity_service.proto."""

from __future__ import annotations

from google.protobuf.empty_pb2 import Empty
from meridian.directory.v1 import linked_identity_pb2, linked_identity_service_pb2

from chassis.call import Call
from chassis.records.decoding import from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.server import Servicer
from services.directory.linked_identities import store
from services.directory.linked_identities.domain import LinkedIdentity
from services.directory.revocations import store as revocations
from services.directory.users import store as users


class LinkedIdentityService(Servicer):
    """Which accounts at outside OIDC issuers stand for which users."""

    descriptor = linked_identity_service_pb2.DESCRIPTOR.services_by_name["LinkedIdentityService"]

    def CreateLinkedIdentity(
        self, request: linked_identity_service_pb2.CreateLinkedIdentityRequest, call: Call
    ) -> linked_identity_pb2.LinkedIdentity:
        """Link an account to a user."""
        believed = {each.issuer for each in self.app.settings.tokens.outside_issuers}
        with self.transaction(call) as tx:
            given = from_proto(request.linked_identity, LinkedIdentity)
            identity = LinkedIdentity(id=tx.new_id("ident"), **given)
            identity.create(believed)
            owner = users.known(tx, identity.owner_id, field="linked_identity.owner_id")
            identity.business_unit_id = owner.business_unit_id
            store.add(tx, identity)
            return tx.reply(to_proto(identity, linked_identity_pb2.LinkedIdentity))

    def GetLinkedIdentity(
        self, request: linked_identity_service_pb2.GetLinkedIdentityRequest, call: Call
    ) -> linked_identity_pb2.LinkedIdentity:
        """Read one link."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), linked_identity_pb2.LinkedIdentity)

    def ListLinkedIdentities(
        self, request: linked_identity_service_pb2.ListLinkedIdentitiesRequest, call: Call
    ) -> linked_identity_service_pb2.ListLinkedIdentitiesResponse:
        """Page through the links that the caller may see."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        message = linked_identity_pb2.LinkedIdentity
        return linked_identity_service_pb2.ListLinkedIdentitiesResponse(
            linked_identities=to_protos(page.rows, message),
            next_page_token=page.next_page_token,
        )

    def DeleteLinkedIdentity(
        self, request: linked_identity_service_pb2.DeleteLinkedIdentityRequest, call: Call
    ) -> Empty:
        """Undo a link."""
        with self.transaction(call) as tx:
            identity = store.get(tx, request.id, request.etag)
            store.remove(tx, identity)
            revocations.revoke_session(tx, identity.id, tx.now)
            return tx.reply(Empty())
