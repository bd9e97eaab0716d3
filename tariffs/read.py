"""Read a price list folder: deck.toml and rates.csv, refused whole with every fault named."""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path

import polars as pl

from belnota.tables.prices import ANY, STAR
from tariffs.checks import row_set_faults
from tariffs.columns import COLUMNS, typed, with_values
from tariffs.deck import RATES_FILE, RATES_SCHEMA, SETTINGS_FILE, Deck, DeckRefused, DeckSettings, Fault
from tariffs.settings import read_settings

LINE = "line"
_NAMES = tuple(column.name for column in COLUMNS)


def read_deck(folder: Path) -> Deck:
    """Read and check a price list; a deck with any fault raises DeckRefused with all of them."""
    settings_file, rates_file = folder / SETTINGS_FILE, folder / RATES_FILE
    contents = {file: _content(file) for file in (settings_file, rates_file)}
    missing = [content for content in contents.values() if isinstance(content, Fault)]
    if missing:
        raise DeckRefused(str(folder), tuple(missing))
    toml, rates = (content for content in contents.values() if isinstance(content, bytes))
    settings, faults = read_settings(toml, str(settings_file))
    table, table_faults = _table(rates, str(rates_file), settings)
    faults += table_faults
    if not table_faults:
        table, value_faults = _values(table, str(rates_file), settings)
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


def _table(content: bytes, file: str, settings: DeckSettings) -> tuple[pl.DataFrame, list[Fault]]:
    """Cut rates.csv into texts, one column per known column and `line`; nothing is guessed or padded."""
    nothing = pl.DataFrame()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return nothing, [Fault(file, line, None, None, "this is not UTF-8 text")]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=settings.separator, strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        return nothing, [Fault(file, reader.line_num, None, None, f"this line is not CSV: {error}")]
    if not rows:
        return nothing, [Fault(file, 1, None, None, "the file is empty; write a header line with prefix and price")]
    (_, header), body = rows[0], rows[1:]
    names = [name.strip() for name in header]
    faults = _header_faults(names, file, settings.separator) or [
        Fault(file, line, None, None, f"this line has {len(row)} fields, the header has {len(names)}")
        for line, row in body
        if len(row) != len(names)
    ]
    if faults:
        return nothing, faults
    if not body:
        return nothing, [Fault(file, 1, None, None, "the file has no prices; write at least one line")]
    columns = zip(*(row for _, row in body), strict=True)
    texts = pl.DataFrame(
        {LINE: [line for line, _ in body]} | {name: list(column) for name, column in zip(names, columns, strict=True)},
        schema={LINE: pl.Int64} | dict.fromkeys(names, pl.String),
    )
    trimmed = pl.col(names).str.strip_chars().replace("", None)
    absent = {name: pl.lit(None, pl.String) for name in _NAMES if name not in names}
    return texts.with_columns(trimmed).with_columns(**absent), []


def _header_faults(names: list[str], file: str, separator: str) -> list[Fault]:
    known = ", ".join(_NAMES)
    faults = [
        Fault(file, 1, name, None, f"this column is not known (separator {separator!r}); known are {known}")
        for name in names
        if name not in _NAMES
    ]
    faults += [Fault(file, 1, name, None, "this column is there twice") for name in set(names) if names.count(name) > 1]
    required = [column.name for column in COLUMNS if column.required]
    return faults + [Fault(file, 1, name, None, "this column is missing") for name in required if name not in names]


def _values(texts: pl.DataFrame, file: str, settings: DeckSettings) -> tuple[pl.DataFrame, list[Fault]]:
    """Read every text by its column; return the typed table and what could not be read."""
    table = with_values(texts, settings.decimal)
    faults = []
    for column in COLUMNS:
        wrong = pl.col(typed(column.name)).is_null() & (
            pl.col(column.name).is_not_null() | pl.lit(column.name == "price")
        )
        for line, value in table.filter(wrong).select(LINE, column.name).iter_rows():
            faults.append(Fault(file, line, column.name, value or "", column.right))
    numbers = {ANY: STAR} | {band.name: number for number, band in enumerate(settings.rules.bands)}
    band = pl.col(typed("band")).replace_strict(numbers, default=None, return_dtype=pl.Int64)
    for line, value in table.filter(band.is_null()).select(LINE, "band").iter_rows():
        names = ", ".join(numbers)
        faults.append(Fault(file, line, "band", value, f"deck.toml has no such band; write one of {names}"))
    read = [pl.col(typed(name)).alias(name) for name in _NAMES if name != "band"]
    values = table.select(LINE, *read, band=band, band_name=pl.col(typed("band"))).select(
        pl.col(name).cast(dtype) for name, dtype in RATES_SCHEMA.items()
    )
    dates_crossed = pl.col("valid_until") <= pl.col("valid_from")
    for line, value in values.filter(dates_crossed).select(LINE, "valid_until").iter_rows():
        faults.append(
            Fault(file, line, "valid_until", str(value), "write a date after valid_from; the day itself is out")
        )
    return values, sorted(faults, key=lambda fault: fault.line or 0)
