"""TAP 3.12, in which foreign networks bill roaming: an event is a call, message or data session (feeds.md 1.5).

Decoded by our own reader of BER; docs/adr/0011-tap-without-a-library.md says why. Charges are the network's, to us:
they are added up only to compare them with what the file says of itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from belnota.errors import Refused
from belnota.phone import canonical
from belnota.settings import Feed
from pipelines.feeds import options
from pipelines.feeds.ber import BerFault
from pipelines.feeds.result import (
    Check,
    FileRefused,
    Reader,
    ReadResult,
    as_records,
    as_rejects,
    judge,
    numbered,
    record_checks,
    wrong,
)
from pipelines.feeds.tap_batch import Batch, audit, read_batch
from pipelines.feeds.values import wall_time

FORMAT: Final = "tap_3_12"
_STAMP: Final = "%Y%m%d%H%M%S"
_SHORTEST_ABROAD: Final = 8
"""Digits from which on a number of TAP has its country code; fewer are a short code of where the caller was."""


def tap(feed: Feed) -> Reader:
    """Return the reader of one feed; Refused when an option is wrong.

    `countries` says where a sender is whose code does not begin with that of a country (ISO 3166, three letters).
    With `sender` all files must be of that one, and their numbers are followed: each once, gaps told.
    """
    options.only(feed, ("countries", "sender"))
    countries = _countries(feed)
    sender = feed.options.get("sender", "")
    if not isinstance(sender, str):
        raise Refused(f"feed {feed.name!r}: option sender = {sender!r} must be a text such as DEUD2")

    def read(content: bytes) -> ReadResult:
        if not content:
            raise FileRefused("empty", "the file is empty; ask for it again")
        try:
            batch = read_batch(content)
        except BerFault as fault:
            raise FileRefused("ber", f"{fault}; ask for the file again") from None
        if sender and batch.sender != sender:
            raise FileRefused("header", f"the file is of {batch.sender}, this feed's files are of {sender}")
        events, odd = judge(_named(batch, _country_of(batch.sender, countries)), _kind_checks())
        calls = events.filter(pl.col("kind") != "supplServiceEvent")
        good, bad = judge(calls, [*_value_checks(), *record_checks("YYYYMMDDHHMMSS with an offset")])
        return ReadResult(
            records=as_records(good.with_columns(key=numbered(pl.col("key")))),
            rejects=as_rejects(odd, bad),
            lines=batch.events.height,
            framing_lines=0,
            filtered_lines=events.height - calls.height,
            sequence=batch.sequence if sender else None,
            note=audit(batch),
        )

    return read


def _countries(feed: Feed) -> Mapping[str, str]:
    value = feed.options.get("countries", {})
    if not isinstance(value, dict) or not all(isinstance(code, str) and len(code) == 2 for code in value.values()):
        raise Refused(f'feed {feed.name!r}: option countries must be like {{ DEUD2 = "de" }}')
    return {str(sender): code.lower() for sender, code in value.items()}


def _country_of(sender: str, countries: Mapping[str, str]) -> str:
    """Return the country of a network, by name or by the first three letters of its code; never by guess."""
    from babel.core import get_global  # noqa: PLC0415 -- a tenth of a second, for roaming files only

    if sender in countries:
        return countries[sender]
    names = get_global("territory_aliases").get(sender[:3], [])
    if len(names) != 1 or len(names[0]) != 2:
        raise FileRefused(
            "value", f'sender {sender!r} names no country; say it in [feed.options] countries = {{ {sender} = "…" }}'
        )
    return str(names[0]).lower()


def _named(batch: Batch, country: str) -> pl.DataFrame:
    """Return the events with the columns of RECORD, time_text, quantity_text and text."""
    is_out = pl.col("kind").is_in(["mobileOriginatedCall", "gprsCall"])
    service = (
        pl.when(pl.col("kind") == "gprsCall")
        .then(pl.lit("data"))
        .when(pl.col("teleservice").str.starts_with("2"))
        .then(pl.lit("sms"))
        .otherwise(pl.lit("voice"))
    )
    own = (
        pl.when(pl.col("msisdn") != "")
        .then("+" + pl.col("msisdn"))
        .when(pl.col("imsi") != "")
        .then("?imsi:" + pl.col("imsi"))
        .otherwise(pl.lit("anonymous"))
    )
    identity = ["kind", "imsi", "msisdn", "stamp", "offset", "other", "reference"]
    return batch.events.with_columns(service=service, country=pl.lit(country)).with_columns(
        key=pl.concat_str([pl.lit(batch.sender), *identity], separator="|"),
        direction=pl.when(is_out).then(pl.lit("out")).otherwise(pl.lit("in")),
        own_number=pl.when((pl.col("msisdn") == "") & (pl.col("imsi") == "")).then(pl.lit("anonymous")).otherwise(own),
        other_number=canonical(_abroad(pl.col("other"))),
        dialled=pl.when(pl.col("dialled") != "").then("dialled").otherwise("other"),
        is_answered=pl.lit(value=True),
        time_text=pl.col("stamp") + " " + pl.col("offset"),
        answered_at=_instant(),
        quantity=_quantity(),
        quantity_text=_quantity_text(),
    )


def _abroad(digits: pl.Expr) -> pl.Expr:
    is_long = digits.str.contains(rf"^[1-9][0-9]{{{_SHORTEST_ABROAD - 1},}}$")
    return pl.when(is_long).then("+" + digits).otherwise(digits)


def _instant() -> pl.Expr:
    """Return the local time minus the offset that stands in the file; null when either is not one."""
    right = pl.when(pl.col("offset").str.contains(r"^[+-](?:0\d|1[0-4])[0-5]\d$")).then("offset")
    minutes = right.str.slice(1, 2).cast(pl.Int64) * 60 + right.str.slice(3, 2).cast(pl.Int64)
    sign = pl.when(right.str.starts_with("-")).then(-1).otherwise(1)
    wall = wall_time(pl.col("stamp"), _STAMP).dt.replace_time_zone("UTC")
    return wall - pl.duration(minutes=minutes * sign)


def _quantity() -> pl.Expr:
    volume = pl.col("incoming") + pl.col("outgoing")
    return (
        pl.when(pl.col("service") == "sms")
        .then(1)
        .when(pl.col("service") == "voice")
        .then("duration")
        .when((pl.col("incoming") >= 0) & (pl.col("outgoing") >= 0))
        .then(volume)
    )


def _quantity_text() -> pl.Expr:
    return pl.when(pl.col("service") == "data").then("volume_text").otherwise("duration_text")


def _kind_checks() -> list[Check]:
    known = ["mobileOriginatedCall", "mobileTerminatedCall", "gprsCall", "supplServiceEvent"]
    kind = pl.col("kind")
    return [wrong("record_type", "event", kind, ~kind.is_in(known), "is a kind of event that is not read here")]


def _value_checks() -> list[Check]:
    up, down = pl.col("outgoing"), pl.col("incoming")
    is_odd = (pl.col("service") == "data") & ((up < 0) | (down < 0) | up.is_null() | down.is_null())
    return [wrong("range", "volume", pl.col("volume_text"), is_odd, "must be bytes from 0, incoming and outgoing")]
