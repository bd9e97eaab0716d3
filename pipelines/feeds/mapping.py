"""A mapping: in TOML, how the columns of somebody's CSV file become calls. docs/feeds.md is its manual."""

from __future__ import annotations

import codecs
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from belnota.errors import Refused
from belnota.tables.contract import DIRECTIONS, SERVICES
from pipelines.feeds.values import known_zone, time_pattern

_SECTIONS: Final = {
    "file": {"delimiter", "quote", "encoding"},
    "key": {"columns", "unique"},
    "time": {"column", "format", "timezone"},
    "direction": {"value", "column", "values"},
    "service": {"value", "column", "values"},
    "quantity": set(SERVICES),
    "own": {"column"},
    "other": {"column"},
    "answered": {"column", "values"},
    "country": {"column"},
}
_REQUIRED: Final = ("key", "time", "direction", "service", "quantity", "own")


@dataclass(frozen=True)
class Choice:
    """One value for all rows, or a column whose words are translated; other words are a fault of the row."""

    value: str = ""
    column: str = ""
    values: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Quantity:
    """A constant, or the sum of columns (one is a sum too)."""

    value: int | None = None
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class CsvMapping:
    """How one CSV layout is read; see docs/feeds.md."""

    delimiter: str
    quote: str
    encoding: str
    key: tuple[str, ...]
    key_is_unique: bool
    time: str
    time_format: str
    timezone: str
    direction: Choice
    service: Choice
    quantity: Mapping[str, Quantity]
    own: str
    other: str
    answered: Choice
    country: str
    leave_out: Mapping[str, tuple[str, ...]]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the header must have, each once."""
        sums = [column for quantity in self.quantity.values() for column in quantity.columns]
        choices = [self.direction.column, self.service.column, self.answered.column]
        names = [*self.key, self.time, *choices, *sums, self.own, self.other, self.country, *self.leave_out]
        return tuple(dict.fromkeys(name for name in names if name))


def parse_mapping(text: str, where: str, timezone: str) -> CsvMapping:
    """Read a mapping from TOML; anything unknown, missing or of a wrong kind is Refused by file and key."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Refused(f"{where}: {error}") from None
    return _Table(raw, where).mapping(timezone)


@dataclass(frozen=True)
class _Table:
    """A TOML table that knows its place, so that every refusal can name file, section and key."""

    raw: Mapping[str, Any]
    where: str

    def mapping(self, timezone: str) -> CsvMapping:
        self.only({*_SECTIONS, "leave_out"})
        for name in _REQUIRED:
            if name not in self.raw:
                raise Refused(f"{self.where}: section [{name}] is missing")
        parts = {name: self.part(name, known) for name, known in _SECTIONS.items()}
        left_out = self.part("leave_out", None)
        service = parts["service"].choice(SERVICES)
        quantity = {name: parts["quantity"].quantity(name) for name in parts["quantity"].raw}
        for name in {service.value, *(service.values or {}).values()} - {"", *quantity}:
            raise Refused(f"{self.where}: section [quantity] does not say how much a {name} is")
        return CsvMapping(
            delimiter=parts["file"].character("delimiter", ","),
            quote=parts["file"].character("quote", '"'),
            encoding=parts["file"].encoding(),
            key=parts["key"].texts("columns"),
            key_is_unique=parts["key"].flag("unique"),
            time=parts["time"].text("column"),
            time_format=parts["time"].time_format(),
            timezone=known_zone(parts["time"].text("timezone", timezone), parts["time"].where),
            direction=parts["direction"].choice(DIRECTIONS),
            service=service,
            quantity=quantity,
            own=parts["own"].text("column"),
            other=parts["other"].text("column", ""),
            answered=parts["answered"].choice(["yes", "no"]) if "answered" in self.raw else Choice(value="yes"),
            country=parts["country"].text("column", ""),
            leave_out={column: left_out.texts(column) for column in left_out.raw},
        )

    def only(self, known: set[str]) -> None:
        for key in self.raw:
            if key not in known:
                raise Refused(f"{self.where}: unknown key {key!r}; known are {', '.join(sorted(known))}")

    def part(self, name: str, known: set[str] | None) -> _Table:
        value = self.raw.get(name, {})
        if not isinstance(value, dict):
            raise Refused(f"{self.where}: {name} = {value!r} must be a section [{name}]")
        part = _Table(value, f"{self.where} [{name}]")
        if known is not None:
            part.only(known)
        return part

    def text(self, key: str, default: str | None = None) -> str:
        value = self.raw.get(key, default)
        if not isinstance(value, str) or (value == "" and default is None):
            raise Refused(f"{self.where}: {key} = {value!r} must be a text")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.raw.get(key)
        if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
            raise Refused(f"{self.where}: {key} = {value!r} must be a list of one or more texts")
        return tuple(value)

    def flag(self, key: str) -> bool:
        value = self.raw.get(key, True)
        if not isinstance(value, bool):
            raise Refused(f"{self.where}: {key} = {value!r} must be true or false")
        return value

    def character(self, key: str, default: str) -> str:
        value = self.text(key, default)
        if (len(value) != 1 and not (key == "quote" and value == "")) or value in "\r\n" * bool(value):
            raise Refused(f"{self.where}: {key} = {value!r} must be one character")
        return value

    def encoding(self) -> str:
        value = self.text("encoding", "utf-8")
        try:
            # One line end must be one byte everywhere, so the wide encodings are out.
            narrow = "\n".encode(value) == b"\n" and "a".encode(value) == b"a"
            name = codecs.lookup(value).name
        except (LookupError, ValueError):
            narrow, name = False, ""
        if not narrow or name.startswith("utf-7"):
            raise Refused(f"{self.where}: encoding = {value!r} is unknown; write utf-8, iso-8859-1 or windows-1252")
        return value

    def time_format(self) -> str:
        form = self.text("format")
        try:
            time_pattern(form)
        except ValueError as error:
            raise Refused(f"{self.where}: {error}") from None
        return form

    def choice(self, allowed: list[str]) -> Choice:
        if "value" in self.raw:
            value = self.text("value")
            if len(self.raw) > 1 or value not in allowed:
                raise Refused(f"{self.where}: value = {value!r} must stand alone and be one of {', '.join(allowed)}")
            return Choice(value=value)
        values = self.raw.get("values")
        if not isinstance(values, dict) or not values or not set(map(str, values.values())) <= set(allowed):
            raise Refused(f"{self.where}: values = {values!r} must translate words to {', '.join(allowed)}")
        return Choice(column=self.text("column"), values={str(word): str(code) for word, code in values.items()})

    def quantity(self, service: str) -> Quantity:
        part = self.part(service, {"value", "column", "sum"})
        if len(part.raw) != 1:
            raise Refused(f"{part.where}: write exactly one of value, column or sum")
        if "value" in part.raw:
            value = part.raw["value"]
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise Refused(f"{part.where}: value = {value!r} must be a whole number from 0")
            return Quantity(value=value)
        return Quantity(columns=part.texts("sum") if "sum" in part.raw else (part.text("column"),))
