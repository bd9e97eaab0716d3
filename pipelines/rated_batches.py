"""Calls of a period rated batch by batch in bounded memory: owner, price, bundles, and the columns of RatedCall."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from belnota.tables import BundleDraw, CallToRate, RatedCall, schema_of
from pipelines.batches import ahead
from pipelines.owners import Owners
from rating import Rater

_RATED = schema_of(RatedCall)


def rated_batches(
    batches: Iterator[pl.DataFrame], owners: Owners, rater: Rater, billing_period: str
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Yield for each batch of calls (contract Call) its rated calls and its draws (RatedCall, BundleDraw)."""
    period = pl.lit(billing_period, pl.Enum([billing_period])).alias("billing_period")
    answered = ((owned, rater.answered(to_rate(owned))) for owned in map(owners.of_calls, batches))
    for owned, answers in ahead(answered):
        rated, draws = rater.charged(answers)
        kept = owned.drop("deck", "call_type").with_columns(rated.drop("call_id").get_columns())
        yield (
            kept.with_columns(period).select(_RATED.names()),
            draws.with_columns(period).select(schema_of(BundleDraw).names()),
        )


def to_rate(owned: pl.DataFrame) -> pl.DataFrame:
    """Return calls as rating takes them (contract CallToRate).

    A received call is priced by the number that received it: an own 0800 number costs its owner (rating.md 1).
    """
    called = pl.when(pl.col("direction") == "in").then("own_number").otherwise("other_number")
    return owned.with_columns(called=called).select(schema_of(CallToRate).names())
