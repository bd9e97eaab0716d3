"""One engine, two dialects: SQLite by default (WAL, fsync on each commit), PostgreSQL by URL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import alembic.command
import alembic.config
import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import ArgumentError, DBAPIError

from belnota.errors import Refused, UnableToFinish


@dataclass(frozen=True)
class Store:
    """A migrated store. Use `reading` for queries and `writing` for one all-or-nothing change."""

    engine: sa.Engine

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction; on SQLite it takes the write lock at once, so that reads inside it stay true."""
        with self.engine.connect().execution_options(belnota_writes=True) as connection, connection.begin():
            yield connection

    def scrub(self) -> None:
        """Write the store anew without what was deleted from it, so that its bytes are gone from the files too.

        Raises UnableToFinish while somebody else uses the store. PostgreSQL keeps its own logs and backups beyond this.
        """
        self.engine.dispose()
        try:
            if self.engine.dialect.name == "sqlite":
                _vacuum_sqlite(self.engine)
            else:
                with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.exec_driver_sql("VACUUM FULL")
        except (DBAPIError, sqlite3.OperationalError) as error:
            said = error.orig if isinstance(error, DBAPIError) else error
            remedy = "close other programs that use it and run again; nothing is lost"
            raise UnableToFinish(f"the store could not be written anew ({said}); {remedy}") from None

    def close(self) -> None:
        self.engine.dispose()


def open_store(url: str) -> Store:
    """Open the store at an SQLAlchemy URL and bring its schema up to date."""
    try:
        engine = sa.create_engine(url)
    except (ArgumentError, ImportError) as error:
        raise Refused(f"[store] url is not a database this program can open ({error})") from None
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    try:
        _migrate(engine)
    except DBAPIError as error:
        where = engine.url.render_as_string(hide_password=True)
        raise UnableToFinish(f"the store at {where} cannot be opened: {error.orig}") from None
    return Store(engine)


def _prepare_sqlite(engine: sa.Engine) -> None:
    # The driver's own transaction handling is off: it begins too late for BEGIN IMMEDIATE (SQLAlchemy's recipe).
    @sa.event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("belnota_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _vacuum_sqlite(engine: sa.Engine) -> None:
    """Rewrite the file without free pages, and empty the log beside it."""
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("VACUUM")
        is_busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        raw.close()
    if is_busy:
        raise sqlite3.OperationalError("another program reads it")


def _migrate(engine: sa.Engine) -> None:
    config = alembic.config.Config()
    config.set_main_option("script_location", "belnota.store:migrations")
    newest = ScriptDirectory.from_config(config).get_current_head()
    with engine.connect() as connection:
        if MigrationContext.configure(connection).get_current_revision() == newest:
            return  # the usual case: readers do not wait for a writer
    with engine.connect().execution_options(belnota_writes=True) as connection:
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "head")
        connection.commit()
