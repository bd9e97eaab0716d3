"""FreeSWITCH `cdr_csv` with its example template: 15 fields, all quoted, nothing escaped, server-local time.

Source: mod_cdr_csv's documentation; shared design, feeds.md 1.7.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from belnota.phone import canonical
from belnota.settings import Feed
from pipelines.feeds import options
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

FORMAT: Final = "freeswitch_cdr_csv"
_TIME = "%Y-%m-%d %H:%M:%S"
_FIELDS = (
    *("caller_id_name", "caller_id_number", "destination_number", "context", "start_stamp", "answer_stamp"),
    *("end_stamp", "duration", "billsec", "hangup_cause", "uuid", "bleg_uuid", "accountcode", "read_codec"),
    "write_codec",
)
_UUID = r"^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"


def freeswitch(feed: Feed) -> Reader:
    """Return the reader of one FreeSWITCH feed; Refused when an option is wrong.

    Options: `incoming_contexts` (values of context whose calls are received ones; all others are made by us), `own`
    (`caller_id_number` or `accountcode`: our number of a made call), `legs` (`one`: each row is a call; `ab`: the
    switch writes both legs, see `_second_legs`).

    A value may hold quotes, since nothing is escaped: fields part at `","` only. A caller who puts that into his name
    makes a line of more than 15 fields, which is rejected. A call is answered when it has an answer_stamp.
    """
    options.only(feed, ("incoming_contexts", "own", "legs"))
    incoming = options.words(feed, "incoming_contexts")
    own = options.choice(feed, "own", ("caller_id_number", "accountcode"))
    has_both_legs = options.choice(feed, "legs", ("one", "ab")) == "ab"
    zone = known_zone(feed.timezone, f"feed {feed.name!r}")

    def read(content: bytes) -> ReadResult:
        scanned = scan(content, "utf-8")
        text = pl.col("text").str.strip_chars_end(" ")
        split = scanned.lines.with_columns(fields=text.str.slice(1).str.head(-1).str.split('","'))
        shaped, misshapen = judge(split, _shape(text))
        named = shaped.with_columns(**{name: pl.col("fields").list.get(place) for place, name in enumerate(_FIELDS)})
        calls = _with_call(named, incoming, own).with_columns(
            answered_at=instant(pl.col("time_text"), _TIME, zone=zone, ambiguous=feed.ambiguous)
        )
        good, bad = judge(calls, [*_value_checks(), *record_checks(_TIME)])
        kept = good
        if has_both_legs:
            kept = good.join(_second_legs(good), on="line_number", how="anti").with_columns(key=_pair())
        return ReadResult(
            records=as_records(kept),
            rejects=as_rejects(scanned.rejects, misshapen, bad),
            lines=scanned.total,
            framing_lines=scanned.blank,
            filtered_lines=good.height - kept.height,
        )

    return read


def _shape(text: pl.Expr) -> list[Check]:
    count = pl.col("fields").list.len()
    is_quoted = text.str.starts_with('"') & text.str.ends_with('"') & (text.str.len_chars() > 1)
    right = "each value must stand in quotes, as FreeSWITCH writes it; was the file saved again by a spreadsheet?"
    return [
        Check(
            "truncated",
            pl.col("is_cut") & (~is_quoted | (count != len(_FIELDS))),
            pl.lit("the file ends in the middle of this line"),
        ),
        Check("quoting", ~is_quoted, pl.lit(right)),
        Check(
            "columns",
            count != len(_FIELDS),
            count.cast(pl.String) + pl.lit(f' fields; this format has {len(_FIELDS)}, parted by ","'),
        ),
    ]


def _with_call(rows: pl.DataFrame, incoming: list[str], own: str) -> pl.DataFrame:
    is_in = pl.col("context").is_in(incoming)
    is_answered = pl.col("answer_stamp") != ""
    ours = pl.when(is_in).then("destination_number").otherwise(own)
    theirs = pl.when(is_in).then("caller_id_number").otherwise("destination_number")
    return rows.with_columns(
        key=pl.col("uuid").str.to_lowercase(),
        service=pl.lit("voice"),
        direction=pl.when(is_in).then(pl.lit("in")).otherwise(pl.lit("out")),
        own_number=canonical(ours),
        other_number=canonical(theirs),
        dialled=theirs,
        is_answered=is_answered,
        time_text=pl.when(is_answered).then("answer_stamp").otherwise("start_stamp"),
        quantity_text="billsec",
        quantity=pl.when(is_answered).then(whole_number(pl.col("billsec"))).otherwise(0),
        country=pl.lit(None, pl.String),
    )


def _value_checks() -> list[Check]:
    uuid, other, billsec, start = (pl.col(name) for name in ("uuid", "bleg_uuid", "billsec", "start_stamp"))
    seconds = whole_number(billsec)
    right = "must be a uuid; columns shifted?"
    return [
        wrong("key", "uuid", uuid, ~uuid.str.contains(_UUID), right),
        wrong("value", "bleg_uuid", other, (other != "") & ~other.str.contains(_UUID), right),
        wrong("time", "start_stamp", start, wall_time(start, _TIME).is_null(), f"must be a time, written {_TIME}"),
        wrong("range", "billsec", billsec, seconds.is_null(), "must be a whole number of seconds"),
        wrong("range", "billsec", billsec, ~pl.col("is_answered") & (seconds > 0), "seconds without an answer_stamp"),
    ]


def _second_legs(calls: pl.DataFrame) -> pl.DataFrame:
    """Return `line_number` of the rows that are the other leg of a call of which the first leg is in the file too.

    The second leg is the row whose uuid another row names as its bleg_uuid. When both name each other, the first leg
    is the one that lasted longest, then the one that began first, then the one with the lower uuid: not the place
    in the file, for either leg may be written first.
    """
    named = calls.select(
        "line_number",
        "key",
        other=pl.col("bleg_uuid").str.to_lowercase(),
        lasted=whole_number(pl.col("duration")).fill_null(0),
        began="start_stamp",
    )
    pairs = named.join(named, left_on="key", right_on="other", suffix="_first").filter(
        pl.col("key") != pl.col("key_first")
    )
    is_mutual = pl.col("other") == pl.col("key_first")
    longer = pl.col("lasted") > pl.col("lasted_first")
    as_long = pl.col("lasted") == pl.col("lasted_first")
    earlier = pl.col("began") < pl.col("began_first")
    as_early = pl.col("began") == pl.col("began_first")
    is_first = longer | (as_long & (earlier | (as_early & (pl.col("key") < pl.col("key_first")))))
    return pairs.filter(~(is_mutual & is_first)).select("line_number").unique()


def _pair() -> pl.Expr:
    """Return the identity of a call of two legs: both uuids in order, so that either leg has the same."""
    other = pl.col("bleg_uuid").str.to_lowercase()
    low, high = pl.min_horizontal("key", other), pl.max_horizontal("key", other)
    return pl.when(other != "").then(pl.concat_str(low, high, separator="+")).otherwise("key")
