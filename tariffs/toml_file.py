"""A TOML file that is being read: what is wrong in it is kept with its line, and reading goes on."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import Any

from tariffs.deck import Fault
from tariffs.toml_lines import TomlLines


@dataclass
class TomlFile:
    """The values of a TOML file, with the faults found so far."""

    file: str
    values: dict[str, Any] = field(default_factory=dict)
    lines: TomlLines = field(default_factory=TomlLines)
    faults: list[Fault] = field(default_factory=list)

    @classmethod
    def of(cls, content: bytes, file: str) -> TomlFile:
        """Read a file; one that is no TOML has one fault and no values."""
        try:
            text = content.decode("utf-8-sig")
            return cls(file, tomllib.loads(text), TomlLines.of(text))
        except UnicodeDecodeError as error:
            line: int | None = content[: error.start].count(b"\n") + 1
            told = "this is not UTF-8 text; save the file as UTF-8"
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"at line (\d+)", str(error))
            line, told = int(found[1]) if found else None, f"this is not TOML: {error}"
        return cls(file, faults=[Fault(file, line, None, None, told)])

    def fault(self, table: str, key: str, value: object, right: str, number: int = 0) -> None:
        line = self.lines.line(table, key, number)
        if line is None and not table:
            line = self.lines.line(key, "")
        name = f"[{table}] {key}".strip() if table else key
        self.faults.append(Fault(self.file, line, name, None if value is None else str(value), right))

    def unknown_keys(self, table: str, values: dict[str, Any], known: tuple[str, ...], number: int = 0) -> None:
        for key in sorted(values.keys() - set(known)):
            value = values[key]
            shown = None if isinstance(value, (dict, list)) else value
            self.fault(table, key, shown, f"this key is not known; known are {', '.join(known)}", number)

    def choice(self, table: str, values: dict[str, Any], key: str, allowed: tuple[Any, ...]) -> Any:
        value = values.get(key, allowed[0])
        if value in allowed:
            return value
        self.fault(table, key, value, f"write one of {', '.join(map(repr, allowed))}")
        return allowed[0]

    def table(self, values: dict[str, Any], key: str) -> dict[str, Any]:
        value = values.get(key, {})
        if isinstance(value, dict):
            return value
        self.fault("", key, value, f"write a table [{key}]")
        return {}
