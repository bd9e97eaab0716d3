"""What a published database says about itself: its release, words for each relation and column, examples, functions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import duckdb
import polars as pl

from belnota import __version__
from belnota.tables.contract import description_of
from warehouse.duck import attach_frame, quoted, sql_names, sql_text
from warehouse.meanings import MEANINGS
from warehouse.release import Release
from warehouse.views import MACROS, SCHEMAS, VALUES, header

_COLUMNS = """
select schema_name || '.' || table_name, column_name, data_type from duckdb_columns()
where database_name = 'published' and not internal
order by schema_name, table_name, column_index
"""
_KINDS = """
select schema_name || '.' || table_name, 'TABLE' from duckdb_tables() where database_name = 'published'
union all
select schema_name || '.' || view_name, 'VIEW' from duckdb_views()
where database_name = 'published' and not internal
"""


def describe_release(
    connection: duckdb.DuckDBPyConnection, release: Release, behind: Mapping[str, Sequence[Path]]
) -> None:
    """Fill the tables of schema meta that say what the file was made from and with."""
    facts = {
        "release_id": [release.release_id],
        "run_on": [release.run_on],
        "made_at": [release.made_at],
        "content_key": [release.content_key],
    }
    versions = list(release.table_versions.items())
    paths = [(table, str(path)) for table, listed in behind.items() for path in listed]
    text = pl.String
    tables = {
        "release": pl.DataFrame(facts),
        "made_with": pl.DataFrame(
            {"belnota_version": [__version__], "duckdb_version": [duckdb.__version__], "layout_key": [layout_key()]}
        ),
        "lake_versions": pl.DataFrame(versions, schema={"table_name": text, "version": pl.Int64}, orient="row"),
        "files": pl.DataFrame(paths, schema={"table_name": text, "path": text}, orient="row"),
        "examples": pl.DataFrame([example(name) for name in sql_names("examples")]),
        "macros": pl.DataFrame([_macro(name) for name in MACROS]),
    }
    for name, frame in tables.items():
        attach_frame(connection, f"meta.{name}", frame)


@cache
def layout_key() -> str:
    """Return a hash of everything that this program says in SQL and words, so that a new one publishes anew."""
    folders = ("report", "mart", "meta", "main", "macros", "examples")
    texts = [sql_text(folder, name) for folder in folders for name in sql_names(folder)]
    words = [f"{schema} {relation}" for schema, group in SCHEMAS.items() for relation in group]
    contracts = [
        f"{contract.__name__}.{column} {description_of(contract, column)}"
        for group in SCHEMAS.values()
        for relation in group
        for contract in relation.contracts
        for column in contract.columns()
    ]
    told = json.dumps([__version__, duckdb.__version__, texts, words, contracts, dict(MEANINGS)])
    return hashlib.sha256(told.encode()).hexdigest()


def example(name: str) -> dict[str, str]:
    """Return a question of `sql/examples`: name, question, what the answer means, and its query."""
    question, *meaning = header("examples", name)
    lines = sql_text("examples", name).splitlines()[1 + len(meaning) :]
    return {"name": name, "question": question, "meaning": " ".join(meaning), "sql": "\n".join(lines).strip()}


def make_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the functions, with their words as comments."""
    for name in MACROS:
        told = _macro(name)
        table = "" if name in VALUES else "TABLE"
        connection.execute(f"CREATE MACRO main.{told['parameters']} AS {table} {sql_text('macros', name)}")
        connection.execute(f"COMMENT ON MACRO {table} main.{name} IS {quoted(told['description'])}")


def _macro(name: str) -> dict[str, str]:
    call, *description = header("macros", name)
    return {"name": name, "parameters": call, "description": " ".join(description)}


def describe_relations(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill meta.views and meta.columns, and write the same words as comments on each relation and column."""
    connection.execute("CREATE TABLE meta.views (view VARCHAR, grain VARCHAR)")
    connection.execute(
        "CREATE TABLE meta.columns (view VARCHAR, column_name VARCHAR, data_type VARCHAR, description VARCHAR)"
    )
    named = {f"{schema}.{relation.name}": relation for schema, group in SCHEMAS.items() for relation in group}
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
