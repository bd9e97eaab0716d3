"""What one wants to see of a price list, and whether a new version of one can be whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from belnota.errors import Refused
from tariffs.deck import Deck


@dataclass(frozen=True, slots=True)
class DeckSummary:
    """A price list in figures; `free_rows` have neither price nor fee, `valid_from` and `valid_until` may be open."""

    name: str
    rows: int
    prefixes: int
    longest_prefix: int
    destinations: int
    services: str
    bands: str
    valid_from: str
    valid_until: str
    base: str
    rounding: str
    free_rows: int
    information_rows: int


def notes_of(deck: Deck) -> list[str]:
    """Return what is allowed in a price list but seldom meant, one sentence each."""
    rates = deck.rates
    set_key = ["service", "direction", "charge_kind", "origin", "prefix", "valid_from", "valid_until", "band"]
    first = pl.col("connect_fee", "max_charge").sort_by("from_quantity").first().over(set_key).name.suffix("_first")
    later = rates.with_columns(first).filter(pl.col("from_quantity") > 0)
    notes = []
    for name in ("connect_fee", "max_charge"):
        does_nothing = (pl.col(name).fill_null(0) > 0) & pl.col(name).ne_missing(pl.col(f"{name}_first"))
        lines = later.filter(does_nothing)["line"].to_list()
        if lines:
            notes.append(f"{_lines(lines)}: {name} counts only in the row from 0 on; here it does nothing")
    national = rates.filter(pl.col("prefix").str.starts_with("0") & (pl.col("service") != "data"))["line"].to_list()
    if national:
        notes.append(f"{_lines(national)}: the prefix begins with 0; calls have international numbers, 06 is 316")
    return notes


def _lines(lines: list[int]) -> str:
    shown = ", ".join(map(str, sorted(lines)[:5]))
    return f"{'line' if len(lines) == 1 else 'lines'} {shown}{' …' if len(lines) > 5 else ''} of rates.csv"


def summary_of(deck: Deck) -> DeckSummary:
    """Return a price list in figures."""
    rates, rules = deck.rates, deck.settings.rules
    uses = rates.select(use=pl.format("{} {}", "service", "direction")).unique().sort("use")
    figures = rates.select(
        prefixes=pl.col("prefix").n_unique(),
        longest=pl.col("prefix").str.len_bytes().max(),
        destinations=pl.col("destination").n_unique(),
        first=pl.when(pl.col("valid_from").is_null().any()).then(None).otherwise(pl.col("valid_from").min()),
        last=pl.when(pl.col("valid_until").is_null().any()).then(None).otherwise(pl.col("valid_until").max()),
        free=((pl.col("price") == 0) & (pl.col("connect_fee") == 0)).sum(),
        information=(pl.col("charge_kind") == "information").sum(),
    ).row(0, named=True)
    return DeckSummary(
        name=deck.name,
        rows=rates.height,
        prefixes=figures["prefixes"],
        longest_prefix=figures["longest"],
        destinations=figures["destinations"],
        services=", ".join(uses["use"]),
        bands=", ".join(band.name for band in rules.bands) or "*",
        valid_from=str(figures["first"] or "open"),
        valid_until=str(figures["last"] or "open"),
        base=deck.settings.base or "",
        rounding=f"{rules.rounding}, {rules.decimals} decimals",
        free_rows=figures["free"],
        information_rows=figures["information"],
    )


def refuse_half(deck: Deck, rows_before: int | None) -> None:
    """Refuse a new version with over a tenth fewer rows than the one in use (`rows_before`).

    A file that was cut off at the end of a line, here or before it was converted, has no other sign of it.
    """
    rows = deck.rates.height
    if rows_before is not None and 10 * rows < 9 * rows_before:
        raise Refused(
            f"price list {deck.name} has {rows_before:,} rows in use and {rows:,} in this folder, so it may be cut "
            "off; take the whole of it, or say that it is meant: --fewer-rows"
        )


def missing_base(decks: Mapping[str, Deck], name: str) -> str | None:
    """Return the first base of a price list that is not among the decks, if any; bases in a ring raise Refused."""
    seen: list[str] = []
    wanted: str | None = name
    while wanted is not None and wanted in decks:
        if wanted in seen:
            raise Refused(f"the bases of price list {name} go round: {' -> '.join([*seen, wanted])}; take one out")
        seen.append(wanted)
        wanted = decks[wanted].settings.base
    return wanted
