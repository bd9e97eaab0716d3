from __future__ import annotations

import datetime as dt
import json

import polars as pl
import pytest
import sqlalchemy as sa
from polars.testing import assert_frame_equal

from belnota.store import open_store
from belnota.store.schema import releases
from belnota.tables import ControlResult, empty, schema_of
from warehouse import newest, record


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path}/store.sqlite")
    yield opened
    opened.close()


def made(store, key, *, versions=None, controls=None, hour=3):
    with store.writing() as tx:
        return record(
            tx,
            content_key=key,
            run_on=dt.date(2026, 10, 31),
            made_at=dt.datetime(2026, 11, 1, hour, tzinfo=dt.UTC),
            table_versions=versions or {"calls": 3},
            controls=empty(ControlResult) if controls is None else controls,
        )


def test_before_the_first_night_there_is_no_release(store):
    with store.reading() as tx:
        assert newest(tx) is None


def test_a_release_comes_back_as_it_was_recorded(store):
    controls = pl.DataFrame(
        [("C5", "2026-10", "micro_eur", 2**53 + 1, 2**53, False, "één te weinig", "balance")],
        schema=schema_of(ControlResult),
        orient="row",
    )
    recorded = made(store, "k1", versions={"rated_calls": 7, "calls": -1}, controls=controls)

    with store.reading() as tx:
        back = newest(tx)

    assert (back.release_id, back.content_key, back.run_on) == (1, "k1", dt.date(2026, 10, 31))
    assert back.made_at == recorded.made_at
    assert back.table_versions == {"rated_calls": 7, "calls": -1}
    assert_frame_equal(back.controls, controls)


def test_the_same_content_again_is_the_same_release(store):
    first = made(store, "k1")
    again = made(store, "k1", hour=4)

    assert (again.release_id, again.made_at) == (first.release_id, first.made_at)


def test_numbers_go_up_also_when_an_earlier_content_comes_back(store):
    assert [made(store, key).release_id for key in ("a", "b", "a", "a")] == [1, 2, 3, 3]


def test_a_release_from_before_there_were_alarms_holds_balances(store):
    release = made(store, "k1")
    old = [["C1", "all", "files", 3, 3, True, "3 accepted"]]
    with store.writing() as tx:
        tx.execute(sa.update(releases).values(controls=json.dumps(old)))

    with store.reading() as tx:
        (row,) = newest(tx).controls.rows()

    assert row == ("C1", "all", "files", 3, 3, True, "3 accepted", "balance")
    assert release.controls.is_empty()
