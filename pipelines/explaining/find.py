"""A stored call by its identity, or by a part of it that no other call has."""

from __future__ import annotations

from typing import Final

import polars as pl

from belnota.errors import Refused
from belnota.periods import ZONE_NAME
from belnota.tables import RatedCall, schema_of
from pipelines.arithmetic_text import clock
from pipelines.purged import watermark
from pipelines.workspace import Workspace

_SHOWN: Final = 10


def find(workspace: Workspace, text: str) -> pl.DataFrame:
    """Return one row of RatedCall; of a call that was not rated yet, what rating would add is empty.

    A whole identity goes before one that begins so, and that before one that has it anywhere. Refused when no call
    is like that, or when several are, which it lists.
    """
    if not text.strip():
        raise Refused("name a call, such as pbx/1792482661.15516:15516, or a part of its identity")
    call_id = pl.col("call_id")
    for is_meant in (call_id == text, call_id.str.starts_with(text), call_id.str.contains(text, literal=True)):
        for table in ("rated_calls", "calls"):
            found = workspace.lake.scan(table).filter(is_meant).head(_SHOWN + 1).collect()
            if found.height == 1:
                return _as_rated(found)
            if found.height > 1:
                raise Refused(_several(text, found))
    with workspace.store.reading() as tx:
        purged = watermark(tx).said()
    said = f"there is no call {text!r}" + (f" any more or never was: {purged}" if purged else "")
    raise Refused(f"{said}; report.calls in analytics.duckdb and belnota suspense list name them")


def _as_rated(found: pl.DataFrame) -> pl.DataFrame:
    missing = {name: pl.lit(None, dtype) for name, dtype in schema_of(RatedCall).items() if name not in found.columns}
    return found.with_columns(**missing).select(schema_of(RatedCall).names())


def _several(text: str, found: pl.DataFrame) -> str:
    rows = found.sort("answered_at", "call_id").head(_SHOWN).iter_rows(named=True)
    lines = [
        f"  {row['call_id']}  {clock(row['answered_at'], ZONE_NAME)}, {row['own_number']} "
        f"{'to' if row['direction'] == 'out' else 'from'} {row['other_number']}"
        for row in rows
    ]
    if found.height > _SHOWN:
        lines.append("  and more")
    return "\n".join([f"{text!r} is part of several calls; write one of them in full:", *lines])
