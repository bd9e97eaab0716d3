"""Names that other rooms show or choose by: of connections, and of the product a bundle belongs to."""

from __future__ import annotations

import sqlalchemy as sa

from belnota.people import Product
from belnota.store.schema import bundles, numbers, plans, subscriptions


def connection_names(tx: sa.Connection) -> dict[str, str]:
    """Return per subscription what people call it: its label, else its first number, else nothing."""
    first = (
        sa.select(numbers.c.subscription_id, sa.func.min(numbers.c.number).label("number"))
        .group_by(numbers.c.subscription_id)
        .subquery()
    )
    query = sa.select(subscriptions.c.subscription_id, subscriptions.c.label, first.c.number).outerjoin(
        first, first.c.subscription_id == subscriptions.c.subscription_id
    )
    return {row.subscription_id: row.label or row.number or "" for row in tx.execute(query)}


def bundle_products(tx: sa.Connection) -> dict[str, Product]:
    """Return per bundle code the product family of its plan or module: telefonie or mobiel (R1.2)."""
    query = sa.select(bundles.c.code, plans.c.product).join(plans, plans.c.code == bundles.c.plan)
    return {row.code: row.product for row in tx.execute(query)}
