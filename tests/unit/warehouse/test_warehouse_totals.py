from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from belnota.tables import RatedCall, UsageTotal, empty, schema_of
from pipelines.suspense import with_write_offs
from tests.lib.warehouse_data import calls, rated
from warehouse import Lake, usage_totals

KEYS = ["billing_period", "period", "customer_id", "subscription_id", "own_number", "product", "service", "call_type"]


@pytest.fixture
def lake(tmp_path):
    return Lake(tmp_path / "it's a lake [1]*")


def test_totals_equal_the_sums_of_polars(lake):
    october = pl.concat([rated(calls(400)), rated(calls(50, period="2026-09", feed="late"), billing_period="2026-10")])
    lake.replace("rated_calls", "2026-10", october)
    lake.replace("rated_calls", "2026-09", rated(calls(30, period="2026-09", feed="x")))

    totals = usage_totals(lake, lake.version("rated_calls"), "2026-10")

    expected = (
        october.filter(pl.col("status") != "unrated")
        .group_by(KEYS)
        .agg(
            calls=pl.col("is_answered").sum().cast(pl.Int64),
            quantity=pl.col("quantity").sum(),
            in_bundle_quantity=pl.col("in_bundle_quantity").sum(),
            billed_quantity=pl.col("billed_quantity").sum(),
            information_charge_micro_eur=pl.col("information_charge_micro_eur").sum(),
            charge_micro_eur=pl.col("charge_micro_eur").sum(),
        )
    )
    assert_frame_equal(totals, expected, check_row_order=False)
    assert totals.schema == schema_of(UsageTotal)
    assert set(totals["period"]) == {"2026-09", "2026-10"}


def test_totals_of_an_old_version_do_not_change(lake):
    lake.replace("rated_calls", "2026-10", rated(calls(10)))
    then = lake.version("rated_calls")
    before = usage_totals(lake, then, "2026-10")
    lake.replace("rated_calls", "2026-10", rated(calls(20)))

    assert_frame_equal(usage_totals(lake, then, "2026-10"), before)


def test_calls_of_nobody_and_unanswered_ones_are_not_billed_calls(lake):
    frame = rated(calls(4)).with_columns(
        customer_id=pl.when(pl.int_range(pl.len()) == 0).then(None).otherwise("customer_id"),
        is_answered=pl.int_range(pl.len()) != 1,
        quantity=pl.when(pl.int_range(pl.len()) == 1).then(0).otherwise("quantity"),
    )
    lake.replace("rated_calls", "2026-10", frame)

    totals = usage_totals(lake, lake.version("rated_calls"), "2026-10")

    assert totals["calls"].sum() == 2
    assert totals.height == 3


def test_calls_that_were_written_off_have_no_place_on_an_invoice(lake):
    frame = rated(calls(40))
    unrated = frame.filter(pl.col("status") == "unrated")["call_id"]
    free = with_write_offs(frame, pl.DataFrame({"call_id": unrated}))
    lake.replace("rated_calls", "2026-09", frame.with_columns(billing_period=pl.lit("2026-09")))
    lake.replace("rated_calls", "2026-10", free)

    before, after = (usage_totals(lake, lake.version("rated_calls"), period) for period in ("2026-09", "2026-10"))

    assert free.filter(reason="written_off").height == len(unrated) > 0
    assert_frame_equal(after.drop("billing_period"), before.drop("billing_period"))


@pytest.mark.parametrize("written", [True, False])
def test_a_period_without_calls_has_no_totals(lake, written):
    if written:
        lake.replace("rated_calls", "2026-09", rated(calls(3, period="2026-09")))

    assert_frame_equal(usage_totals(lake, lake.version("rated_calls"), "2026-10"), empty(UsageTotal))


def test_sums_beyond_32_bits_stay_exact(lake):
    frame = rated(calls(3)).with_columns(
        status=pl.lit("rated").cast(schema_of(RatedCall)["status"]),
        charge_micro_eur=pl.lit(3 * 10**15 + 1),
        own_number=pl.lit("+31850000000"),
        customer_id=pl.lit("C1"),
        subscription_id=pl.lit("C1-s"),
        call_type=pl.lit("mobile"),
        service=pl.lit("voice").cast(schema_of(RatedCall)["service"]),
    )
    lake.replace("rated_calls", "2026-10", frame)

    assert usage_totals(lake, lake.version("rated_calls"), "2026-10")["charge_micro_eur"].to_list() == [9 * 10**15 + 3]
