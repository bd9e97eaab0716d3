"""Tables of the store: what was decided about calls that wait for a part."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from belnota.store.base import Instant, metadata

part_decisions = Table(
    "part_decisions",  # append-only: what was decided about a call that waits; the newest of a call counts
    metadata,
    Column("decision_id", Integer, primary_key=True),
    Column("feed", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("state", Text, nullable=False),  # dropped | waiting (the dropping was taken back)
    Column("parts", BigInteger, nullable=False),  # how many had come by then
    Column("decided_by", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("decided_at", Instant, nullable=False),
)
