"""Exchanging proofs of identity for access tokens, and what others need to check them (PLT-2)."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from google.protobuf.json_format import MessageToDict
from jwt.algorithms import RSAAlgorithm
from meridian.directory.v1 import (
    api_key_service_pb2,
    linked_identity_service_pb2,
    token_service_pb2,
    user_service_pb2,
)

from chassis.app import utc_now
from chassis.environment import SettingsError
from chassis.errors import AlreadyExists, Invalid, Unauthenticated, Unavailable
from chassis.issuers import Issuer
from chassis.keys import KeySet
from chassis.settings import OutsideIssuer, Settings
from chassis.tokens import Identity, TokenVerifier
from services.directory.authority import Authority, jwks
from services.directory.manifest import SERVICE
from tests.component.directory.acting import (
    EMAIL,
    KEYS,
    LINKS,
    TOKENS,
    USERS,
    add_active_user,
    add_user,
    exchange,
    refusal_of,
)
from tests.component.directory.conftest import LOGIN
from tests.running import ISSUER, Caller, RunningService, verifier

OUTSIDE_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class OutsideIssuerServer(BaseHTTPRequestHandler):
    """An OIDC issuer's key endpoint."""

    def do_GET(self) -> None:
        key = json.loads(RSAAlgorithm.to_jwk(OUTSIDE_KEY.public_key())) | {"kid": "k1"}
        body = json.dumps({"keys": [key]}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Keep the test's output quiet."""


@pytest.fixture
def outside_keys() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), OutsideIssuerServer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/jwks"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def federated(
    run_service: Callable[..., RunningService], settings: Settings, outside_keys: str
) -> RunningService:
    """A directory that believes a real outside issuer."""
    issuer = OutsideIssuer(LOGIN, "meridian-login", outside_keys)
    tokens = replace(settings.tokens, outside_issuers=(issuer,))
    return run_service(SERVICE, settings=replace(settings, tokens=tokens))


def outside_token(**claims: Any) -> str:
    now = time.time()
    good = {"iss": LOGIN, "aud": "meridian-login", "sub": "4711", "iat": now, "exp": now + 60}
    return jwt.encode(good | claims, OUTSIDE_KEY, algorithm="RS256", headers={"kid": "k1"})


def link(admin: Caller, owner_id: str, subject: str = "4711", issuer: str = LOGIN) -> Any:
    request = linked_identity_service_pb2.CreateLinkedIdentityRequest(
        linked_identity={"owner_id": owner_id, "issuer": issuer, "subject": subject}
    )
    return admin.call(LINKS).CreateLinkedIdentity(request)


def make_key(caller: Caller, **fields: Any) -> api_key_service_pb2.CreateApiKeyResponse:
    request = api_key_service_pb2.CreateApiKeyRequest(
        api_key={"name": "nightly export", "role_ids": ["agent"]} | fields
    )
    return caller.call(KEYS).CreateApiKey(request)


def test_an_api_key_is_shown_once_and_opens_its_roles_alone(
    directory: RunningService, admin: Caller
) -> None:
    user = add_active_user(admin, "agent", "marketer")
    owner = directory.caller(user.id, "directory.api_keys.*@own")
    made = make_key(owner)

    identity = verifier().verify(exchange(directory, made.secret).access_token)

    assert (identity.subject, identity.session) == (user.id, made.api_key.id)
    assert identity.roles == ("agent",)
    get = api_key_service_pb2.GetApiKeyRequest(id=made.api_key.id)
    read = owner.call(KEYS).GetApiKey(get)
    assert read.HasField("last_use_time")
    assert read.etag == made.api_key.etag
    tables = [directory.table(name) for name in directory.app.service.metadata.tables]
    assert made.secret.partition(".")[2] not in repr(tables)
    assert directory.events()[-1] == "ApiKeyCreated"


