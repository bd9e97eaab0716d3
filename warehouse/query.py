"""One question to the published file, with nothing to break: no writing, no other files, no settings."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl

from belnota.errors import Refused
from warehouse.duck import connect, quoted, without_wildcards


def query(path: Path, sql: str) -> pl.DataFrame:
    """Return the answer to one SELECT over a published file (R11 of reliability.md: read only, these files only).

    Refused, with DuckDB's own sentence, when the file is missing or the SQL is wrong or does anything but select.
    """
    if not path.is_file():
        raise Refused(f"{path} does not exist: nothing was published yet")
    with connect() as connection:
        try:
            _lock_up(connection, path)
            _refuse_anything_but_one_select(connection, sql)
            answer: pl.DataFrame = connection.sql(sql).pl()
        except duckdb.Error as error:
            raise Refused(f"DuckDB refused this query: {error}") from None
    return answer


def _lock_up(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Open the file, allow the Parquet files of its own views, and throw away the key."""
    connection.execute(f"ATTACH {quoted(path)} AS analytics (READ_ONLY); USE analytics")
    files = [row[0] for row in connection.sql("SELECT path FROM meta.files").fetchall()]
    allowed = {*files, *map(without_wildcards, files)}  # DuckDB asks for the path both before and after expansion
    connection.execute(f"SET allowed_paths = [{', '.join(map(quoted, allowed))}]")
    connection.execute("SET enable_external_access = false; SET lock_configuration = true")


def _refuse_anything_but_one_select(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        raise Refused(f"write one query, not {len(statements)}")
    # Also EXPLAIN: with ANALYZE it would run whatever follows.
    if statements[0].type != duckdb.StatementType.SELECT:
        raise Refused("only a query can be asked here (select …, from …, describe …, summarize …)")
