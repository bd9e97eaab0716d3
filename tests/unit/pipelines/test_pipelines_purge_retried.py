"""Lines that were read again and became calls or parts go with those, and C3 ties out from the sums that stay."""

from __future__ import annotations

import polars as pl
import pytest

import warehouse
from belnota.tables import PurgedFile, schema_of
from pipelines import parts_dropped
from pipelines.feeds import flatstore
from pipelines.parts_drop import Chosen, drop
from pipelines.publishing import TABLES
from pipelines.purge_texts import forget_texts
from pipelines.quarantine import assembled_again
from tests.lib.parts_place import SIP, bye, invite
from tests.lib.raw_files import MOBIEL_HEADER, mobiel_line
from tests.lib.warehouse_data import rated
from tests.lib.workbench import FEEDS, Workbench

MONTH = "2026-10"


@pytest.fixture
def bench(tmp_path, migrated_sqlite, monkeypatch):
    """A line that became a call, one that became a part, one that is open, and a dropped call of one part."""
    made = Workbench(tmp_path / "workspace", migrated_sqlite)
    made.with_feeds(SIP, *FEEDS)
    short = bye("a", 65).removesuffix("|")
    made.take_in("acc-1.log", [invite("a"), invite("b"), bye("b", 30), short, invite("c")])
    lines = [mobiel_line(1), mobiel_line(2, soort="FAX"), mobiel_line(3, start="noon")]
    made.take_in("mobiel-1.csv", [MOBIEL_HEADER, *lines])
    scan = flatstore.scan

    def longer(content, *arguments, **names):
        whole = [line + b"|" if line.count(b"|") == 7 else line for line in content.split(b"\n")]
        return scan(b"\n".join(whole), *arguments, **names)

    monkeypatch.setattr(flatstore, "scan", longer)
    made.fix()
    made.retry()
    drop(made.workspace, Chosen(feed="sip"), actor="Anna", because="never came", count=1)
    yield made
    made.close()


def unbalanced(bench, gone):
    lake = bench.workspace.lake
    with bench.workspace.store.reading() as tx:
        again, dropped = assembled_again(tx), parts_dropped.decisions(tx)
    files = gone.files.with_columns(is_raw_gone=pl.lit(value=True)).select(schema_of(PurgedFile).names())
    frames = {"source_files": bench.register(), "quarantine_decisions": bench.decisions(), "part_decisions": dropped}
    frames |= {"assembled_again": again, "purged_usage": gone.usage, "purged_files": files}
    found = warehouse.reconcile(lake, {table: lake.version(table) for table in TABLES}, frames, [MONTH])
    return warehouse.imbalances(found.filter(pl.col("control").is_in(["C3", "C4"])))


def test_what_was_read_again_goes_whole_and_ties_out(bench):
    lake = bench.workspace.lake
    assert sorted(str(became) for _, _, became, _ in bench.states()) == ["None", "call", "part"]
    lake.replace("rated_calls", MONTH, rated(lake.scan("calls").collect().sort("answered_at", "call_id")))
    arrivals = pl.DataFrame(
        [(row, MONTH) for row in set(bench.register()["file_id"])], warehouse.ARRIVALS, orient="row"
    )

    gone = warehouse.doomed(lake, MONTH, bench.decisions(), arrivals)
    warehouse.require_whole(lake, gone)
    warehouse.take_out(lake, gone)
    forget_texts(bench.workspace)

    assert {table: lake.rows(table) for table in warehouse.CALL_LEVEL} == dict.fromkeys(warehouse.CALL_LEVEL, 0)
    assert bench.decisions().is_empty()
    with bench.workspace.store.reading() as tx:
        assert parts_dropped.decisions(tx).is_empty()
    assert unbalanced(bench, gone) == []
    columns = ("calls", "retried_calls", "parts", "retried_parts", "became_call", "became_part", "never_decided")
    assert gone.files.select(pl.col(columns).sum()).row(0) == (2, 1, 4, 1, 1, 1, 1)


def test_a_line_that_became_a_part_stays_as_long_as_its_call(bench):
    lake = bench.workspace.lake
    calls = lake.scan("calls").collect().sort("answered_at", "call_id")
    with_part = calls.filter(pl.col("call_id").str.starts_with("sip/a@"))
    others = calls.filter(~pl.col("call_id").str.starts_with("sip/a@"))
    lake.replace("rated_calls", MONTH, rated(others))
    lake.replace("rated_calls", "2026-11", rated(with_part, billing_period="2026-11"))
    arrivals = pl.DataFrame(
        [(row, MONTH) for row in set(bench.register()["file_id"])], warehouse.ARRIVALS, orient="row"
    )
    gone = warehouse.doomed(lake, MONTH, bench.decisions(), arrivals)
    warehouse.require_whole(lake, gone)
    warehouse.take_out(lake, gone)
    forget_texts(bench.workspace)
    assert [became for _, _, became, _ in bench.states()] == ["part"]
    assert lake.rows("call_parts") == 2
    assert unbalanced(bench, gone) == []
