"""The committed sample of each later layout, of the night on which the clock goes back: what each line becomes."""

from __future__ import annotations

from pathlib import Path

import pytest

from belnota.settings import Feed
from pipelines.feeds import reader_of

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
        *("uk_standard_cdr_v3", {"leave_out": ["RENTAL"]}),
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
