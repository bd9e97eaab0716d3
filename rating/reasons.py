"""Why a call is free or unrated: status is a consequence (rating.md section 2)."""

from __future__ import annotations

from typing import Final

import polars as pl

from belnota.phone import CALL_TYPES, SPECIAL_CALL_TYPES
from rating.timetable import LONGEST_BY_CLOCK, VOICE

REASONS: Final = (
    "not_answered", "internal", "unknown_number", "no_price", "no_price_for_call_type", "too_short", "too_long",
    "charge_out_of_range",
)  # fmt: skip
"""Why a call is free or unrated, in the order in which they are asked."""
_REASON: Final = {name: code for code, name in enumerate(REASONS)}
FREE: Final = tuple(_REASON[name] for name in ("not_answered", "internal", "too_short"))


def unanswerable() -> pl.Expr:
    """Return why no price may answer a call (code in `REASONS`), null when one does.

    Columns: call_type (code of its own, may be null), has_deck, row and row_type (of the answering price row).
    """
    special = [CALL_TYPES.index(name) for name in SPECIAL_CALL_TYPES]
    needs_own_row = pl.col("call_type").is_in(special) & (pl.col("row_type") != pl.col("call_type"))
    return (
        pl.when((pl.col("call_type") == CALL_TYPES.index("internal")).fill_null(value=False))
        .then(_REASON["internal"])
        .when(~pl.col("has_deck"))
        .then(_REASON["unknown_number"])
        .when(pl.col("row").is_null())
        .then(_REASON["no_price"])
        .when(needs_own_row.fill_null(value=False))
        .then(_REASON["no_price_for_call_type"])
    )


def reason() -> pl.Expr:
    """Return why a call is not rated (code in `REASONS`), null when it is.

    Columns: unanswerable, service (code), quantity, free_below, is_banded, most_quantity, information_most.
    """
    by_clock = pl.col("is_banded") & (pl.col("service") == VOICE)
    return (
        pl.when(pl.col("quantity") == 0)
        .then(_REASON["not_answered"])
        .when(pl.col("unanswerable").is_not_null())
        .then("unanswerable")
        .when(pl.col("quantity") < pl.col("free_below"))
        .then(_REASON["too_short"])
        .when(by_clock & (pl.col("quantity") > LONGEST_BY_CLOCK))
        .then(_REASON["too_long"])
        .when(pl.col("quantity") > pl.min_horizontal("most_quantity", "information_most"))
        .then(_REASON["charge_out_of_range"])
        .cast(pl.UInt8)
    )
