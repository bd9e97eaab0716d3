"""The warning step: decide on published figures, remember, and put the mails in the outbox, all in one transaction."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl
import sqlalchemy as sa

import accounts
import alerts
from belnota.periods import Period
from pipelines.months import closed_months
from pipelines.workspace import Progress, Workspace


@dataclass(frozen=True)
class WarnSummary:
    """What was decided: levels reached now, and the mails queued for them."""

    warnings: int
    mails: int


def warn(workspace: Workspace, on: dt.date, progress: Progress) -> WarnSummary:
    """Warn for each open period up to the run's own month; closed months never warn again."""
    warnings = mails = 0
    with workspace.store.writing() as tx:
        periods = _periods(workspace, on)
        for number, period in enumerate(periods):
            progress(f"warnings {period}", number, len(periods))
            intents = alerts.decide_warnings(
                period=period,
                bundles=workspace.lake.scan("bundle_usage", periods=[period])
                .filter(pl.col("period") == period)
                .collect(),
                voip_costs=voip_costs(workspace, period),
                voip_limits=accounts.voip_limits(tx),
                remembered=alerts.remembered(tx, period),
                products=accounts.bundle_products(tx),
            )
            queued = [mail for intent in intents for mail in _mails(workspace, tx, intent, on)]
            alerts.record(tx, intents, queued, on, workspace.clock())
            warnings += sum(intent.outcome == "sent" for intent in intents)
            mails += len(queued)
    progress("warnings", len(periods), len(periods))
    return WarnSummary(warnings, mails)


def _periods(workspace: Workspace, on: dt.date) -> list[str]:
    rated = workspace.lake.scan("rated_calls").select("billing_period").unique().collect()["billing_period"]
    return sorted(set(rated) - closed_months(workspace) - {p for p in rated if p > str(Period.of(on))})


def voip_costs(workspace: Workspace, period: str) -> dict[str, int]:
    """Return each customer's telephony use of a period in micro-euros without VAT; mobile use is not in it (R8.8)."""
    rated = workspace.lake.scan("rated_calls", periods=[period])
    own = rated.filter((pl.col("product") == "telefonie") & (pl.col("period") == period))
    costs = own.group_by("customer_id").agg(pl.col("charge_micro_eur").sum()).collect()
    return dict(zip(costs["customer_id"], costs["charge_micro_eur"], strict=True))


def _mails(workspace: Workspace, tx: sa.Connection, intent: alerts.WarningIntent, on: dt.date) -> list[alerts.Mail]:
    if intent.outcome != "sent":
        return []
    settings, names = workspace.settings, accounts.connection_names(tx)
    connection = names.get(intent.bundle.subscription_id, "") if intent.bundle else ""
    return [
        alerts.warning_mail(intent, person, settings.company, settings.portal.url, on, connection=connection)
        for person in accounts.recipients(tx, intent.registration)
        if person.customer_id == intent.customer_id
    ]


def deliver(workspace: Workspace, _on: dt.date, progress: Progress) -> alerts.DeliverySummary:
    """Send what waits in the outbox; mail that cannot be sent now waits for the next run and fails nothing."""
    progress("mail", 0, 1)
    summary = alerts.deliver(workspace.store, workspace.settings.smtp, workspace.settings.outbox, workspace.clock)
    progress("mail", 1, 1)
    return summary
