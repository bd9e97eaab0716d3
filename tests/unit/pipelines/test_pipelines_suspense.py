"""pipelines.suspense: what a write-off does to rated calls, and that each reason has its words."""

from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from belnota.tables import RatedCall
from pipelines.suspense import with_write_offs
from pipelines.suspense_list import REASONS, meaning
from rating.reasons import FREE
from rating.reasons import REASONS as GIVEN
from tests.lib.warehouse_data import calls, rated


def write_offs(*call_ids):
    return pl.DataFrame({"call_id": call_ids}, schema={"call_id": pl.String})


@pytest.fixture
def month():
    return rated(calls(40))


def test_only_unrated_calls_become_free_and_they_cost_and_draw_nothing(month):
    unrated, priced = (month.filter(pl.col("status") == status)["call_id"][0] for status in ("unrated", "rated"))
    done = RatedCall.validate(with_write_offs(month, write_offs(unrated, priced, "a/not-there")))

    (row,) = done.filter(call_id=unrated).rows(named=True)
    assert (row["status"], row["reason"], row["in_bundle_quantity"], row["billed_quantity"]) == (
        "free",
        "written_off",
        0,
        0,
    )
    assert [row[name] for name in row if name.endswith("_micro_eur")] == [0, 0, 0]
    others = pl.col("call_id") != unrated
    assert_frame_equal(done.filter(others), month.filter(others))


def test_reasons_may_come_as_an_enum_that_does_not_know_this_one(month):
    reasons = pl.Enum(month["reason"].drop_nulls().unique().sort())
    named = write_offs(*month["call_id"])

    assert_frame_equal(
        with_write_offs(month.with_columns(pl.col("reason").cast(reasons)), named), with_write_offs(month, named)
    )


def test_without_write_offs_nothing_changes(month):
    assert with_write_offs(month, write_offs()) is month


def test_every_reason_that_rating_gives_is_explained():
    free = {GIVEN[code] for code in FREE}
    assert REASONS.keys() == set(GIVEN) - free
    assert meaning("some_new_reason")[0] == "some new reason"
