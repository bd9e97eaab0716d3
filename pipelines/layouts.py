"""A file of a feed with columns that no earlier one had: it is read, and told once (reliability.md D22)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from belnota.phone import without_numbers
from belnota.settings import Feed
from belnota.store.nights import feed_layouts
from pipelines.feeds.columns import HEAD, columns_of
from pipelines.screen import printable

_NAMED: Final = 8
_LONGEST: Final = 40


@dataclass(frozen=True)
class NewLayout:
    """Columns as no file of the feed had them before; `note` says so, empty for the first file of all."""

    feed: str
    columns: str
    note: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.columns.encode()).hexdigest()


def new_layout(tx: sa.Connection, feed: Feed, mapping_toml: str, path: Path) -> NewLayout | None:
    """Return the columns of an accepted file when no file of its feed had exactly these before."""
    with path.open("rb") as content:
        found = columns_of(feed, mapping_toml, content.read(HEAD))
    if not found:
        return None
    layout = NewLayout(feed.name, json.dumps(found), "")
    known = tx.execute(
        sa.select(feed_layouts.c.digest, feed_layouts.c.columns).where(feed_layouts.c.feed == feed.name)
    ).all()
    if any(row.digest == layout.digest for row in known):
        return None
    if not known:
        return layout
    before = {name for row in known for name in json.loads(row.columns)}
    said = [
        f"{what}: {_shown(names)}"
        for what, names in (("new columns", set(found) - before), ("columns that are gone", before - set(found)))
        if names
    ]
    if not said:  # columns that each came before, though not together
        return layout
    note = f"{' and '.join(said)}; what is needed is there and was read, see whether the feed should read more"
    return NewLayout(layout.feed, layout.columns, note)


def remember(tx: sa.Connection, layout: NewLayout, file_id: str) -> None:
    """Know these columns from now on, so that they are told once."""
    row = {"feed": layout.feed, "digest": layout.digest, "columns": layout.columns, "file_id": file_id}
    tx.execute(sa.insert(feed_layouts).values(**row))


def _shown(names: Collection[str]) -> str:
    told = [without_numbers(printable(name[:_LONGEST])) for name in sorted(names)]
    more = f" and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
    return ", ".join(told[:_NAMED]) + more
