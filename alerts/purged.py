"""Mails past the clock of invoices: the message and its recipient go; that there was a mail stays (control C9)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from alerts.keys import file_name_of
from belnota.periods import midnight
from belnota.store.schema import outbox

_PURGED: Final = "purged"
_OVER: Final = ("sent", "refused", "unknown")


def expired_mails(tx: sa.Connection, year: int) -> list[str]:
    """Return the keys of mails of `year` or before that wait for nothing and still have their message."""
    if not year:
        return []
    until = midnight(dt.date(year + 1, 1, 1))
    is_old = (outbox.c.queued_at < until) & (outbox.c.changed_at < until) & outbox.c.state.in_(_OVER)
    return list(tx.scalars(sa.select(outbox.c.mail_key).where(is_old, outbox.c.recipient != _PURGED)))


def mail_files(folder: Path, keys: list[str]) -> list[Path]:
    """Return the `.eml` files of mails that are there."""
    return [path for key in keys if (path := folder / file_name_of(key)).exists()]


def forget_mails(tx: sa.Connection, keys: list[str]) -> None:
    """Empty the messages of mails; their keys, states and moments stay.

    The key names the recipient too, so it becomes one that only says which cause it belongs to.
    """
    for key in keys:
        cause = key.rpartition("|")[0]
        values = {"mail_key": f"{cause}|{_PURGED} {file_name_of(key)[-12:-4]}", "recipient": _PURGED}
        tx.execute(sa.update(outbox).where(outbox.c.mail_key == key).values(**values, message=b"", last_answer=""))
