"""A service's database: column types that every supported engine has, and transactions.

PostgreSQL is the default; MariaDB and SQLite run the same tables and the same code.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from chassis.errors import Unavailable

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def text_type(length: int) -> sa.String:
    """Text of at most this many characters, compared byte by byte (C collation)."""
    return (
        sa.String(length)
        .with_variant(sa.String(length, collation="C"), "postgresql")
        .with_variant(
            mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin"), "mysql", "mariadb"
        )
    )


#: An id, a state, a currency: short, exact text.
Id = text_type(60)
#: Text of any length.
LongText = sa.Text().with_variant(
    mysql.MEDIUMTEXT(charset="utf8mb4", collation="utf8mb4_bin"), "mysql", "mariadb"
)
#: Bytes of any length.
Bytes = sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")
#: A number that the database counts up by itself.
Counter = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
#: Structured values.
Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


#: A connection that has not been used for so long is looked at before it is used.
IDLE_SECONDS = 1.0


class UtcDateTime(sa.TypeDecorator[datetime]):
    """A moment in UTC with microseconds; refuses times without a zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name in ("mysql", "mariadb"):
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(sa.DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Any:
        """None for PostgreSQL, whose sessions are in UTC: its driver gives moments as they are."""
        return None if dialect.name == "postgresql" else super().result_processor(dialect, coltype)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def new_metadata() -> sa.MetaData:
    """The metadata of one service, with the tables that the chassis itself keeps in its database."""
    from chassis import idempotency, messaging_tables, migration_failures
    from chassis.feed import numbers
    from chassis.mirror import tables as mirror_tables

    metadata = sa.MetaData(naming_convention=NAMING)
    idempotency.add_tables(metadata)
    messaging_tables.add_tables(metadata)
    numbers.add_tables(metadata)
    mirror_tables.add_tables(metadata)
    migration_failures.add_tables(metadata)
    return metadata


class Database:
    """One service's database and its connection pool."""

    def __init__(self, url: str, *, pool_size: int = 5) -> None:
        self.engine = _engine(url, pool_size)
        self.dialect = self.engine.dialect.name
        self._autocommit = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @contextlib.contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A connection in a transaction: committed at the end, rolled back on an exception."""
        with _availability(), self.engine.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection in autocommit: each statement sees what is committed when it starts."""
        with _availability(), self._autocommit.connect() as connection:
            yield connection

    def pool(self) -> tuple[int, Callable[[], float]]:
        """How many connections there may be, and a function that says how many are in use."""
        pool = self.engine.pool
        if not isinstance(pool, sa.QueuePool):
            return 0, lambda: 0
        return pool.size(), pool.checkedout

    def close(self) -> None:
        """Close the pooled connections."""
        self.engine.dispose()


@contextlib.contextmanager
def _availability() -> Iterator[None]:
    try:
        yield
    except (sa.exc.InterfaceError, sa.exc.TimeoutError) as error:
        raise Unavailable("DATABASE_UNAVAILABLE") from error
    except sa.exc.OperationalError as error:
        raise Unavailable("DATABASE_BUSY") from error


def _engine(url: str, pool_size: int) -> sa.Engine:
    address = sa.make_url(url)
    backend = address.get_backend_name()
    # What people typed does not belong into messages of errors.
    options: dict[str, Any] = {"hide_parameters": True, "json_deserializer": orjson.loads}
    if backend == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    if backend in ("mysql", "mariadb"):
        address = address.set(drivername="mariadb+pymysql")
        options["isolation_level"] = "READ COMMITTED"
    if backend != "sqlite":
        options |= {"pool_size": pool_size, "max_overflow": 0, "pool_timeout": 10}
    engine = sa.create_engine(address, **options)
    if backend == "sqlite":
        _prepare_sqlite(engine)
    else:
        if backend == "postgresql":
            _show_times_in_utc(engine)
        _look_at_idle_connections(engine)
    return engine


def _show_times_in_utc(engine: sa.Engine) -> None:
    """Whatever zone the server is set to, its times come as UtcDateTime wants them."""

    @sa.event.listens_for(engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        connection.autocommit = True
        connection.execute("SET TIME ZONE 'UTC'")
        connection.autocommit = False


def _look_at_idle_connections(engine: sa.Engine) -> None:
    """Before a connection that has lain idle is used, ask whether the server still knows it.

    Asking each time would cost every request a round trip; a server that restarts takes longer than IDLE_SECONDS.
    """

    @sa.event.listens_for(engine, "checkin")
    def checkin(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info["idle_since"] = time.monotonic()

    @sa.event.listens_for(engine, "checkout")
    def checkout(
        connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: PoolProxiedConnection
    ) -> None:
        if time.monotonic() - record.info.get("idle_since", 0.0) < IDLE_SECONDS:
            return
        try:
            alive = engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error:
            alive = False
        if not alive:
            raise sa.exc.DisconnectionError


def _prepare_sqlite(engine: sa.Engine) -> None:
    """Foreign keys on, writers wait for each other, and transactions that begin when we say so."""

    @sa.event.listens_for(engine, "connect")
    def connect(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA busy_timeout = 10000")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.close()
        connection.isolation_level = None

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
