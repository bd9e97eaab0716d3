"""Where a key stands in a TOML file: tomllib forgets it, and a fault must name its line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]")
_KEY = re.compile(r"\s*[\"']?([A-Za-z0-9_.-]+)[\"']?\s*=")


@dataclass
class TomlLines:
    """Lines of keys by (table, number of the table, key), counted from 1; the table of the top is ''."""

    lines: dict[tuple[str, int, str], int] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> TomlLines:
        found: dict[tuple[str, int, str], int] = {}
        counts: dict[str, int] = {}
        table, number = "", 0
        for line, content in enumerate(text.splitlines(), start=1):
            if header := _HEADER.match(content):
                table = header[2]
                number = counts.get(table, 0)
                counts[table] = number + 1
                found.setdefault((table, number, ""), line)
            elif key := _KEY.match(content):
                found.setdefault((table, number, key[1]), line)
        return cls(found)

    def line(self, table: str, key: str, number: int = 0) -> int | None:
        """Return the line of a key, else of its table, else of the inline table of that name, else none."""
        places = ((table, number, key), (table, number, ""), ("", 0, table))
        return next((self.lines[place] for place in places if place in self.lines), None)
