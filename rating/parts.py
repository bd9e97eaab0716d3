"""The arithmetic of a charge, part by part: what `belnota quote` and `belnota explain` show (rating.md section 6)."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from belnota.tables.prices import PriceBook
from rating.answer import Answers
from rating.charge import information_walkers, rest_walkers, walked
from rating.timetable import VOICE, Timetable
from rating.walk import steps

_PART = ("call_id", "charge_kind", "starts_at", "from_quantity", "units", "increments")
_ROW = ("rate_set", "line", "band_name", "from_quantity", "increment", "minimum", "price", "per")


@dataclass(frozen=True)
class Parts:
    """How charges come about; nothing here is rounded but `charge_micro_eur`.

    parts: one row per stretch of a call with one price row, in order: call_id, charge_kind, starts_at (UTC),
    from_quantity (units since the start of what is charged), units (charged, whole increments), increments (how many),
    deck, prefix, line (of its rates.csv), band, slot (its from_quantity), increment, minimum, price (1e-8 euro) for
    `per` units. A part costs units * price / per.
    charges: one row per call and kind: call_id, charge_kind, connect_fee and max_charge (1e-8 euro; max_charge empty =
    no cap), rounding, decimals, charge_micro_eur: the sum of its parts and the fee, at most the cap, rounded once.
    """

    parts: pl.DataFrame
    charges: pl.DataFrame


def parts(calls: pl.DataFrame, prices: PriceBook, in_bundle_quantity: pl.Series) -> Parts:
    """Return the arithmetic of calls (contract CallToRate) of which bundles paid so much; only rated ones have any.

    The parts come from the walk that rating.md defines, also for calls that rating itself prices in closed form.
    """
    answers = Answers.of(prices)
    timetable = Timetable.of_calls(prices, calls)
    found = answers.of_calls(calls, timetable).with_columns(
        in_bundle_quantity.alias("in_bundle_quantity"),
        is_rated=pl.col("reason").is_null(),
        is_voice=pl.col("service") == VOICE,
    )
    is_left = pl.col("is_rated") & (pl.col("quantity") > pl.col("in_bundle_quantity"))
    walkers = {
        "call": rest_walkers(found.with_row_index("call").filter(is_left)),
        "information": information_walkers(found, answers),
    }
    shown = [_shown(kind, some, calls["call_id"], answers, timetable) for kind, some in walkers.items()]
    both = [pl.concat(frames) for frames in zip(*shown, strict=True)]
    return Parts(both[0].sort("call_id", "charge_kind", "from_quantity"), both[1].sort("call_id", "charge_kind"))


def _shown(
    kind: str, walkers: pl.DataFrame, call_ids: pl.Series, answers: Answers, timetable: Timetable
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the parts and the charges of one kind."""
    prices = answers.prices
    charges = walked(walkers, answers, timetable)
    taken = pl.concat([_nothing(walkers, prices, timetable), *steps(walkers, prices, timetable)])
    rows = prices.rows.select(_ROW).select(pl.all().gather(taken["row"])).rename({"from_quantity": "slot"})
    sets = prices.rate_sets.select("deck_number", "prefix").select(pl.all().gather(rows["rate_set"]))
    rules = pl.DataFrame(
        [(rule.name, rule.rounding, rule.decimals) for rule in prices.rules],
        schema={"deck": pl.String, "rounding": pl.String, "decimals": pl.Int64},
        orient="row",
    )
    whole = taken.select("call", "at_us", "t", "step", "is_minimum").with_columns(*rows, *sets)
    whole = whole.with_columns(rules["deck"].gather(whole["deck_number"]), call_ids.gather(whole["call"]))
    made = whole.select(
        "call_id",
        charge_kind=pl.lit(kind),
        starts_at=pl.from_epoch("at_us", time_unit="us").dt.replace_time_zone("UTC"),
        from_quantity="t",
        units="step",
        increments=pl.when("is_minimum").then(1).otherwise(pl.col("step") // pl.col("increment")),
        deck="deck",
        prefix="prefix",
        line="line",
        band="band_name",
        slot="slot",
        increment="increment",
        minimum="minimum",
        price="price",
        per="per",
    )
    first = prices.rows.select("rate_set", "connect_fee", "max_charge").select(pl.all().gather(charges["row"]))
    deck = prices.rate_sets["deck_number"].gather(first["rate_set"])
    rest = walkers.select("call", "is_rest").join(
        charges.select("call"), on="call", how="right", maintain_order="right"
    )
    totals = charges.with_columns(*first, *rules.select("rounding", "decimals").select(pl.all().gather(deck))).select(
        call_ids.gather(charges["call"]).alias("call_id"),
        charge_kind=pl.lit(kind),
        connect_fee=pl.when(rest["is_rest"]).then(0).otherwise("connect_fee"),
        max_charge="max_charge",
        rounding="rounding",
        decimals="decimals",
        charge_micro_eur="charge_micro_eur",
    )
    return made, totals


def _nothing(walkers: pl.DataFrame, prices: PriceBook, timetable: Timetable) -> pl.DataFrame:
    return next(steps(walkers, prices, timetable)).clear()
