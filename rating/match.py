"""Longest prefix: which stretch of numbers a called number lies in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import polars as pl

from belnota.lookup import last_not_above, nothing, placed
from belnota.phone import ANONYMOUS
from belnota.tables.prices import MAX_DIGITS, number_key

_DIGITS: Final = 6
_WIDTH: Final = 10 ** (MAX_DIGITS - _DIGITS) * 16
"""Keys that share their first six digits."""
_SCALE: Final = pl.Series([10 ** (MAX_DIGITS - digits) * 16 for digits in range(MAX_DIGITS + 1)])


def number_keys(called: pl.Series, is_data: pl.Series) -> pl.Series:
    """Return the key of each called number, digits after one leading `+`; null where it can match nothing.

    A withheld number, and whatever a data session has instead of one, is no number: only the empty prefix
    (any number) prices it.
    """
    # Reading a text as an unsigned integer takes digits after at most one `+`, and nothing else.
    parsed = pl.DataFrame({"text": called}).select(
        "text",
        value=pl.col("text").cast(pl.UInt64, strict=False),
        length=pl.col("text").str.len_bytes() - pl.col("text").str.starts_with("+"),
    )
    scale = pl.lit(_SCALE).gather(pl.col("length").clip(0, MAX_DIGITS))
    is_short = pl.col("length") <= MAX_DIGITS
    value = pl.when(is_short).then("value").cast(pl.Int64)
    keys = parsed.select(key=value * scale + pl.col("length").cast(pl.Int64))["key"]
    return keys if keys.null_count() == 0 else _with_odd_ones(keys, called, is_data)


def _with_odd_ones(keys: pl.Series, called: pl.Series, is_data: pl.Series) -> pl.Series:
    """Add the keys of what is longer than any number, and of what is no number at all."""
    odd = pl.DataFrame({"text": called, "is_data": is_data}).with_row_index("row").filter(keys.is_null())
    is_none = odd["text"].is_in(["", ANONYMOUS])
    withheld = odd["row"].filter(is_none)
    keys = placed(keys, withheld, pl.repeat(0, withheld.len(), dtype=pl.Int64, eager=True))
    digits = pl.col("text").str.strip_prefix("+")
    is_number = digits.str.contains(r"^[0-9]+$")
    text = pl.when(is_number).then(digits).when("is_data").then(pl.lit(""))
    found = odd.filter(~is_none).select("row", key=number_key(text))
    return placed(keys, found["row"], found["key"])


@dataclass(frozen=True)
class NumberIndex:
    """The keys at which answers change, with a table of their first six digits.

    keys: sorted. settled: for each six digits the position that answers every number of at least six digits that
    begins with them; null where prefixes of more digits tell them apart, so that only those need a search.
    """

    keys: pl.Series
    settled: pl.Series

    @classmethod
    def of(cls, keys: pl.Series) -> Self:
        begins = pl.DataFrame({"six": keys // _WIDTH, "is_longer": keys % _WIDTH > _DIGITS}).with_row_index("at")
        begins = begins.filter(pl.col("six") < 10**_DIGITS)
        last = begins.group_by("six").agg(pl.col("at").max())
        settled = placed(nothing(10**_DIGITS, pl.UInt32), last["six"], last["at"]).fill_null(strategy="forward")
        # Prefixes of up to six digits begin at the first number of six digits, apart only by their own length.
        longer = begins.filter("is_longer")["six"].unique()
        return cls(keys, placed(settled, longer, nothing(longer.len(), pl.UInt32)))

    def positions(self, wanted: pl.Series) -> pl.Series:
        """Return the position of the last key that is not above each wanted key; null stays null (UInt32)."""
        frame = pl.DataFrame({"key": wanted})
        quick = frame.select(
            at=pl.when(pl.col("key") % 16 >= _DIGITS).then(pl.lit(self.settled).gather(pl.col("key") // _WIDTH))
        )["at"]
        if quick.null_count() == 0:
            return quick
        slow = frame.with_row_index("row").filter(quick.is_null() & wanted.is_not_null())
        return placed(quick, slow["row"], last_not_above(self.keys, slow["key"]).cast(pl.UInt32))
