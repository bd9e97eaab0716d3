"""Price lists in the workspace: their files in the archive by content, their names in the store."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from belnota.errors import BelnotaError, UnableToFinish
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


def imported_decks(tx: sa.Connection) -> pl.DataFrame:
    """Return one row per deck in use: name, rows, imported_at, digest."""
    columns = [schema.decks.c[name] for name in ("name", "rows", "imported_at", "digest")]
    found = tx.execute(sa.select(*columns).order_by(schema.decks.c.name))
    moment = pl.Datetime("us", "UTC")
    kinds = pl.Schema({"name": pl.String(), "rows": pl.Int64(), "imported_at": moment, "digest": pl.String()})
    return pl.DataFrame([tuple(row) for row in found], schema=kinds, orient="row")


def verify(tx: sa.Connection, archive: Path) -> list[str]:
    """Return one sentence per deck in use whose kept files are not what was imported."""
    problems = []
    for name, digest in tx.execute(sa.select(schema.decks.c.name, schema.decks.c.digest)):
        try:
            _read_kept(archive / "decks" / name / digest, name, digest)
        except (BelnotaError, OSError) as error:
            problems.append(f"price list {name}: {error}")
    return problems


def _read_kept(kept: Path, name: str, digest: str) -> Deck:
    deck = read_deck(kept)
    if (deck.name, deck.digest) != (name, digest):
        raise UnableToFinish(f"the files in {kept} are not the price list that was imported; import {name} again")
    return deck
