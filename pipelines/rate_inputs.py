"""The calls that `belnota rate` reads: a CSV or Parquet file, refused with line and value when not readable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from belnota.errors import Refused
from belnota.tables.contract import DIRECTIONS, SERVICES
from pipelines.csv_scan import header_of, refuse_missing, scan_texts

REQUIRED: Final = ("call_id", "service", "called", "answered_at", "quantity")
OPTIONAL: Final = ("direction", "origin", "subscription")
MOST: Final = 2**53
MOST_COMPARED: Final = 2_000_000
"""In a file of so many calls all identities are compared; in a larger one that would not fit in bounded memory."""
_INSTANT: Final = (
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?"
    "(Z|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])$"
)
ORIGIN: Final = r"^(\*|world|[a-z]{2})$"
"""How a price list may name where a line is (tariffs/columns.py), in lower case."""
_YEARS: Final = (1900, 2200)
_SHOWN: Final = 20
_RIGHT: Final = {
    "call_id": "write an identity that no other line has",
    "service": f"write one of {', '.join(SERVICES)}",
    "answered_at": "write a moment with its offset, as 2026-10-25T02:30:00+01:00, of the years 1900 to 2200",
    "quantity": f"write a whole number from 0 to {MOST}",
    "origin": "write nl, eu, world or a country code of two letters; nothing when it is not known",
    "direction": f"write one of {', '.join(DIRECTIONS)}",
}


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a column as it stands becomes the value of a call, and whether it can."""

    value: pl.Expr
    is_right: pl.Expr


def scan_calls(file: Path, *, with_subscription: bool) -> pl.LazyFrame:
    """Check a CSV or Parquet file of calls and return a scan of it in file order; any fault raises Refused.

    Columns: line (Int64, of a CSV; the row of a Parquet, from 1), call_id, service, called (String), answered_at
    (Datetime us, UTC), quantity (Int64), direction, origin, subscription (String; origin and subscription may be
    empty). Check and scan each stream over the file in bounded memory. That no other call has a call_id is checked
    here only in a file of at most MOST_COMPARED calls; who rates a larger one in batches checks it within each.
    """
    is_csv = file.suffix.lower() == ".csv"
    table = _table(file, (*REQUIRED, "subscription") if with_subscription else REQUIRED, is_csv=is_csv)
    absent = [pl.lit(None, pl.String).alias(name) for name in OPTIONAL if name not in table.collect_schema()]
    table = table.with_columns(absent).select("line", *REQUIRED, *OPTIONAL)
    readings = _readings(table.collect_schema(), file)
    with _readable(file):
        _refuse_faults(table, readings, f"{file} is refused:", "line" if is_csv else "row")
    return table.select("line", **{name: reading.value for name, reading in readings.items()})


def unused_columns(file: Path, *, with_subscription: bool) -> tuple[str, ...]:
    """Return the columns that are not read; one of them may be misspelt."""
    read = {*REQUIRED, *OPTIONAL} if with_subscription else {*REQUIRED, *OPTIONAL} - {"subscription"}
    names = header_of(file) if file.suffix.lower() == ".csv" else list(pl.read_parquet_schema(file))
    return tuple(name for name in names if name not in read)


def _table(file: Path, needed: Sequence[str], *, is_csv: bool) -> pl.LazyFrame:
    """Scan the columns of a file as they stand, `line` first."""
    if not file.is_file():
        raise Refused(f"{file} is not there; name a file of calls")
    if is_csv:
        return scan_texts(file, needed)
    if file.suffix.lower() != ".parquet":
        raise Refused(f"{file} is neither .csv nor .parquet; calls are read from these")
    with _readable(file):
        table = pl.scan_parquet(file, glob=False).drop("line", strict=False)
        refuse_missing(file, needed, table.collect_schema().names())
    return table.with_row_index("line", offset=1).select(pl.col("line").cast(pl.Int64), pl.exclude("line"))


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    try:
        yield
    except (pl.exceptions.PolarsError, OSError) as error:
        raise Refused(f"{file} cannot be read: {' '.join(str(error).split())[:200]}") from None


def _refuse_faults(table: pl.LazyFrame, readings: dict[str, _Reading], title: str, unit: str) -> None:
    """Name the first faults by line. A right file is passed over once, and once more for its identities alone."""
    checks = {name: readings[name].is_right.fill_null(value=False) for name in _RIGHT}
    checks["call_id"] &= ~readings["call_id"].value.is_in(_repeated(table.select(readings["call_id"].value)))
    # counts need half the memory of a filter over all columns
    if not any(
        table.select(**{name: (~is_right).sum() for name, is_right in checks.items()})
        .collect(engine="streaming")
        .row(0)
    ):
        return
    bad = table.filter(~pl.all_horizontal(checks.values())).head(_SHOWN).collect(engine="streaming")
    faults = [
        (line, f"  {unit} {line}, {name}, {'' if value is None else str(value)[:60]!r}: {_RIGHT[name]}")
        for name, is_right in checks.items()
        for line, value in bad.filter(~is_right).select("line", name).iter_rows()
    ]
    raise Refused("\n".join([title, *(text for _, text in sorted(faults)[:_SHOWN])]))


