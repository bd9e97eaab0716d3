"""3CX `cdr.log`: comma-separated, no header, columns in the order that the administrator chose.

Sources: 3CX's list of CDR fields (3cx.com/docs/cdr-call-data-records); shared design, feeds.md 1.9. Records of 3CX 20
in dorel14/3CX-Cdr-Server (issues 16 and 59, 2024): a received call has from_type `Line`, duration is time_answered to
time_end, and times are UTC, two hours behind the summer clock of the place. Parsers of later updates meet the words
`provider` and `external_line`; 3CX itself documents neither the words nor the zone.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from belnota.errors import Refused
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
    record_checks,
    wrong,
)
from pipelines.feeds.scan import scan
from pipelines.feeds.values import instant, known_zone, wall_time, whole_number

FORMAT: Final = "threecx_cdr"
_QUOTE = '"'
_TIME = "%Y/%m/%d %H:%M:%S"
COLUMNS: Final = (
    *("historyid", "callid", "duration", "time_start", "time_answered", "time_end", "reason_terminated", "from_no"),
    *("to_no", "from_dn", "to_dn", "dial_no", "reason_changed", "final_number", "final_dn", "bill_code", "bill_rate"),
    *("bill_cost", "bill_name", "chain", "from_type", "to_type", "final_type", "from_dispname", "to_dispname"),
    *("final_dispname", "missed_queue_calls"),
)
"""The 27 fields in the order in which 3CX lists them."""
_NEEDED: Final = (
    *("historyid", "duration", "time_start", "time_answered", "time_end", "from_no", "to_no", "from_type"),
    *("to_type",),
)
_USED: Final = (*_NEEDED, "callid", "from_dn", "to_dn", "dial_no", "final_number", "final_type")
_HOUR = 3600
LINES: Final = ("Line", "ExternalLine", "provider", "external_line")
"""The words for a trunk that versions of 3CX are known to write."""


def threecx(feed: Feed) -> Reader:
    """Return the reader of one 3CX feed; Refused when an option is wrong.

    Options: `columns` (the fields in the order of the file; default: all 27), `lines` (the words of from_type and
    to_type that mean a trunk; default LINES), `own` (`from_dn` or `from_no`: our number of a made
    call).

    A call that comes from a line is received, on dial_no, else to_dn, else to_no. A made call goes to final_number
    where the call ended on a line, else to to_no. A received call that was sent on to the outside stays a received one:
    what it cost stands in the carrier's file. A call is answered when it has time_answered; its duration must then be
    the time from there to time_end.
    """
    options.only(feed, ("columns", "lines", "own"))
    columns = _columns(feed)
    lines = options.words(feed, "lines") or list(LINES)
    own = options.choice(feed, "own", ("from_dn", "from_no"))
    zone = known_zone(feed.timezone, f"feed {feed.name!r}")

    def read(content: bytes) -> ReadResult:
        scanned = scan(content, "utf-8")
        split = with_fields(scanned.lines, delimiter=",", quote=_QUOTE)
        count = len(columns)
        shaped, misshapen = judge(split, shape_checks(pl.col("columns") == count, f"{count} by the option columns"))
        named = shaped.with_columns(
            **{name: field(columns.index(name), quote=_QUOTE) if name in columns else pl.lit("") for name in _USED}
        )
        calls = _with_call(named, lines, own).with_columns(
            answered_at=instant(pl.col("time_text"), _TIME, zone=zone, ambiguous=feed.ambiguous)
        )
        good, bad = judge(calls, [*_value_checks(), *record_checks(_TIME)])
        return ReadResult(
            records=as_records(good),
            rejects=as_rejects(scanned.rejects, misshapen, bad),
            lines=scanned.total,
            framing_lines=scanned.blank,
        )

    return read


def _columns(feed: Feed) -> list[str]:
    """Return the order of the columns; 3CX's own spelling (`time-start`) is fine."""
    columns = [name.strip().lower().replace("-", "_") for name in options.words(feed, "columns")] or list(COLUMNS)
    unknown = [name for name in columns if name not in COLUMNS]
    missing = [name for name in _NEEDED if name not in columns]
    twice = [name for name in COLUMNS if columns.count(name) > 1]
    for names, what in ((unknown, "has unknown"), (missing, "lacks"), (twice, "has twice")):
        if names:
            raise Refused(
                f"feed {feed.name!r}: option columns {what} {', '.join(names)}; known are {', '.join(COLUMNS)}"
            )
    return columns


