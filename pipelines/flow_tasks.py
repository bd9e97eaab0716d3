"""What both flows share: one Prefect task per step, with progress and tables that Prefect's pages show."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pipelines.prefect_settings  # noqa: F401 -- prefect reads its environment when it is imported
from pipelines.workspace import Progress, opened

# isort: split
from prefect import task
from prefect.artifacts import create_progress_artifact, create_table_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE


def progress_artifact(step: str) -> Progress:
    """Return a progress function that a person can follow in Prefect's pages."""
    artifact = cast("UUID", create_progress_artifact(progress=0.0, description=step))  # no coroutine: no event loop

    def report(_what: str, done: int, total: int) -> None:
        update_progress_artifact(artifact, progress=100.0 * done / total if total else 100.0)

    return report


@task(cache_policy=NO_CACHE, task_run_name="{name}")
def run_step(name: str, step: Callable[..., Any], folder: str, order: Any) -> Any:
    """Run one step of a night or close in the workspace at `folder`.

    Never cached and never retried by Prefect: what is done is known from our own registers (ADR 0006).
    """
    with opened(Path(folder), os.environ) as workspace:
        return step(workspace, order, progress_artifact(name))


def table_artifact(key: str, rows: list[dict[str, Any]], description: str) -> None:
    """Leave a table that Prefect shows beside the run."""
    create_table_artifact(key=key, table=rows, description=description)
