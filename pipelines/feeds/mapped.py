"""The reader of CSV files that a mapping describes: header by name, all texts first, then strictly to values."""

from __future__ import annotations

from typing import Final

import polars as pl

from belnota.periods import AmbiguousTime
from belnota.phone import canonical
from belnota.settings import Feed
from pipelines.feeds import options
from pipelines.feeds.fields import field, shape_checks, with_fields
from pipelines.feeds.mapping import Choice, CsvMapping, Quantity, parse_mapping
from pipelines.feeds.result import (
    Check,
    FileRefused,
    Reader,
    ReadResult,
    as_records,
    as_rejects,
    judge,
    numbered,
    record_checks,
    wrong,
)
from pipelines.feeds.scan import Scanned, scan
from pipelines.feeds.values import instant, whole_number

FORMAT: Final = "mapping"
_COLUMN = "csv:"  # before the file's own column names, so that they can never be one of ours


def mapped(feed: Feed, mapping_toml: str) -> Reader:
    """Return the reader of one mapped feed; Refused when its mapping is wrong.

    The first line that is not blank is the header: columns may stand in any order, more may be there,
    a missing or repeated one refuses the file. A header line further on is framing.
    """
    options.only(feed, ())
    mapping = parse_mapping(mapping_toml, feed.mapping or f"mapping of feed {feed.name!r}", feed.timezone)

    def read(content: bytes) -> ReadResult:
        scanned = scan(content, mapping.encoding)
        header, places = _header(scanned, mapping)
        body = scanned.lines.filter(pl.col("text") != header)
        split = with_fields(body, delimiter=mapping.delimiter, quote=mapping.quote)
        shaped, misshapen = judge(split, _shape(header, mapping))
        named = shaped.with_columns(
            **{_COLUMN + name: field(place, quote=mapping.quote) for name, place in places.items()}
        )
        wanted = named.filter(~_is_left_out(mapping))
        good, bad = judge(
            _with_call(wanted, mapping, feed.ambiguous), [*_value_checks(mapping), *record_checks(mapping.time_format)]
        )
        key = pl.col("key") if mapping.key_is_unique else numbered(pl.col("key"))
        return ReadResult(
            records=as_records(good.with_columns(key=key)),
            rejects=as_rejects(scanned.rejects, misshapen, bad),
            lines=scanned.total,
            framing_lines=scanned.blank + scanned.lines.height - body.height,
            filtered_lines=named.height - wanted.height,
        )

    return read


def _text(column: str) -> pl.Expr:
    return pl.col(_COLUMN + column)


def _header(scanned: Scanned, mapping: CsvMapping) -> tuple[str, dict[str, int]]:
    """Return the header line and the place of each column that the mapping needs."""
    if scanned.lines.is_empty():
        raise FileRefused("header", f"there is no header line; needed are {', '.join(mapping.columns)}")
    split = with_fields(scanned.lines.head(1), delimiter=mapping.delimiter, quote=mapping.quote)
    line = str(split["text"][0])
    count = int(split["columns"][0])
    names = [str(split.select(field(place, quote=mapping.quote)).item()) for place in range(count)]
    missing = [name for name in mapping.columns if name not in names]
    if missing:
        found = line[:120]
        raise FileRefused(
            "header", f"the header lacks {', '.join(missing)} (delimiter {mapping.delimiter!r}): {found!r}"
        )
    twice = [name for name in mapping.columns if names.count(name) > 1]
    if twice:
        raise FileRefused("header", f"the header has {', '.join(twice)} more than once")
    return line, {name: names.index(name) for name in mapping.columns}


def _shape(header: str, mapping: CsvMapping) -> list[Check]:
    split = with_fields(pl.DataFrame({"text": [header]}), delimiter=mapping.delimiter, quote=mapping.quote)
    count = int(split["columns"][0])
    return shape_checks(pl.col("columns") == count, f"{count} in its header")


def _is_left_out(mapping: CsvMapping) -> pl.Expr:
    return pl.any_horizontal(
        pl.lit(value=False), *(_text(column).is_in(list(words)) for column, words in mapping.leave_out.items())
    )


def _chosen(choice: Choice) -> pl.Expr:
    if choice.values is None:
        return pl.lit(choice.value)
    return _text(choice.column).replace_strict(dict(choice.values), default=None, return_dtype=pl.String)


def _amount(quantity: Quantity) -> pl.Expr:
    if quantity.value is not None:
        return pl.lit(quantity.value, pl.Int64)
    first, *rest = (whole_number(_text(column)) for column in quantity.columns)
    for more in rest:
        first += more
    return first


def _written(quantity: Quantity) -> pl.Expr:
    if quantity.value is not None:
        return pl.lit(str(quantity.value))
    return pl.concat_str([_text(column) for column in quantity.columns], separator=" + ")


def _with_call(rows: pl.DataFrame, mapping: CsvMapping, ambiguous: AmbiguousTime) -> pl.DataFrame:
    other = _text(mapping.other) if mapping.other else pl.lit("")
    country = _text(mapping.country).str.to_lowercase() if mapping.country else pl.lit("")
    # A key of several columns is unambiguous because of the separator; an empty one is caught by its check.
    key = pl.concat_str([_text(column) for column in mapping.key], separator="|")
    named = rows.with_columns(
        key=pl.when(key.str.strip_chars("| ") != "").then(key).otherwise(pl.lit("")),
        service=_chosen(mapping.service),
        direction=_chosen(mapping.direction),
        own_number=canonical(_text(mapping.own)),
        other_number=canonical(other),
        dialled=other,
        is_answered=_chosen(mapping.answered) == "yes",
        time_text=_text(mapping.time),
        answered_at=instant(_text(mapping.time), mapping.time_format, zone=mapping.timezone, ambiguous=ambiguous),
        country=pl.when(country != "").then(country),
    )
    amounts = [pl.when(pl.col("service") == name).then(_amount(how)) for name, how in mapping.quantity.items()]
    texts = [pl.when(pl.col("service") == name).then(_written(how)) for name, how in mapping.quantity.items()]
    return named.with_columns(
        quantity=pl.when(~pl.col("is_answered")).then(0).otherwise(pl.coalesce(amounts)),
        quantity_text=pl.coalesce(texts),
    )


def _value_checks(mapping: CsvMapping) -> list[Check]:
    checks = [
        wrong("value", choice.column, _text(choice.column), pl.col(name).is_null(), "the mapping has no such word")
        for name, choice in (
            ("service", mapping.service),
            ("direction", mapping.direction),
            ("is_answered", mapping.answered),
        )
        if choice.column
    ]
    if mapping.country:
        odd = pl.col("country").is_not_null() & ~pl.col("country").str.contains("^[a-z]{2}$")
        checks.append(wrong("value", mapping.country, _text(mapping.country), odd, "must be an ISO code such as NL"))
    return checks
