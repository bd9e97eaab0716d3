"""The controls of a workspace as it stands: what the store, the archive and a second opinion bring to them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Final

import polars as pl

import alerts
import invoicing
import warehouse
from pipelines.quarantine import assembled_again
from pipelines.second import second_opinion
from pipelines.workspace import Workspace

_HASHED_DAYS: Final = 62
"""PDFs of invoices that are no older are compared with their hash each night; `belnota verify` compares all."""


def controls_of(
    workspace: Workspace, versions: Mapping[str, int], frames: Mapping[str, pl.DataFrame], on: dt.date
) -> pl.DataFrame:
    """Return the controls (ControlResult) of lake versions and the store's published tables, judged on a local date."""
    lake = workspace.lake
    used = lake.scan("calls").select("period")
    billed = lake.scan("rated_calls").select(period="billing_period")
    periods = sorted(pl.concat([used, billed]).unique().collect()["period"])
    with workspace.store.reading() as tx:
        brought = {
            "invoice_vat": invoicing.invoice_vat(tx),
            "invoice_numbers": invoicing.invoice_numbers(
                tx, workspace.settings.invoices, hashed_from=on - dt.timedelta(days=_HASHED_DAYS)
            ),
            "mails": alerts.mails_due(tx),
            "assembled_again": assembled_again(tx),
        }
    brought["rated_again"] = second_opinion(workspace, versions["rated_calls"])
    feeds = {feed.name: feed.lag_days for feed in workspace.settings.feeds}
    brought["feeds"] = pl.DataFrame({"feed": list(feeds), "lag_days": list(feeds.values())}, warehouse.FRAMES["feeds"])
    limits = dataclasses.asdict(workspace.settings.controls)
    del limits["sample_per_mille"]
    return warehouse.reconcile(lake, versions, {**frames, **brought}, periods, warehouse.AlarmLimits(on, **limits))
