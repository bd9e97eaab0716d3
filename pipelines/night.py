"""The night as plain steps, in the one order there is. Prefect (nightly.py) runs the same list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from alerts import DeliverySummary
from belnota.errors import UnableToFinish
from pipelines.ingest import IngestSummary, ingest
from pipelines.issuing import deliver_all, finish_commits
from pipelines.months import compact_parts
from pipelines.nights_run import note_night
from pipelines.publishing import PublishSummary, publish_release
from pipelines.quarantine import finish_retries
from pipelines.rate_periods import RatingSummary, rate_open_periods
from pipelines.warn import WarnSummary, warn
from pipelines.workspace import Progress, Workspace

StepFunction = Callable[[Workspace, dt.date, Progress], Any]


def _ingest(workspace: Workspace, on: dt.date, progress: Progress) -> IngestSummary:
    finish_retries(workspace)  # parts that a killed retry had in hand belong to what waits
    done = ingest(
        workspace.settings,
        workspace.store,
        workspace.lake,
        files=None,
        now=workspace.clock(),
        progress=progress,
        on=on,
    )
    if done.parts:
        compact_parts(workspace)
    return done


def _rate(workspace: Workspace, _on: dt.date, progress: Progress) -> RatingSummary:
    return rate_open_periods(workspace, progress)


def _publish(workspace: Workspace, on: dt.date, progress: Progress) -> PublishSummary:
    note_night(workspace, on)
    return publish_release(workspace, on, progress)


NIGHT: Mapping[str, StepFunction] = {
    "ingest": _ingest,
    "finish closes": finish_commits,
    "rate": _rate,
    "publish": _publish,
    "warn": warn,
    "publish warnings": publish_release,  # ADR 0008: else the next night would find news where there is none
    "deliver": deliver_all,
}


@dataclass(frozen=True)
class NightSummary:
    """What one night did; a night that found nothing to do has `is_idle`."""

    on: dt.date
    ingested: IngestSummary
    finished_closes: int
    rated: RatingSummary
    published: PublishSummary
    warned: WarnSummary
    delivered: DeliverySummary

    @property
    def is_idle(self) -> bool:
        files = self.ingested.files_accepted + self.ingested.files_duplicate + self.ingested.files_refused
        moved = (
            self.finished_closes
            or self.rated.changed
            or self.published.is_new
            or self.warned.warnings
            or self.delivered.sent
        )
        return not (files or moved)


def summary(on: dt.date, results: Mapping[str, Any]) -> NightSummary:
    """Gather the steps' results; a release made by either publication counts."""
    first, second = results["publish"], results["publish warnings"]
    published = PublishSummary(second.release_id, first.is_new or second.is_new, second.controls, second.alarms)
    return NightSummary(
        on=on,
        ingested=results["ingest"],
        finished_closes=results["finish closes"],
        rated=results["rate"],
        published=published,
        warned=results["warn"],
        delivered=results["deliver"],
    )


def require_whole(done: NightSummary) -> NightSummary:
    """Raise UnableToFinish when a file could not be taken in; all else of the night is done."""
    failed = done.ingested.failed
    if failed:
        sentence = "the night is done but for what could not be taken in; it waits for the next run, mend this"
        raise UnableToFinish("\n  ".join([f"{sentence}:", *failed]))
    return done


def run_night(workspace: Workspace, on: dt.date, progress: Progress) -> NightSummary:
    """Do the whole night in this process, without Prefect."""
    with workspace.held():
        done = summary(on, {name: step(workspace, on, progress) for name, step in NIGHT.items()})
    return require_whole(done)
