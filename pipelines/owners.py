"""Whose call it is: the customer, subscription and price list of the own number at the moment of answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import polars as pl

from belnota.lookup import NumberCoder, last_not_above, placed

OWNED: Final = ("customer_id", "subscription_id", "product", "deck")
_SECOND_BITS: Final = 38
_FAR: Final = 2 ** (_SECOND_BITS - 1) - 1


@dataclass(frozen=True)
class Owners:
    """Ownership (contract Ownership) for lookups by position.

    numbers: own numbers, sorted. first: where the stretches of each begin in `stretches`, which is in order of number
    and time. keys: (number, first second) of each stretch. several: whether a number has more than one.
    """

    numbers: NumberCoder
    first: pl.Series
    several: pl.Series
    keys: pl.Series
    stretches: pl.DataFrame

    @classmethod
    def of(cls, ownership: pl.DataFrame) -> Self:
        """Sort ownership by number and time."""
        ordered = ownership.sort("own_number", "valid_from_at").with_row_index("stretch")
        by_number = ordered.group_by("own_number", maintain_order=True)
        numbers = by_number.agg(pl.col("stretch").first(), several=pl.len() > 1)
        known = NumberCoder(numbers["own_number"])
        number = known.codes(ordered["own_number"])
        second = pl.col("valid_from_at").dt.epoch("s")
        stretches = ordered.select(
            *(_enum(ordered[name].cast(pl.String)) for name in OWNED),
            valid_from=second,
            valid_until=pl.col("valid_until_at").dt.epoch("s").fill_null(_FAR),
        )
        return cls(
            known,
            numbers["stretch"],
            numbers["several"],
            _key(number, stretches["valid_from"]),
            stretches,
        )

    def of_calls(self, calls: pl.DataFrame) -> pl.DataFrame:
        """Return calls (own_number, answered_at) with customer_id, subscription_id, product and deck; null = nobody.

        A stretch begins and ends at a whole second, so fractions of one do not matter.
        """
        number = self.numbers.codes(calls["own_number"])
        second = calls.select(pl.col("answered_at").dt.epoch("s")).to_series()
        stretch = self.first.gather(number)
        moved = pl.select(pl.arg_where(self.several.gather(number).fill_null(value=False))).to_series()
        if moved.len():
            found = last_not_above(self.keys, _key(number.gather(moved), second.gather(moved)))
            # Before a number's first stretch the search ends at another number, whose owner this call is not.
            is_its = found >= self.first.gather(number.gather(moved))
            found = found.to_frame("at").select(pl.when(is_its).then("at").cast(pl.UInt32)).to_series()
            stretch = placed(stretch, moved, found)
        begun, ended = (self.stretches[name].gather(stretch) for name in ("valid_from", "valid_until"))
        its = pl.DataFrame({"at": stretch, "is_own": (begun <= second) & (second < ended)})
        stretch = its.select(pl.when("is_own").then("at")).to_series()
        return calls.with_columns(self.stretches.select(pl.col(OWNED).gather(stretch)).get_columns())


def _enum(texts: pl.Series) -> pl.Series:
    return texts.cast(pl.Enum(texts.unique().sort()))


def _key(number: pl.Series, second: pl.Series) -> pl.Series:
    return number.cast(pl.Int64) * (1 << _SECOND_BITS) + second + (1 << (_SECOND_BITS - 1))
