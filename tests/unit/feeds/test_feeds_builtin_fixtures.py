"""The committed sample of each later layout, of the night on which the clock goes back: what each line becomes."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from belnota.settings import Feed, Settings
from belnota.store import open_store
from pipelines.feeds import reader_of
from pipelines.ingest import ingest, source_files
from warehouse import Lake

FIXTURES = Path(__file__).parents[3] / "fixtures" / "cdr"
MORNING = [("2026-10-25 08:30", 61), ("2026-10-25 08:40", 300), ("2026-10-25 09:00", 0)]
TOLD_APART = [("2026-10-24 23:55", 7500), ("2026-10-25 00:15", 120), ("2026-10-25 01:15", 121), *MORNING]
"""With an epoch or in GMT the two calls at 02:15 are an hour apart."""
ALIKE = [("2026-10-24 23:55", 7500), ("2026-10-25 00:15", 120), ("2026-10-25 00:15", 121), *MORNING]
UK = [*ALIKE[:3], MORNING[1], ("2026-10-25 09:00", 95), ("2026-10-25 09:05", 1), ("2026-10-25 09:10", 12_345_678)]
FILES = {
    "asterisk-custom-20261025.csv": (
        *("asterisk_cdr_custom", {"incoming_contexts": ["from-trunk"]}),
        *((9, 0, 1), ["time", "truncated"], TOLD_APART),
    ),
    "freepbx-20261025.csv": ("freepbx_csv", {}, (9, 1, 1), ["range"], TOLD_APART),
    "freepbx-blad-20261025.csv": ("freepbx_csv", {}, (10, 0, 3), ["time"], TOLD_APART),
    "freepbx-20261025.sql": ("freepbx_sql", {}, (42, 33, 2), ["quoting"], TOLD_APART),
    "freeswitch-20261025.csv": (
        *("freeswitch_cdr_csv", {"incoming_contexts": ["public"], "legs": "ab"}),
        *((9, 0, 1), ["columns", "quoting"], ALIKE),
    ),
    "BW-CDR-20261026000000-2-001a4b-000002.xml": ("broadworks_xml", {}, (10, 2, 1), ["value"], TOLD_APART),
    "3cx-20261025.log": ("threecx_cdr", {}, (16, 8, 0), ["range", "columns"], ALIKE),
    "uk-standard-20261025.csv": (
        *("uk_standard_cdr_v3", {"sms": ["S"], "data": ["G"], "leave_out": ["RENTAL"]}),
        *((11, 1, 1), ["range", "time"], UK),
    ),
}


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_line_of_a_sample_is_accounted_for(name):
    kind, options, counts, reasons, calls = FILES[name]
    result = reader_of(Feed("feed", kind, "*", options=options))((FIXTURES / name).read_bytes())
    said = result.records.select("answered_at", "quantity").rows()
    assert (result.lines, result.framing_lines, result.filtered_lines) == counts
    assert result.rejects["reason"].to_list() == reasons
    assert [(f"{at:%Y-%m-%d %H:%M}", quantity) for at, quantity in said] == calls
    assert result.records["key"].is_unique().all()


def test_the_received_call_of_a_sample_belongs_to_our_number():
    for name, (kind, options, *_) in FILES.items():
        result = reader_of(Feed("feed", kind, "*", options=options))((FIXTURES / name).read_bytes())
        received = result.records.filter(result.records["direction"] == "in").select("own_number", "other_number")
        assert received.rows() == ([] if kind == "uk_standard_cdr_v3" else [("+31200000101", "anonymous")]), name


def test_all_samples_go_through_the_inbox_and_come_again_as_nothing(tmp_path, migrated_sqlite):
    folder = tmp_path / "workspace"
    (folder / "inbox").mkdir(parents=True)
    shutil.copyfile(migrated_sqlite, folder / "store.sqlite")
    feeds = [Feed(f"feed{place}", FILES[name][0], name, options=FILES[name][1]) for place, name in enumerate(FILES)]
    settings = Settings(folder, feeds=tuple(feeds))
    store, lake = open_store(settings.store_url), Lake(settings.lake)
    now = dt.datetime(2026, 10, 26, 3, tzinfo=dt.UTC)

    def arrive(suffix: bytes) -> None:
        for name in FILES:
            (settings.inbox / name).write_bytes((FIXTURES / name).read_bytes() + suffix)
        ingest(settings, store, lake, files=None, now=now, progress=lambda *_: None)

    arrive(b"")
    first = lake.scan("calls").collect().sort("call_id")
    arrive(b"\n")  # other bytes, so other files, with the same calls
    with store.reading() as tx:
        register = source_files(tx)
    store.close()
    assert register["status"].unique().to_list() == ["accepted"]
    assert register.height == 2 * len(FILES)
    assert first.height == sum(len(calls) for *_, calls in FILES.values())
    assert lake.scan("calls").collect().sort("call_id").equals(first)
    bad = sum(len(reasons) for *_, reasons, _ in FILES.values())
    assert register["quarantined_lines"].sum() == 2 * bad
