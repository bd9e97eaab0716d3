"""Read a price list folder: deck.toml and rates.csv, refused whole with every fault named."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import polars as pl

from belnota.errors import Refused
from belnota.tables.prices import ANY, STAR
from tariffs.checks import row_set_faults
from tariffs.columns import AMOUNTS, COLUMNS, Column, typed, with_values
from tariffs.csv_lines import LINE, CsvStyle, cut
from tariffs.deck import RATES_FILE, RATES_SCHEMA, SETTINGS_FILE, Deck, DeckRefused, DeckSettings, Fault
from tariffs.settings import SEPARATORS, read_settings

_NAMES: Final = tuple(column.name for column in COLUMNS)
_NOTHING: Final = pl.DataFrame()


def read_deck(folder: Path) -> Deck:
    """Read and check a price list; a deck with any fault raises DeckRefused with all of them."""
    if not folder.is_dir():
        raise Refused(f"{folder} is not a folder; name the folder with {SETTINGS_FILE} and {RATES_FILE}")
    settings_file, rates_file = folder / SETTINGS_FILE, folder / RATES_FILE
    contents = {file: _content(file) for file in (settings_file, rates_file)}
    missing = [content for content in contents.values() if isinstance(content, Fault)]
    if missing:
        raise DeckRefused(str(folder), tuple(missing))
    toml, rates = (content for content in contents.values() if isinstance(content, bytes))
    settings, faults = read_settings(toml, str(settings_file))
    texts, table_faults = _texts(rates, str(rates_file), settings)
    faults += table_faults
    table = _NOTHING
    if not table_faults:
        table, value_faults = read_values(texts, str(rates_file), settings)
        # What rows say together is judged only when each row can be read.
        faults += value_faults or row_set_faults(table, settings.rules, str(rates_file))
    if faults:
        raise DeckRefused(str(folder), tuple(faults))
    return Deck(settings.rules.name, settings, table, digest_of(toml, rates))


def digest_of(toml: bytes, rates: bytes) -> str:
    """Return the identity of a deck's content: SHA-256 over the hashes of its two files."""
    parts = b"".join(hashlib.sha256(part).digest() for part in (toml, rates))
    return hashlib.sha256(parts).hexdigest()


def _content(file: Path) -> bytes | Fault:
    try:
        return file.read_bytes()
    except OSError as error:
        return Fault(str(file), None, None, None, f"this file cannot be read ({error.strerror})")


def _texts(content: bytes, file: str, settings: DeckSettings) -> tuple[pl.DataFrame, list[Fault]]:
    """Cut rates.csv into texts: `LINE` and its columns."""
    lines = cut(content, file, CsvStyle(settings.separator))
    if isinstance(lines, Fault):
        return _NOTHING, [lines]
    if lines.lines.is_empty():
        return _NOTHING, [Fault(file, 1, None, None, "the file is empty; write a header line with prefix and price")]
    if faults := _header_faults(lines.header, file, settings.separator):
        return _NOTHING, faults
    texts, faults = lines.columns(lines.header, file, after_header=True)
    return texts, faults or _count_faults(texts, file, settings.rows)


def _count_faults(texts: pl.DataFrame, file: str, rows: int | None) -> list[Fault]:
    if texts.is_empty():
        return [Fault(file, 1, None, None, "the file has no prices; write at least one line")]
    if rows is None or rows == texts.height:
        return []
    told = f"deck.toml says rows = {rows}, the file has {texts.height}; take the whole file, or correct rows"
    return [Fault(file, int(texts[LINE][-1]), None, None, told)]


def _header_faults(names: list[str], file: str, separator: str) -> list[Fault]:
    if len(names) == 1 and (other := next((other for other in SEPARATORS if other in names[0]), None)):
        told = f"the header is one column when cut at {separator!r}; write separator = {json.dumps(other)}"
        told += " under [csv] in deck.toml"
        return [Fault(file, 1, None, names[0], told)]
    known = ", ".join(_NAMES)
    faults = []
    for name in names:
        if name not in _NAMES:
            near = difflib.get_close_matches(name.lower(), _NAMES, n=1)
            told = f"did you mean {near[0]}? " if near else ""
            faults.append(Fault(file, 1, name, None, f"this column is not known; {told}known are {known}"))
    twice = sorted({name for name in names if names.count(name) > 1})
    faults += [Fault(file, 1, name, None, "this column is there twice; drop one") for name in twice]
    required = [column.name for column in COLUMNS if column.required and column.name not in names]
    return faults + [Fault(file, 1, name, None, "this column is missing; every price needs it") for name in required]


def read_values(
    texts: pl.DataFrame, file: str, settings: DeckSettings, called: Mapping[str, str] | None = None
) -> tuple[pl.DataFrame, list[Fault]]:
    """Read texts (`LINE`, and columns of rates.csv, trimmed, null where empty) into Deck.rates, and name all faults.

    `called` is what the file calls a column, where that is not its name in rates.csv.
    """
    called = called or {}
    table = with_values(texts, settings.decimal)
    numbers = {ANY: STAR} | {band.name: number for number, band in enumerate(settings.rules.bands)}
    number = pl.col(typed("band")).replace_strict(numbers, default=None, return_dtype=pl.Int64)
    table = table.with_columns(band_number=number)
    faults = []
    for column, wrong in _wrong(table, texts.columns):
        for line, text in wrong.iter_rows():
            right = _told(column.right, text, settings.decimal) if column.name in AMOUNTS else column.right
            faults.append(Fault(file, line, called.get(column.name, column.name), text or "", right))
    names = ", ".join(numbers)
    unknown = pl.col("band_number").is_null() & pl.col(typed("band")).is_not_null()
    for line, text in table.filter(unknown).select(LINE, typed("band")).iter_rows():
        told = f"deck.toml has no such band; write one of {names}"
        faults.append(Fault(file, line, called.get("band", "band"), text, told))
    read = [pl.col(typed(name)).alias(name) for name in _NAMES if name != "band"]
    values = table.select(*read, line=LINE, band="band_number", band_name=typed("band")).select(
        pl.col(name).cast(dtype) for name, dtype in RATES_SCHEMA.items()
    )
    crossed = values.filter(pl.col("valid_until") <= pl.col("valid_from")).select("line", "valid_until", "valid_from")
    for line, day, start in crossed.iter_rows():
        told = f"write a date after valid_from ({start}); the day itself is out"
        faults.append(Fault(file, line, called.get("valid_until", "valid_until"), str(day), told))
    return values, sorted(faults, key=lambda fault: fault.line or 0)


def _wrong(table: pl.DataFrame, given: list[str]) -> list[tuple[Column, pl.DataFrame]]:
    """Return each column with texts that could not be read, and these with their lines."""
    columns = [column for column in COLUMNS if column.name in given]
    unread = {
        column.name: pl.col(typed(column.name)).is_null()
        & (pl.col(column.name).is_not_null() | (column.name == "price"))
        for column in columns
    }
    counts = table.select(wrong.sum().alias(name) for name, wrong in unread.items()).row(0, named=True)
    return [
        (column, table.filter(unread[column.name]).select(LINE, column.name))
        for column in columns
        if counts[column.name]
    ]


def _told(right: str, text: str | None, decimal: str) -> str:
    """Return the remedy of an amount, with the likeliest cause when decimals stand after the wrong sign."""
    other = "," if decimal == "." else "."
    if text and other in text:
        here = f"decimals stand after {decimal!r} here"
        return f'{right}; {here}, unless deck.toml says decimal = "{other}" under [csv]'
    return right
