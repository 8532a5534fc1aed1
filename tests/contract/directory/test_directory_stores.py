"""Directory's stores keep their promises on every engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from meridian.directory.v1.user_service_pb2 import ListUsersRequest

from chassis.app import App
from chassis.database import Database
from chassis.errors import Aborted, AlreadyExists
from chassis.manifest import Service
from chassis.migrate import differences
from services.directory.api_keys import store as api_keys
from services.directory.api_keys.domain import ApiKey
from services.directory.bootstrap import write_built_in
from services.directory.business_units import store as business_units
from services.directory.business_units.domain import BusinessUnit
from services.directory.linked_identities import store as linked_identities
from services.directory.linked_identities.domain import LinkedIdentity
from services.directory.manifest import SERVICE
from services.directory.passwords import store as credentials
from services.directory.retention import SESSIONS_KEPT, forget_expired
from services.directory.revocations import store as revocations
from services.directory.revocations.domain import LIFETIME, OVERLAP
from services.directory.roles import store as roles
from services.directory.roles.built_in import built_in_roles
from services.directory.sessions import store as sessions
from services.directory.sessions.domain import RefreshToken, Session, SessionEndReason
from services.directory.users import store as users
from services.directory.users.domain import User, UserState

MOMENT = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def app(any_database: Callable[[Service], Database]) -> App:
    return App(SERVICE, any_database(SERVICE), clock=lambda: MOMENT)


def add_user(app: App, email: str, **fields: object) -> User:
    with app.transaction() as tx:
        user = User(id=tx.new_id("user"), email=email, name=email, **fields)  # type: ignore[arg-type]
        user.create()
        users.add(tx, user)
    return user


def test_the_migrated_database_is_the_one_the_code_means(app: App) -> None:
    assert differences(SERVICE, app.database) == []


def test_a_user_comes_back_as_written(app: App) -> None:
    user = add_user(app, "王@example.com", role_ids=("agent", "marketer"), team_ids=("t2", "t1"))

    with app.reading() as tx:
        assert users.get(tx, user.id) == user
        assert users.find_by_email(tx, " 王@Example.COM ") == user
        assert users.find(tx, "user_na_x") is None
    with app.transaction() as tx:
        assert users.lock(tx, user.id) == user


def test_an_address_is_taken_once_and_users_without_one_are_many(app: App) -> None:
    add_user(app, "ann@example.com")
    other = add_user(app, "bob@example.com")
    with pytest.raises(AlreadyExists, match="EMAIL_TAKEN"):
        add_user(app, "ANN@example.com")
    other.email, other.sign_in_name = "ann@example.com", "ann@example.com"
    with pytest.raises(AlreadyExists, match="EMAIL_TAKEN"), app.transaction() as tx:
        users.save(tx, other)

    with app.reading() as tx:
        found = users.LISTING.page(tx, ListUsersRequest(order_by="email"))
    assert [row.email for row in found.rows] == ["ann@example.com", "bob@example.com"]


def test_who_holds_a_role_or_is_in_a_team_is_found_exactly(app: App) -> None:
    boss = add_user(app, "a@x.org", role_ids=("sales_manager",), team_ids=("team_1",))

    with app.reading() as tx:
        assert users.anybody_holds(tx, "sales_manager")
        assert not users.anybody_holds(tx, "salesXmanager")
        assert not users.anybody_holds(tx, "sales")
        assert users.anybody_in_team(tx, "team_1")
        assert not users.anybody_in_team(tx, "team_11")
        assert not users.another_administrator(tx, "sales_manager", than="")
    boss.state = UserState.ACTIVE
    with app.transaction() as tx:
        users.save(tx, boss)
        assert users.another_administrator(tx, "sales_manager", than="")
        assert not users.another_administrator(tx, "sales_manager", than=boss.id)


def test_noting_a_log_in_leaves_the_version_alone(app: App) -> None:
    user = add_user(app, "a@x.org")
    with app.transaction() as tx:
        users.note_sign_in(tx, user.id, MOMENT)
    with app.reading() as tx:
        read = users.get(tx, user.id, etag="1")
    assert read.last_sign_in_time == MOMENT


def test_a_credential_is_empty_until_it_is_written(app: App) -> None:
    with app.transaction() as tx:
        credential = credentials.find(tx, "user_1")
        assert credential.version == 0
        credential.choose("$argon2id$…", MOMENT)
        credentials.save(tx, credential)
        credential.fail(MOMENT)
        credentials.save(tx, credential)
    with app.reading() as tx:
        assert credentials.find(tx, "user_1") == credential


def test_built_in_roles_are_written_with_the_migration(app: App) -> None:
    write_built_in(app)
    with app.reading() as tx:
        stored = roles.find_all(tx, ["customer", "nothing", "agent"])
    assert [role.id for role in stored] == ["customer", "agent"]
    assert stored[1].grants == built_in_roles()["agent"].grants
    assert [(role.built_in, role.version) for role in stored] == [(True, 1), (True, 1)]


def test_the_tree_is_read_whole(app: App) -> None:
    with app.transaction() as tx:
        business_units.add(tx, BusinessUnit("bu_1", "Group"))
        business_units.add(tx, BusinessUnit("bu_2", "Sales", "bu_1"))
        assert business_units.lock_tree(tx) == {"bu_1": "", "bu_2": "bu_1"}
        assert business_units.has_units_below(tx, "bu_1")
        assert not business_units.has_units_below(tx, "bu_2")


def start_session(app: App, session_id: str, lifetime: timedelta) -> Session:
    session = Session(id=session_id, owner_id="user_1", client="Firefox")
    session.start(RefreshToken.first(session_id), MOMENT, lifetime)
    with app.transaction() as tx:
        sessions.add(tx, session)
    return session


def test_two_refreshes_of_the_same_version_cannot_both_win(app: App) -> None:
    session = start_session(app, "sess_1", timedelta(days=14))
    with app.reading() as tx:
        first, second = sessions.get(tx, session.id), sessions.get(tx, session.id)
    first.rotate(RefreshToken.first(session.id), MOMENT, timedelta(days=14))
    second.rotate(RefreshToken.first(session.id), MOMENT, timedelta(days=14))

    with app.transaction() as tx:
        sessions.save(tx, first)
    with pytest.raises(Aborted), app.transaction() as tx:
        sessions.save(tx, second)

    with app.transaction() as tx:
        assert sessions.lock(tx, session.id) == first


def test_active_sessions_are_those_that_have_not_ended(app: App) -> None:
    start_session(app, "sess_1", timedelta(days=14))
    ended = start_session(app, "sess_2", timedelta(days=14))
    ended.end(SessionEndReason.REVOKED, MOMENT)
    with app.transaction() as tx:
        sessions.save(tx, ended)
        assert [session.id for session in sessions.active_of(tx, "user_1")] == ["sess_1"]
        assert sessions.owner_of(tx, "sess_2") == "user_1"
        assert sessions.owner_of(tx, "sess_3") == ""


def test_a_key_notes_its_use_without_a_new_version(app: App) -> None:
    key = ApiKey(id="apikey_1", name="export", owner_id="user_1", role_ids=("agent",))
    key.create("0" * 64, held=("agent",), at=MOMENT)
    with app.transaction() as tx:
        api_keys.add(tx, key)
        api_keys.note_use(tx, key.id, MOMENT)
    with app.reading() as tx:
        read = api_keys.find(tx, key.id)
    key.last_use_time = MOMENT
    assert read == key


def test_an_outside_account_is_linked_once_and_compared_exactly(app: App) -> None:
    def add(identity_id: str, subject: str) -> None:
        with app.transaction() as tx:
            identity = LinkedIdentity(id=identity_id, issuer="https://a", subject=subject)
            linked_identities.add(tx, identity)

    add("ident_1", "Abc")
    add("ident_2", "abc")
    with pytest.raises(AlreadyExists, match="IDENTITY_LINKED"):
        add("ident_3", "abc")

    with app.reading() as tx:
        found = linked_identities.find(tx, "https://a", "abc")
    assert found is not None
    assert found.id == "ident_2"


def test_revocations_are_told_with_an_overlap_and_forgotten_in_time(app: App) -> None:
    with app.transaction() as tx:
        revocations.revoke_session(tx, "sess_1", MOMENT)
        revocations.outdate_user(tx, "user_1", MOMENT + timedelta(microseconds=1))

    def told(since: datetime | None, now: datetime = MOMENT) -> list[tuple[str, str, datetime]]:
        with app.reading() as tx:
            rows = revocations.in_force(tx, since, now)
        return [(row.session_id, row.user_id, row.before_time) for row in rows]

    of_session = ("sess_1", "", MOMENT)
    of_user = ("", "user_1", MOMENT + timedelta(microseconds=1))
    assert told(None) == [of_session, of_user]
    assert told(MOMENT + OVERLAP) == [of_session, of_user]
    assert told(MOMENT + OVERLAP + timedelta(microseconds=1)) == [of_user]
    assert told(None, MOMENT + LIFETIME) == [of_user]

    app.clock = lambda: MOMENT + LIFETIME
    forget_expired(app)
    assert told(None) == [of_user]


def test_old_sessions_are_forgotten(app: App) -> None:
    start_session(app, "sess_1", timedelta(days=1))
    start_session(app, "sess_2", timedelta(days=2))
    app.clock = lambda: MOMENT + timedelta(days=1, seconds=1) + SESSIONS_KEPT
    forget_expired(app)
    with app.reading() as tx:
        assert [session.id for session in sessions.active_of(tx, "user_1")] == ["sess_2"]
