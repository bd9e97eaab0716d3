"""What a BroadWorks record means, whether it came as CSV or as XML.

Source: shared design, feeds.md 1.2 and 1.3.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from belnota.money import RoundingMode
from belnota.phone import ANONYMOUS, canonical
from pipelines.feeds.result import Check, wrong
from pipelines.feeds.values import instant, seconds

TIME: Final = "%Y%m%d%H%M%S%.f"
FIELDS: Final = (
    *("record_id", "kind", "user_number", "way", "calling_number", "presentation", "called_number", "start_time"),
    *("answer_indicator", "answer_time", "release_time", "dialed_digits"),
)


def with_call(rows: pl.DataFrame, mode: RoundingMode) -> pl.DataFrame:
    """Add what a record says (RECORD, time_text, quantity_text) to rows with the texts of FIELDS.

    Originating: made by userNumber; Terminating: received by it, from `anonymous` unless the presentation is Public.
    Times are GMT; `mode` makes whole seconds of release minus answer, which are milliseconds.
    """
    is_in = pl.col("way") == "Terminating"
    is_answered = pl.col("answer_indicator").str.starts_with("Yes")
    called = pl.when(pl.col("called_number") != "").then("called_number").otherwise("dialed_digits")
    is_public = pl.col("presentation").is_in(["", "Public"])
    calling = pl.when(is_public).then("calling_number").otherwise(pl.lit(ANONYMOUS))
    theirs = pl.when(is_in).then(calling).otherwise(called)
    answer, release = _gmt("answer_time"), _gmt("release_time")
    length = seconds((release - answer).dt.total_milliseconds(), 1000, mode)
    return rows.with_columns(
        key="record_id",
        service=pl.lit("voice"),
        direction=pl.when(is_in).then(pl.lit("in")).otherwise(pl.lit("out")),
        own_number=canonical(pl.col("user_number")),
        other_number=canonical(theirs),
        dialled=theirs,
        is_answered=is_answered,
        time_text=pl.when(is_answered).then("answer_time").otherwise("start_time"),
        answered_at=pl.when(is_answered).then(answer).otherwise(_gmt("start_time")),
        release=release,
        quantity_text=pl.concat_str("answer_time", "release_time", separator=" to "),
        quantity=pl.when(is_answered).then(length).otherwise(0),
        country=pl.lit(None, pl.String),
    )


def _gmt(column: str) -> pl.Expr:
    return instant(pl.col(column), TIME, zone="UTC", ambiguous="earliest")


def value_checks() -> list[Check]:
    """Return the checks of a record's words and times, after `with_call`."""
    way, answer, release = pl.col("way"), pl.col("answer_indicator"), pl.col("release_time")
    return [
        wrong(
            "value",
            "direction",
            way,
            ~way.is_in(["Originating", "Terminating"]),
            "must be Originating or Terminating",
        ),
        wrong(
            "value",
            "answerIndicator",
            answer,
            ~answer.str.contains("^(?:Yes|No|Failure)"),
            "must begin with Yes, No or Failure",
        ),
        wrong(
            "time",
            "releaseTime",
            release,
            pl.col("is_answered") & pl.col("release").is_null(),
            "not a time that exists, as in 20261025013000.000",
        ),
    ]
