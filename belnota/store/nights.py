"""Tables of the store: which nights ran, and the layouts in which each feed's files came."""

from __future__ import annotations

from sqlalchemy import Column, Date, Table, Text

from belnota.store.base import Instant, metadata

nights = Table(
    "nights",  # one row per local date for which a night got as far as the controls, also when nothing was news
    metadata,
    Column("run_on", Date, primary_key=True),
    Column("ran_at", Instant, nullable=False),  # of the first time
)

feed_layouts = Table(
    "feed_layouts",  # the columns that files of a feed had so far; the first of a feed is what it is expected to have
    metadata,
    Column("feed", Text, primary_key=True),
    Column("digest", Text, primary_key=True),  # SHA-256 of `columns`, which may be too long for a key
    Column("columns", Text, nullable=False),  # JSON list of names, in the file's order
    Column("file_id", Text, nullable=False),  # the first file that came so
)