def _repeated(identities: pl.LazyFrame) -> list[str]:
    """Return the identities that more than one call has, when they are few enough to compare."""
    if identities.select(pl.len()).collect(engine="streaming").item() > MOST_COMPARED:
        return []
    compared = identities.collect(engine="streaming").to_series()
    return [] if compared.n_unique() == compared.len() else compared.filter(compared.is_duplicated()).unique().to_list()


def _readings(schema: pl.Schema, file: Path) -> dict[str, _Reading]:
    texts = {name: _text(name, schema[name], file) for name in ("call_id", "service", "called", *OPTIONAL)}
    given = {name: texts[name].replace("", None) for name in OPTIONAL}
    direction = given["direction"].fill_null("out")
    origin = given["origin"].str.to_lowercase()
    anything = pl.lit(value=True)
    return {
        "call_id": _Reading(texts["call_id"], texts["call_id"] != ""),
        "service": _Reading(texts["service"], texts["service"].is_in(SERVICES)),
        "called": _Reading(texts["called"].fill_null(""), anything),
        "answered_at": _instant(schema["answered_at"], file),
        "quantity": _quantity(schema["quantity"], file),
        "direction": _Reading(direction, direction.is_in(DIRECTIONS)),
        "origin": _Reading(origin, origin.is_null() | origin.str.contains(ORIGIN)),
        "subscription": _Reading(given["subscription"], anything),
    }


def _text(name: str, dtype: pl.DataType, file: Path) -> pl.Expr:
    if not (dtype.is_integer() or dtype in (pl.String, pl.Categorical, pl.Enum, pl.Null)):
        raise Refused(f"{file}: {name} is {dtype}; write texts")
    return pl.col(name).cast(pl.String)


def _instant(dtype: pl.DataType, file: Path) -> _Reading:
    at = pl.col("answered_at")
    if isinstance(dtype, pl.Datetime):
        if dtype.time_zone is None:
            raise Refused(f"{file}: answered_at has no time zone; write instants in UTC or text with an offset")
        return _Reading(at.dt.convert_time_zone("UTC").dt.cast_time_unit("us"), at.dt.year().is_between(*_YEARS))
    if dtype != pl.String:
        raise Refused(f"{file}: answered_at is {dtype}; write instants with a time zone or text with an offset")
    text = at.str.strip_chars()
    day = text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    return _Reading(_instant_of(text, day), text.str.contains(_INSTANT) & day.dt.year().is_between(*_YEARS))


def _instant_of(text: pl.Expr, day: pl.Expr) -> pl.Expr:
    """Return the instant of a text like _INSTANT, cut at its places: parsing by a format takes four times longer."""

    def number(digits: pl.Expr) -> pl.Expr:
        return digits.cast(pl.Int64, strict=False)

    zone = pl.when(text.str.slice(-3, 1) == ":").then(text.str.slice(-6, 3)).otherwise(text.str.slice(-5, 3))
    east = number(zone.str.slice(1, 2)) * 60 + number(text.str.slice(-2, 2))
    offset = pl.when(text.str.ends_with("Z")).then(0).when(zone.str.starts_with("-")).then(-east).otherwise(east)
    hours = day.cast(pl.Int32).cast(pl.Int64) * 24 + number(text.str.slice(11, 2))
    minutes = hours * 60 + number(text.str.slice(14, 2)) - offset
    seconds = pl.when(text.str.slice(16, 1) == ":").then(number(text.str.slice(17, 2))).otherwise(0)
    micros = number(text.str.extract("[.]([0-9]{1,6})").str.pad_end(6, "0")).fill_null(0)
    return ((minutes * 60 + seconds) * 1_000_000 + micros).cast(pl.Datetime("us", "UTC"))


def _quantity(dtype: pl.DataType, file: Path) -> _Reading:
    if not (dtype.is_integer() or dtype == pl.String):
        raise Refused(f"{file}: quantity is {dtype}; write whole numbers")
    given = pl.col("quantity")
    if dtype.is_integer():
        return _Reading(given.cast(pl.Int64, strict=False), given.is_between(0, MOST))
    text = given.str.strip_chars()
    number = text.cast(pl.Int64, strict=False)
    return _Reading(number, text.str.contains("^[0-9]{1,16}$") & (number <= MOST))
