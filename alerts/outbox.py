"""The outbox: mails waiting, under way and done. A mail is never lost, and never sent twice without a person's word.

queued -> sending -> sent | refused | unknown. `sending` is committed before the server hears of the mail, so one that
is found there afterwards belongs to a run that died: the server may or may not have it, and only a person may retry.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, get_args

import sqlalchemy as sa

from alerts.mail import Mail
from belnota.errors import Refused
from belnota.store.schema import events, outbox

State = Literal["queued", "sending", "sent", "refused", "unknown"]
STATES: Final[tuple[State, ...]] = get_args(State)

_RETRY = "mail.retry"
_INTERRUPTED = "the program stopped while sending; the server may have the mail"


@dataclass(frozen=True)
class Outgoing:
    """A mail that a run has taken up to send."""

    key: str
    recipient: str
    message: bytes


def queue(tx: sa.Connection, mails: Iterable[Mail], at: dt.datetime) -> int:
    """Put mails in the outbox, each key once and for all; returns how many are new."""
    new = 0
    for mail in mails:
        known = tx.scalar(sa.select(sa.true()).where(outbox.c.mail_key == mail.key))
        if known is None:
            tx.execute(sa.insert(outbox).values(_row(mail, at)))
            new += 1
    return new


def pending(tx: sa.Connection) -> list[str]:
    """Return the keys of the mails that wait, oldest first."""
    query = sa.select(outbox.c.mail_key).where(outbox.c.state == "queued")
    return list(tx.scalars(query.order_by(outbox.c.queued_at, outbox.c.mail_key)))


def status(tx: sa.Connection) -> dict[State, int]:
    """Return how many mails are in each state, zeros included; together they are all mails ever due (control C9)."""
    counts = tx.execute(sa.select(outbox.c.state, sa.func.count()).group_by(outbox.c.state))
    counted: dict[str, int] = {state: mails for state, mails in counts}  # noqa: C416 - mypy sees no pairs in rows
    return {state: counted.get(state, 0) for state in STATES}


def troubled(tx: sa.Connection) -> list[dict[str, object]]:
    """Return the mails that a person should know of: refused, perhaps arrived, or waiting after a failed attempt.

    Each has mail_key, recipient, customer_id, state, attempts, last_answer and changed_at.
    """
    names = ("mail_key", "recipient", "customer_id", "state", "attempts", "last_answer", "changed_at")
    waits = (outbox.c.state == "queued") & (outbox.c.attempts > 0)
    query = sa.select(*(outbox.c[name] for name in names)).where(
        outbox.c.state.in_(["refused", "unknown"]) | waits,
        outbox.c.message != b"",  # a purged mail troubles nobody any more
    )
    return [dict(row) for row in tx.execute(query.order_by(outbox.c.state, outbox.c.mail_key)).mappings()]


def read(tx: sa.Connection, key: str) -> Outgoing:
    """Return a mail as it goes over the wire."""
    columns = (outbox.c.mail_key, outbox.c.recipient, outbox.c.message)
    return Outgoing(*tx.execute(sa.select(*columns).where(outbox.c.mail_key == key)).one())


def claim(tx: sa.Connection, key: str, at: dt.datetime) -> Outgoing | None:
    """Take up a waiting mail: it is `sending` once this transaction commits. None when it no longer waits."""
    taken = tx.execute(
        sa.update(outbox)
        .where(outbox.c.mail_key == key, outbox.c.state == "queued")
        .values(state="sending", attempts=outbox.c.attempts + 1, changed_at=at)
    )
    return read(tx, key) if taken.rowcount else None


def settle(tx: sa.Connection, key: str, state: State, answer: str, at: dt.datetime) -> None:
    """Write down what became of a mail."""
    values = {"state": state, "last_answer": answer, "changed_at": at}
    tx.execute(sa.update(outbox).where(outbox.c.mail_key == key).values(values))


def mark_interrupted(tx: sa.Connection, at: dt.datetime) -> int:
    """Make `unknown` of what a run that died left in `sending`; the caller holds the workspace, so no run is alive."""
    marked = tx.execute(
        sa.update(outbox)
        .where(outbox.c.state == "sending")
        .values(state="unknown", last_answer=_INTERRUPTED, changed_at=at)
    )
    return marked.rowcount


def retry(tx: sa.Connection, key: str, *, at: dt.datetime, actor: str = "operator") -> None:
    """Queue a refused or unknown mail once more, with the same Message-ID; the audit trail says who asked.

    Raises Refused when there is no such mail, when it is not in trouble, or when it had its one retry.
    """
    state = tx.scalar(sa.select(outbox.c.state).where(outbox.c.mail_key == key, outbox.c.message != b""))
    if state is None:
        raise Refused(f"no mail has the key {key!r}; see the keys with: belnota mail status")
    if state not in {"refused", "unknown"}:
        raise Refused(f"mail {key!r} is {state}; only refused and unknown mails can be sent again")
    retried = sa.select(sa.true()).where(events.c.action == _RETRY, events.c.subject == key)
    if tx.scalar(retried) is not None:
        raise Refused(f"mail {key!r} was already sent again once; reach the recipient in another way")
    detail = json.dumps({"state": state})
    tx.execute(sa.insert(events).values(at=at, actor=actor, action=_RETRY, subject=key, detail=detail))
    settle(tx, key, "queued", "", at)


def _row(mail: Mail, at: dt.datetime) -> dict[str, object]:
    return {
        "mail_key": mail.key,
        "message_id": mail.message_id,
        "recipient": mail.recipient,
        "customer_id": mail.customer_id,
        "kind": mail.kind,
        "state": "refused" if mail.fault else "queued",
        "attempts": 0,
        "last_answer": mail.fault,
        "queued_at": at,
        "changed_at": at,
        "message": mail.message,
    }
