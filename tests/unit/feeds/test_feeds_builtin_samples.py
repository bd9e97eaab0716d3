"""The shared samples of the formats that came later: every line of each file is accounted for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from belnota.settings import Feed
from pipelines.feeds import FileRefused, ReadResult, reader_of

SAMPLES = Path(__file__).parents[4] / "shared" / "samples"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared is not here")

FILES: dict[str, tuple[str, dict[str, Any]]] = {
    "asterisk_cdr_custom/Master.csv": ("asterisk_cdr_custom", {"timezone": "Africa/Nairobi"}),
    "freepbx_export/cdr.csv": ("freepbx_csv", {"timezone": "Europe/Lisbon"}),
    "freepbx_mysql/asteriskcdrdb_cdr_part1.sql": ("freepbx_sql", {"timezone": "UTC"}),
    "freeswitch_cdr_csv/Master_from_docs.csv": ("freeswitch_cdr_csv", {}),
    "broadworks_xml/BW-CDR-sample1.xml": ("broadworks_xml", {}),
    "3cx/cdr-240617055949.log": ("threecx_cdr", {}),
}


def _read(name: str, **changes: Any) -> ReadResult:
    kind, settings = FILES[name]
    return reader_of(Feed(**({"name": "feed", "format": kind, "files": "*"} | settings | changes)))(
        (SAMPLES / name).read_bytes()
    )


@pytest.mark.parametrize(
    ("name", "counts", "unanswered"),
    [
        ("asterisk_cdr_custom/Master.csv", (7, 0, 0, 0, 7), 2),
        ("freepbx_export/cdr.csv", (428, 0, 0, 0, 428), 55),
        ("freepbx_mysql/asteriskcdrdb_cdr_part1.sql", (321, 34, 1, 1, 285), 69),
        ("freeswitch_cdr_csv/Master_from_docs.csv", (5, 0, 0, 0, 5), 5),
        ("broadworks_xml/BW-CDR-sample1.xml", (4, 2, 0, 0, 2), 0),
        ("3cx/cdr-240617055949.log", (2, 1, 0, 0, 1), 0),
    ],
)
def test_every_line_of_a_sample_is_accounted_for(name, counts, unanswered):
    result = _read(name)
    records = result.records
    found = (result.lines, result.framing_lines, result.filtered_lines, result.rejects.height, records.height)
    assert found == counts
    assert records.filter(~pl.col("is_answered")).height == unanswered
    assert records.filter(~pl.col("is_answered"))["quantity"].sum() == 0
    assert records["key"].n_unique() == records.height


@pytest.mark.parametrize(
    "name", [name for name, (kind, _) in FILES.items() if kind.startswith(("asterisk", "freepbx"))]
)
def test_a_sample_read_in_our_own_zone_is_refused_by_its_uniqueids(name):
    with pytest.raises(FileRefused) as refusal:
        _read(name, timezone="Europe/Amsterdam")
    assert refusal.value.reason == "timezone"


def test_the_rejected_row_of_the_dump_has_no_caller_and_the_filtered_one_is_a_repeat():
    result = _read("freepbx_mysql/asteriskcdrdb_cdr_part1.sql")
    assert result.rejects["reason"].to_list() == ["own_number"]
    by_extension = _read("freepbx_mysql/asteriskcdrdb_cdr_part1.sql", options={"own": "cnum"})
    assert "?" not in "".join(by_extension.records["own_number"].filter(by_extension.records["dialled"] == "777"))


def test_the_export_with_slashes_refuses_swapped_days_and_months():
    with pytest.raises(FileRefused, match="d/m/y"):
        _read("freepbx_export/cdr.csv", options={"dates": "m/d/y"})
