"""Which months are open and which are closed, for every step alike."""

from __future__ import annotations

from typing import Final

import polars as pl

import invoicing
from belnota.periods import Period
from pipelines.workspace import Workspace

_MANY: Final = 64
"""Files of parts of an open month: beyond this reading them costs more than writing them anew."""


def months_with_calls(workspace: Workspace) -> set[str]:
    """Return the local months of all stored calls."""
    return set(workspace.lake.scan("calls").select(pl.col("period").unique()).collect()["period"])


def committed_months(workspace: Workspace) -> set[str]:
    """Return the months whose invoices are final."""
    with workspace.store.reading() as tx:
        return invoicing.closed_periods(tx)


def closed_months(workspace: Workspace) -> set[str]:
    """Return the months whose calls are billed later, if at all: committed ones, and those before the first period."""
    first = workspace.settings.invoicing.first_period
    return committed_months(workspace) | {month for month in months_with_calls(workspace) if month < first}


def compact_parts(workspace: Workspace) -> int:
    """Put the parts of each closed month into one file, and of an open one when it has many; returns how many months.

    Each file of a feed adds a file of parts, and each night reads all parts that wait. No row changes or leaves, so
    what is late still finds its call, and C3 ties as before.
    """
    closed = workspace.lake.compact("call_parts", above=1, periods=closed_months(workspace))
    return closed + workspace.lake.compact("call_parts", above=_MANY)


def next_open(month: str, closed: set[str], first: str) -> str:
    """Return the month that bills what is late for a closed one."""
    following = Period.parse(max(month, first))
    while str(following) in closed:
        following = following.next()
    return str(following)


def open_before(workspace: Workspace, period: Period) -> list[str]:
    """Return the open months with calls before a period; they are closed first, so that nothing is billed twice."""
    return sorted(month for month in months_with_calls(workspace) - closed_months(workspace) if month < str(period))
