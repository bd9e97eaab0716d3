"""Tables of the store: what was decided about lines in quarantine."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Integer, Table, Text

from belnota.store.base import Instant, metadata

quarantine_retries = Table(
    "quarantine_retries",  # lines of one file read once more; its calls are in the lake as the batch of this name
    metadata,
    Column("retry_id", Text, primary_key=True),
    Column("file_id", Text, nullable=False),
    Column("state", Text, nullable=False),  # begun | done | undone (its run died before the calls were stored)
    Column("calls", BigInteger, nullable=False),
    Column("assembled", BigInteger, nullable=False, server_default="0"),  # of these, calls that its parts made whole
)

quarantine_decisions = Table(
    "quarantine_decisions",  # append-only: what was decided about a line; the newest of a line counts
    metadata,
    Column("decision_id", Integer, primary_key=True),
    Column("file_id", Text, nullable=False, index=True),
    Column("line_number", BigInteger, nullable=False),
    Column("state", Text, nullable=False),  # open | retried | dropped
    Column("became", Text),  # of a retried line: call | part | duplicate | left_out
    Column("reason", Text),  # of a line that is open: why it still is
    Column("detail", Text),
    Column("call_id", Text),
    Column("retry_id", Text, sa.ForeignKey("quarantine_retries.retry_id")),  # counts once that retry is done
    Column("decided_by", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("decided_at", Instant, nullable=False),
)
