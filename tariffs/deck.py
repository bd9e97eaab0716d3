"""A price list as it was read, and the faults for which one is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from belnota.errors import Refused
from belnota.tables.prices import DeckRules

SETTINGS_FILE: Final = "deck.toml"
RATES_FILE: Final = "rates.csv"
RATES_SCHEMA: Final = pl.Schema(
    {
        "line": pl.Int64,
        **dict.fromkeys(
            ("service", "direction", "charge_kind", "origin", "prefix", "destination", "call_type"), pl.String
        ),
        "band": pl.Int64,
        "band_name": pl.String,
        **dict.fromkeys(("from_quantity", "per", "increment", "minimum", "free_below"), pl.Int64),
        **dict.fromkeys(("price", "connect_fee", "max_charge"), pl.Int64),
        **dict.fromkeys(("valid_from", "valid_until"), pl.Date),
    }
)
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a deck, where it stands, and what would be right."""

    file: str
    line: int | None
    column: str | None
    value: str | None
    right: str

    def of_key(self, table: str) -> Fault:
        """Return the same fault of a settings file that stands as a table in another one."""
        return replace(self, line=None, column=f"[{table}] {self.column}")

    def __str__(self) -> str:
        parts = [self.file]
        if self.line is not None:
            parts.append(f"line {self.line}")
        if self.column is not None:
            parts.append(self.column)
        if self.value is not None:
            shown = self.value if len(self.value) <= 60 else self.value[:60] + "…"
            parts.append(repr(shown))
        return f"{', '.join(parts)}: {self.right}"


class DeckRefused(Refused):
    """A price list (or `what`) with faults; nothing of it is used. `faults` has them all, the message twenty."""

    def __init__(self, name: str, faults: tuple[Fault, ...], what: str = "price list") -> None:
        self.faults = faults
        shown = [f"  {fault}" for fault in faults[:_SHOWN]]
        if len(faults) > _SHOWN:
            shown.append(f"  … and {len(faults) - _SHOWN} more")
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        super().__init__("\n".join([f"the {what} {name} is refused, it has {count}:", *shown]))


@dataclass(frozen=True, slots=True)
class DeckSettings:
    """What deck.toml says; `rows`, when given, is how many rows rates.csv must have."""

    rules: DeckRules
    base: str | None = None
    separator: str = ","
    decimal: str = "."
    rows: int | None = None


@dataclass(frozen=True)
class Deck:
    """A checked price list (rating.md section 1).

    rates has one row per line of rates.csv: line, service, direction, charge_kind, origin, prefix, destination,
    call_type, band (number, `STAR` for `*`), band_name, from_quantity, per, increment, minimum, free_below (units),
    price, connect_fee, max_charge (1e-8 euro; max_charge empty = no cap), valid_from, valid_until (empty = open).
    """

    name: str
    settings: DeckSettings
    rates: pl.DataFrame
    digest: str
