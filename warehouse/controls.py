"""Controls: sums on both sides of each step, which must be equal to the record and to the micro-euro, and alarms.

Each control is a SQL file in `sql/controls/`; docs/controls.md says what each compares (reliability.md C1-C12).
A *balance* must be equal, or nothing is published; an *alarm* (`sql/alarms/`) is told and holds up nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import polars as pl

from belnota.tables import ControlResult, PartDecision, QuarantineDecision, SourceFile, schema_of
from warehouse.control_words import MEANING
from warehouse.duck import NOT_YET, attach_frame, attach_lake, connect, sql_names, sql_text
from warehouse.lake import Lake

FRAMES: Final[Mapping[str, pl.Schema]] = {
    "source_files": schema_of(SourceFile),
    "quarantine_decisions": schema_of(QuarantineDecision),
    "part_decisions": schema_of(PartDecision),
    # one row per file of which lines were retried: calls that its retried parts made whole
    "assembled_again": pl.Schema({"file_id": pl.String, "calls": pl.Int64}),
    # feeds that are read, and how many nights later than the first one each brings the calls of a day; none = all, 0
    "feeds": pl.Schema({"feed": pl.String, "lag_days": pl.Int64}),
    "invoices": pl.Schema(
        {
            "invoice_number": pl.String,
            "period": pl.String,
            "customer_id": pl.String,
            "usage_micro_eur": pl.Int64,
            "usage_cents": pl.Int64,
            "net_cents": pl.Int64,
            "vat_cents": pl.Int64,
            "gross_cents": pl.Int64,
        }
    ),
    "invoice_lines": pl.Schema(
        {
            "invoice_number": pl.String,
            "period": pl.String,
            "customer_id": pl.String,
            "kind": pl.String,
            "usage_period": pl.String,
            "own_number": pl.String,
            "call_type": pl.String,
            "service": pl.String,
            "charge_kind": pl.String,
            "usage_micro_eur": pl.Int64,
            "amount_cents": pl.Int64,
        }
    ),
    # one row per invoice and VAT category: what the invoice says, and the sum of its lines in that category
    "invoice_vat": pl.Schema(
        {
            "invoice_number": pl.String,
            "basis_points": pl.Int64,
            "lines_cents": pl.Int64,
            "net_cents": pl.Int64,
            "vat_cents": pl.Int64,
        }
    ),
    # one row per number given; fault: what is wrong with its PDF in the archive, empty when nothing is
    "invoice_numbers": pl.Schema(
        {"series": pl.String, "sequence": pl.Int64, "invoice_number": pl.String, "fault": pl.String}
    ),
    # one row per mail ever due: its state, and whether it is queued (empty state: the mail is missing from the outbox)
    "mails": pl.Schema({"mail_key": pl.String, "kind": pl.String, "state": pl.String}),
    # one row per call that was rated a second time; is_same: every amount and every name was as stored
    "rated_again": pl.Schema(
        {
            "period": pl.String,
            "file_id": pl.String,
            "line_number": pl.Int64,
            "stored_micro_eur": pl.Int64,
            "again_micro_eur": pl.Int64,
            "is_same": pl.Boolean,
        }
    ),
}
"""What the store and the doors must bring, and which columns are read; a frame that is not given has no rows."""

_SHOWN: Final = 5


@dataclass(frozen=True)
class AlarmLimits:
    """When figures are alarming, as `[controls]` of belnota.toml says."""

    on: dt.date
    """The local date that is judged: full days are those before it."""
    volume_low_percent: int = 50
    volume_high_percent: int = 250
    volume_least: int = 30
    volume_weeks: int = 8
    volume_days: int = 7
    volume_lag_days: int = 0
    suspense_days: int = 14
    quarantine_days: int = 7


def reconcile(
    lake: Lake,
    versions: Mapping[str, int],
    frames: Mapping[str, pl.DataFrame],
    periods: Sequence[str],
    limits: AlarmLimits | None = None,
) -> pl.DataFrame:
    """Return the controls over lake versions and FRAMES, as contract ControlResult; alarms only when limits are given.

    `periods` are the billing periods to tie out. An imbalance is a row, not an error: see `balanced`.
    """
    schema = schema_of(ControlResult)
    with connect() as connection:
        attach_lake(connection, lake, {**NOT_YET, **versions})
        for name, columns in FRAMES.items():
            given = frames.get(name, pl.DataFrame(schema=columns))
            attach_frame(connection, name, given.select(columns.names()))
        attach_frame(connection, "periods", pl.DataFrame({"period": list(periods)}, schema={"period": pl.String}))
        found = [
            connection.sql(sql_text("controls", name)).pl().with_columns(kind=pl.lit("balance"), is_balanced=None)
            for name in sql_names("controls")
        ]
        if limits is not None:
            attach_frame(connection, "limits", pl.DataFrame([asdict(limits)]))
            found += [
                connection.sql(sql_text("alarms", name)).pl().with_columns(kind=pl.lit("alarm"))
                for name in sql_names("alarms")
            ]
    names = ("control", "scope", "unit", "left", "right", "is_balanced", "detail", "kind")
    compared = pl.concat(
        part.select(names).cast({"left": pl.Int64, "right": pl.Int64, "is_balanced": pl.Boolean}) for part in found
    )
    is_equal = pl.col("left") == pl.col("right")
    tied: pl.DataFrame = ControlResult.validate(
        compared.with_columns(is_balanced=pl.coalesce("is_balanced", is_equal))
        .select(pl.col(name).cast(dtype) for name, dtype in schema.items())
        .sort(pl.col("control").str.slice(1).cast(pl.Int64), "scope", "unit")
    )
    return tied


def balanced(controls: pl.DataFrame) -> bool:
    """Tell whether every balance ties out; alarms do not count."""
    return bool(controls.filter(pl.col("kind").cast(pl.String) == "balance")["is_balanced"].all())


def imbalances(controls: pl.DataFrame) -> list[str]:
    """Return one sentence for each balance that does not tie out."""
    return [
        f"{row['control']} ({MEANING[row['control']].name}) {row['scope']}: {row['left']} {row['unit']} in, "
        f"{row['right']} out, difference {row['left'] - row['right']}; {row['detail']}"
        for row in _failing(controls, "balance")
    ]


def alarms(controls: pl.DataFrame) -> list[str]:
    """Return the alarms that are raised, one sentence each, at most five of one control, and then what to do."""
    told = []
    raised = _failing(controls, "alarm")
    for control in dict.fromkeys(row["control"] for row in raised):
        own = [row for row in raised if row["control"] == control]
        words = MEANING[control]
        told += [f"{control} ({words.name}) {row['scope']}, {row['unit']}: {row['detail']}" for row in own[:_SHOWN]]
        more = f"{len(own) - _SHOWN} more like that; " if len(own) > _SHOWN else ""
        told.append(f"{control}: {more}{words.remedy}")
    return told


def _failing(controls: pl.DataFrame, kind: str) -> list[dict[str, Any]]:
    of_kind = pl.col("kind").cast(pl.String) == kind
    return controls.filter(of_kind & ~pl.col("is_balanced")).to_dicts()
