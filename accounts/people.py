"""Who is billed, who gets mail, and who is to be warned at which amount."""

from __future__ import annotations

import json

import sqlalchemy as sa

from accounts.stored import VOIP_COST
from belnota.people import Customer, Recipient, Registration
from belnota.store import schema


def customers(tx: sa.Connection) -> list[Customer]:
    """Return all customers, sorted by id."""
    rows = tx.execute(sa.select(schema.customers)).mappings()
    return sorted((Customer(**row) for row in rows), key=lambda customer: customer.customer_id)


def recipients(tx: sa.Connection, registration: Registration) -> list[Recipient]:
    """Return the users who registered for a kind of message (R8.3, R9.13-R9.16), sorted by customer and user name.

    A blocked user gets no mail, whatever he or she is registered for (R9.35).
    """
    users = sa.select(schema.users).where(schema.users.c.is_blocked.is_(sa.false()))
    registered = [row for row in tx.execute(users) if registration in json.loads(row.registrations)]
    return [
        Recipient(row.customer_id, row.email, f"{row.first_name} {row.last_name}".strip(), row.language)
        for row in sorted(registered, key=lambda row: (row.customer_id, row.username))
    ]


def voip_limits(tx: sa.Connection) -> dict[str, int]:
    """Return per customer the VoIP usage cost in micro-euros, VAT excluded, past which to warn (R8.1).

    Customers without a limit (empty or 0) are not in it (R8.4).
    """
    limits = sa.select(schema.limits.c.customer_id, schema.limits.c.limit_micro_eur).where(
        schema.limits.c.kind == VOIP_COST, schema.limits.c.limit_micro_eur > 0
    )
    return {row.customer_id: row.limit_micro_eur for row in tx.execute(limits)}
