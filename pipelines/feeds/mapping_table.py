"""A TOML table that knows its place, so that every refusal can name file, section and key."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from belnota.errors import Refused


@dataclass(frozen=True)
class Table:
    """A table of a mapping: `where` reads `mappings/mobiel.toml [time]`."""

    raw: Mapping[str, Any]
    where: str

    def wrong(self, key: str, right: str) -> Refused:
        """Return the refusal of a key's value; `right` says what it must be."""
        return Refused(f"{self.where}: {key} = {self.raw.get(key)!r} must be {right}")

    def only(self, known: Collection[str]) -> None:
        """Refuse keys that are not known here."""
        for key in self.raw:
            if key not in known:
                raise Refused(f"{self.where}: unknown key {key!r}; known are {', '.join(sorted(known))}")

    def part(self, name: str, known: Collection[str] | None) -> Table:
        """Return a section in this table, empty when it is not there; `known` are its keys, None = any."""
        value = self.raw.get(name, {})
        if not isinstance(value, dict):
            raise Refused(f"{self.where}: {name} = {value!r} must be a section [{name}]")
        part = Table(value, f"{self.where} [{name}]")
        if known is not None:
            part.only(known)
        return part

    def parts(self, key: str, known: Collection[str]) -> tuple[Table, ...]:
        """Return a list of tables, such as `rewrite = [{ … }, { … }]`."""
        value = self.raw.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.wrong(key, "a list of { … }")
        tables = tuple(Table(item, f"{self.where} {key} {place}") for place, item in enumerate(value, start=1))
        for table in tables:
            table.only(known)
        return tables

    def one_of(self, *keys: str) -> str:
        """Return which one of several keys is given; Refused when it is none or more than one."""
        given = [key for key in keys if key in self.raw]
        if len(given) != 1:
            raise Refused(f"{self.where}: write exactly one of {', '.join(keys[:-1])} or {keys[-1]}")
        return given[0]

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text; without a default it must be there and not be empty."""
        value = self.raw.get(key, default)
        if not isinstance(value, str) or (value == "" and default is None):
            raise self.wrong(key, "a text")
        return value

    def word(self, key: str, allowed: Collection[str], default: str | None = None) -> str:
        """Return a text that is one of several."""
        value = self.text(key, default)
        if value not in allowed:
            raise self.wrong(key, f"one of {', '.join(allowed)}")
        return value

    def texts(self, key: str, *, may_be_empty: bool = False) -> tuple[str, ...]:
        """Return a list of texts."""
        value = self.raw.get(key, [] if may_be_empty else None)
        if not isinstance(value, list) or not (value or may_be_empty) or not all(isinstance(v, str) for v in value):
            raise self.wrong(key, "a list of one or more texts")
        return tuple(value)

    def text_or_texts(self, key: str) -> tuple[str, ...]:
        """Return one text, or a list of texts, as a list."""
        return self.texts(key) if isinstance(self.raw.get(key), list) else (self.text(key),)

    def words(self, key: str, allowed: Collection[str] | None) -> dict[str, str]:
        """Return a translation of the source's words to ours."""
        values = self.raw.get(key)
        if not isinstance(values, dict) or not values or not all(isinstance(word, str) for word in values.values()):
            right = f"translate words to {', '.join(allowed)}" if allowed else "translate words to texts"
            raise Refused(f"{self.where}: {key} = {values!r} must {right}")
        if allowed is not None and not set(values.values()) <= set(allowed):
            raise Refused(f"{self.where}: {key} = {values!r} must translate words to {', '.join(allowed)}")
        return dict(values)

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self.raw.get(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def number(self, key: str, default: int | None = None, *, least: int = 0, most: int = 2**53) -> int:
        """Return a whole number between two bounds."""
        value = self.raw.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            bounds = f"from {least}" if most == 2**53 else f"from {least} to {most}"
            raise self.wrong(key, f"a whole number {bounds}")
        return value

    def character(self, key: str, default: str, *, may_be_empty: bool = False) -> str:
        """Return one character that is no line end."""
        value = self.text(key, default)
        if (len(value) != 1 and not (may_be_empty and value == "")) or value in ("\r", "\n"):
            raise self.wrong(key, "one character")
        return value
