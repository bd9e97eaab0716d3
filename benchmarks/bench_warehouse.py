"""How fast analysts are answered: python -m benchmarks.bench_warehouse --millions 10

A made-up month (benchmarks/reseller.py) is rated by the engine, put in a lake as the night does, and published. Then
questions are put to the published file with plain DuckDB, each three times; the shortest time counts. The floor of a
question is a scan of the columns that it uses. Compare ratios, not seconds: cores are often shared.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from belnota.tables import ControlResult, RatedCall, empty, schema_of
from benchmarks import engine
from benchmarks.reseller import Reseller, Size, write_reseller
from tests.lib.warehouse_data import calls, published_frames, rated
from warehouse import Lake, Release, publish
from warehouse.delta_log import StoredFile, commit
from warehouse.lake_tables import TABLES

PARTITIONS: Final = 1000
"""Of each of two tables: 2,000 files in all."""
TURNS: Final = 3
MONTH: Final = "1960-05"

_USED = """
select count(billing_period), count(period), count(customer_id), count(product), count(own_number), count(call_type),
    count(service), count(status), count(reason), count(is_answered), sum(quantity), sum(charge_micro_eur),
    sum(information_charge_micro_eur)
from core.rated_calls
"""
_DETAILS = "select * from report.calls where customer_id = '{customer}' and billing_period = '2026-10'"
_QUESTIONS = {
    "scan of the columns that totals use (the floor)": _USED,
    "totals per number and call type, summed up": "select count(*), sum(calls), sum(charge_eur) "
    "from report.usage_by_number_and_call_type",
    "the same, all of their rows as a table": "from report.usage_by_number_and_call_type",
    "revenue per customer of the month": "from omzet('2026-10-01', '2026-11-01')",
    "one customer's details of the month": _DETAILS,
    "one customer's usage per number and call type": "from usage_of('{customer}', '2026-10')",
}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--millions", type=float, default=1, help="millions of calls")
    parser.add_argument("--data", type=Path, help="folder in which made-up data are kept and used again")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="belnota-bench-") as scratch:
        folder = (options.data or Path(scratch)).resolve()
        print(_month(folder, round(options.millions * 1_000_000)))
        print(_many_partitions(Path(scratch) / "many"))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _month(folder: Path, count: int) -> str:
    """Ask questions of one large month."""
    reseller, lake = Reseller(folder), Lake(folder / "lake")
    write_reseller(folder, Size.of(count), _say)
    if lake.version("rated_calls") < 0:
        out = folder / "rated.parquet"
        engine.rate_file(reseller.calls, out, reseller, engine.compiled(reseller))
        texts = (pl.col(name).cast(dtype) for name, dtype in schema_of(RatedCall).items())
        lake.replace("rated_calls", engine.PERIOD, pl.scan_parquet(out).select(texts))
        out.unlink()
    frames = published_frames() | {"numbers": reseller.ownership, "customers": _customers(reseller)}
    path = folder / "analytics.duckdb"
    seconds = {"publishing it": _shortest(lambda: publish(path, lake, _release(lake), frames))}
    customer = frames["customers"]["customer_id"][frames["customers"].height // 2]
    with duckdb.connect(str(path), read_only=True) as connection:
        for label, sql in _QUESTIONS.items():
            _say(label)
            seconds[label] = _shortest(lambda sql=sql: connection.sql(sql.format(customer=customer)).pl())
    _, floor = seconds["scan of the columns that totals use (the floor)"]
    lines = [f"| {label} | {wall:.3f} | {cpu:.3f} | {cpu / floor:.1f} |" for label, (wall, cpu) in seconds.items()]
    head = f"| {count:,} rated calls in one month | seconds | CPU s | of the floor, by CPU |"
    return "\n".join([head, "|---|---|---|---|", *lines, ""])


def _many_partitions(root: Path) -> str:
    """Publish a lake of 2,000 files, and ask about one of its months."""
    lake, path = Lake(root / "lake"), root / "analytics.duckdb"
    for table in ("calls", "rated_calls"):
        _fill(lake, table)
    seconds = {"publishing": _shortest(lambda: publish(path, lake, _release(lake), published_frames()))}
    with duckdb.connect(str(path), read_only=True) as connection:
        for label, where in (("one month of them", f"where billing_period = '{MONTH}'"), ("all of them", "")):
            sql = f"select count(*), sum(charge_eur) from report.calls {where}"
            seconds[label] = _shortest(lambda sql=sql: connection.sql(sql).pl())
    lines = [f"| {label} | {wall:.3f} | {cpu:.3f} |" for label, (wall, cpu) in seconds.items()]
    return "\n".join([f"| {2 * PARTITIONS:,} partitions of 20 rows | seconds | CPU s |", "|---|---|---|", *lines])


def _fill(lake: Lake, table: str) -> None:
    """Put files into a table by one commit; a commit each would take minutes."""
    spec, folder, made = TABLES[table], lake.root / table, []
    for number in range(PARTITIONS):
        period = f"{1950 + number // 12:04d}-{number % 12 + 1:02d}"
        rows = calls(20, feed=f"f{number}").with_columns(period=pl.lit(period))
        file = folder / f"{spec.partition}={period}" / f"{number:064d}.parquet"
        file.parent.mkdir(parents=True)
        held = rated(rows) if table == "rated_calls" else rows
        held.select(pl.col(name).cast(dtype) for name, dtype in spec.stored_schema.items()).write_parquet(file)
        made.append(StoredFile(str(file.relative_to(folder)), file.stat().st_size, rows.height, period))
    commit(folder, spec, made, mode="append")


def _customers(reseller: Reseller) -> pl.DataFrame:
    absent = dict.fromkeys(("city", "language", "delivery", "vat_regime"), pl.lit(""))
    ids = reseller.ownership.select(pl.col("customer_id").unique().sort())
    return ids.with_columns(name=pl.col("customer_id"), **absent)


def _release(lake: Lake) -> Release:
    versions = {table: lake.version(table) for table in TABLES}
    return Release(
        1, "key", dt.datetime(2026, 11, 1, tzinfo=dt.UTC), dt.date(2026, 11, 1), versions, empty(ControlResult)
    )


def _shortest(work: Callable[[], object]) -> tuple[float, float]:
    """Return the shortest wall and processor times of some turns, in seconds."""
    walls, processor = [], []
    for _ in range(TURNS):
        begun, used = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - begun)
        processor.append(time.process_time() - used)
    return min(walls), min(processor)


if __name__ == "__main__":
    main()
