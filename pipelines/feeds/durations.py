"""Written durations and amounts to exact parts of a second (or of a message, or of a byte), before any rounding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import polars as pl

from pipelines.feeds.values import whole_number


@dataclass(frozen=True)
class Form:
    """How a quantity is written: its pattern, one whole-number group per weight, and how many parts make one.

    The weight of a group that stands behind a decimal sign is that of its first digit's unit: see `_ticks_of`.
    """

    pattern: str
    weights: tuple[int, ...]
    parts: int = 1
    fraction_digits: int = 0


_HOURS: Final = (3600, 60, 1)
FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {
        "whole": Form(r"(\d{1,18})", (1,)),
        "decimal": Form(r"(\d{1,12})(?:\.(\d{1,6}))?", (1_000_000, 1), 1_000_000, 6),
        "decimal_comma": Form(r"(\d{1,12})(?:,(\d{1,6}))?", (1_000_000, 1), 1_000_000, 6),
        "milliseconds": Form(r"(\d{1,18})", (1,), 1_000),
        "HH:MM:SS": Form(r"(\d{1,8}):([0-5]\d):([0-5]\d)", _HOURS),
        "MM:SS": Form(r"(\d{1,8}):([0-5]\d)", (60, 1)),
        "HHMMSS": Form(r"(\d{2,8})([0-5]\d)([0-5]\d)", _HOURS),
        "HHMMSScc": Form(r"(\d{2,8})([0-5]\d)([0-5]\d)(\d{2})", (360_000, 6_000, 100, 1), 100),
    }
)
"""The known ways to write a quantity, by the word that a mapping uses for it."""


def ticks(text: pl.Expr, form: Form) -> pl.Expr:
    """Return a quantity in whole parts (`form.parts` make one), Int64; null where the text is not in the form.

    >>> frame = pl.DataFrame({"text": ["1:02:03", "62:03", "61.5"]})
    >>> frame.select(ticks(pl.col("text"), FORMS["HH:MM:SS"])).to_series().to_list()
    [3723, None, None]
    >>> frame.select(ticks(pl.col("text"), FORMS["decimal"])).to_series().to_list()
    [None, None, 61500000]
    """
    if form.weights == (1,):
        return whole_number(text)
    pattern = f"^{form.pattern}$"
    total = pl.lit(0, pl.Int64)
    for place, weight in enumerate(form.weights, start=1):
        digits = text.str.extract(pattern, place)
        if form.fraction_digits and place == len(form.weights):
            digits = digits.fill_null("").str.pad_end(form.fraction_digits, "0")
        total += whole_number(digits) * weight
    return pl.when(text.str.contains(pattern)).then(total)
