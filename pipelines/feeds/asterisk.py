"""Asterisk `cdr_csv` (Master.csv): no header, 16 to 21 columns, times in the zone of the feed.

Source: asterisk cdr/cdr_csv.c and cdr.conf.sample; measured pitfalls in the shared design, feeds.md 1.6.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from belnota.periods import AmbiguousTime, to_utc
from belnota.phone import canonical
from belnota.settings import Feed
from pipelines.feeds import options
from pipelines.feeds.fields import field, shape_checks, with_fields
from pipelines.feeds.result import (
    Check,
    Reader,
    ReadResult,
    as_records,
    as_rejects,
    judge,
    numbered,
    record_checks,
    wrong,
)
from pipelines.feeds.scan import scan
from pipelines.feeds.values import known_zone, wall_time, whole_number

FORMAT: Final = "asterisk_cdr_csv"
_QUOTE = '"'
_TIME = "%Y-%m-%d %H:%M:%S"
_COLUMNS = {
    "accountcode": 0,
    "src": 1,
    "dst": 2,
    "dcontext": 3,
    "dstchannel": 6,
    "start": 9,
    "answer": 10,
    "duration": 12,
    "billsec": 13,
    "disposition": 14,
    "uniqueid": 16,
}
_DISPOSITIONS = ("ANSWERED", "NO ANSWER", "BUSY", "FAILED", "CONGESTION")
_UNIQUE_ID = r"^(?:.*-)?(\d{9,10})\.\d+$"  # [system name-]epoch.number
_HOUR = 3_600_000_000


def asterisk(feed: Feed) -> Reader:
    """Return the reader of one Asterisk feed; Refused when an option is wrong.

    Options: `incoming_contexts` (values of dcontext whose calls are received ones; all others are made by us),
    `own` (`src` or `accountcode`: which column holds our number of a made call).

    Only ANSWERED rows have a quantity: billsec alone says nothing, some exchanges fill it for calls that nobody
    answered. The identity is uniqueid with the sequence (or the other channel), since the legs of a call share a
    uniqueid; without it caller, called, start and duration, twins numbered.
    """
    options.only(feed, ("incoming_contexts", "own"))
    incoming = options.words(feed, "incoming_contexts")
    own = options.choice(feed, "own", ("src", "accountcode"))
    zone = known_zone(feed.timezone, f"feed {feed.name!r}")

    def read(content: bytes) -> ReadResult:
        scanned = scan(content, "utf-8")
        shaped, misshapen = judge(with_fields(scanned.lines, delimiter=",", quote=_QUOTE), _shape(scanned.lines))
        named = shaped.with_columns(
            **{name: field(position, quote=_QUOTE) for name, position in _COLUMNS.items()},
            sequence=pl.when(pl.col("columns") >= 19).then(field(-1, quote=_QUOTE)).otherwise(pl.lit("")),
        )
        calls = named.pipe(_with_call, incoming=incoming, own=own, zone=zone, ambiguous=feed.ambiguous)
        good, bad = judge(calls, [*_value_checks(), *record_checks(_TIME)])
        return ReadResult(
            records=as_records(good.with_columns(key=_key())),
            rejects=as_rejects(scanned.rejects, misshapen, bad),
            lines=scanned.total,
            framing_lines=scanned.blank,
        )

    return read


def _shape(lines: pl.DataFrame) -> list[Check]:
    # A last line that is cut may still have 16 columns: it must have as many as the line before it.
    commas = with_fields(lines.tail(2), delimiter=",", quote=_QUOTE)["columns"].to_list()
    fits = pl.col("columns").is_between(16, 21)
    if len(commas) == 2:
        fits &= ~pl.col("is_cut") | (pl.col("columns") >= commas[0])
    return shape_checks(fits, "16 to 21")


def _with_call(
    rows: pl.DataFrame, *, incoming: list[str], own: str, zone: str, ambiguous: AmbiguousTime
) -> pl.DataFrame:
    is_in = pl.col("dcontext").is_in(incoming)
    is_answered = pl.col("disposition") == "ANSWERED"
    ours = pl.when(is_in).then("dst").otherwise(own)
    theirs = pl.when(is_in).then("src").otherwise("dst")
    return rows.with_columns(
        service=pl.lit("voice"),
        direction=pl.when(is_in).then(pl.lit("in")).otherwise(pl.lit("out")),
        own_number=canonical(ours),
        other_number=canonical(theirs),
        dialled=theirs,
        is_answered=is_answered,
        time_text=pl.when(is_answered).then("answer").otherwise("start"),
        quantity_text="billsec",
        quantity=pl.when(is_answered).then(whole_number(pl.col("billsec"))).otherwise(0),
        country=pl.lit(None, pl.String),
        has_unique_id=pl.col("uniqueid").str.contains(_UNIQUE_ID),
        key=pl.lit("of the line"),  # every line has one, see _key
    ).pipe(_with_instant, zone, ambiguous)


def _with_instant(rows: pl.DataFrame, zone: str, ambiguous: AmbiguousTime) -> pl.DataFrame:
    """Add answered_at; in the hour that occurs twice the epoch inside uniqueid decides, where it fits one of both.

    A channel is made at most a minute after the call's time by its clock, and answered within the hour.
    """
    first, last = pl.col("first"), pl.col("last")
    by_policy = {"earliest": first, "latest": last, "refuse": pl.when(first == last).then(first)}
    epoch = pl.col("uniqueid").str.extract(_UNIQUE_ID).str.to_integer(strict=False, dtype=pl.Int64) * 1_000_000

    def fits(candidate: pl.Expr) -> pl.Expr:
        return (candidate.dt.epoch("us") - epoch).is_between(-60_000_000, _HOUR - 60_000_000, closed="left")

    return (
        rows.with_columns(local=wall_time(pl.col("time_text"), _TIME))
        .with_columns(
            first=to_utc(pl.col("local"), zone=zone, ambiguous="earliest"),
            last=to_utc(pl.col("local"), zone=zone, ambiguous="latest"),
        )
        .with_columns(
            answered_at=pl.when((first != last) & fits(first))
            .then(first)
            .when((first != last) & fits(last))
            .then(last)
            .otherwise(by_policy[ambiguous])
        )
    )


def _value_checks() -> list[Check]:
    disposition, unique_id, billsec = pl.col("disposition"), pl.col("uniqueid"), pl.col("billsec")
    must_have = pl.col("columns").is_in([18, 21])
    return [
        wrong("value", "disposition", disposition, ~disposition.is_in(_DISPOSITIONS), "not a disposition of Asterisk"),
        wrong("value", "uniqueid", unique_id, must_have & ~pl.col("has_unique_id"), "not a uniqueid; columns shifted?"),
        wrong("time", "start", pl.col("start"), wall_time(pl.col("start"), _TIME).is_null(), "must be a time"),
        wrong("range", "billsec", billsec, whole_number(billsec).is_null(), "must be a whole number of seconds"),
    ]


def _key() -> pl.Expr:
    leg = pl.when(pl.col("sequence") != "").then("sequence").otherwise("dstchannel")
    parts = pl.concat_str("src", "dst", "start", "duration", separator="|")
    return pl.when("has_unique_id").then(pl.concat_str("uniqueid", leg, separator=":")).otherwise(numbered(parts))
