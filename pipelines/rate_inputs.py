"""What `belnota rate` reads: a file of calls and a file of bundles, refused with line and value when not readable."""

from __future__ import annotations

import csv
import datetime as dt
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl

from belnota.errors import Refused
from belnota.tables import BundleShare, schema_of
from belnota.tables.contract import DIRECTIONS, SERVICES

REQUIRED: Final = ("call_id", "service", "called", "answered_at", "quantity")
OPTIONAL: Final = ("direction", "origin", "subscription")
MOST: Final = 2**53
_INSTANT = r"^\d{4}-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)$"
_SHOWN = 20
_RIGHT: Final = {
    "call_id": "write an identity that no other line has",
    "service": f"write one of {', '.join(SERVICES)}",
    "answered_at": "write a moment with its offset, as 2026-10-25T02:30:00+01:00",
    "quantity": f"write a whole number from 0 to {MOST}",
    "direction": f"write one of {', '.join(DIRECTIONS)}",
}
_BUNDLE_KEYS: Final = ("name", "service", "allowance", "destinations", "call_types", "subscriptions", "shared")
_ALWAYS: Final = (dt.datetime(1, 1, 1, tzinfo=dt.UTC), dt.datetime(9999, 12, 31, tzinfo=dt.UTC))
_PERIOD: Final = "0001-01"
"""All calls of a file are one period; its name is never shown."""


def read_calls(file: Path, *, with_subscription: bool) -> pl.DataFrame:
    """Return the calls of a CSV or Parquet file in file order, typed, `line` first; any fault refuses the file."""
    if not file.is_file():
        raise Refused(f"{file} is not there; name a file of calls")
    needed = (*REQUIRED, "subscription") if with_subscription else REQUIRED
    is_csv = file.suffix.lower() == ".csv"
    if not is_csv and file.suffix.lower() != ".parquet":
        raise Refused(f"{file} is neither .csv nor .parquet; calls are read from these")
    try:
        table = _csv_texts(file, needed) if is_csv else pl.read_parquet(file)
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError, csv.Error) as error:
        raise Refused(f"{file} cannot be read: {' '.join(str(error).split())[:200]}") from None
    if not is_csv:
        _refuse_missing(file, needed, table.columns)
        table = table.drop("line", strict=False).with_row_index("line", offset=1)
    return _checked(table, file, "line" if is_csv else "row")


def _refuse_missing(file: Path, needed: Sequence[str], there: Sequence[str]) -> None:
    missing = [name for name in needed if name not in there]
    if missing:
        raise Refused(f"{file}: no column {', '.join(missing)}; the columns there are {', '.join(there)}")


