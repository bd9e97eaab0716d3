"""Which nights ran: alarms are judged on the last of them, not on whatever day somebody looks."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

import warehouse
from belnota.periods import local_day
from belnota.store.nights import nights
from pipelines.workspace import Workspace


def note_night(workspace: Workspace, on: dt.date) -> None:
    """Remember that the night of a local date ran; once is enough."""
    with workspace.store.writing() as tx:
        if tx.execute(sa.select(nights.c.run_on).where(nights.c.run_on == on)).first() is None:
            tx.execute(sa.insert(nights).values(run_on=on, ran_at=workspace.clock()))


def last_night(workspace: Workspace) -> dt.date | None:
    """Return the newest local date for which a night ran; that of the newest release, from before they were noted."""
    with workspace.store.reading() as tx:
        newest: dt.date | None = tx.scalar(sa.select(sa.func.max(nights.c.run_on)))
        release = None if newest else warehouse.newest(tx)
    return release.run_on if release else newest


def judged_on(workspace: Workspace) -> dt.date:
    """Return the local date on which the present state is judged: the last night's, today before there was one.

    On the days after it nothing can have come, so what is missing of them says nothing of the feeds.
    """
    return last_night(workspace) or local_day(workspace.clock())
