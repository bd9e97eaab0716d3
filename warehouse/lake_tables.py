"""The tables of the lake: contract, partition column, order of rows of each, and what older files lack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Final

import polars as pl

from belnota.tables import BundleDraw, BundleUsage, Call, CallPart, QuarantinedLine, RatedCall, schema_of
from belnota.tables.contract import Table


@dataclass(frozen=True)
class LakeTable:
    """How one table lies on disk. Rows of one file are sorted by `order`, which names every row of a partition once.

    `added` names the columns that files written before them lack, with their value there as SQL over the other
    columns, read alike by Polars and DuckDB. Such files stay as they are: a closed month is never written again.
    """

    contract: type[Table]
    partition: str | None
    order: tuple[str, ...]
    added: Mapping[str, str] = field(default_factory=dict)

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

    @cached_property
    def nulls_last(self) -> bool:
        """Whether a column of the order can be empty: such rows come last, but sorting so takes five times as long."""
        return any(self.contract.columns()[name].nullable for name in self.order)

    def by_lack(self, paths: Sequence[Path]) -> dict[tuple[str, ...], list[Path]]:
        """Return Parquet files by which of the added columns they lack; most often all lack none."""
        groups: dict[tuple[str, ...], list[Path]] = {}
        for path in paths:
            held = pl.scan_parquet(path, glob=False).collect_schema() if self.added else self.added
            groups.setdefault(tuple(name for name in self.added if name not in held), []).append(path)
        return groups


TABLES: Final[Mapping[str, LakeTable]] = MappingProxyType(
    {
        "calls": LakeTable(Call, "period", ("answered_at", "call_id")),
        "call_parts": LakeTable(CallPart, "period", ("happened_at", "feed", "key", "part_key")),
        # lines have no key of their own: all columns that can tell two of them apart
        "quarantine": LakeTable(QuarantinedLine, None, ("file_id", "line_number", "reason", "detail", "raw_line")),
        # by customer, because the portal and the invoices read one customer at a time (performance.md: 5x faster)
        "rated_calls": LakeTable(
            RatedCall,
            "billing_period",
            ("customer_id", "answered_at", "call_id"),
            # months from before information charges had none: 0, and empty while unrated, as the charge itself
            added={"information_charge_micro_eur": "charge_micro_eur * 0"},
        ),
        "bundle_draws": LakeTable(BundleDraw, "billing_period", ("call_id", "pool_id")),
        "bundle_usage": LakeTable(BundleUsage, "billing_period", ("pool_id", "subscription_id", "period")),
    }
)
