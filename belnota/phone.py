"""Phone numbers in one written form, and what kind of number each one is.

The written form ("canonical") is one of:
    +31201234567   a number as the world writes it (E.164); Dutch short codes too: 112 is +31112
    201            an internal extension of two to four digits
    anonymous      a caller that withheld its number
    ?2323453       anything that cannot be placed, kept as it was dialled so that nothing is lost
Writing short codes behind +31 means that no foreign price (1 = North America) can ever match 112 or 1233.
What was dialled is kept beside it.  Source: requirements R5.3-R5.7, R6.3; shared design rating.md section 4.
"""

from __future__ import annotations

import datetime as dt
import functools
import io
import re
from importlib import resources
from typing import Any, Final

import polars as pl

ANONYMOUS: Final = "anonymous"
UNPLACED: Final = "?"

CALL_TYPES: Final = (
    "internal",
    "received",
    "emergency",
    "freephone",
    "national",
    "mobile",
    "m2m",
    "corporate",
    "service_0900",
    "service_0906",
    "service_0909",
    "information_18xx",
    "international",
    "voicemail",
    "sms",
    "data",
    "roaming_eu",
    "roaming_world",
    "other",
)
SPECIAL_CALL_TYPES: Final = (
    "emergency",
    "freephone",
    "m2m",
    "corporate",
    "service_0900",
    "service_0906",
    "service_0909",
    "information_18xx",
    "voicemail",
)
"""Dutch numbers that an A-Z price for plain `31` must never price: only a row that names the call type may."""

# [0-9], for \d also means the digits of other scripts, which no switch can dial.
_SHORT_CODE = r"(?:112|113|144|116[0-9]{3}|14[0-9]{2,4}|18[0-9]{2}|16[0-9]{2}|12(?:00|33))"
_WITHHELD = ("", "anonymous", "unknown", "private", "restricted", "unavailable", "anoniem", "geheim")


def canonical(dialled: pl.Expr) -> pl.Expr:
    """Return the written form of what was dialled or shown; applying it twice changes nothing.

    `06 12345678`, `0031 (0)6-12345678`, `+31612345678` and `31612345678` all become `+31612345678`.
    Bare digits count as an international number only from ten digits on: a shorter one may be a local number
    without its area code, which must not be mistaken for a foreign one.
    """
    return dialled.map_batches(_canonical_of, return_dtype=pl.String, is_elementwise=True)


def _canonical_of(dialled: pl.Series) -> pl.Series:
    """Write each distinct number once: in a file of calls the same ones come again and again."""
    each = dialled.rename("number").cast(pl.String).to_frame()
    once = each.unique().with_columns(written=_canonical(pl.col("number")))
    if once.height == each.height:
        return each.select(written=_canonical(pl.col("number")))["written"].rename(dialled.name)
    found = each.join(once, on="number", how="left", nulls_equal=True, maintain_order="left")
    return found["written"].rename(dialled.name)


def _canonical(dialled: pl.Expr) -> pl.Expr:
    text = dialled.fill_null("").str.strip_chars()
    # Nearly all numbers are bare digits; only the others take the slow way of replacing.
    is_bare = text.str.contains(r"^\+?[0-9]+$")
    odd = pl.when(~is_bare).then(text).otherwise(pl.lit("0"))
    cleaned = odd.str.replace(r"^(\+31|0031)\s*\(0\)", "${1}").str.replace_all(r"[\s().\-/]", "")
    digits = pl.when(is_bare).then(text).otherwise(cleaned)
    return (
        pl.when(odd.str.to_lowercase().is_in(_WITHHELD))
        .then(pl.lit(ANONYMOUS))
        .when(text.str.starts_with(UNPLACED))
        .then(text)
        .when(digits.str.contains(r"^\+[0-9]{3,20}$"))
        .then(digits)
        .when(digits.str.contains(r"^00[1-9][0-9]{5,18}$"))
        .then(pl.lit("+") + digits.str.slice(2))
        .when(digits.str.contains(r"^0[1-9][0-9]{6,13}$"))
        .then(pl.lit("+31") + digits.str.slice(1))
        .when(digits.str.contains(f"^{_SHORT_CODE}$"))
        .then(pl.lit("+31") + digits)
        .when(digits.str.contains(r"^[0-9]{2,4}$"))
        .then(digits)
        .when(digits.str.contains(r"^[1-9][0-9]{9,14}$"))
        .then(pl.lit("+") + digits)
        .otherwise(pl.lit(UNPLACED) + text)
    )


