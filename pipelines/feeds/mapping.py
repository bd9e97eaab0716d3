"""A mapping: in TOML, how the columns of somebody's file become calls. docs/feeds.md is its manual."""

from __future__ import annotations

import re
import tomllib
from typing import Final

import polars as pl

from belnota.errors import Refused
from belnota.money import ROUNDING_MODES, RoundingMode
from belnota.tables.contract import DIRECTIONS, SERVICES
from pipelines.feeds.durations import FORMS
from pipelines.feeds.mapping_layout import FILE_KEYS, TRAILER_KEYS, layout_of
from pipelines.feeds.mapping_model import EPOCHS, Choice, FeedMapping, Filter, Number, Quantity, Rewrite, Time
from pipelines.feeds.mapping_session import KEYS as SESSION_KEYS
from pipelines.feeds.mapping_session import session_of
from pipelines.feeds.mapping_table import Table
from pipelines.feeds.values import known_zone, time_pattern

_CHOICE: Final = ("value", "column", "values", "otherwise")
_NUMBER: Final = ("value", "column", *DIRECTIONS, "after", "until", "rewrite")
_SECTIONS: Final = {
    "file": FILE_KEYS,
    "columns": None,
    "trailer": TRAILER_KEYS,
    "key": ("columns", "unique"),
    "time": ("column", "columns", "format", "timezone", "timezone_column", "if_empty"),
    "direction": _CHOICE,
    "service": _CHOICE,
    "quantity": SERVICES,
    "own": _NUMBER,
    "other": _NUMBER,
    "answered": ("column", "values", "otherwise", "filled"),
    "country": ("column", "value", "values"),
    "leave_out": None,
    "keep": None,
    "expect": None,
    "session": SESSION_KEYS,
}
_REQUIRED: Final = ("key", "time", "direction", "service", "quantity", "own")
_MOST_TIMES: Final = 2**40


