"""DuckDB as this room uses it: quiet, offline, reading exactly the files of a lake version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Final

import duckdb
import polars as pl

from warehouse.lake import Lake
from warehouse.lake_tables import TABLES, LakeTable

_SQL_TYPES: Final[Mapping[type[pl.DataType], str]] = {
    pl.String: "VARCHAR",
    pl.Int64: "BIGINT",
    pl.Boolean: "BOOLEAN",
    pl.Date: "DATE",
    pl.Datetime: "TIMESTAMP WITH TIME ZONE",
}


def connect() -> duckdb.DuckDBPyConnection:
    """Open a private database in memory that draws no progress bar and never fetches an extension."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
        },
    )
    connection.execute("SET enable_progress_bar = false; SET TimeZone = 'UTC'")
    return connection


NOT_YET: Final[Mapping[str, int]] = MappingProxyType({"call_parts": -1})
"""Tables that releases of before them do not name: they were empty then."""


@cache
def sql_text(folder: str, name: str) -> str:
    """Return the text of `warehouse/sql/<folder>/<name>.sql`."""
    return files("warehouse").joinpath("sql", folder, f"{name}.sql").read_text("utf-8")


def sql_names(folder: str) -> list[str]:
    """Return the names of the SQL files of a folder, sorted."""
    inside = files("warehouse").joinpath("sql", folder).iterdir()
    return sorted(entry.name.removesuffix(".sql") for entry in inside if entry.name.endswith(".sql"))


def attach_lake(
    connection: duckdb.DuckDBPyConnection, lake: Lake, versions: Mapping[str, int], *, schema: str = "main"
) -> dict[str, list[Path]]:
    """Make a view of each lake table at its version; returns the files behind each."""
    behind = {}
    for table, version in versions.items():
        behind[table] = [path.absolute() for path in lake.files(table, version)]
        connection.execute(f"CREATE VIEW {schema}.{table} AS {_select(TABLES[table], behind[table])}")
    return behind


def attach_frame(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
    """Copy a frame into a table; enums become text."""
    connection.register("incoming", frame.with_columns(pl.col(pl.Enum).cast(pl.String)))
    connection.execute(f"CREATE TABLE {name} AS SELECT * FROM incoming")  # noqa: S608 - names are ours
    connection.unregister("incoming")


def quoted(text: object) -> str:
    """Return a text as an SQL literal."""
    return "'" + str(text).replace("'", "''") + "'"


def without_wildcards(path: object) -> str:
    """Return a path as DuckDB must be told it, so that a folder called `[1]` is not taken for a pattern."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path))


def _select(table: LakeTable, paths: Sequence[Path]) -> str:
    if not paths:
        nothing = ", ".join(f"CAST(NULL AS {_SQL_TYPES[type(d)]}) AS {n}" for n, d in table.stored_schema.items())
        return f"SELECT {nothing} WHERE false"
    return " UNION ALL ".join(_select_from(table, group, lacking) for lacking, group in table.by_lack(paths).items())


def _select_from(table: LakeTable, paths: Sequence[Path], lacking: Sequence[str]) -> str:
    listed = ", ".join(quoted(without_wildcards(path)) for path in paths)
    columns = ", ".join(f"{table.added[name]} AS {name}" if name in lacking else name for name in table.schema)
    # The columns are all in the files. That of the partition is in the folder's name too, which spares opening files of
    # other months; a workspace below a folder called `a=b` does without, because that name would be a column as well.
    is_named = table.partition is not None and all(str(path).count("=") == 1 for path in paths)
    hive = "true, hive_types_autocast = false" if is_named else "false"
    return f"SELECT {columns} FROM read_parquet([{listed}], hive_partitioning = {hive})"  # noqa: S608 - quoted
