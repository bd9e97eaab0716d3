"""What differs between two price lists: settings, and rows that are new, gone, or have other terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from belnota.tables.prices import Band
from tariffs.deck import Deck, DeckSettings
from tariffs.settings import HOLIDAY, WEEKDAYS

KEY: Final = ("service", "direction", "charge_kind", "origin", "prefix", "band_name", "from_quantity")
"""What makes two rows the same price of two price lists, apart from their validity."""
TERMS: Final = (
    "price", "per", "connect_fee", "increment", "minimum", "free_below", "max_charge", "destination", "call_type",
    "valid_from", "valid_until",
)  # fmt: skip
"""What may differ between two rows of one KEY."""
_PERCENT_OF: Final = 10_000
_MOST_CHANGE: Final = 10**15


@dataclass(frozen=True)
class DeckDiff:
    """The differences of two price lists, `before` and `after`.

    settings: (what, before, after). added, removed: rows (Deck.rates). changed: the columns of KEY, of TERMS as `X`
    before and `X_after`, line and line_after, differs (the terms that differ), change (of the price of a unit, in
    hundredths of a percent; empty when that did not change, or was 0). same: rows without a difference.
    """

    settings: tuple[tuple[str, str, str], ...]
    added: pl.DataFrame
    removed: pl.DataFrame
    changed: pl.DataFrame
    same: int

    @property
    def dearer(self) -> pl.DataFrame:
        """Changed rows with a dearer unit, the biggest rise first; from nothing to something is the biggest."""
        rises = self.changed.filter(_unit_after() > _unit())
        return rises.sort("change", *KEY, descending=[True, *[False] * len(KEY)], nulls_last=False)

    @property
    def cheaper(self) -> pl.DataFrame:
        """Changed rows with a cheaper unit, the biggest fall first."""
        return self.changed.filter(_unit_after() < _unit()).sort("change", *KEY)

    @property
    def is_empty(self) -> bool:
        return not (self.settings or self.added.height or self.removed.height or self.changed.height)


def diff(before: Deck, after: Deck) -> DeckDiff:
    """Compare two price lists; rows with the same key and first day are the same price.

    What is left of a key when its first days differ is paired when there is one row on each side: then the
    validity changed.
    """
    old, new = before.rates, after.rates
    exact = _paired(old, new, [*KEY, "valid_from"])
    left_old = old.filter(~pl.col("line").is_in(exact["line"].implode()))
    left_new = new.filter(~pl.col("line").is_in(exact["line_after"].implode()))
    moved = _paired(_single(left_old), _single(left_new), list(KEY))
    pairs = pl.concat([exact, moved])
    compared = pairs.with_columns(differs=_differs()).sort(*KEY, "valid_from")
    changed = compared.filter(pl.col("differs").list.len() > 0).with_columns(change=_change())
    return DeckDiff(
        settings=_settings(before.settings, after.settings),
        added=left_new.filter(~pl.col("line").is_in(moved["line_after"].implode())).sort(*KEY, "valid_from"),
        removed=left_old.filter(~pl.col("line").is_in(moved["line"].implode())).sort(*KEY, "valid_from"),
        changed=changed,
        same=compared.height - changed.height,
    )


def _paired(old: pl.DataFrame, new: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Return pairs of rows of one key, with the terms of both."""
    terms = ["line", *TERMS]
    there = new.select(*key, *(pl.col(name).alias(f"{name}_after") for name in terms))
    found = old.join(there, on=key, how="inner", nulls_equal=True)
    return found.select(*KEY, *terms, *(f"{name}_after" for name in terms))


def _single(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.len().over(KEY) == 1)


def _differs() -> pl.Expr:
    names = [pl.when(pl.col(name).ne_missing(pl.col(f"{name}_after"))).then(pl.lit(name)) for name in TERMS]
    return pl.concat_list(names).list.drop_nulls()


def _unit() -> pl.Expr:
    """Return the price of a unit before, times both `per`, so that it can be compared as a whole number."""
    return pl.col("price").cast(pl.Int128) * pl.col("per_after")


def _unit_after() -> pl.Expr:
    return pl.col("price_after").cast(pl.Int128) * pl.col("per")


def _change() -> pl.Expr:
    rise = (_unit_after() - _unit()) * _PERCENT_OF
    size = ((rise.abs() + _unit() // 2) // _unit()).clip(0, _MOST_CHANGE).cast(pl.Int64)
    has_changed = (_unit() != 0) & (rise != 0)
    return pl.when(has_changed & (rise < 0)).then(-size).when(has_changed).then(size)


def _settings(before: DeckSettings, after: DeckSettings) -> tuple[tuple[str, str, str], ...]:
    old, new = _told(before), _told(after)
    names = [*old, *(name for name in new if name not in old)]
    pairs = ((name, old.get(name, "none"), new.get(name, "none")) for name in names)
    return tuple(pair for pair in pairs if pair[1] != pair[2])


def _told(settings: DeckSettings) -> dict[str, str]:
    """Return what deck.toml says about prices, in the words of deck.toml; how rates.csv is written is no price."""
    rules = settings.rules
    told = {
        "name": rules.name,
        "base": settings.base or "none",
        "timezone": rules.timezone,
        "band_rule": rules.band_rule,
        "rounding": f"{rules.rounding}, {rules.decimals} decimals",
        "holidays": ", ".join(map(str, rules.holidays)) or "none",
        "order of bands": ", ".join(band.name for band in rules.bands) or "none",
    }
    return told | {f"band {band.name}": _band(band) for band in rules.bands}


def _band(band: Band) -> str:
    days = [WEEKDAYS[number - 1] for number in band.weekdays] + [HOLIDAY] * band.on_holidays
    hours = f"{_clock(band.from_minute)}-{_clock(band.until_minute)}"
    return f"{_days(days)} {hours}{', except holidays' if band.except_holidays else ''}"


def _days(days: Sequence[str]) -> str:
    return "every day" if list(days) == list(WEEKDAYS) else " ".join(days)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
