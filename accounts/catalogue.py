"""The file catalogue.toml: subscription types ("plans") and modules, with their fees and bundles."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final

from accounts import cells
from accounts.faults import Fault
from accounts.offers import BUNDLE, BUNDLE_OPTIONS, KINDS
from accounts.sheets import Record, content_of

FILE: Final = "catalogue.toml"
_TABLE_HEADER = re.compile(r"\s*\[\[\s*(plan|module)(?:\s*\.\s*(bundle))?\s*\]\]")


def read_catalogue(folder: Path, faults: list[Fault]) -> list[Record] | None:
    """Return one record per plan and module, bundles inside, or None when it is no TOML; faults go to `faults`."""
    content = content_of(folder, FILE, faults)
    if content is None:
        return None
    try:
        raw = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        faults.append(Fault(FILE, 0, "", "", f"it is not proper TOML: {error}"))
        return None
    unknown = sorted(raw.keys() - KINDS.keys())
    faults += [Fault(FILE, 0, key, "", "it is not known; a catalogue has [[plan]] and [[module]]") for key in unknown]
    reading = _Reading(faults, list(_headers(content)), count())
    return [record for kind in KINDS for record in reading.items(kind, raw.get(kind, []))]


def _headers(content: str) -> Iterator[tuple[int, str, str | None]]:
    for line, written in enumerate(content.splitlines(), 1):
        if match := _TABLE_HEADER.match(written):
            yield line, match[1], match[2]


@dataclass(frozen=True)
class _Reading:
    faults: list[Fault]
    headers: list[tuple[int, str, str | None]]
    positions: Iterator[int]
    """Bundles are numbered through the whole file: the order in which a call draws from them."""

    def items(self, kind: str, tables: Any) -> Iterator[Record]:
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self.faults.append(Fault(FILE, 0, kind, "", f"write each {kind} as a table [[{kind}]]"))
            return
        starts = [n for n, (_line, name, bundle) in enumerate(self.headers) if name == kind and bundle is None]
        for nth, table in enumerate(tables):
            start = starts[nth] if nth < len(starts) else None
            line = 0 if start is None else self.headers[start][0]
            values = self._read(line, table, KINDS[kind], {"bundle": (lambda value: value, [])})
            bundles = self._bundles(kind, values.pop("bundle"), start)
            if "monthly_eur" in values:
                values["monthly_micro_eur"] = values.pop("monthly_eur")
            yield Record(FILE, line, {"deck": "", **values, "kind": kind, "bundles": bundles})

    def _bundles(self, kind: str, tables: Any, start: int | None) -> list[dict[str, Any]]:
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self.faults.append(Fault(FILE, 0, f"{kind}.bundle", "", f"write each bundle as a table [[{kind}.bundle]]"))
            return []
        after = [] if start is None else self.headers[start + 1 : start + 1 + len(tables)]
        lines = [line for line, name, bundle in after if name == kind and bundle]
        lines += [0] * (len(tables) - len(lines))
        return [self._bundle(line, table) for line, table in zip(lines, tables, strict=True)]

    def _bundle(self, line: int, table: dict[str, Any]) -> dict[str, Any]:
        values = self._read(line, table, BUNDLE, BUNDLE_OPTIONS)
        service, units = values.pop("allowance", (None, 0))
        carried_service, most, months = values.pop("rollover") or (None, None, None)
        for key, found in (("allowance", service), ("rollover", carried_service)):
            if found and values.get("service") not in {None, found}:
                remedy = f"this {key} is {found}, the bundle is {values['service']}; make them agree"
                self.faults.append(Fault(FILE, line, key, str(table[key]), remedy))
        is_group, position = values.pop("group"), next(self.positions)
        rest = {"rollover_most": most, "rollover_months": months}
        return {**values, "allowance": units, "is_group": is_group, "position": position, **rest}

    def _read(
        self,
        line: int,
        table: dict[str, Any],
        needed: Mapping[str, cells.Reader],
        options: Mapping[str, tuple[cells.Reader, Any]],
    ) -> dict[str, Any]:
        values: dict[str, Any] = {key: default for key, (_reader, default) in options.items()}
        readers = {**needed, **{key: reader for key, (reader, _default) in options.items()}}
        for key in sorted(needed.keys() - table.keys()):
            self.faults.append(Fault(FILE, line, key, "", "it is missing"))
        for key, value in table.items():
            try:
                if key not in readers:
                    raise ValueError(f"it is not known; known are {', '.join(readers)}")  # noqa: TRY301 - one way out
                values[key] = readers[key](value)
            except ValueError as error:
                self.faults.append(Fault(FILE, line, key, str(value)[:120], str(error)))
        return values
