"""Texts to times and numbers, strictly: what is not exactly right becomes null, for the caller to reject."""

from __future__ import annotations

import re
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from belnota.errors import Refused
from belnota.money import RoundingMode, rounded
from belnota.periods import AmbiguousTime, to_utc

_DIRECTIVES: Final = {
    "%Y": r"\d{4}",
    "%m": r"(?:0[1-9]|1[0-2])",
    "%d": r"(?:0[1-9]|[12]\d|3[01])",
    "%H": r"(?:[01]\d|2[0-3])",
    "%M": r"[0-5]\d",
    "%S": r"[0-5]\d",
    "%.f": r"(?:\.\d{1,9})?",
}


def time_pattern(form: str) -> str:
    """Return the regular expression of a time format; an unknown or missing directive is a ValueError.

    Known are %Y %m %d %H %M %S and %.f (an optional fraction of a second), all but the last one needed.
    """
    missing = [code for code in _DIRECTIVES if code != "%.f" and form.count(code) != 1]
    pieces = re.split(r"(%\.f|%.?)", form)
    unknown = [piece for piece in pieces if piece.startswith("%") and piece not in _DIRECTIVES]
    if missing or unknown:
        raise ValueError(f"time format {form!r}: use each of {' '.join(_DIRECTIVES)} once (%.f may be left out)")
    return "".join(_DIRECTIVES.get(piece, re.escape(piece)) for piece in pieces)


def wall_time(text: pl.Expr, form: str) -> pl.Expr:
    """Return naive times (microseconds); null for 2026-02-30, 24:00, a 61st second and anything not in the format."""
    kept = pl.when(text.str.contains(f"^{time_pattern(form)}$")).then(text)
    return kept.str.to_datetime(form, time_unit="us", strict=False)


def instant(text: pl.Expr, form: str, *, zone: str, ambiguous: AmbiguousTime) -> pl.Expr:
    """Return instants (UTC); null where `wall_time` is, and for a time that the zone skips in March."""
    return to_utc(wall_time(text, form), zone=zone, ambiguous=ambiguous)


def whole_number(text: pl.Expr) -> pl.Expr:
    """Return Int64; null for signs, points, exponents, words and more than 18 digits."""
    return pl.when(text.str.contains(r"^\d{1,18}$")).then(text).str.to_integer(strict=False, dtype=pl.Int64)


def seconds(ticks: pl.Expr, per_second: int, mode: RoundingMode) -> pl.Expr:
    """Return whole seconds of a finer duration, rounded the one way that money is."""
    return rounded(ticks, pl.lit(per_second), mode)


def known_zone(zone: str, where: str) -> str:
    """Return the name of a time zone; Refused when there is none of that name."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refused(f"{where}: timezone {zone!r} is unknown; write one such as Europe/Amsterdam or UTC") from None
    return zone
