"""Controls: sums on both sides of each step, which must be equal to the record and to the micro-euro.

Each control is a SQL file in `sql/controls/`; docs/controls.md says what each compares (reliability.md C1-C6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from belnota.tables import ControlResult, schema_of
from warehouse.duck import NOT_YET, attach_frame, attach_lake, connect, sql_names, sql_text
from warehouse.lake import Lake

_MEANING: Final = {
    "C1": "files received",
    "C2": "file numbers",
    "C3": "lines of files",
    "C4": "calls rated",
    "C5": "money",
    "C6": "quantity",
}

FRAMES: Final = ("source_files", "invoices", "invoice_lines")


def reconcile(
    lake: Lake, versions: Mapping[str, int], frames: Mapping[str, pl.DataFrame], periods: Sequence[str]
) -> pl.DataFrame:
    """Return the controls over lake versions and the store's tables named in FRAMES, as contract ControlResult.

    `periods` are the billing periods to tie out. An imbalance is a row, not an error: see `balanced`.
    """
    schema = schema_of(ControlResult)
    with connect() as connection:
        attach_lake(connection, lake, {**NOT_YET, **versions})
        for name in FRAMES:
            attach_frame(connection, name, frames[name])
        attach_frame(connection, "periods", pl.DataFrame({"period": list(periods)}, schema={"period": pl.String}))
        found: list[pl.DataFrame] = [connection.sql(sql_text("controls", name)).pl() for name in sql_names("controls")]
    compared = pl.concat(
        part.select("control", "scope", "unit", pl.col("left", "right").cast(pl.Int64), "detail") for part in found
    )
    return ControlResult.validate(
        compared.with_columns(is_balanced=pl.col("left") == pl.col("right"))
        .select(pl.col(name).cast(dtype) for name, dtype in schema.items())
        .sort("control", "scope", "unit")
    )


def balanced(controls: pl.DataFrame) -> bool:
    """Tell whether every control ties out."""
    return bool(controls["is_balanced"].all())


def imbalances(controls: pl.DataFrame) -> list[str]:
    """Return one sentence for each control that does not tie out."""
    return [
        f"{row['control']} ({_MEANING[row['control']]}) {row['scope']}: {row['left']} {row['unit']} in, "
        f"{row['right']} out, difference {row['left'] - row['right']}; {row['detail']}"
        for row in controls.filter(~pl.col("is_balanced")).to_dicts()
    ]
