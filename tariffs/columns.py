"""The columns of rates.csv: how each is written, what it becomes, its default (rating.md section 1).

Bounds exist so that no charge can leave 128 bits: prices, fees and caps to 10,000 euro (10**12 of 1e-8 euro), units
to 10**10, the common denominator of a prefix to 10**12, its dearest unit times that to 2**71; quantities are at most
2**53, so a sum stays below 2**125.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import polars as pl

from belnota.phone import CALL_TYPES
from belnota.tables.contract import DIRECTIONS, SERVICES
from belnota.tables.prices import ANY, CHARGE_KINDS, MAX_DIGITS

MAX_UNITS: Final = 10**10
MAX_PRICE_E8: Final = 10_000 * 10**8
PRICE_DECIMALS: Final = 8
MAX_DENOMINATOR: Final = 10**12
MAX_UNIT_PRICE: Final = 2**71


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its default as text (None: from other columns, or empty), its reading, and what is right.

    `read` turns trimmed text into a value; null means the text is wrong.
    """

    name: str
    default: str | None
    read: Callable[[pl.Expr], pl.Expr]
    right: str
    required: bool = False


def _one_of(*allowed: str) -> Callable[[pl.Expr], pl.Expr]:
    return lambda text: pl.when(text.is_in(list(allowed))).then(text)


def _matching(pattern: str) -> Callable[[pl.Expr], pl.Expr]:
    return lambda text: pl.when(text.str.contains(pattern)).then(text)


def _units(least: int) -> Callable[[pl.Expr], pl.Expr]:
    def read(text: pl.Expr) -> pl.Expr:
        number = pl.when(text.str.contains(r"^[0-9]{1,11}$")).then(text).cast(pl.Int64)
        return pl.when(number.is_between(least, MAX_UNITS)).then(number)

    return read


def _euros(text: pl.Expr) -> pl.Expr:
    """Return an amount as a count of 1e-8 euro, exactly."""
    written = pl.when(text.str.contains(r"^[0-9]{1,5}(\.[0-9]{1,8})?$")).then(text)
    whole = written.str.extract(r"^([0-9]+)").cast(pl.Int64)
    part = written.str.extract(r"\.([0-9]+)$").fill_null("").str.pad_end(PRICE_DECIMALS, "0").cast(pl.Int64)
    amount = whole * 10**PRICE_DECIMALS + part
    return pl.when(amount <= MAX_PRICE_E8).then(amount)


def _date(text: pl.Expr) -> pl.Expr:
    written = pl.when(text.str.contains(r"^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}$")).then(text)
    return written.str.to_date("%Y-%m-%d", strict=False)


def _text(text: pl.Expr) -> pl.Expr:
    # A quoted field may hold a line end, and a name with one would break the lines of a bill.
    return pl.when((text.str.len_chars() <= 200) & ~text.str.contains(r"[\r\n\t]")).then(text)


_AMOUNT = f"write euros as 0.0525: from 0 to {MAX_PRICE_E8 // 10**8}, with at most {PRICE_DECIMALS} decimals"
_WHOLE = f"write a whole number from 0 to {MAX_UNITS}"
_COUNT = f"write a whole number from 1 to {MAX_UNITS}"
_DATE = "write a date as 2026-12-31"

COLUMNS: Final = (
    Column("service", "voice", _one_of(*SERVICES), f"write one of {', '.join(SERVICES)}"),
    Column("direction", "out", _one_of(*DIRECTIONS), f"write one of {', '.join(DIRECTIONS)}"),
    Column("charge_kind", "call", _one_of(*CHARGE_KINDS), f"write one of {', '.join(CHARGE_KINDS)}"),
    Column(
        "origin", ANY, _matching(r"^(\*|world|[a-z]{2})$"), "write *, nl, eu, world or a country code in lower case"
    ),
    Column(
        "prefix",
        "",
        _matching(rf"^[0-9]{{0,{MAX_DIGITS}}}$"),
        f"write digits only, at most {MAX_DIGITS}; empty = any number",
        required=True,
    ),
    Column("destination", None, _text, "write a name of at most 200 characters on one line"),
    Column("call_type", "other", _one_of(*CALL_TYPES), f"write one of {', '.join(CALL_TYPES)}"),
    Column("band", ANY, _text, "write the name of a band of deck.toml, or *"),
    Column("from_quantity", "0", _units(0), _WHOLE),
    Column("connect_fee", "0", _euros, _AMOUNT),
    Column("price", None, _euros, _AMOUNT, required=True),
    Column("per", None, _units(1), _COUNT),
    Column("increment", "1", _units(1), _COUNT),
    Column("minimum", "0", _units(0), _WHOLE),
    Column("free_below", "0", _units(0), _WHOLE),
    Column("max_charge", None, _euros, _AMOUNT),
    Column("valid_from", None, _date, _DATE),
    Column("valid_until", None, _date, _DATE),
)
AMOUNTS: Final = ("connect_fee", "price", "max_charge")


def typed(name: str) -> str:
    """Return the name of the read value beside the text in the working frame."""
    return f"{name}!"


def with_values(texts: pl.DataFrame, decimal: str) -> pl.DataFrame:
    """Return the trimmed texts (null where empty) with a read column beside each; an absent column has its default."""
    defaults = {column.name: pl.lit(column.default, pl.String) for column in COLUMNS}
    texts_of = {name: pl.col(name) for name in texts.columns}
    if decimal != ".":
        for name in texts_of.keys() & set(AMOUNTS):
            # A point in a file that writes decimal commas is a fault, not a second way to write.
            comma = pl.col(name).str.replace(".", "?", literal=True)
            texts_of[name] = comma.str.replace(decimal, ".", literal=True)
    service = texts_of.get("service", pl.lit(None, pl.String)).fill_null("voice")
    defaults["per"] = service.replace_strict({"voice": "60", "sms": "1"}, default="1000000")
    defaults["destination"] = pl.col("prefix").fill_null("")
    written = {
        name: texts_of[name].fill_null(default) if name in texts_of else default for name, default in defaults.items()
    }
    return texts.with_columns(column.read(written[column.name]).alias(typed(column.name)) for column in COLUMNS)
