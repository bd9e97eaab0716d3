"""Bundles: drawn in order, split at the edge, never twice; and results that do not depend on how calls arrive."""

from __future__ import annotations

import polars as pl
import pytest

from belnota.tables import BundleShare, CallToRate, empty, schema_of
from rating import rate
from tests.lib.price_lists import PEAK, book, call, rated, share, write_deck

RATES = (
    "service,prefix,price,per,connect_fee,minimum,increment,destination,call_type\n"
    "voice,31,1,1,5,30,10,land,national\nsms,31,1,1,,,,land,sms\ndata,,1,1,,,,,data\n"
)


@pytest.fixture
def prices(tmp_path):
    return book(write_deck(tmp_path, RATES))


def test_a_call_over_the_edge_is_split_and_its_rest_has_no_fee_and_no_minimum(prices):
    (row,), result = rated(prices, call(quantity=105), shares=[share()])

    assert (row["in_bundle_quantity"], row["billed_quantity"], row["charge_micro_eur"]) == (100, 10, 10_000_000)
    assert row["connect_fee_micro_eur"] == 0
    assert result.draws.rows() == [("c1", "own@s1", "s1", "2026-10", 100)]
    assert result.usage.rows() == [("own@s1", "s1", 105, 100)]


def test_a_call_inside_costs_nothing_and_is_rated(prices):
    (row,), _ = rated(prices, call(quantity=100), shares=[share()])

    assert (row["status"], row["charge_micro_eur"], row["billed_quantity"], row["band"]) == ("rated", 0, 0, "*")


def test_the_rest_of_a_voice_call_is_priced_by_the_clock_at_the_split(tmp_path):
    prices = book(write_deck(tmp_path, "prefix,price,per,band\n31,1,1,peak\n31,0.5,1,*\n", PEAK))

    (row,), _ = rated(prices, call(quantity=160, at="2026-10-07T17:58:00+02:00"), shares=[share()])

    assert (row["band"], row["charge_micro_eur"]) == ("peak", (20 + 20) * 1_000_000)


def test_calls_draw_by_time_then_by_call_id_and_the_rest_goes_to_the_next_rank(prices):
    late, early = call(quantity=60, at="2026-10-07T13:00+02:00"), call(quantity=60)
    shares = [share(), share(pool_id="group@c", rank=2, share=5, is_group=True)]

    rows, result = rated(prices, late, early, early, shares=shares)

    assert [row["in_bundle_quantity"] for row in rows] == [0, 60, 45]
    assert sorted(result.draws.select("call_id", "pool_id", "quantity").rows()) == [
        ("c2", "own@s1", 60), ("c3", "group@c", 5), ("c3", "own@s1", 40),
    ]  # fmt: skip
    assert sorted(result.usage.rows()) == [("group@c", "s1", 80, 5), ("own@s1", "s1", 180, 100)]


def test_a_member_may_use_more_than_its_share_while_the_pool_lasts(prices):
    pool = {"pool_id": "group@c", "is_group": True}
    shares = [share(**pool), share(**pool, subscription_id="s2")]

    rows, _ = rated(prices, call(quantity=150), call(quantity=80, subscription_id="s2"), shares=shares)

    assert [row["in_bundle_quantity"] for row in rows] == [150, 50]


@pytest.mark.parametrize(
    ("one", "change", "inside"),
    [
        (call(), {"service": "sms"}, 0),
        (call(), {"call_types": ["mobile"]}, 0),
        (call(), {"call_types": ["mobile", "national"]}, 60),
        (call(call_type="mobile"), {"call_types": ["mobile"]}, 60),
        (call(), {"destinations": ["land"]}, 60),
        (call(), {"destinations": ["zee"]}, 0),
        (call(), {"destinations": [""]}, 0),
        (call(), {"destinations": ["", "land"]}, 60),
        (call(subscription_id="s2"), {}, 0),
        (call(subscription_id=None), {}, 0),
        (call(quantity=0), {}, 0),
        (call("999"), {}, 0),
        (call(), {"valid_until_at": call()["answered_at"]}, 0),
        (call(), {"valid_from_at": call()["answered_at"]}, 60),
        (call("anonymous", service="data"), {"service": "data"}, 60),
    ],
)
def test_what_a_bundle_covers(prices, one, change, inside):
    (row,), _ = rated(prices, one, shares=[share(**change)])

    assert row["in_bundle_quantity"] == inside


def test_received_calls_draw_nothing_but_received_data_does(tmp_path):
    rates = "service,direction,prefix,price\nvoice,in,31,1\ndata,in,,1\n"
    calls = [call(direction="in"), call("", direction="in", service="data")]
    shares = [share(), share(service="data", pool_id="data@s1")]

    rows, _ = rated(book(write_deck(tmp_path, rates)), *calls, shares=shares)

    assert [row["in_bundle_quantity"] for row in rows] == [0, 60]


def test_late_calls_come_after_what_is_already_billed(prices):
    (row,), result = rated(prices, call(quantity=60), shares=[share()], used={"own@s1": 70, "other": 5})
    assert row["in_bundle_quantity"] == 30
    assert result.usage.rows() == [("own@s1", "s1", 60, 30)]

    (row,), _ = rated(prices, call(quantity=60), shares=[share()], used={"own@s1": 101})
    assert row["in_bundle_quantity"] == 0


def test_many_enormous_sessions_never_wrap_the_running_total(prices):
    sessions = [call("", 2**53, service="data", call_type="data") for _ in range(1100)]
    pool = share(service="data", share=2**53 + 7)

    rows, _ = rated(prices, *sessions, shares=[pool])

    assert sum(row["in_bundle_quantity"] for row in rows) == 0  # a charge beyond measure is unrated and draws nothing
    cheap = [one | {"quantity": 2**40} for one in sessions]
    rows, _ = rated(prices, *cheap, shares=[pool | {"share": 2**53 + 7}])
    assert sum(row["in_bundle_quantity"] for row in rows) == min(1100 * 2**40, 2**53 + 7)


def test_shares_of_two_periods_or_with_equal_ranks_are_refused(prices):
    calls = pl.LazyFrame(schema=schema_of(CallToRate))
    for other in (share(period="2026-11"), share(pool_id="else")):
        with pytest.raises(ValueError, match=r"period|rank"):
            rate(calls, prices, pl.DataFrame([share(), other], schema=schema_of(BundleShare)))


def test_the_order_of_rows_and_the_split_into_batches_change_nothing(prices):
    calls = [call(str(31 + n % 3), n % 90, f"2026-10-07T{n % 24:02}:00+02:00", call_id=f"c{n:03}") for n in range(200)]
    frame = pl.DataFrame(calls, schema=schema_of(CallToRate))
    pool = pl.DataFrame([share(share=1000)], schema=schema_of(BundleShare))

    def outcome(some, shares):
        return rate(some.lazy(), prices, shares).rated.sort("call_id")

    for seed in range(3):
        shuffled = frame.sample(fraction=1, shuffle=True, seed=seed)
        assert outcome(shuffled, pool).equals(outcome(frame, pool))
    parts = pl.concat(outcome(part, empty(BundleShare)) for part in (frame[:77], frame[77:]))
    assert parts.sort("call_id").equals(outcome(frame, empty(BundleShare)))


def test_no_calls_and_no_decks(prices):
    rows, result = rated(prices)
    assert rows == []
    assert result.draws.is_empty()
