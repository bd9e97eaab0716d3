"""What control C9 compares: every mail that was ever due, and what became of it."""

from __future__ import annotations

from typing import Final

import polars as pl
import sqlalchemy as sa

from alerts.keys import key_of
from belnota.store.schema import outbox, warnings

MISSING: Final = "missing"
"""State of a mail that a warning needs and the outbox does not have."""
_DUE = pl.Schema({"mail_key": pl.String, "kind": pl.String, "state": pl.String})


def mails_due(tx: sa.Connection) -> pl.DataFrame:
    """Return one row per mail ever due: mail_key, kind, state (of the outbox, or MISSING)."""
    columns = (outbox.c.mail_key, outbox.c.kind, outbox.c.state)
    mails = [tuple(row) for row in tx.execute(sa.select(*columns))]
    causes = {key.rpartition("|")[0] for key, _, _ in mails}
    named = (warnings.c.kind, warnings.c.subject, warnings.c.period, warnings.c.level, warnings.c.limit_value)
    decided = tx.execute(sa.select(*named).where(warnings.c.outcome == "sent")).all()
    lost = [(key_of(*row), row.kind, MISSING) for row in decided if key_of(*row) not in causes]
    return pl.DataFrame([*mails, *lost], schema=_DUE, orient="row").sort("mail_key")
