"""What the shared samples of Asterisk's other forms must also say (their lines: test_feeds_samples_table)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from belnota.settings import Feed
from pipelines.feeds import FileRefused, ReadResult, reader_of

SAMPLES = Path(__file__).parents[4] / "shared" / "samples"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared is not here")

FILES: dict[str, tuple[str, dict[str, Any]]] = {
    "asterisk_cdr_custom/Master.csv": ("asterisk_cdr_custom", {"timezone": "Africa/Nairobi"}),
    "freepbx_export/cdr.csv": ("freepbx_csv", {"timezone": "Europe/Lisbon"}),
    "freepbx_mysql/asteriskcdrdb_cdr_part1.sql": ("freepbx_sql", {"timezone": "UTC"}),
}


def _read(name: str, **changes: Any) -> ReadResult:
    kind, settings = FILES[name]
    return reader_of(Feed(**({"name": "feed", "format": kind, "files": "*"} | settings | changes)))(
        (SAMPLES / name).read_bytes()
    )


@pytest.mark.parametrize("name", FILES)
def test_a_sample_read_in_our_own_zone_is_refused_by_its_uniqueids(name):
    with pytest.raises(FileRefused) as refusal:
        _read(name, timezone="Europe/Amsterdam")
    assert refusal.value.reason == "timezone"


def test_a_dump_knows_received_calls_by_their_trunk_and_callers_by_their_extension():
    result = _read("freepbx_mysql/asteriskcdrdb_cdr_part1.sql", options={"own": "cnum", "trunks": ["PJSIP/TRUNK200"]})
    assert result.records["direction"].value_counts().sort("direction")["count"].to_list() == [203, 82]  # out, in
    callers = result.records.filter(direction="out")["own_number"]
    assert callers.str.contains(r"^(?:\d{3}|\+\d{10})$").all()
    assert result.rejects["reason"].to_list() == ["own_number"]  # a Local channel without a caller or a called number


def test_the_export_with_slashes_refuses_swapped_days_and_months():
    with pytest.raises(FileRefused, match="d/m/y"):
        _read("freepbx_export/cdr.csv", options={"dates": "m/d/y"})
