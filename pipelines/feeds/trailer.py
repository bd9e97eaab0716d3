"""The last line of a file that counts the others: its form in plain text, and the check of what it says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import polars as pl

from pipelines.feeds.durations import FORMS, ticks
from pipelines.feeds.result import FileRefused

_PLACE = re.compile(r"\{([a-z]+)(?::([1-9]\d{0,2}))?\}")
_PLACES: Final = {"count": r"\d{1,18}", "sum": r"[\d:.,]{1,30}", "sequence": r"\d{1,18}", "skip": ".*?"}


@dataclass(frozen=True)
class Trailer:
    """A trailer: its form with {count}, {sum}, {sequence} and {skip} (or {count:8}: eight characters wide).

    `column` is what {sum} adds up, written in `form` both in the lines and in the trailer.
    """

    line: str
    column: str = ""
    form: str = "whole"


@dataclass(frozen=True)
class Stated:
    """What a trailer says; None where it does not say it. The sum is in parts, as `durations.ticks` gives them."""

    count: int | None = None
    total: int | None = None
    sequence: int | None = None


def trailer_pattern(line: str) -> str:
    """Return the regular expression of a trailer's form; a ValueError says what is wrong with it."""
    pattern, rest, seen = "", 0, []
    for place in _PLACE.finditer(line):
        name, width = place[1], place[2]
        if name not in _PLACES or (name != "skip" and name in seen):
            known = ", ".join(f"{{{name}}}" for name in _PLACES)
            raise ValueError(f"{place[0]} is unknown or there twice; known are {known}")
        wide = f".{{{width}}}" if width else _PLACES[name]
        pattern += re.escape(line[rest : place.start()]) + (wide if name == "skip" else f"(?P<{name}>{wide})")
        rest = place.end()
        seen.append(name)
    if "{" in _PLACE.sub("", line) or "}" in _PLACE.sub("", line):
        raise ValueError("write places as {count} or {count:8}, with a width in characters")
    if not {"count", "sum"} & set(seen):
        raise ValueError("a trailer names {count} or {sum}, or both")
    return pattern + re.escape(line[rest:])


def stated_in(text: str, trailer: Trailer) -> Stated:
    """Read a trailer line; FileRefused when the line is no trailer or a number in it is none."""
    found = re.fullmatch(trailer_pattern(trailer.line), text)
    if found is None:
        raise FileRefused(
            "truncated", f"the last line must read {trailer.line!r}: the file is not complete; ask for it again"
        )
    said = {name: value.strip(" ") for name, value in found.groupdict().items()}
    for name in ("count", "sequence"):
        if name in said and not (said[name].isascii() and said[name].isdigit()):
            raise FileRefused("trailer", f"the {name} in the last line is not a number")
    total = None
    if "sum" in said:
        total = _ticks(pl.Series([said["sum"]]), trailer)[0]
        if total is None:
            raise FileRefused("trailer", f"the sum in the last line is not written as {trailer.form}")
    count, sequence = (int(said[name]) if name in said else None for name in ("count", "sequence"))
    return Stated(count, total, sequence)


def refuse_other_totals(stated: Stated, trailer: Trailer, *, count: int, values: pl.Series) -> None:
    """Refuse a file whose lines do not add up to its trailer; `values` are the texts of the column that is summed."""
    if stated.count is not None and stated.count != count:
        raise FileRefused("trailer", f"the last line says {stated.count} records, the file holds {count}; {_AGAIN}")
    if stated.total is None:
        return
    found = int(_ticks(values, trailer).cast(pl.Int128).sum() or 0)
    if found != stated.total:
        parts = FORMS[trailer.form].parts
        unit = f" (in parts of 1/{parts})" if parts > 1 else ""
        said = f"the last line says that {trailer.column} adds up to {stated.total}{unit}, the lines hold {found}"
        raise FileRefused("trailer", f"{said}; {_AGAIN}")


_AGAIN: Final = "ask for the file again"


def _ticks(values: pl.Series, trailer: Trailer) -> pl.Series:
    return pl.select(ticks(pl.lit(values), FORMS[trailer.form])).to_series()
