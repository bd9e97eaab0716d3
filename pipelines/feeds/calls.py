"""Records to calls: everything a call must know, and which of them are news."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from belnota.periods import local_date, period_of
from belnota.phone import call_type_of, kind_of_number, plan_changes, zone_of
from belnota.tables import Call, schema_of
from pipelines.feeds.result import REJECT

KNOWN: Final = pl.Schema({"call_id": pl.String(), "file_id": pl.String(), "fingerprint": pl.UInt64()})
"""Calls that were stored before: identity, file, and a hash of what they say (valid within one process)."""

_SAID = ("service", "direction", "own_number", "dialled", "answered_at", "is_answered", "quantity", "country")


@dataclass(frozen=True)
class Parted:
    """The calls of one file: news, how many were known already, and lines that contradict a known call."""

    new: pl.DataFrame
    duplicates: int
    conflicts: pl.DataFrame


def fingerprint() -> pl.Expr:
    """Return a hash of what a call says, apart from where it stood and what follows from it."""
    return pl.struct(_SAID).hash()


def as_calls(records: pl.DataFrame, *, feed: str, file_id: str) -> pl.DataFrame:
    """Return records (RECORD) as calls: the columns of Call and `raw_line`, in order of line."""
    calls = (
        records.pipe(_with_days)
        .with_columns(zone=zone_of(pl.col("country"), pl.col("on")))
        .pipe(_with_kinds)
        .with_columns(
            call_id=pl.lit(f"{feed}/") + pl.col("key"),
            feed=pl.lit(feed),
            file_id=pl.lit(file_id),
            call_type=call_type_of(
                service=pl.col("service").cast(pl.String),
                direction=pl.col("direction").cast(pl.String),
                kind=pl.col("kind"),
                zone=pl.col("zone"),
            ),
        )
        .sort("line_number")
    )
    return calls.select(*(pl.col(name).cast(dtype) for name, dtype in schema_of(Call).items()), "raw_line")


def _with_days(records: pl.DataFrame) -> pl.DataFrame:
    """Add `on` (local day) and `period`, worked out once per quarter of an hour: no day begins within one.

    So it is since 1937; records are of 2000-2099.
    """
    quarter = pl.col("answered_at").dt.truncate("15m")
    begun = records.with_columns(quarter=quarter)
    each = begun.select("quarter").unique()
    days = each.with_columns(on=local_date(pl.col("quarter")), period=period_of(pl.col("quarter")))
    return begun.join(days, on="quarter", how="left", nulls_equal=True, maintain_order="left").drop("quarter")


def _with_kinds(calls: pl.DataFrame) -> pl.DataFrame:
    """Add `kind`, of what kind the number at the other end was that day: once per number and state of the plan."""
    state = pl.sum_horizontal(pl.lit(0, pl.Int32), *((pl.col("on") >= day).cast(pl.Int32) for day in plan_changes()))
    stated = calls.with_columns(state=state)
    names = ["other_number", "state"]
    each = stated.group_by(names).agg(pl.col("on").first())
    kinds = each.select(*names, kind=kind_of_number(pl.col("other_number"), pl.col("on")))
    return stated.join(kinds, on=names, how="left", maintain_order="left").drop("state")


def part_known(calls: pl.DataFrame, known: pl.DataFrame) -> Parted:
    """Part the calls of one file by the calls of other files (KNOWN) and by each other.

    Worked rows (call_id, seconds; known: a 60):
        line 1  b 10  -> new          line 2  b 10  -> duplicate (the file says it twice)
        line 3  b 11  -> conflict     line 4  a 60  -> duplicate
        line 5  a 61  -> conflict: same identity, other content; somebody must decide, so it goes to quarantine
    A call of this very file in `known` does not count: it was stored by a run that was killed (same result again).
    """
    earlier = known
    if not known.is_empty():
        here = calls.select("call_id", "file_id").unique()
        earlier = known.join(here, on="call_id", how="semi").join(here, on=["call_id", "file_id"], how="anti")
        # a killed run's calls are in the lake and, now that their file is done, here
        earlier = earlier.unique("call_id")
    # The common case: each call is news. Identities with as many hashes as there are lines are all different.
    if earlier.is_empty() and calls["call_id"].hash().n_unique() == calls.height:
        return Parted(calls.select(schema_of(Call).names()), 0, pl.DataFrame(schema=REJECT))
    marked = (
        calls.with_columns(fingerprint=fingerprint())
        .join(earlier.select("call_id", earlier="fingerprint"), on="call_id", how="left")
        .sort("line_number")
        .with_columns(
            is_first=pl.col("line_number") == pl.col("line_number").min().over("call_id"),
            first=pl.col("fingerprint").sort_by("line_number").first().over("call_id"),
        )
    )
    is_new = pl.col("earlier").is_null() & pl.col("is_first")
    is_same = pl.col("fingerprint") == pl.coalesce("earlier", "first")
    conflicts = marked.filter(~is_new & ~is_same).select(
        "line_number",
        reason=pl.lit("conflict"),
        detail=pl.lit("another record has this identity but says something else: ") + pl.col("call_id"),
        raw_line="raw_line",
    )
    return Parted(
        new=marked.filter(is_new).select(schema_of(Call).names()),
        duplicates=marked.filter(~is_new & is_same).height,
        conflicts=conflicts.cast(REJECT),
    )
