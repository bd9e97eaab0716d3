"""How fast calls are rated, as a ratio to a plain copy of the same Parquet file in the same run.

python benchmarks/bench_rating.py --millions 1

Made-up calls (seeded) on the demo's price lists: peak bands with split, a base deck of countries, no bundles.
Prints calls per second, the ratio and the peak memory; compare ratios, not seconds.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

from belnota.tables import BundleShare, empty
from pipelines.demo import write_workspace
from rating import rate
from tariffs import compile_prices, read_deck

CALLED = ["31201234567", "31612345678", "31881234567", "319000123", "49301234567", "442079460123", "12125550123"]
SEED = 20261001


def calls(count: int) -> pl.DataFrame:
    """Return calls to rate (CallToRate), spread over October 2026."""
    row = pl.int_range(0, count, dtype=pl.Int64)
    spread = row.hash(SEED)
    start = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
    return pl.select(
        call_id=pl.format("bench/{}", row),
        service=pl.lit("voice", pl.Enum(["voice", "sms", "data"])),
        direction=pl.lit("out", pl.Enum(["out", "in"])),
        country=pl.lit(None, pl.String),
        zone=pl.lit("nl"),
        called="+" + pl.lit(pl.Series(CALLED)).gather(spread % len(CALLED)),
        call_type=pl.lit(None, pl.String),
        answered_at=pl.lit(start).dt.cast_time_unit("us")
        + pl.duration(seconds=(spread % (31 * 86_400)).cast(pl.Int64)),
        quantity=(spread % 1_800).cast(pl.Int64),
        deck=pl.lit("zakelijk-2026"),
        subscription_id=pl.lit(None, pl.String),
    )


def timed(work: Callable[[], object]) -> float:
    """Return the shortest of three runs, in seconds."""
    walls = []
    for _ in range(3):
        begun = time.perf_counter()
        work()
        walls.append(time.perf_counter() - begun)
    return min(walls)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--millions", type=float, default=1, help="millions of calls")
    count = round(parser.parse_args().millions * 1_000_000)
    with tempfile.TemporaryDirectory() as scratch:
        write_workspace(Path(scratch))
        decks = {name: read_deck(Path(scratch) / "decks" / name) for name in ("zakelijk-2026", "az-2026")}
        prices = compile_prices(decks, ["zakelijk-2026"])
        source, copy, rated = (Path(scratch) / f"{name}.parquet" for name in ("calls", "copy", "rated"))
        calls(count).write_parquet(source, compression="zstd")
        floor = timed(lambda: pl.scan_parquet(source).sink_parquet(copy, compression="zstd"))

        def work() -> None:
            result = rate(pl.scan_parquet(source), prices, empty(BundleShare))
            result.rated.collect().write_parquet(rated, compression="zstd")

        wall = timed(work)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count:,} calls, {os.cpu_count()} cores")
    print(f"  copy the file      {floor:8.2f} s")
    print(f"  rate, file to file {wall:8.2f} s   {wall / floor:6.1f} x the copy   {count / wall:12,.0f} calls/s")
    print(f"  peak memory        {peak:8,.0f} MB")


if __name__ == "__main__":
    main()
