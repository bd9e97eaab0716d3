"""What was decided before: warnings are recorded together with their mails, in the caller's one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import polars as pl
import sqlalchemy as sa

from alerts import outbox
from alerts.decide import RememberedKey, WarningIntent
from alerts.keys import belongs_to
from alerts.mail import Mail
from belnota.store.schema import warnings

_FRAME = pl.Schema(
    {
        "subject": pl.String(),
        "kind": pl.String(),
        "period": pl.String(),
        "level": pl.Int64(),
        "limit_value": pl.Int64(),
        "customer_id": pl.String(),
        "used_value": pl.Int64(),
        "outcome": pl.String(),
        "decided_on": pl.Date(),
    }
)


def remembered(tx: sa.Connection, period: str) -> set[RememberedKey]:
    """Return every warning decided for a period."""
    columns = (warnings.c[name] for name in RememberedKey._fields)
    return {RememberedKey(*row) for row in tx.execute(sa.select(*columns).where(warnings.c.period == period))}


def record(
    tx: sa.Connection, intents: Sequence[WarningIntent], mails: Iterable[Mail], decided_on: dt.date, at: dt.datetime
) -> int:
    """Record warnings and queue their mails: both are kept or neither. Returns how many mails are new.

    A warning without a mail is recorded as `nobody`: no user was registered, and one who registers later is not
    told of the past. Recording the same again changes nothing.
    """
    mails = list(mails)
    for intent in intents:
        if not _is_recorded(tx, intent.remembered_as):
            tx.execute(sa.insert(warnings).values(_row(intent, mails, decided_on)))
    return outbox.queue(tx, mails, at)


def warnings_frame(tx: sa.Connection) -> pl.DataFrame:
    """Return all recorded warnings, one row each, for analysts.

    `used_value` and `limit_value` are seconds, messages or bytes for kind `bundle`, micro-euros for `voip_cost`.
    """
    query = sa.select(*(warnings.c[name] for name in _FRAME)).order_by(
        warnings.c.period, warnings.c.kind, warnings.c.subject, warnings.c.level, warnings.c.limit_value
    )
    return pl.DataFrame([tuple(row) for row in tx.execute(query)], schema=_FRAME, orient="row")


def _is_recorded(tx: sa.Connection, key: RememberedKey) -> bool:
    query = sa.select(sa.true()).where(*(warnings.c[name] == value for name, value in key._asdict().items()))
    return tx.scalar(query) is not None


def _row(intent: WarningIntent, mails: Sequence[Mail], decided_on: dt.date) -> dict[str, object]:
    is_told = any(belongs_to(mail.key, intent.key) for mail in mails)
    return intent.remembered_as._asdict() | {
        "customer_id": intent.customer_id,
        "used_value": intent.used_value,
        "outcome": intent.outcome if is_told or intent.outcome == "skipped" else "nobody",
        "decided_on": decided_on,
    }
