"""Parts to records: a call that its source spreads over lines and files, once all of it is there (feeds.md 1.8, 1.9).

Two kinds of calls come in parts. A *dialog* has an answer and a hangup, and lasts from the one to the other. A
*session* has uses, each since the one before it, which are added up, and ends with a last one, or by silence.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import polars as pl

from pipelines.feeds.result import (
    MAX_QUANTITY,
    MAX_VOICE_SECONDS,
    PART,
    RECORD,
    REJECT,
    Check,
    judge,
    shown,
)

EARLIER: Final = pl.Schema({name: kind for name, kind in PART.items() if name not in ("line_number", "raw_line")})
"""A part that came in another file; where it stood does not matter any more."""

_SAID = ("role", "service", "direction", "own_number", "other_number", "dialled", "happened_at", "quantity", "country")
_SHARED = ("service", "direction", "own_number")


@dataclass(frozen=True)
class Assembled:
    """What the parts of one file led to.

    `records` (RECORD) are calls that became whole; each stands at the line that made it so. `parts` (PART) are to be
    kept, `rejects` (REJECT) not; `duplicates` came before. `waiting` (EARLIER) is all that still waits.
    """

    records: pl.DataFrame
    parts: pl.DataFrame
    rejects: pl.DataFrame
    duplicates: int
    waiting: pl.DataFrame


def assemble(
    parts: pl.DataFrame,
    *,
    waiting: pl.DataFrame,
    joined: pl.DataFrame,
    finished: pl.Series,
    silent_since: dt.datetime | None = None,
) -> Assembled:
    """Join the parts of one file (PART) with those that wait from others (EARLIER).

    `finished` are keys of calls that are whole already, or dropped; `joined` (EARLIER) is what these were made of. A
    session whose newest part is before `silent_since` is whole with what came; without parts nothing becomes whole.

    Worked rows (key, role, time): waiting a answer 10:00
        line 1  a hangup 10:05  -> the call a of 300 seconds, at line 1
        line 2  a hangup 10:05  -> duplicate
        line 3  b answer 10:01  -> waits
        line 4  c hangup 10:07  -> late_part, when c is finished: to quarantine, for somebody must decide
    """
    if parts.is_empty():
        nothing = pl.DataFrame(schema=REJECT)
        return Assembled(pl.DataFrame(schema=RECORD), parts, nothing, duplicates=0, waiting=waiting)
    news, contradicting, duplicates = _once(parts, pl.concat([waiting, joined]))
    agreeing, odd = judge(_beside_the_first(news, waiting), _checks(finished))
    here = agreeing.select(*EARLIER.names(), "line_number")
    concerned = waiting if silent_since else waiting.join(here, on="key", how="semi")
    whole = _whole(pl.concat([concerned.with_columns(line_number=pl.lit(None, pl.Int64)), here]), silent_since)
    is_unbelievable = ~pl.col("quantity").is_between(0, MAX_QUANTITY) | (
        (pl.col("service") == "voice") & (pl.col("quantity") > MAX_VOICE_SECONDS)
    )
    unbelievable = whole.filter(is_unbelievable)
    whole = whole.filter(~is_unbelievable)
    kept, out_of_range = judge(
        agreeing.join(unbelievable.select("key", total="quantity"), on="key", how="left").with_columns(text="raw_line"),
        [
            Check(
                "range",
                pl.col("total").is_not_null(),
                pl.lit("the whole call would be of ")
                + pl.col("total").cast(pl.String)
                + pl.lit(" units, which must be from 0 to 2^53, and for voice at most 48 hours of seconds"),
            )
        ],
    )
    kept = kept.select(PART.names())
    still = pl.concat([waiting, kept.select(EARLIER.names())]).join(whole, on="key", how="anti")
    return Assembled(
        records=_as_records(whole, parts),
        parts=kept,
        rejects=pl.concat([contradicting, odd, out_of_range]).sort("line_number"),
        duplicates=duplicates,
        waiting=still,
    )


def _once(parts: pl.DataFrame, earlier: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Part into news, rejects that say something else than the same part said before, and how many came before."""
    said = pl.struct(_SAID).hash()
    identity = ["key", "part_key"]
    marked = (
        parts.with_columns(said=said)
        .join(earlier.select(*identity, before=said).unique(identity), on=identity, how="left")
        .sort("line_number")
        .with_columns(
            is_first=pl.int_range(pl.len()).over(identity) == 0,
            first=pl.col("said").first().over(identity),
        )
    )
    is_new = pl.col("before").is_null() & pl.col("is_first")
    is_same = pl.col("said") == pl.coalesce("before", "first")
    contradicting = marked.filter(~is_new & ~is_same).select(
        "line_number",
        reason=pl.lit("conflict"),
        detail=pl.lit("another line is this part of the same call but says something else: ") + shown(pl.col("key")),
        raw_line="raw_line",
    )
    news = marked.filter(is_new).select(PART.names())
    return news, contradicting.cast(REJECT), marked.filter(~is_new & is_same).height


