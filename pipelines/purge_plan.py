"""What a purge would take and what stays, and why: the two clocks of `[retention]` over months, files and invoices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

import alerts
import invoicing
import warehouse
from belnota.periods import Period, local_date, local_day
from pipelines import purged, register
from pipelines.arrivals import raw_copy
from pipelines.months import closed_months, committed_months
from pipelines.quarantine import decisions
from pipelines.workspace import Workspace
from warehouse import Doomed

_ANY_ROW: Final = ("accepted_calls", "assembled_calls", "quarantined_lines", "part_lines")


@dataclass(frozen=True)
class Row:
    """One line of the report. month: of use, of billing, or a year, as `what` says; why it stays, or goes."""

    goes: bool
    what: str
    month: str
    files: int
    rows: int
    bytes: int
    why: str = ""


@dataclass(frozen=True)
class Plan:
    """What goes with the months up to `through` and the invoices up to `year`; raw: (file_id, where its copy is)."""

    through: str
    year: int
    gone: Doomed
    raw: tuple[tuple[str, Path], ...]
    invoices: invoicing.Expired
    mails: tuple[str, ...]
    report: tuple[Row, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing goes at all."""
        gone, invoices = self.gone, self.invoices
        calls = gone.usage.height or gone.files.height or self.raw
        return not (calls or invoices.numbers or invoices.pdfs or invoices.periods or self.mails)

    def records(self) -> list[dict[str, Any]]:
        """Return the report for JSON."""
        return [asdict(row) for row in self.report]


def due_month(committed: set[str], today: dt.date, months: int) -> str:
    """Return the newest committed month that is over for so many whole months; empty when there is none.

    >>> due_month({"2026-01", "2026-02"}, dt.date(2026, 8, 1), 6), due_month({"2026-01"}, dt.date(2026, 7, 31), 6)
    ('2026-01', '')
    """
    return max((month for month in committed if leaves_on(month, months) <= today), default="")


def leaves_on(month: str, months: int) -> dt.date:
    """Return the first day on which call details billed in a month may go."""
    period = Period.parse(month).next()
    for _ in range(months):
        period = period.next()
    return period.start_on


def plan_of(workspace: Workspace) -> Plan:
    """Return what a purge would do now; nothing is changed."""
    today = local_day(workspace.clock())
    kept = workspace.settings.retention
    through = due_month(committed_months(workspace), today, kept.calls_months)
    with workspace.store.reading() as tx:
        gone = warehouse.doomed(workspace.lake, through, decisions(tx), arrivals(workspace))
        year = _due_year(workspace, today.year - kept.invoices_years - 1, through)
        expired = invoicing.expired(tx, workspace.settings.invoices, year)
        mails = tuple(alerts.expired_mails(tx, year))
    raw = tuple(_raw_files(workspace, gone)) if through else ()
    plan = Plan(through, year, gone, raw, expired, mails, ())
    goes = _goes(workspace, plan)
    report = (*([] if plan.is_empty else goes), *_stays(workspace, plan, today))
    return Plan(through, year, gone, raw, expired, mails, report)


def _due_year(workspace: Workspace, year: int, through: str) -> int:
    """Return the newest year whose invoices go: never those of months whose call details are kept."""
    with workspace.store.reading() as tx:
        newest = {row["issued_on"].year: row["period"] for row in invoicing.status(tx).to_dicts() if row["issued_on"]}
    is_kept = any(month > through for issued, month in newest.items() if issued <= year)
    return 0 if is_kept else max(year, 0)


def arrivals(workspace: Workspace) -> pl.DataFrame:
    """Return the local month in which each raw file came first: file_id, month.

    Of files from before that was noted it is the month in which the archive copied them.
    """
    with workspace.store.reading() as tx:
        came = register.source_files(tx)
    first = came.group_by("file_id").agg(pl.col("received_at").min())
    noted = first.filter(pl.col("received_at").is_not_null())
    month = local_date(pl.col("received_at")).dt.strftime("%Y-%m")
    rows = noted.select("file_id", month=month).rows()
    for file_id in first.filter(pl.col("received_at").is_null())["file_id"]:
        path = raw_copy(workspace.settings.archive, file_id)
        copied = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC) if path.exists() else None
        rows.append((file_id, str(Period.of(local_day(copied))) if copied else "0000-00"))
    return pl.DataFrame(rows, schema=warehouse.ARRIVALS, orient="row")


def _raw_files(workspace: Workspace, gone: Doomed) -> Iterator[tuple[str, Path]]:
    """Yield the raw files of which nothing stays: their bytes may not be changed, so they go whole or not at all.

    A file of which nothing was ever stored (refused, or left out by the feed) goes with the month in which it came, or,
    when it only repeats calls of other files, as soon as any call goes.
    """
    with workspace.store.reading() as tx:
        came = register.source_files(tx)
        before = purged.raw_gone(tx)
    refusals = pl.col("reason").str.starts_with(f"{purged.REASON}:").fill_null(value=False)
    summed = (
        came.filter(~refusals)
        .group_by("file_id")
        .agg(
            had_rows=pl.sum_horizontal(pl.col(name).sum() for name in _ANY_ROW) > 0,
            repeats=pl.col("duplicate_calls").sum(),
        )
        .join(arrivals(workspace), on="file_id")
        .filter(~pl.col("file_id").is_in(list(before)), ~pl.col("file_id").is_in(gone.remaining.implode()))
        .sort("file_id")
    )
    takes_calls = gone.usage.height > 0
    for row in summed.iter_rows(named=True):
        is_due = row["month"] <= gone.through
        if row["had_rows"] or is_due or (row["repeats"] and takes_calls):
            yield row["file_id"], raw_copy(workspace.settings.archive, row["file_id"])


