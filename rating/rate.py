"""Calls + prices + bundles -> rated calls: a pure function, to the last micro-euro (rating.md)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import polars as pl

from belnota.lookup import placed
from belnota.phone import CALL_TYPES
from belnota.tables import CallToRate, RatedCall, schema_of
from belnota.tables.contract import DIRECTIONS
from belnota.tables.prices import PriceBook
from rating.answer import Answers
from rating.bundles import DRAWS, Pools
from rating.charge import charged, information_charged
from rating.reasons import FREE, REASONS
from rating.timetable import VOICE, Timetable, days_spanned, touched_days

RATED_COLUMNS: Final = (
    "call_id", "call_type", "deck", "prefix", "destination", "band", "status", "reason", "in_bundle_quantity",
    "billed_quantity", "connect_fee_micro_eur", "information_charge_micro_eur", "charge_micro_eur",
)  # fmt: skip
"""Columns of rated calls, with the types of contract RatedCall."""
_BATCH: Final = 500_000
_AMOUNTS: Final = ("billed_quantity", "connect_fee_micro_eur", "charge_micro_eur")
_OUT: Final = DIRECTIONS.index("out")
_CALL_TYPES: Final = pl.Series(CALL_TYPES, dtype=pl.Enum(CALL_TYPES))
_REASONS: Final = pl.Series(REASONS, dtype=pl.Enum(REASONS))
_STATUS: Final = pl.Series(["free", "unrated", "rated"], dtype=schema_of(RatedCall)["status"])


@dataclass(frozen=True)
class Rating:
    """What rating makes of calls.

    rated: one row per call in the order of the calls, `RATED_COLUMNS`. draws: call_id, pool_id, subscription_id,
    period, quantity, what each call took from each bundle. usage: pool_id, subscription_id, covered_quantity (what
    reached the bundle) and used, for each share, also where nothing was used.
    """

    rated: pl.DataFrame
    draws: pl.DataFrame
    usage: pl.DataFrame


@dataclass(frozen=True)
class Answered:
    """Calls with what answers them, half way through a `Rater`."""

    calls: pl.DataFrame
    timetable: Timetable


class Rater:
    """Rates calls in batches with the bundles of one period (contract BundleShare, may be empty).

    Batches follow each other in the order of (answered_at, call_id), the order in which calls draw from bundles; rows
    within a batch may stand in any order. Memory is that of one batch, the prices and one number per bundle.
    used_before (pool_id, used) is what is already billed from these bundles; it goes off their allowance.
    """

    def __init__(self, prices: PriceBook, shares: pl.DataFrame, used_before: pl.DataFrame | None = None) -> None:
        self._answers = Answers.of(prices)
        self._pools = Pools(shares, used_before, prices.rows["destination"])
        self._names = _Names(prices)
        self._timetable: Timetable | None = None

    def rate(self, calls: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the rated calls (`RATED_COLUMNS`, in the order of the rows) and the draws of one batch.

        calls: contract CallToRate. Texts are Enums in both, which are written and sorted as numbers.
        """
        return self.charged(self.answered(calls))

    def answered(self, calls: pl.DataFrame) -> Answered:
        """Return what answers the calls of a batch; this part knows nothing of other batches and may run ahead."""
        timetable = self._timetable_of(calls)
        found = self._answers.of_calls(calls, timetable).with_columns(
            calls["call_id"],
            calls["subscription_id"],
            is_rated=pl.col("reason").is_null(),
            is_out=calls["direction"].to_physical() == _OUT,
            is_voice=pl.col("service") == VOICE,
        )
        return Answered(found, timetable)

    def charged(self, answered: Answered) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Draw from bundles, batch after batch in order, and charge the rest; see `rate`."""
        found, timetable = answered.calls, answered.timetable
        inside, taken = self._pools.drawn(found)
        found = found.with_columns(inside.alias("in_bundle_quantity"))
        amounts = charged(found, self._answers, timetable)
        information = information_charged(found, self._answers, timetable)
        return self._names.written(found, amounts, information), self._pools.draws(taken, found)

    def usage(self) -> pl.DataFrame:
        """Return what reached each share of a bundle and what it paid, over all batches so far."""
        return self._pools.usage()

    def _timetable_of(self, calls: pl.DataFrame) -> Timetable:
        timetable = self._timetable
        # The days between the first and the last are quicker to name than the days that calls touch: nearly always
        # those are covered too.
        if timetable is None or not (timetable.covers(days_spanned(calls)) or timetable.covers(touched_days(calls))):
            timetable = self._timetable = Timetable.of(self._answers.prices, touched_days(calls))
        return timetable


def rate(
    calls: pl.DataFrame | pl.LazyFrame, prices: PriceBook, shares: pl.DataFrame, used_before: pl.DataFrame | None = None
) -> Rating:
    """Rate calls (contract CallToRate) in any order with the bundles of one period; see `Rater`.

    Results do not depend on the order of rows. Two shares of one subscription and service with the same rank, or
    shares of two periods are a ValueError.
    """
    rater = Rater(prices, shares, used_before)
    whole = calls.lazy().select(schema_of(CallToRate).names()).with_row_index("row").collect()
    parts = [(batch["row"], *rater.rate(batch.drop("row"))) for batch in _batches(whole)]
    rated = pl.concat(rated for _, rated, _ in parts) if parts else pl.DataFrame(schema=_rated_schema())
    rows = pl.concat([pl.Series("row", [], dtype=pl.UInt32), *(row for row, _, _ in parts)])
    draws = pl.concat([pl.DataFrame(schema=DRAWS), *(draws.cast(DRAWS) for _, _, draws in parts)])
    ordered = rated.select(pl.all().gather(rows.arg_sort())).cast(_rated_schema())
    return Rating(ordered, draws, rater.usage())


def _batches(calls: pl.DataFrame) -> Iterator[pl.DataFrame]:
    if calls.height > _BATCH:
        calls = calls.sort("answered_at", "call_id")
    return calls.iter_slices(_BATCH)


class _Names:
    """The texts that rated calls carry, by position."""

    def __init__(self, prices: PriceBook) -> None:
        self._destination = _enum(prices.rows["destination"])
        self._band = _enum(prices.rows["band_name"])
        self._prefix = _enum(prices.rate_sets["prefix"])
        self._decks = _enum(pl.Series("deck", [rules.name for rules in prices.rules], dtype=pl.String))

    def written(self, found: pl.DataFrame, amounts: pl.DataFrame, information: pl.DataFrame) -> pl.DataFrame:
        """Return rated calls with names instead of positions (`RATED_COLUMNS`)."""
        status = pl.when("is_rated").then(2).when(pl.col("reason").is_in(FREE)).then(0).otherwise(1)
        answered = found.select(
            "call_id",
            "call_type",
            "in_bundle_quantity",
            "is_rated",
            "reason",
            status=status,
            row=pl.when("is_answered").then(pl.coalesce(amounts["row"], "row")),
            first_row=pl.when("is_answered").then("row"),
            rate_set=pl.when("is_answered").then("rate_set"),
            deck_number=pl.when("is_answered").then("deck_number"),
        )
        extra = pl.repeat(0, found.height, dtype=pl.Int64, eager=True)
        extra = placed(extra, information["call"], information["charge_micro_eur"])
        costs = pl.col("status") != 1
        return answered.with_columns(amounts.drop("row").get_columns()).select(
            "call_id",
            call_type=pl.lit(_CALL_TYPES).gather("call_type"),
            deck=pl.lit(self._decks).gather("deck_number"),
            prefix=pl.lit(self._prefix).gather("rate_set"),
            destination=pl.lit(self._destination).gather("first_row"),
            band=pl.lit(self._band).gather("row"),
            status=pl.lit(_STATUS).gather("status"),
            reason=pl.lit(_REASONS).gather("reason"),
            in_bundle_quantity="in_bundle_quantity",
            billed_quantity=pl.when(costs).then(pl.col("billed_quantity").fill_null(0)),
            connect_fee_micro_eur=pl.when(costs).then(pl.col("connect_fee_micro_eur").fill_null(0)),
            information_charge_micro_eur=pl.when(costs).then(extra),
            charge_micro_eur=pl.when(costs).then(pl.col("charge_micro_eur").fill_null(0) + extra),
        )


def _enum(texts: pl.Series) -> pl.Series:
    return texts.cast(pl.Enum(texts.unique().drop_nulls().sort()))


def _rated_schema() -> pl.Schema:
    types = schema_of(RatedCall)
    return pl.Schema({name: types[name] for name in RATED_COLUMNS})
