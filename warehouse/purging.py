"""Taking call details out of the lake, for good: what goes, the sums that stay of it, and the bytes on disk.

A call goes with the month that billed it. First it is counted (`doomed`), then taken out of the tables by commits that
may be repeated (`take_out`), then what no table names any more is removed from disk (`shred`). docs/retention.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from belnota.errors import ControlsDoNotBalance
from belnota.tables import PurgedDraw, PurgedFile, PurgedUsage, QuarantineDecision, schema_of
from warehouse import call_keys
from warehouse.duck import NOT_YET, attach_frame, attach_lake, connect, quoted, sql_text
from warehouse.lake import Lake
from warehouse.lake_tables import TABLES

CALL_LEVEL: Final = ("quarantine", "call_parts", "bundle_draws", "calls", "rated_calls")
"""Tables with numbers of calls, in the order in which they are emptied: the last one says which calls go."""
ARRIVALS: Final = pl.Schema({"file_id": pl.String, "month": pl.String})
_DECISIONS: Final = schema_of(QuarantineDecision)
_FILE: Final = [name for name in schema_of(PurgedFile).names() if name != "is_raw_gone"]


@dataclass(frozen=True)
class Doomed:
    """What goes with the months up to `through`, and what stays of it.

    usage (PurgedUsage), draws (PurgedDraw), files (PurgedFile without is_raw_gone) are the sums that stay; parts
    (feed, key) and lines (file_id, line_number) name what goes; remaining names the files (file_id) of which something
    stays; waiting (usage_period, billing_period, calls, unrated) is what stays of these months.
    """

    through: str
    usage: pl.DataFrame
    draws: pl.DataFrame
    files: pl.DataFrame
    parts: pl.DataFrame
    lines: pl.DataFrame
    remaining: pl.Series
    waiting: pl.DataFrame


def doomed(lake: Lake, through: str, decisions: pl.DataFrame, arrivals: pl.DataFrame) -> Doomed:
    """Count what goes with the billing months up to `through` (YYYY-MM); empty = none.

    decisions: QuarantineDecision; arrivals (ARRIVALS): the local month in which each raw file came.
    """
    with connect() as connection:
        attach_lake(connection, lake, {**NOT_YET, **{table: lake.version(table) for table in CALL_LEVEL}})
        attach_frame(connection, "quarantine_decisions", decisions.select(_DECISIONS.names()))
        attach_frame(connection, "arrivals", arrivals.select(ARRIVALS.names()))
        connection.execute(f"SET VARIABLE through = {quoted(through)}")
        for name in ("gone_calls", "gone_parts", "gone_lines"):
            connection.execute(f"CREATE TEMP TABLE {name} AS {sql_text('purge', name)}")

        def asked(name: str) -> pl.DataFrame:
            found: pl.DataFrame = connection.sql(sql_text("purge", name)).pl()
            return found

        usage, draws = schema_of(PurgedUsage), schema_of(PurgedDraw)
        files = {name: kind for name, kind in schema_of(PurgedFile).items() if name in _FILE}
        return Doomed(
            through=through,
            usage=asked("usage").select(pl.col(name).cast(kind) for name, kind in usage.items()),
            draws=asked("draws").select(pl.col(name).cast(kind) for name, kind in draws.items()),
            files=asked("files").select(pl.col(name).cast(kind) for name, kind in files.items()),
            parts=connection.sql("SELECT * FROM gone_parts").pl(),
            lines=connection.sql("SELECT * FROM gone_lines").pl(),
            remaining=asked("remaining")["file_id"],
            waiting=asked("waiting"),
        )


def require_whole(lake: Lake, gone: Doomed) -> None:
    """Raise ControlsDoNotBalance unless in each table what is there is what goes and what stays, counted apart."""
    counted = {
        "calls": int(gone.usage["stored_calls"].sum()),
        "rated_calls": int(gone.usage["calls"].sum()),
        "call_parts": int(gone.files["parts"].sum()) + int(gone.files["retried_parts"].sum()),
        "quarantine": int(gone.files["quarantined_rows"].sum()),
    }
    for table, goes in counted.items():
        there = lake.rows(table)
        taken = sum(lost for _, _, lost in _changes(lake, table, gone))
        if taken != goes:
            raise ControlsDoNotBalance(
                f"nothing was purged: of {there:,} rows of {table}, {goes:,} were counted to go and {taken:,} would; "
                "run: belnota controls, and report this"
            )


def take_out(lake: Lake, gone: Doomed) -> None:
    """Take out of the newest version of each table what goes; done again, or after a kill, the result is the same."""
    for table in CALL_LEVEL:
        for partition, stays, lost in _changes(lake, table, gone):
            if lost:
                lake.replace(table, partition, stays)


def _changes(lake: Lake, table: str, gone: Doomed) -> Iterator[tuple[str, pl.LazyFrame, int]]:
    """Yield per partition that may lose rows: its name, the rows that stay, how many go."""
    for partition in lake.periods(table):
        rows = lake.scan(table, periods=[partition])
        if table in ("rated_calls", "bundle_draws"):
            if partition > gone.through:
                continue
            stays = rows.clear()
        elif table == "calls":
            if partition > gone.through:
                continue
            billed = lake.scan("rated_calls", periods=_until(lake, "rated_calls", gone.through)).select("call_id")
            stays = rows.join(billed, on="call_id", how="anti")
        elif table == "call_parts":
            stays = rows.join(gone.parts.lazy(), on=["feed", "key"], how="anti")
        else:
            stays = rows.join(gone.lines.lazy(), on=["file_id", "line_number"], how="anti")
        before, after = (f.select(pl.len()).collect(engine="streaming").item() for f in (rows, stays))
        yield partition, stays if after else pl.LazyFrame(schema=TABLES[table].schema), before - after


def _until(lake: Lake, table: str, through: str) -> list[str]:
    return [partition for partition in lake.periods(table) if partition <= through]


def without_usage_of_bundles(lake: Lake, through: str) -> None:
    """Take the use of bundles out of the lake, of billing months up to `through`: their invoices are purged."""
    for period in _until(lake, "bundle_usage", through):
        lake.replace("bundle_usage", period, pl.DataFrame(schema=TABLES["bundle_usage"].schema))


def old_files(lake: Lake) -> list[Path]:
    """Return the Parquet files of tables with call details that the newest version of none of them names."""
    return [path for table in (*CALL_LEVEL, "bundle_usage") for path in lake.unnamed_files(table)]


def shred(lake: Lake) -> int:
    """Remove from disk what no newest version names, and keys of calls that are gone; returns how many files.

    Older versions cannot be read any more. The caller holds the workspace.
    """
    paths = old_files(lake)
    for path in paths:
        path.unlink(missing_ok=True)
    lake.remove_empty_folders()
    return len(paths) + call_keys.forget(lake)
