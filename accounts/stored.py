"""What the store holds, in the shape of the folder's files, so that both can be compared row by row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from belnota.store import schema

Key = tuple[Any, ...]
Rows = dict[Key, dict[str, Any]]

TABLES: Final[Mapping[str, sa.Table]] = {
    "customers.csv": schema.customers,
    "catalogue.toml": schema.plans,
    "subscriptions.csv": schema.subscriptions,
    "numbers.csv": schema.numbers,
    "modules.csv": schema.subscription_modules,
    "users.csv": schema.users,
}
"""File -> table, in the order in which they are written: what is referred to comes first."""

KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    file: tuple(column.name for column in table.primary_key) for file, table in TABLES.items()
}
VOIP_COST: Final = "voip_cost"


def key_of(file: str, values: Mapping[str, Any]) -> Key:
    return tuple(values[column] for column in KEYS[file])


def stored_rows(tx: sa.Connection) -> dict[str, Rows]:
    """Return all accounts of the store: per file, per key, the values as the folder would give them."""
    found = {file: _rows(tx, file, table) for file, table in TABLES.items()}
    for values in found["customers.csv"].values():
        values["voip_limit_micro_eur"] = 0
    limits = sa.select(schema.limits).where(schema.limits.c.kind == VOIP_COST)
    for limit in tx.execute(limits):
        found["customers.csv"][(limit.customer_id,)]["voip_limit_micro_eur"] = limit.limit_micro_eur
    for values in found["catalogue.toml"].values():
        values["bundles"] = []
    for bundle in tx.execute(sa.select(schema.bundles).order_by(schema.bundles.c.position)).mappings():
        values = {name: value for name, value in bundle.items() if name != "plan"}
        found["catalogue.toml"][(bundle["plan"],)]["bundles"].append(values)
    return found


def _rows(tx: sa.Connection, file: str, table: sa.Table) -> Rows:
    rows = [dict(row) for row in tx.execute(sa.select(table)).mappings()]
    return {key_of(file, row): row for row in rows}
