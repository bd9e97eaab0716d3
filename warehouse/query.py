"""One question to the published file, with nothing to break: no writing, no other files, no settings."""

from __future__ import annotations

import re
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
_BATCH: Final = 65_536
_NOT_OURS: Final = re.compile(
    r"INTERVAL|UNION|\bBIT\b|TIME WITH TIME ZONE$(?<!STAMP WITH TIME ZONE)|BIGNUM|VARIANT|GEOMETRY"
)


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
                answer = _fetched(connection, sql, allowed)
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


def _fetched(connection: duckdb.DuckDBPyConnection, sql: str, limits: Limits) -> pl.DataFrame:
    """Fetch an answer batch by batch: what is fetched is not in DuckDB's own memory limit."""
    relation = connection.sql(sql)
    twice = next((name for name in relation.columns if relation.columns.count(name) > 1), None)
    if twice is not None:
        raise Refused(f"two columns of the answer are called {twice}; give one another name, as in {twice} as other")
    # Polars has no such types; the texts say the same.
    told = [
        f"CAST({_identifier(name)} AS VARCHAR) AS {_identifier(name)}"
        if _NOT_OURS.search(str(kind))
        else _identifier(name)
        for name, kind in zip(relation.columns, relation.types, strict=True)
    ]
    if any(one.startswith("CAST(") for one in told):
        relation = relation.project(", ".join(told))
    try:
        batches = relation.to_arrow_reader(_BATCH)
        parts, size = [pl.DataFrame(batches.schema.empty_table())], 0
        for batch in batches:
            size += batch.nbytes
            if size > limits.mebibytes << 20:
                raise duckdb.OutOfMemoryException
            parts.append(pl.DataFrame(batch))
    except OSError as error:
        # An error of DuckDB while batches are fetched has come through Arrow.
        kind = {"INTERRUPT": duckdb.InterruptException, "Out of Memory": duckdb.OutOfMemoryException}
        raise next((one for word, one in kind.items() if word in str(error)), duckdb.Error)(str(error)) from None
    return pl.concat(parts)


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


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
    if statements[0].type == duckdb.StatementType.MULTI:
        # Without values DuckDB first makes a type of those that it finds, which is more than a query.
        raise Refused("a pivot must name its values here, as in: pivot … on period in ('2026-09', '2026-10') using …")
    # Also EXPLAIN: with ANALYZE it would run whatever follows.
    if statements[0].type != duckdb.StatementType.SELECT:
        raise Refused("only a query can be asked here (select …, from …, describe …, summarize …)")