def _csv_texts(file: Path, needed: Sequence[str]) -> pl.DataFrame:
    """Cut CSV into texts; each line must have the fields of the header, which Polars alone does not ask for."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, strict=True)
        header = [name.strip() for name in next(reader, [])]
        if not header:
            raise Refused(f"{file}, line 1: the file is empty; write a header line with {', '.join(REQUIRED)}")
        if len(set(header)) < len(header):
            raise Refused(f"{file}, line 1: a column is there twice: {', '.join(header)}")
        _refuse_missing(file, needed, header)
        lines: list[int] = []
        kept = {name: header.index(name) for name in (*REQUIRED, *OPTIONAL) if name in header}
        columns: dict[str, list[str]] = {name: [] for name in kept}
        for row in reader:
            if not row:
                continue
            if len(row) != len(header):
                raise Refused(f"{file}, line {reader.line_num}: {len(row)} fields, the header has {len(header)}")
            lines.append(reader.line_num)
            for name, position in kept.items():
                columns[name].append(row[position])
    return pl.DataFrame({"line": lines, **columns}, schema={"line": pl.Int64, **dict.fromkeys(columns, pl.String)})


def _checked(table: pl.DataFrame, file: Path, unit: str) -> pl.DataFrame:
    absent = [pl.lit(None, pl.String).alias(name) for name in OPTIONAL if name not in table.columns]
    table = table.with_columns(absent).select("line", *REQUIRED, *OPTIONAL)
    texts = table.with_columns(pl.col(name).cast(pl.String) for name in ("call_id", "service", "called", *OPTIONAL))
    texts = texts.with_columns(pl.col(*OPTIONAL, "called").replace("", None))
    call_id = pl.col("call_id").replace("", None)
    values = {
        "call_id": pl.when(pl.col("call_id").is_unique()).then(call_id),
        "service": pl.when(pl.col("service").is_in(SERVICES)).then("service"),
        "answered_at": _instant(table.schema["answered_at"], file),
        "quantity": _quantity(table.schema["quantity"], file),
        "direction": _one_of(DIRECTIONS, pl.col("direction").fill_null("out")),
    }
    read = texts.with_columns(value.alias(f"{name}!") for name, value in values.items())
    faults = []
    for name in values:
        wrong = read.filter(pl.col(f"{name}!").is_null()).head(_SHOWN)
        for line, value in wrong.select("line", name).iter_rows():
            faults.append((line, f"  {unit} {line}, {name}, {str(value or '')[:60]!r}: {_RIGHT[name]}"))
    if faults:
        shown = [text for _, text in sorted(faults)][:_SHOWN]
        raise Refused("\n".join([f"{file} is refused:", *shown]))
    typed = [pl.col(f"{name}!").alias(name) for name in values]
    return read.select("line", *typed, pl.col("called").fill_null(""), "origin", "subscription")


def _one_of(allowed: list[str], text: pl.Expr) -> pl.Expr:
    return pl.when(text.is_in(allowed)).then(text)


def _instant(dtype: pl.DataType, file: Path) -> pl.Expr:
    at = pl.col("answered_at")
    if isinstance(dtype, pl.Datetime):
        if dtype.time_zone is None:
            raise Refused(f"{file}: answered_at has no time zone; write instants in UTC or text with an offset")
        return at.dt.convert_time_zone("UTC").dt.cast_time_unit("us")
    if dtype != pl.String:
        raise Refused(f"{file}: answered_at is {dtype}; write instants with a time zone or text with an offset")
    with_seconds = at.str.strip_chars().str.replace(r"^(.{10}[T ]\d\d:\d\d)(Z|[+-])", "${1}:00${2}")
    plain = pl.when(with_seconds.str.contains(_INSTANT)).then(with_seconds.str.replace(" ", "T", literal=True))
    offset = plain.str.replace(r"Z$", "+0000").str.replace(r"([+-]\d\d):(\d\d)$", "${1}${2}")
    return offset.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%z", time_unit="us", strict=False).dt.convert_time_zone("UTC")


def _quantity(dtype: pl.DataType, file: Path) -> pl.Expr:
    if not (dtype.is_integer() or dtype == pl.String):
        raise Refused(f"{file}: quantity is {dtype}; write whole numbers")
    text = pl.col("quantity").cast(pl.String).str.strip_chars()
    number = pl.when(text.str.contains(r"^[0-9]{1,16}$")).then(text).cast(pl.Int64)
    return pl.when(number <= MOST).then(number)


def read_bundles(file: Path) -> pl.DataFrame:
    """Return the shares (contract BundleShare) of a bundles file; the order in the file is the order of use."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refused(f"{file} cannot be read: {error}") from None
    listed = content.get("bundle", [])
    if content.keys() - {"bundle"} or not isinstance(listed, list):
        raise Refused(f"{file} may hold only tables [[bundle]]; there are {', '.join(content)}")
    rows = [share for rank, bundle in enumerate(listed) for share in _shares(bundle, rank, file)]
    return pl.DataFrame(rows, schema=schema_of(BundleShare), orient="row")


def _shares(bundle: dict[str, Any], rank: int, file: Path) -> list[dict[str, Any]]:
    """Turn one bundle into shares; of a shared one the first member brings the whole allowance."""
    _check_bundle(bundle, f"{file}, bundle {rank + 1}")
    members = list(dict.fromkeys(bundle["subscriptions"]))
    is_shared = bundle.get("shared", False)
    return [
        {
            "period": _PERIOD,
            "pool_id": f"{rank}" if is_shared else f"{rank}@{member}",
            "subscription_id": member,
            "customer_id": "",
            "bundle": bundle["name"],
            "bundle_name_nl": bundle["name"],
            "bundle_name_en": bundle["name"],
            "is_group": is_shared,
            "rank": rank,
            "service": bundle["service"],
            "share": bundle["allowance"] if number == 0 or not is_shared else 0,
            "call_types": bundle.get("call_types", []),
            "destinations": bundle.get("destinations", []),
            "valid_from_at": _ALWAYS[0],
            "valid_until_at": _ALWAYS[1],
        }
        for number, member in enumerate(members)
    ]


def _check_bundle(bundle: Any, where: str) -> None:
    if not isinstance(bundle, dict) or bundle.keys() - set(_BUNDLE_KEYS):
        raise Refused(f"{where}: write [[bundle]] with only the keys {', '.join(_BUNDLE_KEYS)}")
    is_count = type(bundle.get("allowance")) is int and 0 <= bundle["allowance"] <= MOST
    texts = {key: bundle.get(key, []) for key in ("destinations", "call_types", "subscriptions")}
    checks = {
        "name": isinstance(bundle.get("name"), str) and bundle["name"] != "",
        "service": bundle.get("service") in SERVICES,
        "allowance": is_count,
        "shared": isinstance(bundle.get("shared", False), bool),
        "subscriptions": bool(texts["subscriptions"]),
    }
    for key, value in texts.items():
        is_texts = isinstance(value, list) and all(isinstance(text, str) for text in value)
        checks[key] = checks.get(key, True) and is_texts
    right = {
        "name": "a name",
        "service": f"one of {', '.join(SERVICES)}",
        "allowance": f"a whole number from 0 to {MOST} of seconds, messages or bytes",
        "shared": "true or false",
        "subscriptions": "a list of at least one subscription",
    }
    for key, is_right in checks.items():
        if not is_right:
            raise Refused(f"{where}, {key}, {str(bundle.get(key))[:60]!r}: write {right.get(key, 'a list of texts')}")
