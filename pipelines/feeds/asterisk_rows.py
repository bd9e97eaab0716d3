"""Rows of Asterisk's CDR, however they were written down, to records: what every Asterisk reader shares.

A row is one leg of a call. Pitfalls: shared design, feeds.md 1.6.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from belnota.periods import AmbiguousTime, to_utc
from belnota.phone import canonical
from belnota.settings import Feed
from pipelines.feeds import options
from pipelines.feeds.asterisk_clock import UNIQUE_ID, refuse_other_zone
from pipelines.feeds.asterisk_legs import repeated_legs
from pipelines.feeds.result import Check, ReadResult, as_records, as_rejects, judge, numbered, record_checks, wrong
from pipelines.feeds.values import known_zone, wall_time, whole_number

TIME: Final = "%Y-%m-%d %H:%M:%S"
OPTIONS: Final = ("incoming_contexts", "trunks", "own", "check_zone")
ROW: Final = (
    *("accountcode", "src", "dst", "dcontext", "channel", "dstchannel", "start", "answer", "duration", "billsec"),
    *("disposition", "uniqueid", "linkedid", "sequence", "did"),
)
"""The texts that a row needs, beside the column of our number and `must_have_unique_id`, which says whether the
layout promises one. A source without one of them gives "", but `answer` as null: see `calls_of`."""
_DISPOSITIONS = ("ANSWERED", "NO ANSWER", "BUSY", "FAILED", "CONGESTION")
_HOUR = 3_600_000_000


@dataclass(frozen=True)
class Rules:
    """How one exchange is read: its zone, what is a received call, and where our number stands."""

    zone: str
    ambiguous: AmbiguousTime
    incoming: tuple[str, ...]
    trunks: tuple[str, ...]
    own: str
    check_zone: bool


@dataclass(frozen=True)
class Rows:
    """Well-shaped rows (line_number, text, ROW) of one file, and what became of its other lines."""

    rows: pl.DataFrame
    rejects: list[pl.DataFrame]
    lines: int
    framing: int
    filtered: int = 0


def rules_of(feed: Feed, own: tuple[str, ...] = ("src", "accountcode"), more: tuple[str, ...] = ()) -> Rules:
    """Return the rules of an Asterisk feed from its options; Refused when one is wrong.

    `own` names the columns that may hold our number of a made call, the default first; `more` are further options
    of the format.
    """
    options.only(feed, (*OPTIONS, *more))
    return Rules(
        zone=known_zone(feed.timezone, f"feed {feed.name!r}"),
        ambiguous=feed.ambiguous,
        incoming=tuple(options.words(feed, "incoming_contexts")),
        trunks=tuple(options.words(feed, "trunks")),
        own=options.choice(feed, "own", own),
        check_zone=options.choice(feed, "check_zone", ("yes", "no")) == "yes",
    )


def calls_of(found: Rows, rules: Rules, *, form: str = TIME) -> ReadResult:
    """Return the result of a file whose rows are known.

    Only ANSWERED rows have a quantity: billsec alone says nothing, some exchanges fill it for calls that nobody
    answered. The identity is uniqueid with the sequence (or the other channel), since the legs of a call share a
    uniqueid; without it caller, called, start and duration, twins numbered. A leg that only repeats the
    conversation of another one (see `repeated_legs`) is filtered. Where `answer` is null, because the source has no
    such column, a call was answered when its billsec began: `duration - billsec` after its start.
    Raises FileRefused when the rows are not of the feed's timezone (see `refuse_other_zone`).
    """
    rows = found.rows.with_columns(started=wall_time(pl.col("start"), form))
    if rules.check_zone:
        refuse_other_zone(rows, rules.zone)
    calls = rows.pipe(_with_call, rules).pipe(_with_instant, rules, form)
    good, bad = judge(calls, [*_value_checks(), *record_checks(form)])
    good = good.with_columns(key=_key())
    kept = good.join(repeated_legs(good), on="line_number", how="anti")
    return ReadResult(
        records=as_records(kept),
        rejects=as_rejects(*found.rejects, bad),
        lines=found.lines,
        framing_lines=found.framing,
        filtered_lines=found.filtered + good.height - kept.height,
    )


def _with_call(rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    is_in = pl.col("dcontext").is_in(rules.incoming) | (pl.col("did") != "")
    for trunk in rules.trunks:
        is_in |= pl.col("channel").str.starts_with(trunk + "-")
    is_answered = pl.col("disposition") == "ANSWERED"
    called = pl.when(pl.col("did") != "").then("did").otherwise("dst")
    ours = pl.when(is_in).then(called).otherwise(rules.own)
    theirs = pl.when(is_in).then("src").otherwise("dst")
    return rows.with_columns(
        service=pl.lit("voice"),
        direction=pl.when(is_in).then(pl.lit("in")).otherwise(pl.lit("out")),
        own_number=canonical(ours),
        other_number=canonical(theirs),
        dialled=theirs,
        is_answered=is_answered,
        time_text=pl.when(is_answered & pl.col("answer").is_not_null()).then("answer").otherwise("start"),
        quantity_text="billsec",
        quantity=pl.when(is_answered).then(whole_number(pl.col("billsec"))).otherwise(0),
        country=pl.lit(None, pl.String),
        has_unique_id=pl.col("uniqueid").str.contains(UNIQUE_ID),
        key=pl.lit("of the line"),  # every line has one, see _key
    )


def _with_instant(rows: pl.DataFrame, rules: Rules, form: str) -> pl.DataFrame:
    """Add answered_at; in the hour that occurs twice the epoch inside uniqueid decides, where it fits one of both.

    A channel is made at most a minute after the call's time by its clock, and answered within the hour.
    """
    first, last = pl.col("first"), pl.col("last")
    by_policy = {"earliest": first, "latest": last, "refuse": pl.when(first == last).then(first)}
    epoch = pl.col("uniqueid").str.extract(UNIQUE_ID).str.to_integer(strict=False, dtype=pl.Int64) * 1_000_000
    rang = whole_number(pl.col("duration")) - whole_number(pl.col("billsec"))
    later = pl.when(pl.col("is_answered") & pl.col("answer").is_null()).then(rang).otherwise(0)

    def fits(candidate: pl.Expr) -> pl.Expr:
        return (candidate.dt.epoch("us") - epoch).is_between(-60_000_000, _HOUR - 60_000_000, closed="left")

    return (
        rows.with_columns(local=wall_time(pl.col("time_text"), form))
        .with_columns(
            first=to_utc(pl.col("local"), zone=rules.zone, ambiguous="earliest"),
            last=to_utc(pl.col("local"), zone=rules.zone, ambiguous="latest"),
        )
        .with_columns(
            placed=pl.when((first != last) & fits(first))
            .then(first)
            .when((first != last) & fits(last))
            .then(last)
            .otherwise(by_policy[rules.ambiguous])
        )
        .with_columns(answered_at=pl.col("placed") + pl.duration(seconds=later))
    )


def _value_checks() -> list[Check]:
    disposition, unique_id, billsec = pl.col("disposition"), pl.col("uniqueid"), pl.col("billsec")
    duration, is_number = pl.col("duration"), whole_number(billsec).is_not_null()
    must_have = pl.col("must_have_unique_id")
    needs_duration = pl.col("answer").is_null() & pl.col("is_answered")
    too_short = ~(whole_number(duration) >= whole_number(billsec)).fill_null(value=False)
    return [
        wrong("value", "disposition", disposition, ~disposition.is_in(_DISPOSITIONS), "not a disposition of Asterisk"),
        wrong("value", "uniqueid", unique_id, must_have & ~pl.col("has_unique_id"), "not a uniqueid; columns shifted?"),
        wrong("time", "start", pl.col("start"), pl.col("started").is_null(), "must be a time"),
        wrong("range", "billsec", billsec, ~is_number, "must be a whole number of seconds"),
        wrong(
            "range", "duration", duration, needs_duration & too_short, "must be whole seconds, not fewer than billsec"
        ),
    ]


def _key() -> pl.Expr:
    leg = pl.when(pl.col("sequence") != "").then("sequence").otherwise("dstchannel")
    parts = pl.concat_str("src", "dst", "start", "duration", separator="|")
    return pl.when("has_unique_id").then(pl.concat_str("uniqueid", leg, separator=":")).otherwise(numbered(parts))
