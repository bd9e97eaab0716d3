"""The night as a Prefect flow: the steps of night.py, one task each."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import asdict
from pathlib import Path

from pipelines.flow_tasks import run_step, table_artifact
from pipelines.night import NIGHT, NightSummary, require_whole, summary
from pipelines.workspace import opened, today

# isort: split
from prefect import flow


@flow(name="nightly", log_prints=True)
def nightly(workspace: str, on: dt.date | None = None) -> NightSummary:
    """Do the night of one workspace up to a local date (default: today)."""
    day = on or today()
    with opened(Path(workspace), os.environ) as held, held.held():
        done = summary(day, {name: run_step(name, step, workspace, day) for name, step in NIGHT.items()})
    table_artifact("night", night_rows(done), f"The night of {day}")
    return require_whole(done)


def night_rows(done: NightSummary) -> list[dict[str, object]]:
    """Return the night's figures as rows of step, figure, value."""
    parts = {
        "ingest": asdict(done.ingested),
        "rate": asdict(done.rated),
        "publish": asdict(done.published),
        "warn": asdict(done.warned),
        "deliver": asdict(done.delivered),
    }
    return [
        {"step": step, "figure": figure, "value": str(value)}
        for step, figures in parts.items()
        for figure, value in figures.items()
    ]
