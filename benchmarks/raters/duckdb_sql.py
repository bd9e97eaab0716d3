"""The best rater in DuckDB SQL that the authors could write: file to file, two threads, in memory."""

from __future__ import annotations

from pathlib import Path

import duckdb

from belnota.tables import RatedCall, schema_of
from benchmarks.raters.sql_tables import sql_tables
from benchmarks.reseller import BATCH, ZSTD, Reseller

_SCRIPT = Path(__file__).with_name("duckdb.sql")


class Prepared:
    """A connection with prices, owners and bundles loaded."""

    def __init__(self, reseller: Reseller) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("set enable_progress_bar = false; set preserve_insertion_order = false")
        tables = sql_tables(reseller)
        self.ranks = sorted(set(tables["shares"]["rank"]))
        for name, table in tables.items():
            self.connection.register(f"given_{name}", table.to_arrow())
            self.connection.execute(f"create table {name} as select * from given_{name}")
            self.connection.unregister(f"given_{name}")


def rate_file(calls: Path, out: Path, prepared: Prepared) -> None:
    """Rate a file (contract Call, in order of answered_at and call_id) into the columns of RatedCall, in any order."""
    connection = prepared.connection
    connection.execute("set variable calls = ?", [str(calls)])
    once, per_rank, again = _parts()
    for statement in once:
        connection.execute(statement)
    for rank in prepared.ranks:
        connection.execute("set variable rank = ?", [rank])
        for statement in per_rank:
            connection.execute(statement)
    for statement in again:
        connection.execute(statement)
    columns = ", ".join(schema_of(RatedCall).names())
    target = f"to '{out}' (format parquet, compression zstd, compression_level {ZSTD}, row_group_size {BATCH})"
    connection.execute(f"copy (select {columns} from rated) {target}")


def _parts() -> tuple[list[str], list[str], list[str]]:
    """Return the script's statements before, per rank of bundles, and after."""
    text = _SCRIPT.read_text(encoding="utf-8")
    once, rest = text.split("-- per rank\n")
    per_rank, again = rest.split("-- once\n")
    return tuple([part for part in piece.split(";\n") if part.strip()] for piece in (once, per_rank, again))
