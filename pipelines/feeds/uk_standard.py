"""UK Standard CDR v3 (FCS; Gamma's files too): 42 columns by name, voice, SMS and data in one file, local time.

Sources: shared design, feeds.md 1.4. The words of Call Type: V (voice) and Z (zero rated voice) are what Asterisell's
importer of Gamma's files says of them; its author could not say what the third word he met, G, is. The text of the
standard (FCS, version 3.0 of July 2015) could not be read, so no word is taken for messages or data by guess.
"""

from __future__ import annotations

import re
from typing import Final

import polars as pl

from belnota.errors import Refused
from belnota.phone import canonical
from belnota.settings import Feed
from pipelines.feeds import options
from pipelines.feeds.fields import field, shape_checks, with_fields
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
from pipelines.feeds.scan import Scanned, scan
from pipelines.feeds.values import instant, known_zone, whole_number

FORMAT: Final = "uk_standard_cdr_v3"
_QUOTE = '"'
_TIME = "%d/%m/%Y %H:%M:%S"
_COLUMNS: Final = {
    "call_kind": ("Call Type",),
    "customer": ("Customer Identifier",),
    "called": ("Telephone Number Dialled", "Non-Charged Party"),
    "date": ("Call Date",),
    "time": ("Call Time",),
    "duration": ("Duration",),
    "sent": ("Bytes Transmitted",),
    "received": ("Bytes Received",),
    "total": ("Total Bytes Transferred",),
    "price": ("Salesprice",),
    "price_before_bundle": ("Salesprice (pre-bundle)",),
    "access_charge": ("NGCS Access Charge",),
    "service_charge": ("NGCS Service Charge",),
    "country_text": ("Country of Origin",),
    "record_id": ("RecordID",),
}
"""The columns that are read, by the names of the standard and of Gamma; case, blanks and signs do not matter."""
_MONEY = ("price", "price_before_bundle", "access_charge", "service_charge")
_WIDTH = 42
_KINDS: Final[dict[str, list[str]]] = {"voice": ["V", "Z"], "sms": [], "data": [], "received": []}


def uk_standard(feed: Feed) -> Reader:
    """Return the reader of one UK Standard feed; Refused when an option is wrong.

    Options: `voice`, `sms`, `data`, `received` (lists of Call Type words; voice: V and Z by default, the others none: a
    word that nobody named is rejected, never guessed; received ones are voice), `leave_out` (words that are no calls:
    filtered), `country` (`read` or `ignore` Country of Origin).

    Each line is a charged call, so it is answered. Voice lasts Duration seconds, an SMS is one message, data is Total
    Bytes Transferred, which must be the sum of the two other columns where all are filled. The prices, the bundle
    and the two parts of an NGCS charge are the supplier's: prices must be decimal numbers, but none is billed.
    """
    options.only(feed, (*_KINDS, "leave_out", "country"))
    words = _words(feed)
    leave_out = options.words(feed, "leave_out")
    has_country = options.choice(feed, "country", ("read", "ignore")) == "read"
    zone = known_zone(feed.timezone, f"feed {feed.name!r}")

    def read(content: bytes) -> ReadResult:
        scanned = scan(content, "utf-8")
        header, places, count = _header(scanned)
        body = scanned.lines.filter(pl.col("text") != header)
        split = with_fields(body, delimiter=",", quote=_QUOTE)
        shaped, misshapen = judge(split, shape_checks(pl.col("columns") == count, f"{count} in its header"))
        named = shaped.with_columns(**{name: field(place, quote=_QUOTE) for name, place in places.items()})
        wanted = named.filter(~pl.col("call_kind").is_in(leave_out))
        calls = _with_call(wanted, words, has_country=has_country).with_columns(
            answered_at=instant(pl.col("time_text"), _TIME, zone=zone, ambiguous=feed.ambiguous)
        )
        good, bad = judge(calls, [*_value_checks(), *record_checks(_TIME)])
        key = pl.when(pl.col("record_id") != "").then("record_id").otherwise(numbered(pl.col("key")))
        return ReadResult(
            records=as_records(good.with_columns(key=key)),
            rejects=as_rejects(scanned.rejects, misshapen, bad),
            lines=scanned.total,
            framing_lines=scanned.blank + scanned.lines.height - body.height,
            filtered_lines=named.height - wanted.height,
        )

    return read


