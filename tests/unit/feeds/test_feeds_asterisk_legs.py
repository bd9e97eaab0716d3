"""Asterisk's traps that need more than one line: a clock in another zone, and legs of one conversation."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.feeds import FileRefused
from tests.lib.raw_builtin import EPOCH, custom_line, fault, freepbx_line, one, read
from tests.lib.raw_files import asterisk_line
from tests.lib.raw_files import read as read_first


def _stamped(line, number: int, hours: float, **changes: str) -> str:
    """A call at the same wall time whose channel was made so many hours before the feed's zone says."""
    return line(number, uniqueid=f"{int(EPOCH - hours * 3600)}.{number}", **changes)


# --- the clock -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "offset"), [(-2, "UTC+00:00"), (1, "UTC+03:00"), (-7, "UTC-05:00"), (3.75, "UTC+05:45")]
)
def test_a_file_written_in_another_zone_is_refused_with_the_offset(hours, offset):
    lines = [_stamped(custom_line, number, hours) for number in range(1, 6)]
    with pytest.raises(FileRefused) as refusal:
        read("asterisk_cdr_custom", lines)
    assert refusal.value.reason == "timezone"
    assert f"5 of 5 rows were written by a clock at {offset}" in refusal.value.sentence
    assert "Europe/Amsterdam was at UTC+02:00" in refusal.value.sentence


def test_the_same_file_is_read_when_the_feed_has_the_right_zone():
    lines = [_stamped(custom_line, number, -2) for number in range(1, 6)]
    records = read("asterisk_cdr_custom", lines, timezone="UTC").records
    assert records["answered_at"].unique().to_list() == [dt.datetime(2026, 10, 5, 12, 0, 5, tzinfo=dt.UTC)]


def test_a_few_odd_rows_do_not_refuse_a_file():
    lines = [_stamped(custom_line, number, 1 if number <= 2 else 0) for number in range(1, 6)]
    assert read("asterisk_cdr_custom", lines).records.height == 5


def test_rows_that_are_odd_by_different_hours_agree_on_no_zone():
    lines = [_stamped(custom_line, number, hours) for number, hours in enumerate((1, 2, 3, 0.1, 0))]
    assert read("asterisk_cdr_custom", lines).records.height == 5


def test_an_hour_off_by_two_minutes_is_no_zone():
    lines = [_stamped(custom_line, number, 1 + 2 / 60) for number in range(1, 6)]
    assert read("asterisk_cdr_custom", lines).records.height == 5


def test_the_check_can_be_switched_off():
    lines = [_stamped(custom_line, number, 1) for number in range(1, 6)]
    assert read("asterisk_cdr_custom", lines, options={"check_zone": "no"}).records.height == 5


def test_the_hour_that_occurs_twice_is_not_held_against_the_zone():
    line = custom_line(
        1, start="2026-10-25 02:30:00", answer="2026-10-25 02:30:05", uniqueid="1792891800.1"
    )  # the second 02:30
    call = one(read("asterisk_cdr_custom", [line]))
    assert call["answered_at"] == dt.datetime(2026, 10, 25, 1, 30, 5, tzinfo=dt.UTC)


def test_the_first_format_checks_its_zone_too():
    lines = [asterisk_line(number, uniqueid=f'"pbx-{EPOCH - 3600}.{number}"') for number in range(1, 4)]
    with pytest.raises(FileRefused, match=r"UTC\+03:00"):
        read_first("asterisk", lines)


# --- legs ----------------------------------------------------------------------------------------------------------


def _legs(*changes: dict[str, str]) -> list[str]:
    """Legs of one call, told apart by their sequence."""
    return [
        custom_line(1, **{"sequence": str(place), "dstchannel": f"PJSIP/20{place}-1"} | change)
        for place, change in enumerate(changes, start=1)
    ]


def test_legs_that_rang_in_parallel_are_one_conversation():
    result = read("asterisk_cdr_custom", _legs({}, {"disposition": "NO ANSWER"}, {}))
    assert result.records["key"].to_list() == [f"{EPOCH}.1:1", f"{EPOCH}.1:2"]
    assert result.records["quantity"].to_list() == [60, 0]
    assert (result.filtered_lines, result.lines) == (1, 3)


def test_the_longest_leg_stays():
    short = {"answer": "2026-10-05 12:00:10", "billsec": "20"}
    assert read("asterisk_cdr_custom", _legs(short, {})).records["quantity"].to_list() == [60]


def test_a_leg_through_the_dial_plan_gives_way_to_the_one_on_a_channel():
    legs = _legs({"dstchannel": "Local/0612345678@out-1;1", "billsec": "65", "answer": "2026-10-05 12:00:00"}, {})
    assert read("asterisk_cdr_custom", legs).records["key"].to_list() == [f"{EPOCH}.1:2"]


