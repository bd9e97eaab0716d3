"""FreeSWITCH cdr_csv: nothing is escaped, and a call may have two rows."""

from __future__ import annotations

import datetime as dt
from itertools import permutations

import pytest

from tests.lib.raw_builtin import fault, freeswitch_line, one, read, uuid_of

KIND = "freeswitch_cdr_csv"


def test_a_made_call():
    call = one(read(KIND, [freeswitch_line(7)]))
    assert call | {"raw_line": ""} == {
        "key": uuid_of(7),
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


def test_a_received_call_belongs_to_the_number_that_was_called():
    line = freeswitch_line(1, context="public", caller_id_number="0301112223", destination_number="0201234567")
    call = one(read(KIND, [line], options={"incoming_contexts": ["public"]}))
    assert (call["direction"], call["own_number"], call["other_number"]) == ("in", "+31201234567", "+31301112223")


def test_our_number_may_be_the_accountcode():
    line = freeswitch_line(1, caller_id_number="201", accountcode="0201234567")
    assert one(read(KIND, [line], options={"own": "accountcode"}))["own_number"] == "+31201234567"


def test_an_unanswered_call_has_no_quantity_and_keeps_its_start():
    call = one(read(KIND, [freeswitch_line(1, answer_stamp="", billsec="0", hangup_cause="USER_BUSY")]))
    assert (call["is_answered"], call["quantity"]) == (False, 0)
    assert call["answered_at"] == dt.datetime(2026, 10, 5, 10, tzinfo=dt.UTC)


@pytest.mark.parametrize("name", ['"Piet"', 'Piet, "de', '"', '""', "Vries, Piet de", ',"', "O'Neil"])
def test_a_callers_name_with_quotes_and_commas_shifts_nothing(name):
    assert one(read(KIND, [freeswitch_line(1, caller_id_name=name)]))["dialled"] == "0612345678"


@pytest.mark.parametrize("name", ['x","0900', 'x","0201234567","0612345678","default'])
def test_a_caller_who_writes_fields_into_his_name_is_rejected(name):
    reason, detail = fault(read(KIND, [freeswitch_line(1, caller_id_name=name)]))
    assert reason == "columns"
    assert 'this format has 15, parted by ","' in detail


def test_a_line_that_a_spreadsheet_saved_is_rejected_by_name():
    saved = freeswitch_line(1, caller_id_name="x").replace('"', "")
    reason, detail = fault(read(KIND, [saved]))
    assert reason == "quoting"
    assert "spreadsheet" in detail
    without_seconds = freeswitch_line(2, start_stamp="5-10-2026 12:00", answer_stamp="5-10-2026 12:00")
    assert fault(read(KIND, [without_seconds]))[0] == "time"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"uuid": ""}, "key"),
        ({"uuid": "NORMAL_CLEARING"}, "key"),
        ({"bleg_uuid": "PCMA"}, "value"),
        ({"start_stamp": ""}, "time"),
        ({"answer_stamp": "2026-10-05 24:00:00"}, "time"),
        ({"billsec": "60.5"}, "range"),
        ({"billsec": "172801"}, "range"),
        ({"answer_stamp": "", "billsec": "60"}, "range"),
        ({"caller_id_number": ""}, "own_number"),
    ],
)
def test_values_that_cannot_be(changes, reason):
    assert fault(read(KIND, [freeswitch_line(1, **changes)]))[0] == reason


# --- both legs -----------------------------------------------------------------------------------------------------

BOTH = {"legs": "ab"}


def _pair(first: dict[str, str], second: dict[str, str]) -> list[str]:
    return [
        freeswitch_line(1, **({"bleg_uuid": uuid_of(2), "caller_id_name": "a"} | first)),
        freeswitch_line(2, **({"caller_id_name": "b"} | second)),
    ]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize(
    "second",
    [{}, {"bleg_uuid": uuid_of(1)}, {"bleg_uuid": uuid_of(1).upper()}, {"duration": "60"}],
    ids=["only the first names the other", "both name the other", "in capitals", "shorter"],
)
def test_the_second_leg_is_filtered_wherever_it_stands(order, second):
    lines = _pair({}, second)
    result = read(KIND, [lines[place] for place in order], options=BOTH)
    assert (result.records.height, result.filtered_lines) == (1, 1)
    assert '"a"' in result.records["raw_line"][0]
    assert result.records["key"][0] == f"{uuid_of(1)}+{uuid_of(2)}"


def test_of_two_that_name_each_other_the_longest_stays():
    lines = _pair({"duration": "60"}, {"bleg_uuid": uuid_of(1), "duration": "65"})
    assert '"b"' in read(KIND, lines, options=BOTH).records["raw_line"][0]


def test_legs_that_name_each_other_in_two_files_have_one_identity():
    first, second = _pair({}, {"bleg_uuid": uuid_of(1)})
    keys = {one(read(KIND, [line], options=BOTH))["key"] for line in (first, second)}
    assert len(keys) == 1  # so ingest takes one and finds the other a duplicate or a conflict


def test_calls_of_three_legs_keep_the_first():
    lines = [
        freeswitch_line(1, bleg_uuid=uuid_of(2), caller_id_name="a"),
        freeswitch_line(2, bleg_uuid=uuid_of(3)),
        freeswitch_line(3),
    ]
    for order in permutations(lines):
        assert [line.startswith('"a"') for line in read(KIND, list(order), options=BOTH).records["raw_line"]] == [True]


def test_without_the_option_each_row_is_a_call():
    assert read(KIND, _pair({}, {})).records.height == 2
