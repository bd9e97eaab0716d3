"""The file that analysts open: built aside from one release, then swapped in by one rename (stack.md 4).

Whoever holds the old file goes on reading the old release, whole; nobody ever sees half of a new one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import polars as pl

from belnota import files
from warehouse.duck import attach_frame, attach_lake, connect, quoted, sql_names, sql_text
from warehouse.lake import Lake
from warehouse.release import Release
from warehouse.views import CORE, META, VIEWS

FRAMES = ("source_files", "quarantine_decisions", "customers", "invoices", "invoice_lines", "warnings")
_READ_ONLY = 0o444
# Storage of DuckDB 1.2, so that the tools of analysts need not be as new as ours (stack.md 3).
_STORAGE = "v1.2.0"
_SCHEMAS = {"report": VIEWS, "core": CORE, "meta": META}
_COLUMNS = """
select schema_name || '.' || table_name, column_name, data_type from duckdb_columns()
where database_name = 'published' and schema_name in ('core', 'report', 'meta')
order by schema_name, table_name, column_index
"""
_KINDS = """
select schema_name || '.' || table_name, 'TABLE' from duckdb_tables() where database_name = 'published'
union all
select schema_name || '.' || view_name, 'VIEW' from duckdb_views() where database_name = 'published'
"""


def publish(path: Path, lake: Lake, release: Release, frames: Mapping[str, pl.DataFrame]) -> None:
    """Build the database of a release and put it at `path` in one step, read-only.

    `frames` are the store's tables named in FRAMES. Nothing is changed at `path` when anything fails.
    """
    _forget_killed_builds(path)

    def build(aside: Path) -> None:
        with connect() as connection:
            connection.execute(f"ATTACH {quoted(aside)} AS published (STORAGE_VERSION {quoted(_STORAGE)})")
            connection.execute("USE published; BEGIN; CREATE SCHEMA core; CREATE SCHEMA report; CREATE SCHEMA meta")
            behind = attach_lake(connection, lake, release.table_versions, schema="core")
            for name in FRAMES:
                attach_frame(connection, f"core.{name}", frames[name])
            attach_frame(connection, "core.controls", release.controls)
            for view in VIEWS:
                connection.execute(f"CREATE VIEW report.{view.name} AS {sql_text('report', view.name)}")
            _describe_release(connection, release, behind)
            _describe_relations(connection)
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


def _forget_killed_builds(path: Path) -> None:
    # DuckDB would go on with a half-built file of the same name (a container gives each run the same process id).
    for leftover in path.parent.glob(f"{path.name}.*{files.TEMPORARY_SUFFIX}*"):
        leftover.unlink()


def _describe_release(
    connection: duckdb.DuckDBPyConnection, release: Release, behind: Mapping[str, Sequence[Path]]
) -> None:
    facts = {
        "release_id": [release.release_id],
        "run_on": [release.run_on],
        "made_at": [release.made_at],
        "content_key": [release.content_key],
    }
    versions = list(release.table_versions.items())
    paths = [(table, str(path)) for table, listed in behind.items() for path in listed]
    text = pl.String
    attach_frame(connection, "meta.release", pl.DataFrame(facts))
    attach_frame(
        connection,
        "meta.lake_versions",
        pl.DataFrame(versions, schema={"table_name": text, "version": pl.Int64}, orient="row"),
    )
    attach_frame(connection, "meta.files", pl.DataFrame(paths, schema={"table_name": text, "path": text}, orient="row"))
    attach_frame(connection, "meta.examples", pl.DataFrame([_example(name) for name in sql_names("examples")]))


def _example(name: str) -> dict[str, str]:
    question, _, sql = sql_text("examples", name).partition("\n")
    return {"question": question.removeprefix("--").strip(), "sql": sql.strip()}


def _describe_relations(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill meta.views and meta.columns, and write the same words as comments on each relation and column."""
    named = {f"{schema}.{relation.name}": relation for schema, group in _SCHEMAS.items() for relation in group}
    connection.execute("CREATE TABLE meta.views (view VARCHAR, grain VARCHAR)")
    connection.execute(
        "CREATE TABLE meta.columns (view VARCHAR, column_name VARCHAR, data_type VARCHAR, description VARCHAR)"
    )
    columns = [
        (view, column, data_type, named[view].meaning(column))
        for view, column, data_type in connection.sql(_COLUMNS).fetchall()
    ]
    kinds = dict(connection.sql(_KINDS).fetchall())
    _fill(connection, "meta.views", [(view, relation.grain) for view, relation in named.items()])
    _fill(connection, "meta.columns", columns)
    comments = [f"COMMENT ON {kinds[view]} {view} IS {quoted(named[view].grain)}" for view in named]
    comments += [f'COMMENT ON COLUMN {view}."{column}" IS {quoted(text)}' for view, column, _, text in columns]
    connection.execute(";\n".join(comments))


def _fill(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[str, ...]]) -> None:
    values = ", ".join(f"({', '.join(map(quoted, row))})" for row in rows)
    # One statement: row by row took half of the time of a build.
    connection.execute(f"INSERT INTO {table} VALUES {values}")  # noqa: S608 - each value is quoted
