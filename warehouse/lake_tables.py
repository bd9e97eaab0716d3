"""The tables of the lake: contract, partition column and order of rows of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Final

import dataframely as dy
import polars as pl

from belnota.tables import BundleDraw, BundleUsage, Call, QuarantinedLine, RatedCall, schema_of


@dataclass(frozen=True)
class LakeTable:
    """How one table lies on disk. Rows of one file are sorted by `order`, which names every row of a partition once."""

    contract: type[dy.Schema]
    partition: str | None
    order: tuple[str, ...]

    @cached_property
    def schema(self) -> pl.Schema:
        """The schema in memory, as the contract says."""
        return schema_of(self.contract)

    @cached_property
    def stored_schema(self) -> pl.Schema:
        """The schema in Parquet: the contract's, with enums as plain text, so that any engine reads it."""
        return pl.Schema(
            {name: pl.String() if isinstance(dtype, pl.Enum) else dtype for name, dtype in self.schema.items()}
        )


TABLES: Final[Mapping[str, LakeTable]] = MappingProxyType(
    {
        "calls": LakeTable(Call, "period", ("answered_at", "call_id")),
        # lines have no key of their own: all columns that can tell two of them apart
        "quarantine": LakeTable(QuarantinedLine, None, ("file_id", "line_number", "reason", "detail", "raw_line")),
        # by customer, because the portal and the invoices read one customer at a time (performance.md: 5x faster)
        "rated_calls": LakeTable(RatedCall, "billing_period", ("customer_id", "answered_at", "call_id")),
        "bundle_draws": LakeTable(BundleDraw, "billing_period", ("call_id", "pool_id")),
        "bundle_usage": LakeTable(BundleUsage, "billing_period", ("pool_id", "subscription_id", "period")),
    }
)