def _goes(workspace: Workspace, plan: Plan) -> list[Row]:
    lake, gone = workspace.lake, plan.gone
    rows = []
    usage = gone.usage
    for table, column, count in (("rated_calls", "billing_period", "calls"), ("calls", "usage_period", "stored_calls")):
        for month, number in usage.group_by(column).agg(pl.col(count).sum()).sort(column).iter_rows():
            rows.append(Row(True, table, month, *_sized(lake.on_disk(table, month), number)))
    draws = lake.scan("bundle_draws").group_by(month="billing_period").len().filter(pl.col("month") <= gone.through)
    for month, number in draws.sort("month").collect().iter_rows():
        rows.append(Row(True, "bundle_draws", month, *_sized(lake.on_disk("bundle_draws", month), number)))
    for table, columns in (("call_parts", ("parts", "retried_parts")), ("quarantine", ("quarantined_rows",))):
        if number := sum(int(gone.files[column].sum()) for column in columns):
            rows.append(Row(True, table, f"to {gone.through}", *_sized(lake.on_disk(table), number)))
    if plan.raw:
        rows.append(Row(True, "raw files", f"to {gone.through}", *_disk([path for _, path in plan.raw], len(plan.raw))))
    old = warehouse.old_files(lake)
    if old:
        rows.append(
            Row(True, "older versions of the lake", "", *_disk(old, 0), why="replaced files hold the same calls")
        )
    year = f"to {plan.year}"
    if plan.invoices.numbers or plan.invoices.pdfs:
        rows.append(Row(True, "invoices", year, *_disk(list(plan.invoices.pdfs), len(plan.invoices.numbers))))
    if plan.mails:
        paths = alerts.mail_files(workspace.settings.outbox, list(plan.mails))
        rows.append(Row(True, "mails", year, *_disk(paths, len(plan.mails))))
    return rows


def _stays(workspace: Workspace, plan: Plan, today: dt.date) -> list[Row]:
    kept, lake, gone = workspace.settings.retention, workspace.lake, plan.gone
    committed, closed = committed_months(workspace), closed_months(workspace)
    rows = []
    for month, billing, number, unrated in gone.waiting.iter_rows():
        rows.append(Row(False, "calls", month, 0, number, 0, _why_call(billing, unrated, committed, kept.calls_months)))
    mixed = gone.files.filter(pl.col("file_id").is_in(gone.remaining.implode()))["file_id"]
    if mixed.len():
        paths = [raw_copy(workspace.settings.archive, file_id) for file_id in mixed]
        why = "something of a later month, or that waits, came in the same files; they go with that"
        rows.append(Row(False, "raw files", f"to {gone.through}", *_disk(paths, len(paths)), why=why))
    later = lake.scan("calls").group_by("period").len().filter(pl.col("period") > gone.through).sort("period").collect()
    for month, number in later.iter_rows():
        leaves = leaves_on(month, kept.calls_months)
        if month in committed or leaves > today:
            why = (
                f"kept until {leaves - dt.timedelta(days=1)}"
                if month in closed
                else f"not closed; kept until {leaves - dt.timedelta(days=1)} at least"
            )
        else:
            why = f"not closed: its calls must be billed first; run: belnota close draft {month}"
        rows.append(Row(False, "calls", month, *_sized(lake.on_disk("calls", month), number), why=why))
    rows += _invoices_that_stay(workspace, plan, kept.invoices_years)
    return rows


def _why_call(billing: str | None, unrated: int, committed: set[str], months: int) -> str:
    if billing in committed and billing is not None:
        return f"billed in {billing}: kept until {leaves_on(billing, months) - dt.timedelta(days=1)}"
    if unrated:
        said = f"{unrated:,} wait in suspense for a price or an owner; see: belnota suspense list"
        return f"{said}; what will never be billed: belnota suspense write-off"
    return f"not billed yet: they came late, or their customer is parked, and are in {billing or 'no month yet'}"


def _invoices_that_stay(workspace: Workspace, plan: Plan, years: int) -> Iterator[Row]:
    with workspace.store.reading() as tx:
        whole = invoicing.invoices(tx).filter(~pl.col("invoice_number").is_in(list(plan.invoices.numbers)))
    if whole.height:
        oldest = min(whole["issued_on"])
        paths = [
            invoicing.path_of(workspace.settings.invoices, p, n)
            for p, n in whole.select("period", "invoice_number").rows()
        ]
        why = f"the oldest, of {oldest.year}, are kept until {oldest.year + years}-12-31"
        yield Row(False, "invoices", "", *_disk(paths, whole.height), why=why)


def _sized(disk: tuple[int, int], rows: int) -> tuple[int, int, int]:
    return disk[0], rows, disk[1]


def _disk(paths: list[Path], rows: int) -> tuple[int, int, int]:
    there = [path for path in paths if path.is_file()]
    return len(there), rows, sum(path.stat().st_size for path in there)
