"""One question to the published file, with nothing to break: no writing, no other files, no settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Final

import duckdb
import polars as pl

from belnota.errors import Refused, UnableToFinish
from warehouse.duck import connect, quoted, without_wildcards
from warehouse.query_errors import plain_words

SCRATCH: Final = "scratch"


@dataclass(frozen=True)
class Limits:
    """What one question may take. Nothing is spilled to disk: an answer that needs more memory is refused."""

    seconds: float = 300
    mebibytes: int = 2048


def query(
    path: Path, sql: str, *, limits: Limits | None = None, scratch: Mapping[str, Path] | None = None
) -> pl.DataFrame:
    """Return the answer to one SELECT over a published file (R11 of reliability.md: read only, these files only).

    `scratch` names Parquet files that are asked beside it as `scratch.NAME`.
    Refused, in plain words, when the file is missing or the SQL is wrong or does anything but select; UnableToFinish
    when the answer would take more time or memory than `limits` allow.
    """
    if not path.is_file():
        raise Refused(f"{path} does not exist: nothing was published yet")
    allowed = limits or Limits()
    with connect() as connection:
        try:
            _lock_up(connection, path, allowed, scratch or {})
            _refuse_anything_but_one_select(connection, sql)
            with _stopped_after(connection, allowed.seconds):
                answer: pl.DataFrame = connection.sql(sql).pl()
        except duckdb.InterruptException:
            much = (
                f"no answer within {allowed.seconds:g} seconds: ask for one month or one customer, or allow more time"
            )
            raise UnableToFinish(much) from None
        except duckdb.OutOfMemoryException:
            much = (
                f"the answer needs more than {allowed.mebibytes} MiB of memory: ask for fewer rows or columns, or sums"
            )
            raise UnableToFinish(much) from None
        except duckdb.Error as error:
            raise Refused(plain_words(error, connection, sql)) from None
    return answer


@contextmanager
def _stopped_after(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    timer = Timer(seconds, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _lock_up(connection: duckdb.DuckDBPyConnection, path: Path, limits: Limits, scratch: Mapping[str, Path]) -> None:
    """Open the file, allow the Parquet files of its own views, set the limits, and throw away the key."""
    connection.execute(f"ATTACH {quoted(path)} AS analytics (READ_ONLY)")
    connection.execute(f"ATTACH ':memory:' AS {SCRATCH}")
    for name, file in scratch.items():
        held = quoted(without_wildcards(file.absolute()))
        connection.execute(f"CREATE VIEW {SCRATCH}.{name} AS SELECT * FROM read_parquet({held})")  # noqa: S608 - quoted
    connection.execute("USE analytics")
    files = [row[0] for row in connection.sql("SELECT path FROM meta.files").fetchall()]
    files += [str(file.absolute()) for file in scratch.values()]
    allowed = {*files, *map(without_wildcards, files)}  # DuckDB asks for the path both before and after expansion
    connection.execute(f"SET allowed_paths = [{', '.join(map(quoted, allowed))}]")
    connection.execute(f"SET memory_limit = '{limits.mebibytes} MiB'; SET temp_directory = ''")
    connection.execute("SET enable_external_access = false; SET lock_configuration = true")


def _refuse_anything_but_one_select(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        raise Refused(f"write one query, not {len(statements)}")
    # Also EXPLAIN: with ANALYZE it would run whatever follows.
    if statements[0].type != duckdb.StatementType.SELECT:
        raise Refused("only a query can be asked here (select …, from …, describe …, summarize …)")
