"""What a mapping says, in values: how the columns of somebody's file become calls. docs/feeds.md is its manual."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from belnota.money import RoundingMode
from pipelines.feeds.mapping_session import Session
from pipelines.feeds.trailer import Trailer

EPOCHS = {"epoch": 1_000_000, "epoch_milliseconds": 1_000}
"""Time formats that are no calendar: microseconds per unit since 1970."""


@dataclass(frozen=True)
class Layout:
    """How lines become columns: delimited with a header, delimited with a list of names, or fixed columns.

    `names` are the columns of a file without a header; `spans` are fixed columns [from, to), from 0.
    """

    delimiter: str = ","
    quote: str = '"'
    is_tolerant: bool = False
    encoding: str = "utf-8"
    names: tuple[str, ...] = ()
    spans: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    width: int = 0
    skip_lines: int = 0
    rows_after_header: int = 0
    framing: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    trims: bool = False
    trailer: Trailer | None = None


@dataclass(frozen=True)
class Choice:
    """One value for all rows, or a column whose words are translated; `otherwise` is for words that are not listed.

    Without `otherwise` such a word is a fault of the row.
    """

    value: str = ""
    column: str = ""
    values: Mapping[str, str] | None = None
    otherwise: str | None = None


@dataclass(frozen=True)
class Time:
    """When a call was answered: columns joined by a space; `if_empty` (as many columns) where they hold nothing.

    The zone is one for the file, or stands in a column, or is an offset in the text (`has_offset`).
    """

    columns: tuple[str, ...]
    format: str
    timezone: str
    zone_column: str = ""
    if_empty: tuple[str, ...] = ()
    has_offset: bool = False


@dataclass(frozen=True)
class Quantity:
    """A constant, the sum of columns (one is a sum too), or the time from one column to another.

    Columns are written in `form`, times `times`; parts of a whole are rounded by `rounding`.
    """

    value: int | None = None
    columns: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    end: tuple[str, ...] = ()
    form: str = "whole"
    times: int = 1
    rounding: RoundingMode = "up"


@dataclass(frozen=True)
class Rewrite:
    """A rule for a dialled number: where it begins so (and has so many characters), the beginning becomes another."""

    begins: str
    becomes: str
    length: int | None = None


@dataclass(frozen=True)
class Number:
    """A telephone number: a constant, one column, or one column per direction; cut out and rewritten if asked."""

    value: str = ""
    column: str = ""
    by_direction: Mapping[str, str] = field(default_factory=dict)
    after: str = ""
    until: str = ""
    rewrite: tuple[Rewrite, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.by_direction.values()) or (self.column,)


@dataclass(frozen=True)
class Filter:
    """Rows by one column: its word is one of these, or begins with one of those, or is empty."""

    words: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()


@dataclass(frozen=True)
class FeedMapping:
    """How one layout is read; see docs/feeds.md."""

    layout: Layout
    key: tuple[str, ...]
    key_is_unique: bool
    time: Time
    direction: Choice
    service: Choice
    quantity: Mapping[str, Quantity]
    own: Number
    other: Number
    answered: Choice
    answered_filled: tuple[str, ...]
    country: Choice
    leave_out: Mapping[str, Filter]
    keep: Mapping[str, Filter]
    expect: Mapping[str, str]
    session: Session | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the file must have, each once."""
        sums = [column for q in self.quantity.values() for column in (*q.columns, *q.start, *q.end)]
        choices = [self.direction.column, self.service.column, self.answered.column, self.country.column]
        times = [*self.time.columns, *self.time.if_empty, self.time.zone_column, *self.answered_filled]
        totals = [self.layout.trailer.column] if self.layout.trailer else []
        times += self.session.columns if self.session else ()
        names = [*self.key, *times, *choices, *sums, *self.own.columns, *self.other.columns, *totals]
        return tuple(dict.fromkeys(name for name in [*names, *self.leave_out, *self.keep, *self.expect] if name))