def test_legs_one_after_the_other_are_two_conversations():
    later = {"start": "2026-10-05 12:01:04", "answer": "2026-10-05 12:01:04"}  # a second of overlap is rounding
    result = read("asterisk_cdr_custom", _legs({}, later))
    assert (result.records.height, result.filtered_lines) == (2, 0)


def test_legs_to_two_numbers_at_once_are_two_conversations():
    result = read("asterisk_cdr_custom", _legs({}, {"dst": "0687654321"}))
    assert result.records["quantity"].to_list() == [60, 60]


def test_legs_of_two_calls_to_one_number_are_two_conversations():
    result = read("asterisk_cdr_custom", [custom_line(1), custom_line(2)])
    assert result.records.height == 2


def test_legs_of_two_channels_with_one_linkedid_are_one_conversation():
    lines = [freepbx_line(1), freepbx_line(2, linkedid=f"{EPOCH}.1")]
    result = read("freepbx_csv", lines)
    assert (result.records["key"].to_list(), result.filtered_lines) == ([f"{EPOCH}.1:1"], 1)


def test_a_row_that_is_there_twice_is_a_duplicate_and_not_filtered():
    result = read("asterisk_cdr_custom", [custom_line(1), custom_line(1)])
    assert (result.records.height, result.filtered_lines) == (2, 0)  # ingest counts the second as a duplicate


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_the_order_of_the_legs_in_the_file_does_not_matter(order):
    legs = _legs({"billsec": "30"}, {}, {"billsec": "10"})
    result = read("asterisk_cdr_custom", [legs[place] for place in order])
    assert result.records["key"].to_list() == [f"{EPOCH}.1:2"]


def _at(second: int) -> str:
    return f"2026-10-05 12:00:{second:02d}"


@settings(max_examples=40, deadline=None)
@given(
    legs=st.lists(
        st.tuples(st.integers(0, 30), st.integers(1, 15), st.booleans(), st.sampled_from(["600", "601"])),
        min_size=1,
        max_size=8,
    ),
    data=st.data(),
)
def test_what_stays_of_any_legs_never_overlaps_and_does_not_depend_on_their_order(legs, data):
    lines = [
        custom_line(
            1,
            sequence=str(place),
            dst=dst,
            dstchannel=f"{'Local' if is_local else 'PJSIP'}/x-{place}",
            answer=_at(begin),
            billsec=str(length),
        )
        for place, (begin, length, is_local, dst) in enumerate(legs)
    ]
    result = read("asterisk_cdr_custom", lines)
    calls = sorted(result.records.select("dialled", "answered_at", "quantity").rows())
    assert {dst for dst, *_ in calls} == {dst for *_, dst in legs}
    for (dst, begin, length), (next_dst, next_begin, _) in pairwise(calls):
        assert dst != next_dst or begin + dt.timedelta(seconds=length - 1) <= next_begin
    mixed = read("asterisk_cdr_custom", data.draw(st.permutations(lines)))
    assert sorted(mixed.records.select("dialled", "answered_at", "quantity").rows()) == calls


# --- cdr_custom ----------------------------------------------------------------------------------------------------


def test_a_made_call():
    call = one(read("asterisk_cdr_custom", [custom_line(7)]))
    assert call | {"raw_line": ""} == {
        "key": f"{EPOCH}.7:7",
        "line_number": 1,
        "service": "voice",
        "direction": "out",
        "own_number": "+31201234567",
        "other_number": "+31612345678",
        "dialled": "0612345678",
        "answered_at": dt.datetime(2026, 10, 5, 10, 0, 5, tzinfo=dt.UTC),
        "is_answered": True,
        "quantity": 60,
        "country": None,
        "raw_line": "",
    }


def test_a_call_from_a_trunk_is_received():
    line = custom_line(1, channel="PJSIP/provider-00000001", src="0301112223", dst="0201234567")
    call = one(read("asterisk_cdr_custom", [line], options={"trunks": ["PJSIP/provider"]}))
    assert (call["direction"], call["own_number"], call["other_number"]) == ("in", "+31201234567", "+31301112223")
    other = custom_line(1, channel="PJSIP/provider2-00000001")
    assert one(read("asterisk_cdr_custom", [other], options={"trunks": ["PJSIP/provider"]}))["direction"] == "out"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sequence": ""}, "key"),
        ({"uniqueid": "abc"}, "value"),
        ({"disposition": "MAYBE"}, "value"),
        ({"answer": ""}, "time"),
        ({"start": "2026-02-30 12:00:00"}, "time"),
        ({"billsec": "-1"}, "range"),
        ({"src": ""}, "own_number"),
    ],
)
def test_values_that_cannot_be(changes, reason):
    assert fault(read("asterisk_cdr_custom", [custom_line(1, **changes)]))[0] == reason
