"""Money is a count of micro-euros (EUR 0.000001) in 64-bit integers; it becomes a decimal only at the edge.

Rounding happens in one place, here, by one definition in two dialects: `rounded` for Polars columns
and `round_ratio` for single numbers. All modes are symmetric around zero, so a credit rounds like its charge.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, Literal, get_args

import polars as pl

RoundingMode = Literal["half_up", "half_even", "up", "down"]
ROUNDING_MODES: Final[tuple[RoundingMode, ...]] = get_args(RoundingMode)

MICROS_PER_EURO: Final = 1_000_000
MICROS_PER_CENT: Final = 10_000
MAX_MICROS: Final = 2**62
"""No single amount may reach this (4.6 thousand billion euro), so that sums of two never wrap."""

_AMOUNT = re.compile(r"(-?)(\d{1,12})(?:\.(\d{1,6}))?")


def round_ratio(numerator: int, denominator: int, mode: RoundingMode) -> int:
    """Return numerator / denominator rounded to a whole number by `mode`.

    >>> [round_ratio(n, 2, "half_up") for n in (1, 3, -1)], [round_ratio(n, 2, "half_even") for n in (1, 3, -1)]
    ([1, 2, -1], [0, 2, 0])
    """
    if denominator <= 0:
        raise ValueError(f"a denominator must be positive, not {denominator}")
    sign = -1 if numerator < 0 else 1
    whole, rest = divmod(abs(numerator), denominator)
    match mode:
        case "half_up":
            bump = 2 * rest >= denominator
        case "half_even":
            bump = 2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1)
        case "up":
            bump = rest > 0
        case "down":
            bump = False
    return sign * (whole + bump)


def rounded(numerator: pl.Expr, denominator: pl.Expr, mode: RoundingMode) -> pl.Expr:
    """Return numerator / denominator rounded by `mode`, as an Int64 column.

    Computed in 128 bits, so the numerator may be any product of two 64-bit quantities.
    Null where an input is null; a result beyond 64 bits raises when collected.
    """
    size = numerator.cast(pl.Int128).abs()
    per = denominator.cast(pl.Int128)
    whole = size // per
    rest = size - whole * per
    match mode:
        case "half_up":
            bump = rest >= per - rest  # twice the rest could leave 128 bits
        case "half_even":
            bump = (rest > per - rest) | ((rest == per - rest) & (whole % 2 == 1))
        case "up":
            bump = rest > 0
        case "down":
            bump = pl.lit(value=False)
    result = (whole + bump.cast(pl.Int128)).cast(pl.Int64)
    return pl.when(numerator < 0).then(-result).otherwise(result)


def rounding_terms(per: pl.Expr, mode: RoundingMode) -> tuple[pl.Expr, pl.Expr]:
    """Return (bias, odd): a size that is not negative is rounded to (size + bias + odd, if size // per is odd) // per.

    For columns whose rows have different modes: the terms are worked out once per price, not per call.
    """
    none = per * 0
    match mode:
        case "half_up":
            return per // 2, none
        case "half_even":
            # An even `per` has a half, which goes up only to leave an odd number.
            return (per - 1) // 2, 1 - per % 2
        case "up":
            return per - 1, none
        case "down":
            return none, none


def rounded_by_terms(size: pl.Expr, per: pl.Expr, bias: pl.Expr, odd: pl.Expr | None) -> pl.Expr:
    """Return sizes that are not negative, divided by `per` and rounded as their terms say (`rounding_terms`).

    odd may be None when it is 0 in all rows, which saves a division.
    """
    return (size + bias) // per if odd is None else (size + bias + odd * (size // per % 2)) // per


def micros(amount: Decimal | str) -> int:
    """Read an exact amount in euros as micro-euros; more than six decimals, or not a plain number, is a ValueError.

    >>> micros("12.50"), micros(Decimal("-0.000001"))
    (12500000, -1)
    """
    text = format(amount, "f") if isinstance(amount, Decimal) else amount.strip()
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not an amount in euros: write digits, a point and at most six decimals")
    sign, whole, decimals = match.groups()
    value = int(whole) * MICROS_PER_EURO + int((decimals or "").ljust(6, "0"))
    return -value if sign else value


def euros(micro_eur: int) -> Decimal:
    """Return micro-euros as an exact decimal number of euros with six places."""
    return Decimal(micro_eur).scaleb(-6)


def cents(micro_eur: int, mode: RoundingMode = "half_up") -> int:
    """Round micro-euros to whole cents; the one rounding of an invoice line."""
    return round_ratio(micro_eur, MICROS_PER_CENT, mode)