def test_a_key_is_no_better_than_its_user(directory: RunningService, admin: Caller) -> None:
    user = add_active_user(admin, "agent")
    key = make_key(admin, owner_id=user.id)

    assert refusal_of(lambda: make_key(admin, owner_id=user.id, role_ids=["marketer"])).reason == (
        "ROLE_NOT_HELD"
    )
    assign = user_service_pb2.AssignRolesRequest(id=user.id, role_ids=["marketer"])
    admin.call(USERS).AssignRoles(assign)
    stripped = verifier().verify(exchange(directory, key.secret).access_token)
    assert (stripped.roles, stripped.grants) == ((), ())

    admin.call(USERS).DisableUser(user_service_pb2.DisableUserRequest(id=user.id))
    assert refusal_of(lambda: exchange(directory, key.secret)).reason == "API_KEY_INVALID"


def test_a_key_for_somebody_else_needs_sight_of_them(
    directory: RunningService, admin: Caller
) -> None:
    ann = add_active_user(admin, "agent")
    bob = add_active_user(admin, email="bob@example.com", name="Bob Berg")
    caller = directory.caller(bob.id, "directory.api_keys.*@own")

    refusal = refusal_of(lambda: make_key(caller, owner_id=ann.id))

    assert isinstance(refusal, Invalid)
    assert refusal.violations[0].reason == "USER_UNKNOWN"
    assert directory.table("api_keys") == []


def test_a_revoked_key_opens_nothing_and_voids_its_tokens(
    directory: RunningService, admin: Caller
) -> None:
    user = add_active_user(admin, "agent")
    key = make_key(admin, owner_id=user.id)

    admin.call(KEYS).RevokeApiKey(api_key_service_pb2.RevokeApiKeyRequest(id=key.api_key.id))

    assert refusal_of(lambda: exchange(directory, key.secret)).reason == "API_KEY_INVALID"
    assert [row["session_id"] for row in directory.table("revocations")] == [key.api_key.id]
    assert directory.events()[-1] == "ApiKeyRevoked"


@pytest.mark.parametrize("text", ["nonsense", "mak_apikey_na_x.guess", "mak_.", "Bearer x"])
def test_an_unknown_key_opens_nothing(directory: RunningService, text: str) -> None:
    refusal = refusal_of(lambda: exchange(directory, text))

    assert isinstance(refusal, Unauthenticated)
    assert refusal.reason == "API_KEY_INVALID"


def test_an_integration_uses_keys_alone(directory: RunningService, admin: Caller) -> None:
    erp = add_user(admin, "agent", email="", name="ERP", kind="USER_KIND_INTEGRATION")
    key = make_key(admin, owner_id=erp.id)

    assert verifier().verify(exchange(directory, key.secret).access_token).subject == erp.id


def test_a_service_gets_a_token_for_its_credential(directory: RunningService) -> None:
    exchanged = exchange(directory, "service_sales.sales-secret", "SERVICE_CREDENTIAL")

    identity = verifier().verify(exchanged.access_token)
    assert (identity.subject, identity.roles) == ("service_sales", ("service_sales",))
    assert "directory.*.read@all" in identity.grants
    assert exchanged.expires_in == 300


@pytest.mark.parametrize(
    "credential",
    ["service_sales.wrong", "service_sales.", "service_sales", "service_marketing.", ".", "x.y"],
)
def test_a_wrong_credential_gets_nothing(directory: RunningService, credential: str) -> None:
    refusal = refusal_of(lambda: exchange(directory, credential, "SERVICE_CREDENTIAL"))

    assert isinstance(refusal, Unauthenticated)
    assert refusal.reason == "SERVICE_CREDENTIAL_INVALID"


def test_a_linked_outside_account_gets_its_users_token(
    federated: RunningService,
) -> None:
    admin = federated.caller("user_admin", "*@region", region="na")
    user = add_active_user(admin, "agent")
    linked = link(admin, user.id)

    exchanged = exchange(federated, outside_token(), "OUTSIDE_JWT")

    identity = verifier().verify(exchanged.access_token)
    assert (identity.subject, identity.session) == (user.id, linked.id)
    assert identity.roles == ("agent",)

    delete = linked_identity_service_pb2.DeleteLinkedIdentityRequest(id=linked.id)
    admin.call(LINKS).DeleteLinkedIdentity(delete)
    refusal = refusal_of(lambda: exchange(federated, outside_token(), "OUTSIDE_JWT"))
    assert (refusal.reason, refusal.params) == ("IDENTITY_NOT_LINKED", {"issuer": LOGIN})
    assert [row["session_id"] for row in federated.table("revocations")] == [linked.id]