@functools.cache
def _table(name: str) -> pl.DataFrame:
    text = resources.files("belnota").joinpath("data", name).read_text(encoding="utf-8")
    frame = pl.read_csv(io.StringIO(text), comment_prefix="#", infer_schema=False)
    return frame.with_columns(pl.col("valid_from", "valid_until").str.to_date("%Y-%m-%d"))


def number_plan() -> pl.DataFrame:
    """Return the dated table of Dutch number ranges: prefix, digits, call_type, valid_from, valid_until, source."""
    return _table("number_plan.csv")


def zones() -> pl.DataFrame:
    """Return the dated table of roaming zones: country, zone (nl or eu), valid_from, valid_until, source."""
    return _table("zones.csv")


def _in_force(row: dict[str, dt.date | None], on: pl.Expr) -> pl.Expr:
    started = pl.lit(value=True) if row["valid_from"] is None else on >= row["valid_from"]
    return started if row["valid_until"] is None else started & (on < row["valid_until"])


def kind_of_number(number: pl.Expr, on: pl.Expr) -> pl.Expr:
    """Return the call type of a canonical number on a local date, by the longest range of the Dutch plan.

    Numbers outside +31 are `international`, extensions `internal`, the rest (`?…`, anonymous) `other`.
    """
    rows = number_plan().with_columns(length=pl.col("prefix").str.len_chars()).sort("length", descending=True)
    kind: Any = pl.when(number.str.contains(r"^[0-9]{2,4}$")).then(pl.lit("internal"))
    for row in rows.iter_rows(named=True):
        low, high = (int(part) for part in row["digits"].split("-"))
        size = number.str.len_chars() - 1
        holds = number.str.starts_with("+" + row["prefix"]) & size.is_between(low, high) & _in_force(row, on)
        kind = kind.when(holds).then(pl.lit(row["call_type"]))
    abroad = number.str.starts_with("+") & ~number.str.starts_with("+31")
    result: pl.Expr = kind.when(abroad).then(pl.lit("international")).otherwise(pl.lit("other"))
    return result


def plan_changes() -> list[dt.date]:
    """Return the days on which the Dutch plan changes, in order: between two of them a number keeps its kind."""
    days = number_plan().select(pl.concat_list("valid_from", "valid_until").explode().drop_nulls().unique().sort())
    return days.to_series().to_list()


def zone_of(country: pl.Expr, on: pl.Expr) -> pl.Expr:
    """Return the roaming zone (`nl`, `eu` or `world`) of a lower-case ISO country code on a local date."""
    zone: Any = pl.when(country.is_null() | (country == "nl")).then(pl.lit("nl"))
    for (zone_name, start, end), rows in zones().group_by("zone", "valid_from", "valid_until", maintain_order=True):
        members = rows["country"].to_list()
        holds = country.is_in(members) & _in_force({"valid_from": start, "valid_until": end}, on)
        zone = zone.when(holds).then(pl.lit(zone_name))
    result: pl.Expr = zone.otherwise(pl.lit("world"))
    return result


def call_type(*, service: pl.Expr, direction: pl.Expr, called: pl.Expr, zone: pl.Expr, on: pl.Expr) -> pl.Expr:
    """Return what a call is called on bills, in blocks and in limits.

    Worked rows (service, direction, called, zone -> call type):
        voice  out  +31612345678  nl  -> mobile        voice  in   +31612345678  eu     -> roaming_eu
        sms    out  +31612345678  nl  -> sms           data   out  anonymous     world  -> roaming_world
        voice  out  +319001234    nl  -> service_0900  voice  out  201           nl     -> internal
        voice  in   +31882345678  nl  -> received      voice  in   201           nl     -> internal
    """
    return call_type_of(service=service, direction=direction, kind=kind_of_number(called, on), zone=zone)


def call_type_of(*, service: pl.Expr, direction: pl.Expr, kind: pl.Expr, zone: pl.Expr) -> pl.Expr:
    """Return `call_type` where the kind of the number at the other end (`kind_of_number`) is known."""
    return (
        pl.when(zone == "eu")
        .then(pl.lit("roaming_eu"))
        .when(zone == "world")
        .then(pl.lit("roaming_world"))
        .when(service.is_in(["sms", "data"]))
        .then(service)
        .when((direction == "in") & (kind != "internal"))
        .then(pl.lit("received"))
        .otherwise(kind)
    )


def masked(number: str) -> str:
    """Return a number fit for logs: all but the last three digits hidden."""
    return "*" * max(len(number) - 3, 0) + number[-3:]


def without_numbers(text: str) -> str:
    """Return a sentence fit for logs: every run of seven or more digits in it masked.

    >>> without_numbers("line 1: '0612345678;201' is no header")
    "line 1: '*******678;201' is no header"
    """
    return re.sub(r"\d{7,}", lambda run: masked(run[0]), text)
