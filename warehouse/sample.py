"""A sample of rated calls that is the same on every machine: chosen by a hash of the call's identity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from belnota.tables import RatedCall, schema_of
from warehouse.duck import attach_lake, connect
from warehouse.lake import Lake

_PARTS: Final = 1_000
# The first 60 bits of the MD5 of call_id: any tool can choose the same calls again.
_PLACED: Final = """
create temp view placed as
select *, ('0x' || left(md5(call_id), 15))::ubigint as place from rated_calls
where billing_period in (select unnest(getvariable('periods')))
"""
_CHOSEN: Final = "select count(*) from placed where place % ? < ?"
_SAMPLE: Final = "select * exclude (place) from placed order by place % ?, place, call_id, billing_period limit ?"


def sampled(
    lake: Lake, version: int, periods: Sequence[str], *, per_mille: int, least: int = 0, most: int
) -> pl.DataFrame:
    """Return rated calls (RatedCall) of these billing periods, by their hash: so many of a thousand.

    When these are fewer than `least`, the next ones too; at most `most`; none at all when per_mille is 0.
    """
    schema = schema_of(RatedCall)
    if not periods or not per_mille:
        return pl.DataFrame(schema=schema)
    with connect() as connection:
        attach_lake(connection, lake, {"rated_calls": version})
        connection.execute("set variable periods = ?", [list(periods)])
        connection.execute(_PLACED)
        chosen = connection.execute(_CHOSEN, [_PARTS, per_mille]).fetchall()[0][0]
        limit = min(max(chosen, least), most)
        found: pl.DataFrame = connection.sql(_SAMPLE, params=[_PARTS, limit]).pl()
    return found.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