def _with_call(rows: pl.DataFrame, lines: list[str], own: str) -> pl.DataFrame:
    is_in = pl.col("from_type").is_in(lines)
    is_answered = pl.col("time_answered") != ""
    ended_outside = pl.col("final_type").is_in(lines) & (pl.col("final_number") != "")
    called = _first_of("dial_no", "to_dn", "to_no")
    called_out = pl.when(ended_outside).then("final_number").otherwise("to_no")
    maker = _first_of(own, "from_no")
    theirs = _plain(pl.when(is_in).then("from_no").otherwise(called_out))
    history = pl.col("historyid").str.extract(r"^(?:Call )?(\d{1,18})$").fill_null("")
    return rows.with_columns(
        key=pl.when((history != "") & (pl.col("callid") != ""))
        .then(pl.concat_str(history, "callid", separator=":"))
        .otherwise(history),
        service=pl.lit("voice"),
        direction=pl.when(is_in).then(pl.lit("in")).otherwise(pl.lit("out")),
        own_number=canonical(_plain(pl.when(is_in).then(called).otherwise(maker))),
        other_number=canonical(theirs),
        dialled=theirs,
        is_answered=is_answered,
        time_text=pl.when(is_answered).then("time_answered").otherwise("time_start"),
        quantity_text="duration",
        seconds=_seconds(),
        quantity=pl.when(is_answered).then(_seconds()).otherwise(0),
        country=pl.lit(None, pl.String),
    )


def _first_of(*names: str) -> pl.Expr:
    return pl.coalesce(*(pl.when(pl.col(name) != "").then(name) for name in names), pl.lit(""))


def _plain(number: pl.Expr) -> pl.Expr:
    """Return a number without the word that 3CX writes before an extension: `Ext.201` is 201."""
    return number.str.replace(r"^Ext\.", "")


def _seconds() -> pl.Expr:
    """Return HH:MM:SS in seconds; null where it is not one."""
    pieces = pl.col("duration").str.extract_groups(r"^(\d{1,3}):([0-5]\d):([0-5]\d)$")
    hours, minutes, seconds = (whole_number(pieces.struct.field(str(place))) for place in (1, 2, 3))
    return hours * _HOUR + minutes * 60 + seconds


def _value_checks() -> list[Check]:
    start, end, duration, kind = (pl.col(name) for name in ("time_start", "time_end", "duration", "from_type"))
    lasted = (wall_time(end, _TIME) - wall_time(pl.col("time_answered"), _TIME)).dt.total_seconds()
    # An hour more or less is the night on which the clock changes.
    off = pl.min_horizontal(*((lasted - pl.col("seconds") + hour).abs() for hour in (-_HOUR, 0, _HOUR)))
    is_answered, form = pl.col("is_answered"), "as in 2026/10/25 02:15:00"
    return [
        wrong("value", "from_type", kind, kind == "", "must say where the call comes from; columns in another order?"),
        wrong("time", "time_start", start, wall_time(start, _TIME).is_null(), f"must be a time, {form}"),
        wrong("time", "time_end", end, is_answered & wall_time(end, _TIME).is_null(), f"must be a time, {form}"),
        wrong("range", "duration", duration, is_answered & pl.col("seconds").is_null(), "must be HH:MM:SS"),
        wrong(
            "range",
            "duration",
            duration,
            is_answered & (off > 1).fill_null(value=False),
            "is not time_answered to time_end",
        ),
    ]