def test_an_outside_token_for_somebody_else_gets_nothing(federated: RunningService) -> None:
    admin = federated.caller("user_admin", "*@region", region="na")
    link(admin, add_active_user(admin).id)
    now = time.time()

    refusals = [
        refusal_of(lambda t=token: exchange(federated, t, "OUTSIDE_JWT")).reason
        for token in (
            outside_token(aud="another-client"),
            outside_token(iss="https://elsewhere.example"),
            outside_token(sub="4712"),
            outside_token(iat=now - 120, exp=now - 60),
            outside_token() + "x",
        )
    ]

    assert refusals == [
        "TOKEN_INVALID",
        "TOKEN_INVALID",
        "IDENTITY_NOT_LINKED",
        "TOKEN_EXPIRED",
        "TOKEN_INVALID",
    ]


def test_while_the_outside_issuer_is_away_it_is_unavailable(
    directory: RunningService, admin: Caller
) -> None:
    link(admin, add_active_user(admin).id)

    refusal = refusal_of(lambda: exchange(directory, outside_token(), "OUTSIDE_JWT"))

    assert isinstance(refusal, Unavailable)


def test_an_outside_account_stands_for_one_user(directory: RunningService, admin: Caller) -> None:
    ann = add_user(admin)
    link(admin, ann.id)

    assert isinstance(refusal_of(lambda: link(admin, ann.id)), AlreadyExists)
    unknown = refusal_of(lambda: link(admin, ann.id, issuer="https://elsewhere.example"))
    assert unknown.reason == "ISSUER_UNKNOWN"
    assert len(directory.table("linked_identities")) == 1


def test_the_published_keys_check_the_tokens(directory: RunningService) -> None:
    nobody = directory.caller("nobody").call(TOKENS)
    published = MessageToDict(nobody.GetJwks(token_service_pb2.GetJwksRequest()))
    token = exchange(directory, "service_sales.sales-secret", "SERVICE_CREDENTIAL").access_token

    checking = TokenVerifier([Issuer(ISSUER, KeySet(lambda: published))])

    assert checking.verify(token).subject == "service_sales"
    assert all("d" not in key for key in published["keys"])


def test_revocations_tell_ids_alone_and_only_what_is_new(
    directory: RunningService, admin: Caller
) -> None:
    user = add_active_user(admin)
    nobody = directory.caller("nobody").call(TOKENS)
    admin.call(USERS).DisableUser(user_service_pb2.DisableUserRequest(id=user.id))

    first = nobody.ListRevocations(token_service_pb2.ListRevocationsRequest())
    later = token_service_pb2.ListRevocationsRequest(since=first.as_of_time)
    later.since.seconds += 60
    second = nobody.ListRevocations(later)

    assert [(each.user_id, each.session_id) for each in first.revocations] == [(user.id, "")]
    assert list(second.revocations) == []
    assert EMAIL not in str(first)


def test_several_keys_are_published_and_the_first_one_signs(settings: Settings) -> None:
    file = settings.tokens.signing_key_file
    old = file.read_bytes()
    new = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    before = jwks(settings)["keys"]
    file.write_bytes(new + old)

    after = jwks(settings)["keys"]

    assert len(after) == 2
    assert after[1] == before[0]
    signed = Authority(settings, utc_now).sign(Identity(subject="user_1", session="sess_1"))
    assert jwt.get_unverified_header(signed.text)["kid"] == after[0]["kid"]


@pytest.mark.parametrize("content", [b"", b"not a key", b"-----BEGIN X-----\nAA\n-----END X-----"])
def test_a_broken_key_file_is_one_clear_problem(settings: Settings, content: bytes) -> None:
    settings.tokens.signing_key_file.write_bytes(content)

    with pytest.raises(SettingsError, match="MERIDIAN_SIGNING_KEY_FILE"):
        jwks(settings)
