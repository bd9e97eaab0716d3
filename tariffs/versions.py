"""The versions of a price list that the archive keeps: every one that was ever imported, by its digest."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from belnota.errors import Refused, UnableToFinish
from belnota.store import schema
from tariffs.compile import chain_of
from tariffs.deck import RATES_FILE, SETTINGS_FILE, Deck
from tariffs.read import read_deck

PREVIOUS: Final = "previous"
"""In `NAME@previous`: the version that was imported last before the one in use."""
_SHORT: Final = 8


@dataclass(frozen=True, slots=True)
class Version:
    """One kept version; kept_at is when it was last imported, by the time of its file."""

    name: str
    digest: str
    kept_at: dt.datetime
    is_in_use: bool

    def __str__(self) -> str:
        used = "in use" if self.is_in_use else f"imported {self.kept_at:%Y-%m-%d %H:%M} UTC"
        return f"{self.name}@{self.digest[:_SHORT]} ({used})"


def versions(tx: sa.Connection, archive: Path, name: str) -> list[Version]:
    """Return the kept versions of a price list: the one in use first, then the newest; none of an unknown name."""
    in_use = tx.scalar(sa.select(schema.decks.c.digest).where(schema.decks.c.name == name))
    if in_use is None:
        return []
    kept = [
        Version(name, folder.name, _time_of(folder), folder.name == in_use)
        for folder in (archive / "decks" / name).iterdir()
        if (folder / RATES_FILE).is_file() and (folder / SETTINGS_FILE).is_file()
    ]
    return sorted(kept, key=lambda version: (version.is_in_use, version.kept_at, version.digest), reverse=True)


def read_version(archive: Path, version: Version) -> Deck:
    """Return a kept version; UnableToFinish when its files are not what was imported."""
    folder = archive / "decks" / version.name / version.digest
    deck = read_deck(folder)
    if (deck.name, deck.digest) != (version.name, version.digest):
        raise UnableToFinish(f"the files in {folder} are not what was imported; restore them from a backup")
    return deck


def named_version(tx: sa.Connection, archive: Path, text: str) -> Version:
    """Return the version that `NAME` (in use), `NAME@DIGEST` (a part from its start) or `NAME@previous` names.

    Refused, naming what there is, when it names none or several.
    """
    name, _, wanted = text.partition("@")
    known = versions(tx, archive, name)
    if not known:
        names = ", ".join(tx.scalars(sa.select(schema.decks.c.name).order_by(schema.decks.c.name))) or "none"
        raise Refused(
            f"{text!r} is neither a folder with {SETTINGS_FILE} nor an imported price list; those are: {names}"
        )
    if wanted == PREVIOUS:
        found = [version for version in known if not version.is_in_use][:1]
    else:
        found = [version for version in known if version.digest.startswith(wanted) and (wanted or version.is_in_use)]
    if len(found) != 1:
        there = "".join(f"\n  {version}" for version in known)
        raise Refused(f"{text!r} names {len(found) or 'no'} versions of {name}; kept are:{there}")
    return found[0]


def chain_in_use(tx: sa.Connection, archive: Path, names: set[str]) -> dict[str, Deck]:
    """Return these price lists and their bases as they are in use; what is not imported is absent."""
    decks: dict[str, Deck] = {}
    wanted = sorted(names)
    while wanted:
        name = wanted.pop()
        in_use = next((version for version in versions(tx, archive, name) if version.is_in_use), None)
        if name in decks or in_use is None:
            continue
        decks[name] = read_version(archive, in_use)
        wanted += [base for base in (decks[name].settings.base,) if base is not None]
    return decks


def reaches(decks: dict[str, Deck], entry: str, names: set[str]) -> bool:
    """Return whether a price list or one of its bases has one of these names."""
    return not names.isdisjoint(chain_of(decks, entry))


def _time_of(folder: Path) -> dt.datetime:
    return dt.datetime.fromtimestamp((folder / RATES_FILE).stat().st_mtime, dt.UTC)
