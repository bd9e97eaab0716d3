"""The close as a Prefect flow: the steps of closing.py, one task each, for a draft that a person approved."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import asdict
from pathlib import Path

from belnota.periods import Period
from pipelines.closing import CLOSE, CloseSummary, close_summary
from pipelines.flow_tasks import run_step, table_artifact
from pipelines.issuing import CloseOrder
from pipelines.workspace import opened, today

# isort: split
from prefect import flow


@flow(name="month_end", log_prints=True)
def month_end(
    workspace: str, period: str, draft_hash: str, issued_on: dt.date | None = None, actor: str = "month_end"
) -> CloseSummary:
    """Commit a period whose draft was approved: number, render, publish, send."""
    order = CloseOrder(Period.parse(period), draft_hash, issued_on or today(), actor)
    with opened(Path(workspace), os.environ) as held, held.held():
        done = close_summary(order, {name: run_step(name, step, workspace, order) for name, step in CLOSE.items()})
    rows = [{"figure": figure, "value": str(value)} for figure, value in asdict(done).items()]
    table_artifact("close", rows, f"The close of {period}")
    return done
