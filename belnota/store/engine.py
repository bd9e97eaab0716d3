"""One engine, two dialects: SQLite by default (WAL, fsync on each commit), PostgreSQL by URL."""

from __future__ import annotations

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
