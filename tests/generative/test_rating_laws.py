"""Laws of rating that hold whatever the price lists say; each is tried on worlds full of edges."""

from __future__ import annotations

import sys
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from unittest.mock import patch

import polars as pl
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal, assert_series_equal

from rating import parts
from tests.lib.engine import Engine, calls_of, compiled, rated_at_once, rated_in_batches
from tests.lib.oracle_price import rounded
from tests.lib.worlds import World, world

SEEDS = st.integers(0, 2**48)
SOME = settings(max_examples=10, phases=[Phase.explicit, Phase.generate])  # seeds do not shrink
CALLS = 400


def in_order(calls: pl.DataFrame) -> pl.DataFrame:
    return calls.sort("answered_at", "call_id")


def assert_same(one: Engine, other: Engine) -> None:
    assert_frame_equal(one.rated.sort("call_id"), other.rated.sort("call_id"))
    assert_frame_equal(one.draws.sort(pl.all()), other.draws.sort(pl.all()))
    assert_frame_equal(one.usage.sort(pl.all()), other.usage.sort(pl.all()))


def without_free_below(drawn: World) -> World:
    decks = {
        name: replace(deck, rows=[row | {"free_below": ""} for row in deck.rows], seen={})
        for name, deck in drawn.decks.items()
    }
    return replace(drawn, decks=decks)


@SOME
@given(SEEDS, SEEDS, st.integers(1, CALLS))
def test_the_order_of_the_rows_changes_nothing(seed, shuffle, batch):
    drawn = world(seed, CALLS)
    prices, calls = compiled(drawn.decks), calls_of(drawn)
    shuffled = calls.sample(fraction=1, shuffle=True, seed=shuffle)

    at_once = rated_at_once(drawn, prices, calls)
    with patch.object(sys.modules["rating.rate"], "_BATCH", batch):  # `rate` itself rates many calls in batches
        in_batches = rated_at_once(drawn, prices, shuffled)

    assert_same(at_once, in_batches)
    assert_series_equal(in_batches.rated["call_id"], shuffled["call_id"])


@SOME
@given(SEEDS, st.lists(st.integers(0, CALLS), max_size=6), SEEDS, st.integers(1, 4))
def test_batches_that_follow_each_other_change_nothing(seed, cuts, shuffle, ahead):
    drawn = world(seed, CALLS)
    prices, calls = compiled(drawn.decks), in_order(calls_of(drawn))
    edges = [0, *sorted(cuts), CALLS]
    batches = [calls[start:end].sample(fraction=1, shuffle=True, seed=shuffle) for start, end in pairwise(edges)]

    assert_same(rated_at_once(drawn, prices, calls), rated_in_batches(drawn, prices, batches, ahead))


@SOME
@given(SEEDS, st.floats(0, 1))
def test_later_calls_leave_earlier_ones_as_they_are(seed, part):
    drawn = world(seed, CALLS)
    prices, calls = compiled(drawn.decks), in_order(calls_of(drawn))
    earlier = calls.head(round(part * calls.height))

    with_later = rated_at_once(drawn, prices, calls)
    alone = rated_at_once(drawn, prices, earlier)

    assert_frame_equal(
        with_later.rated.join(earlier, on="call_id", how="semi").sort("call_id"), alone.rated.sort("call_id")
    )


@SOME
@given(SEEDS, SEEDS)
def test_without_bundles_a_call_costs_the_same_whatever_else_is_called(seed, some):
    drawn = replace(world(seed, CALLS), shares=[], used_before={})
    prices, calls = compiled(drawn.decks), calls_of(drawn)
    few = calls.sample(fraction=0.3, seed=some)

    among_others = rated_at_once(drawn, prices, calls).rated.join(few, on="call_id", how="semi")

    assert_frame_equal(among_others.sort("call_id"), rated_at_once(drawn, prices, few).rated.sort("call_id"))


