"""The file that analysts open: built aside from one release, then swapped in by one rename (stack.md 4).

Whoever holds the old file goes on reading the old release, whole; nobody ever sees half of a new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import polars as pl

from belnota import files
from warehouse.describe import describe_relations, describe_release, layout_key, make_macros
from warehouse.duck import NOT_YET, attach_frame, attach_lake, connect, quoted, sql_text
from warehouse.lake import Lake
from warehouse.release import Release
from warehouse.views import SCHEMAS, VIEWS

FRAMES = (
    "source_files", "quarantine_decisions", "part_decisions", "customers", "numbers", "decks", "call_types", "invoices",
    "invoice_lines", "warnings",
)  # fmt: skip
_READ_ONLY = 0o444
# Storage of DuckDB 1.2, so that the tools of analysts need not be as new as ours (stack.md 3).
_STORAGE = "v1.2.0"


def publish(path: Path, lake: Lake, release: Release, frames: Mapping[str, pl.DataFrame]) -> None:
    """Build the database of a release and put it at `path` in one step, read-only.

    `frames` are the store's tables named in FRAMES. Nothing is changed at `path` when anything fails.
    """
    _forget_killed_builds(path)

    def build(aside: Path) -> None:
        with connect() as connection:
            connection.execute(f"ATTACH {quoted(aside)} AS published (STORAGE_VERSION {quoted(_STORAGE)})")
            connection.execute("USE published; BEGIN")
            for schema in SCHEMAS:
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            behind = attach_lake(connection, lake, {**NOT_YET, **release.table_versions}, schema="core")
            for name in FRAMES:
                attach_frame(connection, f"core.{name}", frames[name])
            attach_frame(connection, "core.controls", release.controls)
            describe_release(connection, release, behind)
            for schema, view in VIEWS:
                connection.execute(f"CREATE VIEW {schema}.{view} AS {sql_text(schema, view)}")
            describe_relations(connection)
            make_macros(connection)
            connection.execute("COMMIT; USE memory; DETACH published")  # writes everything into the one file

    files.publish(path, build, mode=_READ_ONLY)


def published_release(path: Path) -> int | None:
    """Return which release a published file shows; none when there is no such file or it cannot be read."""
    if not path.is_file():
        return None
    with connect() as connection:
        try:
            connection.execute(f"ATTACH {quoted(path)} AS published (READ_ONLY)")
            rows = connection.sql("SELECT release_id FROM published.meta.release").fetchall()
        except duckdb.Error:
            return None
    return int(rows[0][0])


def is_published(path: Path, release_id: int) -> bool:
    """Tell whether a file shows this release, as this version of the program would write it."""
    if published_release(path) != release_id:
        return False
    with connect() as connection:
        try:
            connection.execute(f"ATTACH {quoted(path)} AS published (READ_ONLY)")
            rows = connection.sql("SELECT layout_key FROM published.meta.made_with").fetchall()
        except duckdb.Error:
            return False  # of a version that did not say
    return rows == [(layout_key(),)]


def _forget_killed_builds(path: Path) -> None:
    # DuckDB would go on with a half-built file of the same name (a container gives each run the same process id).
    for leftover in path.parent.glob(f"{path.name}.*{files.TEMPORARY_SUFFIX}*"):
        leftover.unlink()
