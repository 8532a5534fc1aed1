"""What a directory needs before anybody can log in: the built-in roles and a first administrator."""

from __future__ import annotations

from chassis.app import App
from services.directory.passwords import store as credentials
from services.directory.passwords.domain import check_rules
from services.directory.passwords.hashing import hash_password
from services.directory.roles import store as roles
from services.directory.users import store as users
from services.directory.users.domain import User
from services.directory.users.rpc import ADMINISTRATOR


def write_built_in(app: App) -> None:
    """Bring the built-in roles in the database to what this release ships; changes nothing else."""
    with app.transaction() as tx:
        roles.write_built_in(tx)


def ensure_administrator(app: App, *, email: str, name: str, password: str) -> str:
    """Make the first regional administrator, unless somebody has this address already.

    Returns the id of the user with this address. Nobody's password or role is ever changed by it.

    Raises:
        Invalid: PASSWORD_TOO_SHORT and the like.
    """
    check_rules(password, field="password", name=name, email=email)
    chosen = hash_password(password)
    with app.transaction() as tx:
        known = users.find_by_email(tx, email)
        if known is not None:
            return known.id
        user = User(id=tx.new_id("user"), email=email, name=name, role_ids=(ADMINISTRATOR,))
        created = user.create()
        user.activate()
        users.add(tx, user)
        credential = credentials.find(tx, user.id)
        credential.choose(chosen, tx.now)
        credentials.save(tx, credential)
        tx.announce(created)
        return user.id
