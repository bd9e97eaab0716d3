"""What the manual of the rating rules is made of: chapters of cases, written as small tables.

A table is text: one row a line, cells between `|`, the header first. In a table of calls the columns before `→` go in,
those after it must come out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

ARROW = "→"
Row = dict[str, str]


@dataclass(frozen=True)
class Table:
    """A text table, cut into cells."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, text: str) -> Table:
        header, *rows = ([cell.strip() for cell in line.split("|")] for line in text.strip().splitlines())
        for row in rows:
            assert len(row) == len(header), f"{len(row)} cells under {len(header)} columns: {row}"
        return cls(tuple(header), tuple(map(tuple, rows)))

    def dicts(self) -> list[Row]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def cut(self) -> tuple[list[Row], list[Row]]:
        """Return what goes in and what must come out."""
        at = self.columns.index(ARROW)
        inputs = [dict(zip(self.columns[:at], row[:at], strict=True)) for row in self.rows]
        outputs = [dict(zip(self.columns[at + 1 :], row[at + 1 :], strict=True)) for row in self.rows]
        return inputs, outputs


@dataclass(frozen=True)
class Deck:
    """A price list: the table of rates.csv, and deck.toml without its name."""

    rates: str
    settings: str = ""
    name: str = "retail"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One example, rated by `belnota rate`.

    because: by call id (or several: `a, b`) the arithmetic in words; sums between backticks are checked too.
    variants: by column of what must come out (each a charge) the settings of the price list that give it.
    """

    title: str
    text: str = ""
    deck: Deck
    bases: Sequence[Deck] = ()
    bundles: str = ""
    calls: str
    because: Mapping[str, str] = field(default_factory=dict)
    variants: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class MonthCase(Case):
    """One example of whole months, from raw files to rated calls: what a single file cannot show.

    Calls whose `arrives` says `late` come after the month `closed` was closed; those with something under `finance` are
    written off.
    """

    subscriptions: str = ""
    closed: str = ""


@dataclass(frozen=True)
class Chapter:
    """One rule."""

    title: str
    text: str
    cases: Sequence[Case]
