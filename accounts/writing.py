"""Writing what differs: rows added and rows changed, nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from accounts.stored import KEYS, TABLES, VOIP_COST
from belnota.store import schema

Values = Mapping[str, Any]


def write(tx: sa.Connection, file: str, added: Sequence[Values], changed: Sequence[Values]) -> None:
    """Store the rows of one file; rows of other files that they refer to must be stored already."""
    table = TABLES[file]
    columns = [column.name for column in table.columns]
    if added:
        tx.execute(sa.insert(table), [{name: row[name] for name in columns} for row in added])
    if changed:
        keys = KEYS[file]
        this_row = [table.c[key] == sa.bindparam(f"key_{key}") for key in keys]
        rest: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in columns if name not in keys}
        statement = sa.update(table).where(*this_row).values(rest)
        tx.execute(statement, [_bound(row, keys, rest) for row in changed])
    if file == "customers.csv":
        _write_limits(tx, [*added, *changed])
    if file == "catalogue.toml":
        _write_bundles(tx, [*added, *changed])


def _bound(row: Values, keys: Sequence[str], rest: Mapping[str, Any]) -> dict[str, Any]:
    return {**{f"key_{key}": row[key] for key in keys}, **{f"new_{name}": row[name] for name in rest}}


def _write_limits(tx: sa.Connection, customers: Sequence[Values]) -> None:
    """Replace the VoIP limits of customers; a limit of 0 is none, and has no row (R8.4)."""
    table = schema.limits
    _delete(tx, table, table.c.customer_id, [row["customer_id"] for row in customers], table.c.kind == VOIP_COST)
    limits = [
        {"customer_id": row["customer_id"], "kind": VOIP_COST, "limit_micro_eur": row["voip_limit_micro_eur"]}
        for row in customers
        if row["voip_limit_micro_eur"]
    ]
    if limits:
        tx.execute(sa.insert(table), limits)


def _write_bundles(tx: sa.Connection, offers: Sequence[Values]) -> None:
    """Replace the bundles of plans and modules: an offer is what the catalogue says it is, so a bundle can end."""
    _delete(tx, schema.bundles, schema.bundles.c.plan, [row["code"] for row in offers])
    bundles = [{"plan": row["code"], **bundle} for row in offers for bundle in row["bundles"]]
    if bundles:
        tx.execute(sa.insert(schema.bundles), bundles)


def _delete(
    tx: sa.Connection, table: sa.Table, column: sa.Column[Any], values: Sequence[str], *also: sa.ColumnElement[bool]
) -> None:
    if values:
        tx.execute(
            sa.delete(table).where(column == sa.bindparam("owner"), *also), [{"owner": value} for value in values]
        )
