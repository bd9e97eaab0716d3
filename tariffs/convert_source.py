"""Read the file that a mapping describes: its columns must be exactly those of which the mapping speaks."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from belnota.errors import Refused
from tariffs.convert_mapping import DeckMapping
from tariffs.csv_lines import cut
from tariffs.deck import DeckRefused, Fault

_OTHER_KINDS: Final = {
    **dict.fromkeys((".yml", ".yaml"), "YAML"),
    **dict.fromkeys((".xlsx", ".xls", ".ods"), "a spreadsheet"),
    ".json": "JSON",
    ".xml": "XML",
    ".pdf": "PDF",
    ".zip": "an archive",
}


def read_source(path: Path, content: bytes, mapping: DeckMapping) -> pl.DataFrame:
    """Return `line` and the columns of the source as texts, trimmed, null where empty; faults raise DeckRefused."""
    if kind := _OTHER_KINDS.get(path.suffix.lower()):
        raise Refused(f"{path} is {kind}; a conversion reads delimited text, so export the prices as CSV in UTF-8")
    file = str(path)
    lines = cut(content, file, mapping.style)
    if isinstance(lines, Fault):
        raise DeckRefused(file, (lines,), what="file")
    if lines.lines.is_empty():
        raise DeckRefused(file, (Fault(file, 1, None, None, "the file is empty"),), what="file")
    names = list(mapping.header) or lines.header
    faults = _name_faults(names, file, mapping)
    texts = pl.DataFrame()
    if not faults:
        texts, faults = lines.columns(names, file, after_header=not mapping.header)
    if not faults and texts.is_empty():
        faults = [Fault(file, 1, None, None, "the file has a header and nothing below it")]
    if faults:
        raise DeckRefused(file, tuple(faults), what="file")
    return texts


def _name_faults(names: list[str], file: str, mapping: DeckMapping) -> list[Fault]:
    """A column of which the mapping is silent could hold a part of the price, so it is a fault."""
    known = mapping.used | set(mapping.ignored)
    listed = ", ".join(names)
    faults = [
        Fault(file, 1, name, None, f"mapping {mapping.name} uses this column, the file has {listed}")
        for name in sorted(mapping.used - set(names))
    ]
    faults += [
        Fault(file, 1, name, None, f"mapping {mapping.name} is silent on this column; use it or name it under ignored")
        for name in names
        if name not in known
    ]
    twice = sorted({name for name in names if names.count(name) > 1})
    return faults + [Fault(file, 1, name, None, "this column is there twice; name one otherwise") for name in twice]
