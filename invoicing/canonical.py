"""Documents as canonical JSON: sorted keys, no spaces, no floats; equal documents give equal texts and equal hashes."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import json
import types
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

Document = TypeVar("Document")
_ADDED = "added"


def added(default: Any) -> Any:
    """Declare a field that documents from before it lack; while it has its default it is not written.

    So they read as they were meant, and are still equal, letter for letter, to what they were hashed as.
    """
    return dataclasses.field(default=default, metadata={_ADDED: True})


def dumps(document: object) -> str:
    """Return a frozen dataclass (texts, whole numbers, dates, tuples and more of them) as canonical JSON.

    Anything else is a TypeError; a float above all, for money is never one.
    """
    return json.dumps(_plain(document), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def loads(kind: type[Document], text: str) -> Document:
    """Read what `dumps` wrote, as a `kind`; a field too many, too few or of another type is a ValueError."""
    result: Document = _read(kind, json.loads(text))
    return result


def _plain(value: object) -> object:
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if _is_said(field, value)
        }
    raise TypeError(f"{value!r} has no place in a document: use texts, whole numbers, dates and tuples")


def _is_said(field: dataclasses.Field[Any], document: object) -> bool:
    return _ADDED not in field.metadata or getattr(document, field.name) != field.default


@functools.cache
def _fields(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


@functools.cache
def _added_fields(kind: Any) -> set[str]:
    return {field.name for field in dataclasses.fields(kind) if _ADDED in field.metadata}


def _fits(kind: Any, value: dict[str, Any]) -> bool:
    """Tell whether a text has every field of a document, those that were added later perhaps not, and no other."""
    return value.keys() | _added_fields(kind) == _fields(kind).keys()


def _read(hint: Any, value: Any) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        (inner,) = (option for option in get_args(hint) if option is not types.NoneType)
        return None if value is None else _read(inner, value)
    if origin is tuple and isinstance(value, list):
        return tuple(_read(get_args(hint)[0], item) for item in value)
    if origin is Literal and value in get_args(hint):
        return value
    if dataclasses.is_dataclass(hint) and isinstance(value, dict) and _fits(hint, value):
        return hint(**{name: _read(_fields(hint)[name], inner) for name, inner in value.items()})  # type: ignore[arg-type,operator]  # a hint that is a dataclass is a type
    if hint is dt.date and isinstance(value, str):
        return dt.date.fromisoformat(value)
    if hint in (str, int, bool) and type(value) is hint:
        return value
    raise ValueError(f"{value!r} is not a {getattr(hint, '__name__', hint)}")
