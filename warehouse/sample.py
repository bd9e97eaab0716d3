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
_SAMPLE: Final = """
select * exclude (place) from (
    select *, ('0x' || left(md5(call_id), 15))::ubigint as place from rated_calls
    where billing_period in (select unnest(?::varchar[]))
)
where place % ? < ?
order by place, call_id, billing_period
limit ?
"""


def sampled(lake: Lake, version: int, periods: Sequence[str], *, per_mille: int, most: int) -> pl.DataFrame:
    """Return rated calls (RatedCall) of these billing periods: so many of a thousand, at most `most`, by their hash."""
    schema = schema_of(RatedCall)
    with connect() as connection:
        attach_lake(connection, lake, {"rated_calls": version})
        found: pl.DataFrame = connection.sql(_SAMPLE, params=[list(periods), _PARTS, per_mille, most]).pl()
    return found.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