def _beside_the_first(news: pl.DataFrame, waiting: pl.DataFrame) -> pl.DataFrame:
    """Add to each part what the first part of its call says of service, direction and own number."""
    told = pl.concat([waiting.select("key", *_SHARED), news.select("key", *_SHARED)])
    first = told.group_by("key", maintain_order=True).agg(
        pl.col(name).drop_nulls().first().alias(f"first_{name}") for name in _SHARED
    )
    return news.join(first, on="key", how="left").with_columns(text="raw_line")


def _checks(finished: pl.Series) -> list[Check]:
    late = pl.lit("the call is complete already and perhaps billed, or was dropped; this line of it came after: ")
    differs = [
        Check(
            "conflict",
            pl.col(name).is_not_null() & (pl.col(name) != pl.col(f"first_{name}")),
            pl.lit(f"another part of the same call has another {name.replace('_', ' ')}: ") + shown(pl.col("key")),
        )
        for name in _SHARED
    ]
    return [Check("late_part", pl.col("key").is_in(finished.implode()), late + shown(pl.col("key"))), *differs]


def _whole(together: pl.DataFrame, silent_since: dt.datetime | None) -> pl.DataFrame:
    """Return one row per call that is whole, with the last line of this file that belongs to it."""
    at, role = pl.col("happened_at"), pl.col("role")
    is_over = pl.lit(value=False) if silent_since is None else (pl.col("newest") < silent_since)
    calls = (
        together.sort("happened_at", "part_key")
        .group_by("key", maintain_order=True)
        .agg(
            *(pl.col(name).drop_nulls().first() for name in (*_SHARED, "other_number", "dialled")),
            pl.col("country").first(),
            pl.col("line_number").max(),
            # 2^53 each: enough of them would not fit in 64 bits
            used=pl.col("quantity").cast(pl.Int128).sum(),
            first=at.min(),
            newest=at.max(),
            answer=at.filter(role == "answer").min(),
            hangup=at.filter(role == "hangup").min(),
            has_last=(role == "last").any(),
            has_use=(role == "usage").any(),
        )
    )
    is_dialog = pl.col("answer").is_not_null() & pl.col("hangup").is_not_null()
    lasted = (pl.col("hangup") - pl.col("answer")).dt.total_seconds().cast(pl.Int128)
    return calls.filter(is_dialog | pl.col("has_last") | (pl.col("has_use") & is_over)).with_columns(
        quantity=pl.when(is_dialog).then(lasted).otherwise("used"),
        answered_at=pl.coalesce("answer", "first"),
    )


def _as_records(whole: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """Return whole calls as RECORD; what silence ended stands at the line whose time told of it: the newest one."""
    newest = parts.sort("happened_at", "line_number").tail(1)["line_number"].first()
    line = pl.col("line_number").fill_null(pl.lit(newest, pl.Int64))
    records = (
        whole.with_columns(line_number=line, is_answered=pl.lit(value=True))
        .join(parts.select("line_number", "raw_line"), on="line_number", how="left")
        .with_columns(pl.col("raw_line", "dialled").fill_null(""), pl.col("other_number").fill_null("anonymous"))
    )
    return records.select(pl.col(name).cast(dtype) for name, dtype in RECORD.items()).sort("line_number", "key")
