"""The night as plain steps, in the one order there is. Prefect (nightly.py) runs the same list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from alerts import DeliverySummary
from pipelines.ingest import IngestSummary, ingest
from pipelines.publishing import PublishSummary, publish_release
from pipelines.rate_periods import RatingSummary, rate_open_periods
from pipelines.warn import WarnSummary, deliver, warn
from pipelines.workspace import Progress, Workspace

StepFunction = Callable[[Workspace, dt.date, Progress], Any]


def _ingest(workspace: Workspace, _on: dt.date, progress: Progress) -> IngestSummary:
    return ingest(
        workspace.settings,
        workspace.store,
        workspace.lake,
        files=None,
        now=workspace.clock(),
        progress=progress,
    )


def _rate(workspace: Workspace, _on: dt.date, progress: Progress) -> RatingSummary:
    return rate_open_periods(workspace, progress)


NIGHT: Mapping[str, StepFunction] = {
    "ingest": _ingest,
    "rate": _rate,
    "publish": publish_release,
    "warn": warn,
    "publish warnings": publish_release,  # ADR 0008: else the next night would find news where there is none
    "deliver": deliver,
}


@dataclass(frozen=True)
class NightSummary:
    """What one night did; a night that found nothing to do has `is_idle`."""

    on: dt.date
    ingested: IngestSummary
    rated: RatingSummary
    published: PublishSummary
    warned: WarnSummary
    delivered: DeliverySummary

    @property
    def is_idle(self) -> bool:
        files = self.ingested.files_accepted + self.ingested.files_duplicate + self.ingested.files_refused
        moved = self.rated.changed or self.published.is_new or self.warned.warnings or self.delivered.sent
        return not (files or moved)


def summary(on: dt.date, results: Mapping[str, Any]) -> NightSummary:
    """Gather the steps' results; a release made by either publication counts."""
    first, second = results["publish"], results["publish warnings"]
    published = PublishSummary(second.release_id, first.is_new or second.is_new, second.controls)
    return NightSummary(on, results["ingest"], results["rate"], published, results["warn"], results["deliver"])


def run_night(workspace: Workspace, on: dt.date, progress: Progress) -> NightSummary:
    """Do the whole night in this process, without Prefect."""
    with workspace.held():
        return summary(on, {name: step(workspace, on, progress) for name, step in NIGHT.items()})
