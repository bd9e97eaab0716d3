"""Schedules as data. `belnota schedule` serves them; a test binds each parameter to its flow's signature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from belnota.periods import ZONE_NAME
from pipelines.month_end import month_end
from pipelines.nightly import nightly

# isort: split
from prefect import Flow, serve
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron


@dataclass(frozen=True)
class Deployment:
    """One flow as an operator finds it in Prefect: its schedule (local time) and parameters."""

    flow: Flow[..., Any]
    description: str
    cron: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


DEPLOYMENTS: tuple[Deployment, ...] = (
    Deployment(nightly, "Collect, rate, publish and warn; repeats are harmless.", cron="15 2 * * *"),
    Deployment(month_end, "Commit a period whose draft was approved; started by hand with its hash."),
)


def serve_all(workspace: str) -> None:
    """Serve all deployments for one workspace until stopped; needs PREFECT_API_URL of a running server."""
    serve(*(_runner(deployment, workspace) for deployment in DEPLOYMENTS), limit=1)


def _runner(deployment: Deployment, workspace: str) -> RunnerDeployment:
    made = deployment.flow.to_deployment(
        name=deployment.flow.name,
        description=deployment.description,
        schedules=[Cron(deployment.cron, timezone=ZONE_NAME)] if deployment.cron else [],
        parameters={"workspace": workspace, **deployment.parameters},
    )
    return cast("RunnerDeployment", made)  # a coroutine only inside an event loop, where this is not called
