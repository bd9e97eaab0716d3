"""Calls that somebody gave up: their parts stay where they are, counted, and wait for nothing any more."""

from __future__ import annotations

import polars as pl
import sqlalchemy as sa

from belnota.store.parts import part_decisions
from belnota.tables import PartDecision, schema_of

_SCHEMA = schema_of(PartDecision)


def decisions(tx: sa.Connection, feed: str = "") -> pl.DataFrame:
    """Return all decisions (PartDecision) of one feed, or of all, oldest first."""
    query = sa.select(*(part_decisions.c[name] for name in _SCHEMA.names())).order_by(part_decisions.c.decision_id)
    rows = tx.execute(query.where(part_decisions.c.feed == feed) if feed else query)
    return pl.DataFrame([tuple(row) for row in rows], schema=_SCHEMA, orient="row")


def dropped(tx: sa.Connection, feed: str = "") -> pl.DataFrame:
    """Return the decisions (PartDecision) about calls that are dropped now."""
    newest = decisions(tx, feed).unique(["feed", "key"], keep="last", maintain_order=True)
    return newest.filter(pl.col("state").cast(pl.String) == "dropped")


def dropped_keys(tx: sa.Connection, feed: str) -> pl.Series:
    """Return the keys of the calls of a feed that are dropped now."""
    return dropped(tx, feed)["key"]
