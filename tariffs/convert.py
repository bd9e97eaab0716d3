"""Convert a price file of somebody else into a price list, by a mapping: each line is used, left out or refused."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from belnota.errors import Refused, UnableToFinish
from tariffs.checks import row_set_faults
from tariffs.convert_folder import PREFIXES_FILE, SKIPPED_FILE, settings_text, write_folder
from tariffs.convert_join import joined, prefix_table
from tariffs.convert_language import load_mapping, shipped, with_rate
from tariffs.convert_lines import Lines
from tariffs.convert_mapping import DeckMapping, columns_of
from tariffs.convert_source import read_source
from tariffs.convert_texts import (
    in_euros,
    rates_texts,
    translated,
    unexpected,
    with_first_increment,
    with_prefixes,
)
from tariffs.csv_lines import LINE
from tariffs.deck import Deck, DeckRefused, DeckSettings
from tariffs.read import read_values
from tariffs.settings import read_settings

__all__ = ["Conversion", "convert", "shipped"]


@dataclass(frozen=True)
class Conversion:
    """What a file becomes, and what of it is left out.

    texts: the lines of the source (`LINE` and its columns). rates: the rows of rates.csv as texts, with their `LINE`.
    skipped: `LINE`, `reason`, one row a line that is not used, so that lines = used + skipped. prefixes: those of the
    joined table that no line prices by their most exact name (`prefix`, `name`, `priced_as`, null: none does).
    origin: where it comes from, in sentences.
    """

    deck: Mapping[str, Any]
    origin: list[str]
    texts: pl.DataFrame
    rates: pl.DataFrame
    skipped: pl.DataFrame
    prefixes: pl.DataFrame

    @property
    def used(self) -> int:
        return self.rates[LINE].n_unique()

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Return why lines are left out and how many, the most first."""
        counted = self.skipped.group_by("reason").len().sort("len", "reason", descending=[True, False])
        return [(reason, count) for reason, count in counted.iter_rows()]

    def write(self, folder: Path) -> Deck:
        """Write the price list with skipped.csv and prefixes.csv (where they have lines), and return it as checked."""
        settings = settings_text(self.deck, self.rates.height, self.origin)
        told = self.skipped.join(self.texts, on=LINE, how="inner").sort(LINE)
        skipped = told.rename({LINE: "skipped_line", "reason": "skipped_because"})
        lists = {SKIPPED_FILE: skipped, PREFIXES_FILE: self.prefixes}
        return write_folder(folder, settings, self.rates.drop(LINE), lists)


def convert(
    source: Path, mapping: str, prefixes: Path | None = None, rate: str | None = None, name: str | None = None
) -> Conversion:
    """Convert a file by a mapping (its path, or the name of one that is shipped); nothing is written yet.

    `prefixes` is the table that a mapping with [join] needs, `rate` how many euros one unit of the source's currency
    is, `name` the name of the price list. What is wrong with mapping, table or file raises Refused or DeckRefused.
    """
    how = with_rate(load_mapping(mapping), rate)
    _check_use(how, prefixes)
    deck = {**how.deck, "name": name or how.deck["name"]}
    content = _content(source)
    texts = read_source(source, content, how)
    lines = Lines.of(texts, how, str(source))
    lines.refuse(unexpected(lines.rows, how, str(source)))
    lines.rows = rates_texts(translated(lines.rows, how.values), how)
    origin = [f"Made by belnota decks convert from {_told(source, content)}, mapping {how.name}."]
    to_look_at = pl.DataFrame(schema=dict.fromkeys(("prefix", "name", "priced_as"), pl.String))
    if how.join and prefixes:
        table = _content(prefixes)
        to_look_at = joined(lines, how.join, prefix_table(prefixes, table, load_mapping(how.join.table)))
        origin.append(f"Prefixes from {_told(prefixes, table)}, mapping {how.join.table}.")
    else:
        lines.rows = with_prefixes(lines.rows, how)
        lines.refuse_blank_prefixes(how)
    if how.money.rate:
        lines.rows = in_euros(lines.rows, how.money.rate, how.money.rounding)
        origin.append(f"1 {how.money.currency} = {how.money.rate} EUR, prices rounded {how.money.rounding}.")
    lines.rows = with_first_increment(lines.rows)
    lines.leave_out_repeats()
    _check_rates(lines, _settings(deck, how), how)
    accounted = pl.concat([lines.rows[LINE].unique(), lines.skipped[LINE]]).sort()
    if not accounted.equals(texts[LINE]):
        raise UnableToFinish(
            f"{len(accounted)} of the {texts.height} lines of {source} are accounted for: a fault of ours"
        )
    return Conversion(deck, origin, texts, lines.rows, lines.skipped, to_look_at)


def _check_use(mapping: DeckMapping, prefixes: Path | None) -> None:
    money = mapping.money
    if mapping.table:
        raise Refused(
            f"mapping {mapping.name} reads a table of prefixes, which has no prices; "
            "it serves as the --prefixes of a mapping with [join]"
        )
    if mapping.join and prefixes is None:
        raise Refused(
            f"mapping {mapping.name} has names instead of prefixes; "
            f"give the table of prefixes, read by mapping {mapping.join.table}: --prefixes FILE"
        )
    if prefixes is not None and mapping.join is None:
        raise Refused(f"mapping {mapping.name} takes the prefixes from the file itself; leave --prefixes out")
    if money.currency != "EUR" and money.rate is None:
        raise Refused(
            f"the prices of mapping {mapping.name} are in {money.currency}; say how many euros one is, "
            f"such as --exchange-rate 0.8612"
        )


def _settings(deck: Mapping[str, Any], mapping: DeckMapping) -> DeckSettings:
    settings, faults = read_settings(settings_text(deck, 1, []).encode(), mapping.file)
    if faults:
        raise DeckRefused(mapping.name, tuple(fault.of_key("deck") for fault in faults), what="mapping")
    return settings


def _check_rates(lines: Lines, settings: DeckSettings, mapping: DeckMapping) -> None:
    """Read the rows as `decks check` will, so that a fault is told by the line of the source."""
    called = {
        target: f"{' + '.join(columns_of(template))} ({target})" if template != f"{{{target}}}" else target
        for target, template in mapping.columns.items()
    }
    called |= {target: f"[constants] {target}" for target in mapping.constants}
    _, faults = read_values(lines.rows, lines.file, settings, called)
    lines.refuse(faults)
    if lines.rows.is_empty():
        raise Refused(f"no line of {lines.file} can be used: {'; '.join(lines.skipped['reason'].unique().sort())}")
    values, _ = read_values(lines.rows, lines.file, settings, called)
    if faults := row_set_faults(values, settings.rules, lines.file):
        raise DeckRefused(lines.file, tuple(faults), what="file")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refused(f"{path} cannot be read ({error.strerror})") from None


def _told(path: Path, content: bytes) -> str:
    return f"{path.name} (SHA-256 {hashlib.sha256(content).hexdigest()})"
