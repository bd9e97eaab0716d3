"""One small night on a lake: three batches, two replaced tables, one published file. Run as a script, it is killed."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import polars as pl

from belnota.tables import ControlResult, empty
from tests.lib.warehouse_data import calls, draws, published_frames, rated
from warehouse import Lake, Release, publish, published_release

TABLES = ("calls", "quarantine", "rated_calls", "bundle_draws", "bundle_usage")


def night(root: Path, number: int = 1) -> None:
    """Do the whole night; doing it again changes nothing."""
    lake = Lake(root / "lake")
    lake.sweep()
    for n in range(3):
        lake.append("calls", _batch(number, n), batch=f"{number}-{n}")
    out = rated(lake.scan("calls").collect().sort("answered_at", "call_id"))
    lake.replace("rated_calls", "2026-10", out)
    lake.replace("bundle_draws", "2026-10", draws(out))
    if published_release(root / "analytics.duckdb") != number:
        publish(root / "analytics.duckdb", lake, release_of(lake, number), published_frames())


def digests(root: Path) -> dict[str, str]:
    lake = Lake(root / "lake")
    return {table: lake.digest(table) for table in TABLES}


def _batch(number: int, n: int) -> pl.DataFrame:
    return calls(40 + n, feed=f"f{number}-{n}")


def release_of(lake: Lake, number: int) -> Release:
    made_at = dt.datetime(2026, 11, 1, 3, tzinfo=dt.UTC)
    versions = {table: lake.version(table) for table in TABLES}
    return Release(number, f"key {number}", made_at, made_at.date(), versions, empty(ControlResult))


if __name__ == "__main__":
    print("ready", flush=True)  # noqa: T201 - the parent waits for it before it kills
    for number in range(1, 1000):
        night(Path(sys.argv[1]), number)
        print(number, flush=True)  # noqa: T201 - which nights were whole
