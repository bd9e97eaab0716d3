"""How a table is declared: dataframely schemas whose columns carry a description."""

from __future__ import annotations

from typing import Any

import dataframely as dy
import polars as pl

SERVICES = ["voice", "sms", "data"]
DIRECTIONS = ["out", "in"]


def described(text: str) -> dict[str, Any]:
    """Return column metadata with the description that docs and DuckDB comments show."""
    return {"description": text}


def description_of(table: type[dy.Schema], column: str) -> str:
    """Return what a column means; every column of every contract has one (a test holds this)."""
    metadata = table.columns()[column].metadata or {}
    return str(metadata["description"])


def schema_of(table: type[dy.Schema]) -> pl.Schema:
    """Return the Polars schema of a contract."""
    return pl.Schema({name: column.dtype for name, column in table.columns().items()})


def empty(table: type[dy.Schema]) -> pl.DataFrame:
    """Return a table without rows."""
    return pl.DataFrame(schema=schema_of(table))
