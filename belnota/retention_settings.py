"""The section [retention] of belnota.toml."""

from __future__ import annotations

from dataclasses import dataclass

from belnota.setting_kinds import AtLeastOne


@dataclass(frozen=True)
class Retention:
    """How long things are kept: two clocks (docs/retention.md). The defaults are ours; a lawyer must confirm them."""

    calls_months: AtLeastOne = 6
    """So many whole months after the month that billed them call details are kept."""
    invoices_years: AtLeastOne = 7
    """So many whole years after the year in which they were issued invoices are kept (art. 52 AWR)."""
