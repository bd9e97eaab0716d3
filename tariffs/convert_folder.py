"""Write a converted price list: deck.toml with where it comes from, rates.csv, and what was left out."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl

from belnota.errors import Refused
from tariffs.deck import RATES_FILE, SETTINGS_FILE, Deck
from tariffs.read import read_deck

SKIPPED_FILE: Final = "skipped.csv"
PREFIXES_FILE: Final = "prefixes.csv"


def write_folder(folder: Path, settings: str, rates: pl.DataFrame, lists: Mapping[str, pl.DataFrame]) -> Deck:
    """Write a price list and the lists beside it in one step, checked as `belnota decks check` does.

    A folder that holds anything is Refused: somebody may have worked on what is in it.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"{folder} is there already and not empty; name a new folder, or remove that one first")
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        (aside / SETTINGS_FILE).write_text(settings, encoding="utf-8")
        rates.write_csv(aside / RATES_FILE)
        for name, rows in lists.items():
            if rows.height:
                rows.write_csv(aside / name)
        deck = read_deck(aside)
        aside.chmod(0o755)
        aside.replace(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return deck


def settings_text(deck: Mapping[str, Any], rows: int, origin: list[str]) -> str:
    """Return deck.toml: comments that say where it comes from, the settings of the mapping, and how many rows."""
    lines = [f"# {' '.join(line.split())}" for line in origin]
    lines += [f"{key} = {_value(value)}" for key, value in deck.items() if not _is_table(value)]
    lines.append(f"rows = {rows}")
    for key, value in deck.items():
        if isinstance(value, Mapping):
            lines += ["", f"[{key}]", *(f"{name} = {_value(each)}" for name, each in value.items())]
        elif _is_table(value):
            for table in value:
                lines += ["", f"[[{key}]]", *(f"{name} = {_value(each)}" for name, each in table.items())]
    return "\n".join([*lines, ""])


def _is_table(value: object) -> bool:
    listed = isinstance(value, list) and bool(value) and all(isinstance(each, Mapping) for each in value)
    return listed or isinstance(value, Mapping)


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case dt.date():
            return value.isoformat()
        case list():
            return f"[{', '.join(map(_value, value))}]"
        case _:
            return json.dumps(value, ensure_ascii=False, default=str)
