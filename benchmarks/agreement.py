"""Do two raters say the same of every call?"""

from __future__ import annotations

from functools import reduce
from operator import or_
from pathlib import Path
from typing import Final

import polars as pl

COMPARED: Final = (
    "customer_id", "subscription_id", "product", "call_type", "deck", "prefix", "destination", "band", "status",
    "reason", "in_bundle_quantity", "billed_quantity", "connect_fee_micro_eur", "information_charge_micro_eur",
    "charge_micro_eur",
)  # fmt: skip


def differing(one: Path, other: Path) -> int:
    """Return how many calls of two files of rated calls differ in what rating says, or are in one file only."""
    return different_rows(pl.scan_parquet(one), pl.scan_parquet(other)).select(pl.len()).collect().item()


def different_rows(one: pl.LazyFrame, other: pl.LazyFrame) -> pl.LazyFrame:
    """Return the calls that differ, with both answers side by side (`…_other`)."""
    texts = [pl.col(name).cast(pl.String) for name in ("call_id", *COMPARED)]
    joined = one.select(texts).join(other.select(texts), on="call_id", how="full", suffix="_other")
    differs = [pl.col(name).ne_missing(pl.col(f"{name}_other")) for name in ("call_id", *COMPARED)]
    return joined.filter(reduce(or_, differs))
