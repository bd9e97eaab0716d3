"""What a mapping says: how a price file of somebody else becomes a price list (docs/price-lists.md, "Converting")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from belnota.money import RoundingMode
from tariffs.columns import COLUMNS
from tariffs.csv_lines import CsvStyle

FIRST_INCREMENT: Final = "first_increment"
"""A target beside the columns of rates.csv: where it differs from `increment`, the price becomes two rows."""
TARGETS: Final = (*(column.name for column in COLUMNS), FIRST_INCREMENT)
_PLACE: Final = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Skip:
    """Lines to leave out: those whose `column` is one of `texts` (or, not `when_listed`, is none of them)."""

    column: str
    texts: tuple[str, ...]
    when_listed: bool
    because: str


@dataclass(frozen=True, slots=True)
class Money:
    """What the amounts of the source are in, how many euros one of it is (decimal text), and how that is rounded."""

    currency: str = "EUR"
    rate: str | None = None
    rounding: RoundingMode = "half_up"


@dataclass(frozen=True, slots=True)
class Join:
    """The source has names, a second file has their prefixes: its mapping, the name here, and names that differ."""

    table: str
    name: str
    unmatched: Literal["refuse", "skip"]
    same: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Names:
    """The source is a table of prefixes: templates of the prefix and of its names, the most exact first."""

    prefix: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeckMapping:
    """A mapping as it was read; a template is text with `{column}` for each column of the source that it uses."""

    name: str
    file: str
    style: CsvStyle = field(default_factory=CsvStyle)
    decimal: str = "."
    header: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    unusable: Literal["refuse", "skip"] = "refuse"
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    expect: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    skip: tuple[Skip, ...] = ()
    drop_before_prefix: tuple[str, ...] = ()
    add_before_prefix: str = ""
    split_prefix: str = ""
    money: Money = field(default_factory=Money)
    join: Join | None = None
    table: Names | None = None
    deck: Mapping[str, Any] = field(default_factory=dict)

    @property
    def used(self) -> frozenset[str]:
        """Return the columns of the source that the mapping uses."""
        templates = [*self.columns.values()]
        templates += [self.join.name] if self.join else []
        templates += [self.table.prefix, *self.table.names] if self.table else []
        named = {column for template in templates for column in columns_of(template)}
        return frozenset(named | {*self.values, *self.expect} | {rule.column for rule in self.skip})


def columns_of(template: str) -> list[str]:
    """Return the columns in a template, in order.

    >>> columns_of("{country}, {line} {operator}")
    ['country', 'line', 'operator']
    """
    return _PLACE.findall(template)


def template_of(text: str) -> str:
    """Return the template of what a person wrote: the bare name of a column is a template too.

    >>> template_of("code"), template_of("{country} {city}")
    ('{code}', '{country} {city}')
    """
    return text if _PLACE.search(text) else f"{{{text}}}"
