"""TokenService: access tokens over gRPC. Each method's errors are stated in token_service.proto."""

from __future__ import annotations

from datetime import UTC, datetime

from google.protobuf.json_format import ParseDict
from meridian.directory.v1 import token_service_pb2

from chassis.app import App, Transaction
from chassis.call import Call
from chassis.errors import Unauthenticated
from chassis.records.encoding import to_proto, to_timestamp
from chassis.server import Servicer
from chassis.tokens import Identity
from services.directory.api_keys import store as api_keys
from services.directory.api_keys.domain import KIND as API_KEY
from services.directory.authority import Authority, jwks
from services.directory.linked_identities import store as linked_identities
from services.directory.revocations import store as revocations
from services.directory.secrets import record_of
from services.directory.tokens.identities import identity_of, identity_of_service
from services.directory.users import store as users
from services.directory.users.domain import User


class TokenService(Servicer):
    """Access tokens: exchanged for other proofs of identity, and what others need to check them."""

    descriptor = token_service_pb2.DESCRIPTOR.services_by_name["TokenService"]

    def __init__(self, app: App) -> None:
        super().__init__(app)
        self._authority = Authority(app.settings, app.clock)
        self._jwks = ParseDict(dict(jwks(app.settings)), token_service_pb2.Jwks())
        self._exchanges = {
            token_service_pb2.SUBJECT_TOKEN_TYPE_API_KEY: self._exchange_api_key,
            token_service_pb2.SUBJECT_TOKEN_TYPE_OUTSIDE_JWT: self._exchange_outside_token,
            token_service_pb2.SUBJECT_TOKEN_TYPE_SERVICE_CREDENTIAL: self._exchange_credential,
        }

    def ExchangeToken(
        self, request: token_service_pb2.ExchangeTokenRequest, call: Call
    ) -> token_service_pb2.ExchangedToken:
        """Get an access token for another proof of identity."""
        exchange = self._exchanges[request.subject_token_type]
        return exchange(request.subject_token, call.without_key())

    def GetJwks(
        self, request: token_service_pb2.GetJwksRequest, call: Call
    ) -> token_service_pb2.Jwks:
        """Read the public keys that check access tokens."""
        return self._jwks

    def ListRevocations(
        self, request: token_service_pb2.ListRevocationsRequest, call: Call
    ) -> token_service_pb2.ListRevocationsResponse:
        """Read which access tokens no longer count although they have not expired."""
        since = _moment(request) if request.HasField("since") else None
        with self.reading(call) as tx:
            rows = revocations.in_force(tx, since, tx.now)
        return token_service_pb2.ListRevocationsResponse(
            revocations=[to_proto(row, token_service_pb2.Revocation) for row in rows],
            as_of_time=to_timestamp(call.now),
        )

    def _exchange_api_key(self, text: str, call: Call) -> token_service_pb2.ExchangedToken:
        with self.transaction(call) as tx:
            known = api_keys.find(tx, record_of(API_KEY, text))
            owner = users.lock(tx, known.owner_id) if known else None
            # Read again under the lock, which a revocation of the user's rights waits for.
            key = api_keys.find(tx, known.id) if known else None
            if key is None or owner is None or not owner.may_act or not key.opens(text, tx.now):
                raise Unauthenticated("API_KEY_INVALID")
            if key.use_is_news(tx.now):
                api_keys.note_use(tx, key.id, tx.now)
            return self._signed_for(tx, owner, key.id, key.roles_within(owner.role_ids))

    def _exchange_outside_token(self, text: str, call: Call) -> token_service_pb2.ExchangedToken:
        # Outside the transaction: it may fetch the issuer's keys.
        claims = self._authority.outside_claims(text)
        with self.transaction(call) as tx:
            link = linked_identities.find(tx, str(claims["iss"]), str(claims["sub"]))
            owner = users.lock(tx, link.owner_id) if link else None
            if link is None or owner is None or not owner.may_act:
                raise Unauthenticated("IDENTITY_NOT_LINKED", issuer=claims["iss"])
            return self._signed_for(tx, owner, link.id, owner.role_ids)

    def _exchange_credential(self, text: str, call: Call) -> token_service_pb2.ExchangedToken:
        account = self._authority.service_account(text)
        identity = identity_of_service(account, self.app.region)
        if identity is None:
            raise Unauthenticated("SERVICE_CREDENTIAL_INVALID")
        return self._signed(identity)

    def _signed_for(
        self, tx: Transaction, user: User, session_id: str, role_ids: tuple[str, ...]
    ) -> token_service_pb2.ExchangedToken:
        return self._signed(identity_of(tx, user, session_id, role_ids))

    def _signed(self, identity: Identity) -> token_service_pb2.ExchangedToken:
        access = self._authority.sign(identity)
        return token_service_pb2.ExchangedToken(
            access_token=access.text,
            expires_in=access.expires_in,
            token_type="Bearer",  # noqa: S106 - the scheme, not a secret
        )


def _moment(request: token_service_pb2.ListRevocationsRequest) -> datetime:
    moment: datetime = request.since.ToDatetime(UTC)
    return moment
