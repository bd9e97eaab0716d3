"""Price lists in the workspace: their files in the archive by content, their names in the store."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from belnota.errors import UnableToFinish
from belnota.files import publish_bytes
from belnota.store import schema
from tariffs.deck import RATES_FILE, SETTINGS_FILE, Deck
from tariffs.read import read_deck


@dataclass(frozen=True, slots=True)
class DeckImport:
    """What an import did with one price list."""

    name: str
    digest: str
    rows: int
    changed: bool


def import_deck(tx: sa.Connection, archive: Path, folder: Path, at: dt.datetime) -> DeckImport:
    """Check a deck, keep its two files under archive/decks/NAME/DIGEST and make it the one in use under its name.

    The content already in use changes nothing. A faulty deck raises DeckRefused and nothing is stored.
    The files come before the row, so a name in the store always has its files.
    """
    deck = read_deck(folder)
    kept = archive / "decks" / deck.name / deck.digest
    contents = {name: (folder / name).read_bytes() for name in (SETTINGS_FILE, RATES_FILE)}
    for name, content in contents.items():
        publish_bytes(kept / name, content)
    _read_kept(kept, deck.name, deck.digest)
    table = schema.decks
    row = {"digest": deck.digest, "rows": deck.rates.height, "imported_at": at}
    known = tx.execute(sa.select(table.c.digest).where(table.c.name == deck.name)).scalar_one_or_none()
    if known is None:
        tx.execute(table.insert().values(name=deck.name, **row))
    elif known != deck.digest:
        tx.execute(table.update().where(table.c.name == deck.name).values(**row))
    return DeckImport(deck.name, deck.digest, deck.rates.height, known != deck.digest)


def load_decks(tx: sa.Connection, archive: Path) -> dict[str, Deck]:
    """Return the decks in use by name, from the archive; a file that is not what was imported is UnableToFinish."""
    table = schema.decks
    rows = tx.execute(sa.select(table.c.name, table.c.digest).order_by(table.c.name)).all()
    return {name: _read_kept(archive / "decks" / name / digest, name, digest) for name, digest in rows}


def _read_kept(kept: Path, name: str, digest: str) -> Deck:
    deck = read_deck(kept)
    if (deck.name, deck.digest) != (name, digest):
        raise UnableToFinish(f"the files in {kept} are not the price list that was imported; import {name} again")
    return deck
