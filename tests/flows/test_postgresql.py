"""A night and a close with the store on PostgreSQL come to what they come to on SQLite."""

import datetime as dt
import os

import pytest

from belnota.periods import Period
from pipelines import closing
from pipelines.cli.demo_run import prepare
from pipelines.issuing import CloseOrder
from pipelines.night import run_night
from pipelines.workspace import opened, silent
from tests.flows.conftest import copy_of
from tests.lib.state import state_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def whole_month(folder):
    """Import, do the night and close September, in this process."""
    prepare(folder)
    with opened(folder, os.environ) as workspace:
        run_night(workspace, dt.date(2026, 10, 1), silent)
        draft = closing.draft(workspace, Period(2026, 9), actor="a test")
        closing.approve(workspace, Period(2026, 9), draft.draft_hash, actor="a test")
        order = CloseOrder(Period(2026, 9), draft.draft_hash, dt.date(2026, 10, 2), "a test")
        closing.commit(workspace, order, silent)
    return state_of(folder)


def test_both_stores_come_to_the_same(week, tmp_path, postgres, monkeypatch):
    on_sqlite = whole_month(copy_of(week, tmp_path / "sqlite"))
    with postgres.new_database() as url:
        monkeypatch.setenv("BELNOTA_STORE_URL", url)
        on_postgresql = whole_month(copy_of(week, tmp_path / "postgresql"))
    assert on_sqlite == on_postgresql
    assert len(on_sqlite["invoices"]) > 5
