"""Texts to times and numbers, strictly: what is not exactly right becomes null, for the caller to reject."""

from __future__ import annotations

import re
from typing import Final

import polars as pl

from belnota.errors import Refused
from belnota.money import RoundingMode, rounded
from belnota.periods import AmbiguousTime, to_utc
from belnota.zones import is_zone

_DIRECTIVES: Final = {
    "%Y": r"\d{4}",
    "%y": r"\d{2}",
    "%m": r"(?:0[1-9]|1[0-2])",
    "%-m": r"(?:0?[1-9]|1[0-2])",
    "%d": r"(?:0[1-9]|[12]\d|3[01])",
    "%-d": r"(?:0?[1-9]|[12]\d|3[01])",
    "%H": r"(?:[01]\d|2[0-3])",
    "%-H": r"(?:[01]?\d|2[0-3])",
    "%I": r"(?:0[1-9]|1[0-2])",
    "%-I": r"(?:0?[1-9]|1[0-2])",
    "%p": r"(?:AM|PM|am|pm)",
    "%M": r"[0-5]\d",
    "%S": r"[0-5]\d",
    "%.f": r"(?:\.\d{1,9})?",
}
_NEEDED: Final = (("%Y", "%y"), ("%m", "%-m"), ("%d", "%-d"), ("%H", "%-H", "%I", "%-I"), ("%M",), ("%S",))
_TWELVE: Final = {"%I", "%-I"}  # these go with %p, the others without


def time_pattern(form: str) -> str:
    """Return the regular expression of a time format; an unknown or missing directive is a ValueError.

    Known are %Y %m %d %H %M %S, each needed once, and %.f (an optional fraction of a second). %-m, %-d and %-H
    also take one digit, %y is a year of this century in two digits, %I (or %-I) with %p counts hours to twelve.
    """
    pieces = re.split(r"(%\.f|%-?.?)", form)
    codes = [piece for piece in pieces if piece.startswith("%")]
    known = [code for code in codes if code in _DIRECTIVES]
    each_once = all(sum(known.count(code) for code in choices) == 1 for choices in _NEEDED)
    halves = known.count("%p") == len(_TWELVE & set(known))
    if len(known) < len(codes) or not each_once or not halves or known.count("%.f") > 1:
        raise ValueError(
            f"time format {form!r}: use each of %Y %m %d %H %M %S once, and %.f for an optional fraction; "
            "without leading zeros %-m %-d %-H; of two digits %y; AM and PM %I (or %-I) and %p"
        )
    return "".join(_DIRECTIVES.get(piece, re.escape(piece)) for piece in pieces)


def wall_time(text: pl.Expr, form: str) -> pl.Expr:
    """Return naive times (microseconds); null for 2026-02-30, 24:00, a 61st second and anything not in the format."""
    kept: pl.Expr = pl.when(text.str.contains(f"^{time_pattern(form)}$")).then(text)
    if "%y" in form:  # two digits are of this century, so no year can be guessed to lie in the last one
        kept = kept.str.replace(_before_year(form), "${1}20${2}")
        form = form.replace("%y", "%Y")
    return kept.str.to_datetime(form.replace("%-", "%"), time_unit="us", strict=False)


def _before_year(form: str) -> str:
    pieces = re.split(r"(%\.f|%-?.?)", form.partition("%y")[0])
    before = "".join(_DIRECTIVES.get(piece, re.escape(piece)) for piece in pieces)
    return rf"^({before})(\d{{2}})"


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
    if not is_zone(zone):
        raise Refused(f"{where}: timezone {zone!r} is unknown; write one such as Europe/Amsterdam or UTC")
    return zone
