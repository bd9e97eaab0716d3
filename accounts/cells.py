"""How the text of one cell is read: each reader returns the value, or raises a ValueError that says what is right."""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from belnota.money import MICROS_PER_EURO, micros

Reader = Callable[[str], Any]

MAX_LENGTH = 200
MAX_EUROS = 1_000_000
FIRST_YEAR, LAST_YEAR = 1990, 2099
"""From 2100 on, the time zone tables of Polars and of Python disagree about summer time."""
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_BREAKING_CATEGORIES = {"Cc", "Cs", "Zl", "Zp"}
_TURNING = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}  # what makes text read otherwise than it is


def text(value: str) -> str:
    """Read any text: composed (NFC), trimmed, at most 200 characters, none of which ends a line or turns direction."""
    clean = unicodedata.normalize("NFC", value).strip(" ")
    for character in clean:
        if unicodedata.category(character) in _BREAKING_CATEGORIES or unicodedata.bidirectional(character) in _TURNING:
            raise ValueError(f"take out the control character U+{ord(character):04X}")
    if len(clean) > MAX_LENGTH:
        raise ValueError(f"use at most {MAX_LENGTH} characters; these are {len(clean)}")
    return clean


def required(value: str) -> str:
    clean = text(value)
    if not clean:
        raise ValueError("fill it in, it may not be empty")
    return clean


def code(value: str) -> str:
    """Read an identifier that is safe in file names, pool ids and spreadsheets."""
    if not _CODE.fullmatch(required(value)):
        raise ValueError("use 1 to 64 letters, digits, points, dashes and underscores, a letter or digit first")
    return text(value)


def username(value: str) -> str:
    """Read a user name; case does not distinguish users, so it is kept in lower case (R9.22, R9.34)."""
    name = required(value).lower()
    if not _USERNAME.fullmatch(name):
        raise ValueError("use 1 to 64 letters, digits and . _ @ + -, a letter or digit first")
    return name


def day(value: str) -> dt.date:
    match = _DAY.fullmatch(text(value))
    with suppress(ValueError):
        if match and FIRST_YEAR <= (found := dt.date.fromisoformat(match[0])).year <= LAST_YEAR:
            return found
    raise ValueError(f"write an existing date from {FIRST_YEAR} to {LAST_YEAR} as YYYY-MM-DD, such as 2026-10-01")


def optional(reader: Reader) -> Reader:
    """Let an empty cell mean None."""
    return lambda value: reader(value) if text(value) else None


def blank(reader: Reader) -> Reader:
    """Let an empty cell mean an empty text."""
    return lambda value: reader(value) if text(value) else ""


def one_of(choices: Sequence[str]) -> Reader:
    def read(value: str) -> str:
        if text(value) not in choices:
            raise ValueError(f"choose one of: {', '.join(choices)}")
        return text(value)

    return read


def some_of(choices: Sequence[str]) -> Reader:
    """Read words with spaces between them as a JSON list, each once and in the order of the choices."""

    def read(value: str) -> str:
        words = set(text(value).split())
        if not words <= set(choices):
            unknown = ", ".join(sorted(words - set(choices)))
            raise ValueError(f"{unknown} is not known; known are: {', '.join(choices)}")
        return json.dumps([choice for choice in choices if choice in words])

    return read


def yes_or_no(value: str) -> bool:
    return bool(one_of(("no", "yes"))(value) == "yes")


def amount(value: str) -> int:
    """Read euros as micro-euros, from 0 to a million euro."""
    micro_eur = micros(text(value))
    if not 0 <= micro_eur <= MAX_EUROS * MICROS_PER_EURO:
        raise ValueError("write an amount from 0 to 1000000 euro")
    return micro_eur


def limit(value: str) -> int:
    """Read a warning limit; empty and 0 both mean that there is none (R8.4)."""
    return amount(value) if text(value) else 0
