"""The committed sample of each layout, all of one day: the night on which the clock goes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.demo import mobiel, wholesale
from pipelines.demo.calls import DemoCall, dialled, instant

SAMPLES = Path(__file__).parents[3] / "fixtures" / "cdr"
TRUNK, FRIEND = "+31200000101", "+31200009001"
NIGHT = [("2026-10-24 23:55", 7500), ("2026-10-25 00:15", 120), ("2026-10-25 01:15", 121)]
EXPECTED = {
    "asterisk-20261025.csv": (11, 0, 0, ["time", "truncated"], [*NIGHT, ("2026-10-25 08:30", 61)]),
    "BW-CDR-20261026000000-2-001a4b-000001.csv": (11, 3, 1, ["columns"], [*NIGHT, ("2026-10-25 08:30", 61)]),
    "DDB-Demo-10022-20261025-001.CDR": (
        6,
        2,
        0,
        [],
        # no offset and no epoch: both calls at 02:15 are taken as the first 02:15, as belnota.toml says
        [("2026-10-25 00:15", 120), ("2026-10-25 00:15", 121), ("2026-10-25 11:00", 3599), ("2026-10-25 11:30", 8)],
    ),
    "mobiel-20261025.csv": (
        9,
        2,
        0,
        ["value"],
        [("2026-10-25 07:00", 125), ("2026-10-25 07:05", 1), ("2026-10-25 07:10", 12_345_678)],
    ),
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_line_of_a_sample_is_accounted_for(read, name):
    lines, framing, filtered, reasons, calls = EXPECTED[name]
    result = read(name, (SAMPLES / name).read_bytes())
    read = [
        (f"{at:%Y-%m-%d %H:%M}", quantity)
        for at, quantity in result.records.select("answered_at", "quantity").iter_rows()
    ]

    assert (result.lines, result.framing_lines, result.filtered_lines) == (lines, framing, filtered)
    assert result.rejects["reason"].to_list() == reasons
    assert read[: len(calls)] == calls
    assert len(read) == lines - framing - filtered - len(reasons)


def test_the_samples_are_small_and_all_there():
    # Those of the other formats are described in tests/unit/feeds.
    assert {path.name for path in SAMPLES.iterdir()} >= set(EXPECTED)
    assert all(path.stat().st_size < 10_000 for path in SAMPLES.iterdir())


def test_wholesale_lines_have_their_widths_and_a_trailer_that_adds_up():
    call = DemoCall(instant("2026-10-01 09:00:00"), "wholesale", "+31300000301", FRIEND, 61)
    header, first, second, trailer = wholesale.lines(call.local.date(), 7, [(1, call), (4, call)])

    assert [len(line) for line in (header, first, second, trailer)] == [155, 223, 223, 182]
    assert first[127:135] == "00010100"
    assert second[127:135] == "00010060"
    assert trailer[141:181] == "00000002" + "000000020160" + "0000000004" * 2
    assert header[135:141] == trailer[135:141] == "000007"


def test_a_mobile_data_session_parts_its_bytes_into_up_and_down():
    call = DemoCall(instant("2026-10-01 09:00:00"), "mobiel", "+31600000101", "", 1001, service="data", country="DE")

    assert mobiel.line(3, call) == "M0000003;DATA;31600000101;;01-10-2026 09:00:00;63;80;921;DE"


@pytest.mark.parametrize(
    ("number", "as_dialled"),
    [
        (TRUNK, "0200000101"),
        ("+31112", "112"),
        ("+3114020", "14020"),
        ("+319000001", "09000001"),
        ("+442079460011", "00442079460011"),
        ("202", "202"),
        ("anonymous", "anonymous"),
    ],
)
def test_numbers_as_a_dutch_caller_dials_them(number, as_dialled):
    assert dialled(number) == as_dialled
