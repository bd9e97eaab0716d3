"""OpenSIPS and Kamailio accounting by db_flatstore: one line per SIP event, of which calls are made (feeds.md 1.8)."""

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
    as_parts,
    as_records,
    as_rejects,
    judge,
    record_checks,
    wrong,
)
from pipelines.feeds.scan import scan
from pipelines.feeds.values import whole_number

FORMAT: Final = "opensips_flatstore"
_FIXED: Final = ("method", "from_tag", "to_tag", "callid", "code", "reason", "epoch")
_NO_CALLS: Final = [
    "ACK", "CANCEL", "INFO", "MESSAGE", "NOTIFY", "OPTIONS", "PRACK", "PUBLISH", "REFER", "REGISTER", "SUBSCRIBE",
    "UPDATE",
]  # fmt: skip
_MOST_COLUMNS: Final = 100
_CHALLENGES: Final = [401, 407]
"""Answers that ask for a password; the request that has it follows."""


def flatstore(feed: Feed) -> Reader:
    """Return the reader of one feed; Refused when an option is unknown or missing.

    An INVITE with a 2xx answer and the BYE of the same dialog are parts of one call, wherever the other one stands.
    The dialog is the Call-ID and both tags in either order, for either side may hang up. An INVITE with another final
    answer is an attempt that nobody answered. Which columns hold the numbers is chosen in the proxy's own settings,
    so it must be told: `caller` and `called`, from 1.
    """
    options.only(feed, ("caller", "called", "own"))
    caller, called = _place(feed, "caller"), _place(feed, "called")
    is_ours_calling = options.choice(feed, "own", ("caller", "called")) == "caller"

    def read(content: bytes) -> ReadResult:
        scanned = scan(content, "utf-8")
        split = with_fields(scanned.lines, delimiter="|", quote="")
        count = _usual(split["columns"], at_least=max(len(_FIXED), caller, called))
        shaped, misshapen = judge(split, shape_checks(pl.col("columns") == count, f"{count} in this file"))
        named = _named(shaped, caller=caller, called=called, is_ours_calling=is_ours_calling)
        events, odd = judge(named, _event_checks())
        ours = events.filter(pl.col("kind") != "none")
        good, bad = judge(ours, record_checks("as whole seconds since 1970"))
        attempts = good.filter(pl.col("kind") == "attempt")
        parts = good.filter(pl.col("kind") != "attempt")
        return ReadResult(
            records=as_records(attempts.with_columns(key=pl.col("key") + "|" + pl.col("code"))),
            parts=as_parts(_as_answer_or_hangup(parts)),
            rejects=as_rejects(scanned.rejects, misshapen, odd, bad),
            lines=scanned.total,
            framing_lines=scanned.blank,
            filtered_lines=events.height - ours.height,
        )

    return read


def _place(feed: Feed, name: str) -> int:
    """Return the position, from 0, of a column that an option names from 1."""
    value = feed.options.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not len(_FIXED) < value <= _MOST_COLUMNS:
        first = len(_FIXED) + 1
        raise Refused(
            f"feed {feed.name!r}: option {name} = {value!r} must be the number of the column that holds the {name} "
            f"number, from {first} (the first {len(_FIXED)} are {', '.join(_FIXED)})"
        )
    return value - 1


def _usual(columns: pl.Series, *, at_least: int) -> int:
    """Return how many columns most lines have: db_flatstore writes the same number in each."""
    return max(at_least, *columns.mode().to_list()) if len(columns) else at_least


def _user(text: pl.Expr) -> pl.Expr:
    """Return the user part of a SIP address; a bare number stays what it is."""
    return text.str.extract(r"^(?:sips?:|tel:)?([^@;]*)").fill_null("")


def _named(lines: pl.DataFrame, *, caller: int, called: int, is_ours_calling: bool) -> pl.DataFrame:
    fixed = {name: field(place, quote="") for place, name in enumerate(_FIXED)}
    own, other = (caller, called) if is_ours_calling else (called, caller)
    named = lines.with_columns(
        **fixed, own_text=_user(field(own, quote="")), other_text=_user(field(other, quote=""))
    ).with_columns(code_number=whole_number(pl.col("code")))
    tags = [pl.min_horizontal("from_tag", "to_tag"), pl.max_horizontal("from_tag", "to_tag")]
    key = pl.concat_str(["callid", *tags], separator="|")
    return named.with_columns(
        kind=_kind(),
        key=pl.when((pl.col("callid") != "") & (pl.col("from_tag") != "")).then(key).otherwise(pl.lit("")),
    ).with_columns(
        service=pl.lit("voice"),
        direction=pl.lit("out" if is_ours_calling else "in"),
        # only what starts a call says whose it is
        own_number=pl.when(pl.col("kind") == "hangup").then(pl.lit("")).otherwise(canonical(pl.col("own_text"))),
        other_number=canonical(pl.col("other_text")),
        dialled="other_text",
        is_answered=pl.lit(value=False),
        time_text="epoch",
        answered_at=_instant(pl.col("epoch")),
        quantity=pl.lit(0, pl.Int64),
        quantity_text=pl.lit("0"),
        country=pl.lit(None, pl.String),
    )


def _instant(epoch: pl.Expr) -> pl.Expr:
    seconds = whole_number(pl.when(epoch.str.len_bytes() == 10).then(epoch))  # from 2001 on; no overflow
    return pl.from_epoch(seconds, time_unit="s").dt.cast_time_unit("us").dt.replace_time_zone("UTC")


def _kind() -> pl.Expr:
    """Return answer, hangup, attempt or none (no call); null for what SIP does not have."""
    code = pl.col("code_number")
    is_final = code.is_between(200, 699)
    is_invite, is_bye = pl.col("method") == "INVITE", pl.col("method") == "BYE"
    return (
        pl.when(pl.col("method").is_in(_NO_CALLS) | ((is_invite | is_bye) & code.is_between(100, 199)))
        .then(pl.lit("none"))
        .when((is_invite | is_bye) & code.is_in(_CHALLENGES))
        .then(pl.lit("none"))
        .when(is_bye & is_final)
        .then(pl.lit("hangup"))
        .when(is_invite & code.is_between(200, 299))
        .then(pl.lit("answer"))
        .when(is_invite & is_final)
        .then(pl.lit("attempt"))
    )


def _event_checks() -> list[Check]:
    method, code = pl.col("method"), pl.col("code")
    known = method.is_in(["INVITE", "BYE", *_NO_CALLS])
    return [
        wrong("value", "method", method, ~known, "is no SIP method"),
        wrong("value", "code", code, pl.col("kind").is_null(), "must be a SIP answer from 100 to 699"),
    ]


def _as_answer_or_hangup(parts: pl.DataFrame) -> pl.DataFrame:
    def said(name: str) -> pl.Expr:
        return pl.when(pl.col("kind") == "answer").then(pl.col(name)).alias(name)

    return parts.with_columns(
        *(said(name) for name in ("service", "direction", "own_number", "other_number", "dialled")),
        role="kind",
        part_key=pl.col("kind") + "|" + pl.col("epoch"),
        happened_at="answered_at",
        quantity=pl.lit(None, pl.Int64),
    )
