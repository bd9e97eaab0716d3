"""belnota.money: one definition of rounding in two dialects, held against `decimal`."""

from __future__ import annotations

import decimal
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from belnota.money import ROUNDING_MODES, cents, euros, micros, round_ratio, rounded

DECIMAL_MODES = {
    "half_up": decimal.ROUND_HALF_UP,
    "half_even": decimal.ROUND_HALF_EVEN,
    "up": decimal.ROUND_UP,
    "down": decimal.ROUND_DOWN,
}
WIDE = 2**126
modes = st.sampled_from(ROUNDING_MODES)
micro_amounts = st.integers(-(10**18) + 1, 10**18 - 1)


def by_decimal(numerator, denominator, mode):
    # Enough digits that the quotient of two 128-bit numbers is never rounded before it is quantized: a half is exact.
    with decimal.localcontext(prec=200):
        return int((Decimal(numerator) / Decimal(denominator)).quantize(Decimal(1), rounding=DECIMAL_MODES[mode]))


def by_polars(pairs, mode):
    schema = {"numerator": pl.Int128, "denominator": pl.Int128}
    frame = pl.DataFrame(pairs, schema=schema, orient="row")
    result = frame.select(result=rounded(pl.col("numerator"), pl.col("denominator"), mode)).to_series()
    assert result.dtype == pl.Int64
    return result.to_list()


@given(st.integers(-WIDE, WIDE), st.integers(1, WIDE), modes)
def test_round_ratio_is_decimal_rounding(numerator, denominator, mode):
    assert round_ratio(numerator, denominator, mode) == by_decimal(numerator, denominator, mode)


@given(st.integers(-(2**62), 2**62), st.integers(1, 2**62), st.booleans(), modes)
def test_exact_halves_round_as_decimal_does(whole, half, is_negative, mode):
    numerator = (2 * whole + 1) * half * (-1 if is_negative else 1)

    assert round_ratio(numerator, 2 * half, mode) == by_decimal(numerator, 2 * half, mode)


@given(st.lists(st.tuples(st.integers(-(2**63) + 1, 2**63 - 1), st.integers(1, 2**40)), min_size=1), modes)
def test_the_polars_dialect_agrees_in_every_mode(pairs, mode):
    assert by_polars(pairs, mode) == [by_decimal(numerator, denominator, mode) for numerator, denominator in pairs]


@given(
    st.lists(
        st.tuples(st.integers(-(2**127) + 1, 2**127 - 1), st.one_of(st.integers(2**65, 2**127 - 1), st.just(2**126))),
        min_size=1,
    ),
    modes,
)
def test_the_polars_dialect_agrees_at_the_ends_of_128_bits(pairs, mode):
    assert by_polars(pairs, mode) == [by_decimal(numerator, denominator, mode) for numerator, denominator in pairs]


@given(st.integers(0, 2**80), st.integers(1, 2**60), modes)
def test_a_credit_rounds_as_its_charge(numerator, denominator, mode):
    assert round_ratio(-numerator, denominator, mode) == -round_ratio(numerator, denominator, mode)


def test_the_product_of_two_64_bit_columns_does_not_wrap():
    frame = pl.DataFrame({"price": [2**62, -(2**62)], "quantity": [2**53, 2**53]})
    product = pl.col("price").cast(pl.Int128) * pl.col("quantity")

    assert frame.select(rounded(product, pl.lit(2**53), "half_up")).to_series().to_list() == [2**62, -(2**62)]


@pytest.mark.parametrize("mode", ["half_up", "half_even"])
def test_twice_the_rest_may_leave_128_bits(mode):
    assert by_polars([(2**127 - 5, 2**127 - 1), (2**126 - 2, 2**127 - 1)], mode) == [1, 0]


def test_a_result_beyond_64_bits_raises_instead_of_wrapping():
    with pytest.raises(pl.exceptions.InvalidOperationError):
        by_polars([(2**100, 1)], "half_up")


def test_null_in_is_null_out():
    assert by_polars([(None, 1), (3, None), (3, 2)], "half_up") == [None, None, 2]


@pytest.mark.parametrize("denominator", [0, -1])
def test_a_denominator_must_be_positive(denominator):
    with pytest.raises(ValueError, match="must be positive"):
        round_ratio(1, denominator, "half_up")


@given(micro_amounts)
def test_micros_and_euros_are_inverses(amount):
    assert micros(euros(amount)) == amount
    assert micros(format(euros(amount), "f")) == amount


@pytest.mark.parametrize("text", ["", "1,50", "1e3", "+1", ".5", "1.", "1.0000001", "NaN", "Infinity", "€1", "1 000"])
def test_what_is_no_plain_amount_is_refused(text):
    with pytest.raises(ValueError, match="is not an amount in euros"):
        micros(text)


def test_cents_are_half_up_by_default():
    assert [cents(micro) for micro in (4_999, 5_000, 14_999, 15_000, -5_000)] == [0, 1, 1, 2, -1]
