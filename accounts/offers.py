"""How the values of catalogue.toml are read: as the cells of a CSV file, but TOML values have types."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from accounts import cells
from belnota.phone import CALL_TYPES
from belnota.tables.contract import SERVICES

PRODUCTS: Final = ("telefonie", "mobiel")

UNITS: Final = {
    "MB": ("data", 1_000_000),
    "GB": ("data", 1_000_000_000),
    "min": ("voice", 60),
    "sms": ("sms", 1),
}
"""Unit of an allowance -> service, and seconds, messages or bytes in it."""

MOST_MONTHS: Final = 24
"""How long units may be carried at most; the order of drawing has room for less than a hundred (rollover.py)."""

_ALLOWANCE = re.compile(r"(\d{1,6}(?:\.\d{1,6})?) (MB|GB|min|sms)", re.ASCII)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("write true or false")  # noqa: TRY004 - every reader of a value raises ValueError
    return value


def _texts(value: Any, reader: cells.Reader) -> str:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError('write a list of texts, such as ["national", "mobile"]')
    return json.dumps(sorted({reader(item) for item in value}), ensure_ascii=False)


def _call_types(value: Any) -> str:
    return _texts(value, cells.one_of(CALL_TYPES))


def _destinations(value: Any) -> str:
    return _texts(value, cells.required)


def _text_of(reader: cells.Reader) -> cells.Reader:
    def read(value: Any) -> Any:
        if not isinstance(value, str):
            raise ValueError(f'write it as a text in quotes: "{value}"')  # noqa: TRY004 - as above
        return reader(value)

    return read


def allowance(value: str) -> tuple[str, int]:
    """Read `500 MB`, `2 GB`, `150 min` or `100 sms` as its service and its bytes, seconds or messages.

    A megabyte is a million bytes, as on Dutch bills. What is no whole byte, second or message is a ValueError.
    """
    match = _ALLOWANCE.fullmatch(cells.text(value))
    if match is None:
        raise ValueError("write an allowance as 500 MB, 2 GB, 150 min or 100 sms")
    service, size = UNITS[match[2]]
    units = Decimal(match[1]) * size
    if units != int(units):
        raise ValueError("an allowance must be a whole number of bytes, seconds or messages")
    return service, int(units)


def rollover(value: Any) -> tuple[str, int, int]:
    """Read `{ most = "1 GB", months = 2 }` as service, units and months: what is left may be used in later months."""
    if not isinstance(value, dict) or value.keys() != {"most", "months"}:
        raise ValueError('write it with exactly these keys: rollover = { most = "1 GB", months = 2 }')
    months = value["months"]
    if isinstance(months, bool) or not isinstance(months, int) or not 1 <= months <= MOST_MONTHS:
        raise ValueError(
            f"months must be a whole number from 1 to {MOST_MONTHS}: the later months that may use the rest"
        )
    service, units = _text_of(allowance)(value["most"])
    if units == 0:
        raise ValueError("most must be more than 0; where nothing is carried, leave rollover out")
    return service, units, months


_ITEM: Final[Mapping[str, cells.Reader]] = {
    "code": _text_of(cells.code),
    "product": _text_of(cells.one_of(PRODUCTS)),
    "name_nl": _text_of(cells.required),
    "name_en": _text_of(cells.required),
    "monthly_eur": _text_of(cells.amount),
}
KINDS: Final[Mapping[str, Mapping[str, cells.Reader]]] = {
    "plan": {**_ITEM, "deck": _text_of(cells.code)},
    "module": _ITEM,
}
BUNDLE: Final[Mapping[str, cells.Reader]] = {
    "code": _text_of(cells.code),
    "name_nl": _text_of(cells.required),
    "name_en": _text_of(cells.required),
    "service": _text_of(cells.one_of(SERVICES)),
    "allowance": _text_of(allowance),
}
BUNDLE_OPTIONS: Final[Mapping[str, tuple[cells.Reader, Any]]] = {
    "group": (_flag, False),
    "call_types": (_call_types, "[]"),
    "destinations": (_destinations, "[]"),
    "rollover": (rollover, None),
}
