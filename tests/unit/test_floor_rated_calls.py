"""The contract of rated calls: what no engine may hand over."""

from __future__ import annotations

import polars as pl
import pytest
from dataframely.exc import ValidationError

from belnota.tables import RatedCall
from tests.lib.warehouse_data import calls, rated

INFORMATION = "information_charge_micro_eur"


def with_first(status, **values):
    """A month whose first call of a status has other values."""
    frame = rated(calls(60))
    first = pl.col("call_id") == frame.filter(status=status)["call_id"][0]
    return frame.with_columns(
        pl.when(first).then(pl.lit(value, frame.schema[name])).otherwise(name).alias(name)
        for name, value in values.items()
    )


def test_a_true_month_breaks_no_rule():
    RatedCall.validate(rated(calls(60)))


@pytest.mark.parametrize(
    ("status", "values", "rule"),
    [
        ("rated", {INFORMATION: 10**9}, "the_information_charge_is_part_of_the_charge"),
        ("free", {INFORMATION: 1}, "the_information_charge_is_part_of_the_charge"),
        ("rated", {INFORMATION: None}, "only_an_unrated_call_has_no_information_charge"),
        ("unrated", {INFORMATION: 0}, "only_an_unrated_call_has_no_information_charge"),
        ("rated", {INFORMATION: -1}, "min"),
    ],
)
def test_an_information_charge_is_a_part_of_the_charge_of_a_priced_call(status, values, rule):
    with pytest.raises(ValidationError, match=rule) as refusal:
        RatedCall.validate(with_first(status, **values))
    assert str(refusal.value).startswith("1 rules failed")


def test_the_whole_charge_may_be_the_information_charge():
    frame = rated(calls(60)).with_columns(pl.col("charge_micro_eur").alias(INFORMATION))
    RatedCall.validate(frame)