def _words(feed: Feed) -> dict[str, str]:
    """Return the kind (voice, sms, data, received) of each Call Type word; Refused when a word has two."""
    words: dict[str, str] = {}
    for kind, usual in _KINDS.items():
        for word in options.words(feed, kind) if kind in feed.options else usual:
            if word in words:
                raise Refused(f"feed {feed.name!r}: Call Type {word!r} is both {words[word]} and {kind}")
            words[word] = kind
    return words


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _header(scanned: Scanned) -> tuple[str, dict[str, int], int]:
    """Return the header line, the place of each column that is read, and the number of columns."""
    split = with_fields(scanned.lines.head(1), delimiter=",", quote=_QUOTE)
    count = int(split["columns"][0]) if split.height else 0
    names = [_bare(str(split.select(field(place, quote=_QUOTE)).item())) for place in range(count)]
    places = {
        column: [place for place, name in enumerate(names) if name in {_bare(known) for known in known_as}]
        for column, known_as in _COLUMNS.items()
    }
    missing = [_COLUMNS[column][0] for column, found in places.items() if not found]
    if missing or count < _WIDTH:
        lacks = f"; missing are {', '.join(missing)}" if missing else ""
        raise FileRefused(
            "header",
            f"line 1 must be the header of {_WIDTH} columns of UK Standard CDR v3 (calls, not charges); it has "
            f"{count}{lacks}",
        )
    twice = [_COLUMNS[column][0] for column, found in places.items() if len(found) > 1]
    if twice:
        raise FileRefused("header", f"the header has {', '.join(twice)} more than once")
    return str(split["text"][0]), {column: found[0] for column, found in places.items()}, count


def _with_call(rows: pl.DataFrame, words: dict[str, str], *, has_country: bool) -> pl.DataFrame:
    kind = pl.col("call_kind").replace_strict(words, default=None, return_dtype=pl.String)
    is_in = (kind == "received").fill_null(value=False)
    service = pl.when(is_in).then(pl.lit("voice")).otherwise(kind)
    parts = whole_number(pl.col("sent")) + whole_number(pl.col("received"))
    total = whole_number(pl.col("total"))
    country = pl.col("country_text").str.to_lowercase() if has_country else pl.lit("")
    said = ("call_kind", "customer", "called", "date", "time", "duration", "sent", "received", "total")
    volume = pl.when(pl.col("total") != "").then(total).otherwise(parts)
    return rows.with_columns(
        key=pl.concat_str(said, separator="|"),
        service=service,
        direction=pl.when(is_in).then(pl.lit("in")).otherwise(pl.lit("out")),
        own_number=canonical(pl.col("customer")),
        other_number=canonical(pl.col("called")),
        dialled="called",
        is_answered=pl.lit(value=True),
        time_text=pl.concat_str("date", "time", separator=" "),
        contradicts=((service == "data") & (pl.col("total") != "") & (parts != total)).fill_null(value=False),
        quantity_text=pl.when(service == "data")
        .then(pl.concat_str("sent", pl.lit(" + "), "received", pl.lit(" = "), "total"))
        .when(service == "sms")
        .then(pl.lit("1"))
        .otherwise("duration"),
        quantity=pl.when(service == "data")
        .then(volume)
        .when(service == "sms")
        .then(1)
        .otherwise(whole_number(pl.col("duration"))),
        country=pl.when(country != "").then(country),
    )


def _value_checks() -> list[Check]:
    kind, country = pl.col("call_kind"), pl.col("country")
    known = "is no Call Type of this feed: put it in one of the options voice, sms, data, received or leave_out"
    odd = country.is_not_null() & ~country.str.contains("^[a-z]{2}$")
    iso = 'must be an ISO code of two letters; if the supplier writes something else, set country = "ignore"'
    total = "is not the sum of the bytes that were transmitted and received"
    return [
        wrong("value", "Call Type", kind, pl.col("service").is_null(), known),
        wrong("value", "Country of Origin", pl.col("country_text"), odd, iso),
        wrong("range", "Total Bytes Transferred", pl.col("quantity_text"), pl.col("contradicts"), total),
        *(
            wrong(
                "value",
                _COLUMNS[name][0],
                pl.col(name),
                ~pl.col(name).str.contains(r"^(?:-?\d+(?:\.\d+)?)?$"),
                "must be a decimal number or empty; columns shifted?",
            )
            for name in _MONEY
        ),
    ]