def parse_mapping(text: str, where: str, timezone: str) -> FeedMapping:
    """Read a mapping from TOML; anything unknown, missing or of a wrong kind is Refused by file, section and key."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Refused(f"{where}: {error}") from None
    whole = Table(raw, where)
    whole.only(_SECTIONS)
    for name in _REQUIRED:
        if name not in raw:
            raise Refused(f"{where}: section [{name}] is missing")
    parts = {name: whole.part(name, known) for name, known in _SECTIONS.items()}
    layout = layout_of(parts["file"], parts["columns"], parts["trailer"])
    service = _choice(parts["service"], SERVICES)
    time = _time(parts["time"], timezone)
    quantity = {name: _quantity(parts["quantity"], name, time) for name in parts["quantity"].raw}
    for name in {service.value, service.otherwise or "", *(service.values or {}).values()} - {"", *quantity}:
        raise Refused(f"{where}: section [quantity] does not say how much a {name} is")
    filled = "filled" in parts["answered"].raw
    mapping = FeedMapping(
        layout=layout,
        key=parts["key"].texts("columns"),
        key_is_unique=parts["key"].flag("unique", default=True),
        time=time,
        direction=_choice(parts["direction"], DIRECTIONS),
        service=service,
        quantity=quantity,
        own=_number(parts["own"]),
        other=_number(parts["other"]) if "other" in raw else Number(),
        answered=_answered(parts["answered"]) if "answered" in raw else Choice(value="yes"),
        answered_filled=parts["answered"].text_or_texts("filled") if filled else (),
        country=_country(parts["country"]) if "country" in raw else Choice(),
        leave_out={column: _filter(parts["leave_out"], column) for column in parts["leave_out"].raw},
        keep={column: _filter(parts["keep"], column) for column in parts["keep"].raw},
        expect={column: _pattern(parts["expect"], column) for column in parts["expect"].raw},
        session=session_of(parts["session"]) if "session" in raw else None,
    )
    _refuse_unknown_columns(mapping, where)
    return mapping


def _refuse_unknown_columns(mapping: FeedMapping, where: str) -> None:
    """A file without a header has the columns that the mapping lists, and no others."""
    there = (*mapping.layout.names, *mapping.layout.spans)
    for column in mapping.columns if there else ():
        if column not in there:
            raise Refused(f"{where}: column {column!r} is used but not listed; listed are {', '.join(there)}")


def _choice(part: Table, allowed: tuple[str, ...] | list[str]) -> Choice:
    if "value" in part.raw:
        value = part.text("value")
        if len(part.raw) > 1 or value not in allowed:
            raise Refused(f"{part.where}: value = {value!r} must stand alone and be one of {', '.join(allowed)}")
        return Choice(value=value)
    otherwise = part.word("otherwise", allowed) if "otherwise" in part.raw else None
    return Choice(column=part.text("column"), values=part.words("values", allowed), otherwise=otherwise)


def _answered(part: Table) -> Choice:
    if "filled" in part.raw:
        part.only(["filled"])
        return Choice()
    return _choice(part, ["yes", "no"])


def _country(part: Table) -> Choice:
    if "value" in part.raw:
        part.only(["value"])
        value = part.text("value").lower()
        if not re.fullmatch("[a-z]{2}", value):
            raise part.wrong("value", "an ISO code such as NL")
        return Choice(value=value)
    return Choice(column=part.text("column"), values=part.words("values", None) if "values" in part.raw else None)


def _time(part: Table, timezone: str) -> Time:
    form = part.text("format")
    has_offset = form.endswith("%z")
    if form not in EPOCHS:
        try:
            time_pattern(form.removesuffix("%z"))
        except ValueError as error:
            raise Refused(f"{part.where}: {error}; or write {' or '.join(EPOCHS)}") from None
    zone_column = part.text("timezone_column", "")
    if (has_offset or form in EPOCHS) and {"timezone", "timezone_column"} & set(part.raw):
        raise Refused(f"{part.where}: times written {form} say their zone themselves; leave the timezone out")
    if "timezone" in part.raw and zone_column:
        raise Refused(f"{part.where}: write timezone or timezone_column, not both")
    return Time(
        columns=part.texts("columns") if part.one_of("column", "columns") == "columns" else (part.text("column"),),
        format=form,
        timezone=known_zone(part.text("timezone", timezone), part.where),
        zone_column=zone_column,
        if_empty=part.text_or_texts("if_empty") if "if_empty" in part.raw else (),
        has_offset=has_offset,
    )


def _quantity(parts: Table, service: str, time: Time) -> Quantity:
    part = parts.part(service, ("value", "column", "sum", "from", "to", "form", "times", "rounding"))
    kind = part.one_of("value", "column", "sum", "from")
    if kind == "value":
        part.only(["value"])
        return Quantity(value=part.number("value"))
    if kind == "from":
        part.only(["from", "to", "rounding"])
        is_finer = "%.f" in time.format or time.format in EPOCHS
        start, end = part.text_or_texts("from"), part.text_or_texts("to")
        return Quantity(start=start, end=end, rounding=_rounding(part, is_needed=is_finer))
    part.only([kind, "form", "times", "rounding"])
    form = part.word("form", FORMS, "whole")
    return Quantity(
        columns=part.texts("sum") if kind == "sum" else (part.text("column"),),
        form=form,
        times=part.number("times", 1, least=1, most=_MOST_TIMES),
        rounding=_rounding(part, is_needed=FORMS[form].parts > 1),
    )


def _rounding(part: Table, *, is_needed: bool) -> RoundingMode:
    if "rounding" not in part.raw and not is_needed:
        return "up"
    value = part.raw.get("rounding")
    for mode in ROUNDING_MODES:
        if value == mode:
            return mode
    raise part.wrong("rounding", f"one of {', '.join(ROUNDING_MODES)}, for this quantity can have parts")


def _number(part: Table) -> Number:
    kind = part.one_of("value", "column", "out")
    if kind == "value":
        part.only(["value"])
        return Number(value=part.text("value"))
    rewrite = tuple(
        Rewrite(rule.text("begins", ""), rule.text("becomes", ""), rule.number("length", least=1, most=40))
        if "length" in rule.raw
        else Rewrite(rule.text("begins"), rule.text("becomes", ""))
        for rule in part.parts("rewrite", ("begins", "becomes", "length"))
    )
    return Number(
        column=part.text("column") if kind == "column" else "",
        by_direction={} if kind == "column" else {way: part.text(way) for way in DIRECTIONS},
        after=part.text("after", ""),
        until=part.text("until", ""),
        rewrite=rewrite,
    )


def _filter(part: Table, column: str) -> Filter:
    if isinstance(part.raw[column], list):
        return Filter(words=part.texts(column))
    rule = part.part(column, ("words", "begins"))
    words, begins = (rule.texts(key, may_be_empty=True) for key in ("words", "begins"))
    if not words + begins or "" in begins:
        raise Refused(f"{rule.where}: write words = […], begins = […] or both")
    return Filter(words, begins)


def _pattern(part: Table, column: str) -> str:
    pattern = part.text(column)
    try:
        pl.select(pl.lit("").str.contains(pattern))
    except pl.exceptions.ComputeError:
        raise part.wrong(column, "a regular expression") from None
    return pattern
