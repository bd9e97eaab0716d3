"""Runs a case as `belnota rate` does: a folder with a price list, a file of calls, a file of bundles; CSV to CSV."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path
from zoneinfo import ZoneInfo

from pipelines.rate_file import rate_file
from tests.spec.cases import Case, Deck, Row, Table

HERE = ZoneInfo("Europe/Amsterdam")
SERVICE = {"seconds": "voice", "messages": "sms", "bytes": "data"}
ORDINARY = {"service": "voice", "called": "31201234567", "answered_at": "2026-10-07 12:00:00"}
LISTS = ("destinations", "call_types", "subscriptions")


def outcome(case: Case, folder: Path, settings: str | None = None) -> list[Row]:
    """Rate the calls of a case; returns the rows of the result as texts. settings: instead of those of the case."""
    deck = write_deck(case.deck, folder, settings)
    bases = [write_deck(base, folder) for base in case.bases]
    calls, _ = Table.of(case.calls).cut()
    with (folder / "calls.csv").open("w", newline="", encoding="utf-8") as stream:
        rows = [call_row(call) for call in calls]
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    bundles = None
    if case.bundles:
        bundles = folder / "bundles.toml"
        bundles.write_text("".join(map(bundle_toml, Table.of(case.bundles).dicts())), encoding="utf-8")
    rate_file(folder / "calls.csv", deck, bases, folder / "out.csv", bundles)
    with (folder / "out.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def write_deck(deck: Deck, folder: Path, settings: str | None = None) -> Path:
    """Write a price list into a folder of its own; returns that folder."""
    place = folder / deck.name
    place.mkdir(exist_ok=True)
    toml = deck.settings if settings is None else settings
    (place / "deck.toml").write_text(f'name = "{deck.name}"\n{toml.strip()}\n', encoding="utf-8")
    table = Table.of(deck.rates)
    with (place / "rates.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([table.columns, *table.rows])
    return place


def call_row(call: Row) -> Row:
    """Return a call as the file has it: the unit names the service, and a local time gets its offset."""
    row = ORDINARY | {name: value for name, value in call.items() if name not in SERVICE}
    units = [name for name in SERVICE if call.get(name)]
    assert len(units) == 1, f"a call has seconds, messages or bytes: {call}"
    at = moment(row["answered_at"])
    return row | {"service": SERVICE[units[0]], "quantity": call[units[0]], "answered_at": at.isoformat()}


def moment(text: str) -> dt.datetime:
    """Read a local time of Amsterdam; one that occurs twice must say its offset, as `2026-10-25 02:30:00 +01:00`."""
    local = dt.datetime.fromisoformat(text.replace(" +", "+"))
    if local.tzinfo is not None:
        return local
    first, second = (local.replace(tzinfo=HERE, fold=fold) for fold in (0, 1))
    assert first.utcoffset() == second.utcoffset(), f"{text} occurs twice or never; write its offset"
    return first


def bundle_toml(bundle: Row) -> str:
    """Return a bundle as bundles.toml has it; an empty cell is a key left out."""
    lines = ["[[bundle]]"]
    for key, value in bundle.items():
        if not value:
            continue
        if key in LISTS:
            lines.append(f"{key} = {json.dumps([name.strip() for name in value.split(',')])}")
        else:
            lines.append(f"{key} = {value if key in ('allowance', 'shared') else json.dumps(value)}")
    return "\n".join(lines) + "\n"
