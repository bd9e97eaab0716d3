"""Made-up raw files and stored calls for bench_ingest, the same each time."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from belnota.tables import Call, schema_of
from warehouse import Lake

SEED: Final = 20261123
HEADER: Final = "recordid;soort;msisdn;bestemming;start;duur_sec;bytes_op;bytes_neer;land"
_PIECE: Final = 1_000_000


def write_mobiel_file(path: Path, lines: int) -> None:
    """Write a file of the layout of fixtures/mappings/mobiel.toml: voice, messages and data of October 2026."""
    with path.open("wb") as out:
        out.write(HEADER.encode() + b"\n")
        for first in range(0, lines, _PIECE):
            _mobiel(first, min(_PIECE, lines - first)).write_csv(out, separator=";", include_header=False)


def _mobiel(first: int, count: int) -> pl.DataFrame:
    random = np.random.default_rng([SEED, first])
    kinds = np.array(["GESPREK", "SMS", "DATA"])[random.choice(3, count, p=[0.6, 0.1, 0.3])]
    draws = pl.DataFrame(
        {
            "n": np.arange(first, first + count),
            "soort": kinds,
            "own": random.integers(0, 50_000, count),
            "other": random.zipf(1.3, count) % 90_000_000,
            "second": random.integers(0, 31 * 86_400, count),
            "length": random.integers(1, 3_600, count),
            "up": random.integers(0, 10_000_000, count),
            "down": random.integers(0, 100_000_000, count),
        }
    )
    is_data, is_call = pl.col("soort") == "DATA", pl.col("soort") == "GESPREK"
    start = pl.datetime(2026, 10, 1) + pl.duration(seconds="second")
    return draws.select(
        recordid="M" + pl.col("n").cast(pl.String).str.zfill(9),
        soort="soort",
        msisdn="316" + (pl.col("own") + 10_000_000).cast(pl.String),
        bestemming=pl.when(is_data).then(pl.lit("")).otherwise("31" + (pl.col("other") + 200_000_000).cast(pl.String)),
        start=start.dt.strftime("%d-%m-%Y %H:%M:%S"),
        duur_sec=pl.when(is_call).then("length").otherwise(0),
        bytes_op=pl.when(is_data).then("up").otherwise(0),
        bytes_neer=pl.when(is_data).then("down").otherwise(0),
        land=pl.lit("NL"),
    )


def write_known_calls(folder: Path, stored: int, new: int) -> None:
    """Fill a lake with calls, five million a month back from December 2026; write `new` identities, 1 % of them old."""
    lake = Lake(folder / "known")
    for part, first in enumerate(range(0, stored, 5 * _PIECE)):
        period = f"{2026 - part // 12}-{12 - part % 12:02d}"
        lake.replace("calls", period, _calls(first, min(5 * _PIECE, stored - first), period))
    again = pl.int_range(0, new // 100, eager=True) * max(1, min(stored, 5 * _PIECE) // new)
    fresh = pl.int_range(stored, stored + new - again.len(), eager=True)
    numbers = pl.concat([again, fresh]).shuffle(SEED)
    numbers.to_frame("n").select(call_id=_identity()).write_parquet(folder / "new.parquet")


def _identity() -> pl.Expr:
    return pl.format("pbx/{}.{}:{}", 1_700_000_000 + pl.col("n") // 3, pl.col("n") * 7919 % 100_003, pl.col("n"))


def _calls(first: int, count: int, period: str) -> pl.DataFrame:
    year, month = map(int, period.split("-"))
    n = pl.col("n")
    made = pl.select(n=pl.int_range(first, first + count)).select(
        call_id=_identity(),
        feed=pl.lit("pbx"),
        file_id=pl.lit("f" * 64),
        line_number=n + 1,
        service=pl.lit("voice"),
        direction=pl.lit("out"),
        own_number="+3120" + (n % 5_000 + 1_000_000).cast(pl.String),
        other_number="+316" + (n * 7 % 90_000_000 + 10_000_000).cast(pl.String),
        dialled="06" + (n * 7 % 90_000_000 + 10_000_000).cast(pl.String),
        answered_at=pl.datetime(year, month, 2, time_zone="UTC") + pl.duration(seconds=n % (20 * 86_400)),
        is_answered=pl.lit(value=True),
        quantity=n % 3_600,
        country=pl.lit(None, pl.String),
        zone=pl.lit("nl"),
        call_type=pl.lit("mobiel"),
        period=pl.lit(period),
    )
    return made.select(pl.col(name).cast(dtype) for name, dtype in schema_of(Call).items())
