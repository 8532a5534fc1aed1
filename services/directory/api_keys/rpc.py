"""ApiKeyService: API keys over gRPC. Each method's errors are stated in api_key_service.proto."""

from __future__ import annotations

from meridian.directory.events.v1 import api_key_events_pb2 as _events  # noqa: F401 - announced by name
from meridian.directory.v1 import api_key_pb2, api_key_service_pb2

from chassis.app import Transaction
from chassis.call import Call
from chassis.errors import Invalid, NotFound
from chassis.records.decoding import from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.server import Servicer
from services.directory.api_keys import store
from services.directory.api_keys.domain import KIND, ApiKey
from services.directory.revocations import store as revocations
from services.directory.secrets import new_secret
from services.directory.users import store as users
from services.directory.users.domain import User


class ApiKeyService(Servicer):
    """API keys: made, shown once, revoked."""

    descriptor = api_key_service_pb2.DESCRIPTOR.services_by_name["ApiKeyService"]

    def CreateApiKey(
        self, request: api_key_service_pb2.CreateApiKeyRequest, call: Call
    ) -> api_key_service_pb2.CreateApiKeyResponse:
        """Make a key. The answer alone carries the secret."""
        with self.transaction(call.without_key()) as tx:
            key = ApiKey(id=tx.new_id("apikey"), **from_proto(request.api_key, ApiKey))
            owner = _owner(tx, key.owner_id or call.identity.subject)
            key.owner_id, key.business_unit_id = owner.id, owner.business_unit_id
            secret = new_secret(KIND, key.id)
            created = key.create(secret.digest, held=owner.role_ids, at=tx.now)
            store.add(tx, key)
            tx.announce(created)
        return api_key_service_pb2.CreateApiKeyResponse(
            api_key=to_proto(key, api_key_pb2.ApiKey), secret=secret.text
        )

    def GetApiKey(
        self, request: api_key_service_pb2.GetApiKeyRequest, call: Call
    ) -> api_key_pb2.ApiKey:
        """Read one key, without its secret."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), api_key_pb2.ApiKey)

    def ListApiKeys(
        self, request: api_key_service_pb2.ListApiKeysRequest, call: Call
    ) -> api_key_service_pb2.ListApiKeysResponse:
        """Page through the keys that the caller may see."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return api_key_service_pb2.ListApiKeysResponse(
            api_keys=to_protos(page.rows, api_key_pb2.ApiKey),
            next_page_token=page.next_page_token,
        )

    def RevokeApiKey(
        self, request: api_key_service_pb2.RevokeApiKeyRequest, call: Call
    ) -> api_key_pb2.ApiKey:
        """End a key for good, and the access tokens got with it."""
        with self.transaction(call) as tx:
            key = store.get(tx, request.id, request.etag)
            revoked = key.revoke(at=tx.now)
            store.save(tx, key)
            revocations.revoke_session(tx, key.id, tx.now)
            tx.announce(revoked)
            return tx.reply(to_proto(key, api_key_pb2.ApiKey))


def _owner(tx: Transaction, user_id: str) -> User:
    """The user for whom a key is made: the caller, or one whom the caller may see."""
    try:
        return users.get(tx, user_id)
    except NotFound as error:
        raise Invalid("USER_UNKNOWN", field="api_key.owner_id", id=user_id) from error