@SOME
@given(SEEDS, st.sampled_from([1, 29, 600, 100_000]))
def test_a_longer_call_never_costs_less(seed, more):
    drawn = alone_in_bundles(without_free_below(world(seed, CALLS)))
    prices, calls = compiled(drawn.decks), calls_of(drawn)

    shorter = rated_at_once(drawn, prices, calls).rated.sort("call_id")
    longer = rated_at_once(drawn, prices, calls.with_columns(pl.col("quantity") + more)).rated.sort("call_id")

    for name in ("charge_micro_eur", "information_charge_micro_eur"):
        assert (longer[name].fill_null(2**62) >= shorter[name].fill_null(0)).all()
    assert (longer["in_bundle_quantity"] >= shorter["in_bundle_quantity"]).all()


def alone_in_bundles(drawn: World) -> World:
    """Each call from a subscription of its own, with its own copy of the bundles of the one that it had."""
    shares_of: dict[str, list[dict]] = {}
    for share in drawn.shares:
        shares_of.setdefault(share["subscription_id"], []).append(share)
    calls = [call | {"subscription_id": call["call_id"]} for call in drawn.calls]
    shares = [
        share | {"subscription_id": call["call_id"], "pool_id": f"p{share['rank']}@{call['call_id']}"}
        for call in drawn.calls
        for share in shares_of.get(call["subscription_id"], ())
    ]
    return replace(drawn, calls=calls, shares=shares, used_before={})


@SOME
@given(SEEDS)
def test_bundles_give_what_they_have_and_no_more(seed):
    drawn = world(seed, CALLS)
    result = rated_at_once(drawn, compiled(drawn.decks), calls_of(drawn))
    allowance: dict[str, int] = {}
    for share in drawn.shares:
        allowance[share["pool_id"]] = allowance.get(share["pool_id"], 0) + share["share"]

    for pool, taken in result.draws.group_by("pool_id").agg(pl.col("quantity").sum()).iter_rows():
        assert taken <= max(allowance[pool] - drawn.used_before.get(pool, 0), 0)
    by_call = result.draws.group_by("call_id").agg(drawn=pl.col("quantity").sum())
    both = result.rated.join(by_call, on="call_id", how="left").with_columns(pl.col("drawn").fill_null(0))
    assert (both["in_bundle_quantity"] == both["drawn"]).all()


@SOME
@given(SEEDS)
def test_the_parts_that_explain_prints_add_up_to_the_charge(seed):
    drawn = world(seed, CALLS)
    prices, calls = compiled(drawn.decks), calls_of(drawn)
    rated = rated_at_once(drawn, prices, calls).rated
    shown = parts(calls, prices, rated["in_bundle_quantity"])

    sums: dict[tuple, Fraction] = {}
    units: dict[tuple, int] = {}
    for part in shown.parts.iter_rows(named=True):
        key = (part["call_id"], part["charge_kind"])
        assert part["from_quantity"] == units.get(key, 0)
        assert part["units"] == part["increments"] * part["increment"] or part["units"] == part["minimum"]
        sums[key] = sums.get(key, Fraction(0)) + Fraction(part["units"] * part["price"], part["per"])
        units[key] = units.get(key, 0) + part["units"]
    charges: dict[tuple, int] = {}
    for charge in shown.charges.iter_rows(named=True):
        key = (charge["call_id"], charge["charge_kind"])
        amount = sums[key] + charge["connect_fee"]
        if charge["max_charge"] is not None:
            amount = min(amount, Fraction(charge["max_charge"]))
        places = charge["decimals"]
        charges[key] = rounded(amount * 10**places / 10**8, charge["rounding"]) * 10 ** (6 - places)
        assert charge["charge_micro_eur"] == charges[key]
    for row in rated.filter(pl.col("status") == "rated").iter_rows(named=True):
        call, information = (row["call_id"], "call"), (row["call_id"], "information")
        assert row["billed_quantity"] == units.get(call, 0)
        assert row["information_charge_micro_eur"] == charges.get(information, 0)
        assert row["charge_micro_eur"] == charges.get(call, 0) + charges.get(information, 0)
    assert {name for name, _ in charges} <= set(rated.filter(pl.col("status") == "rated")["call_id"])
