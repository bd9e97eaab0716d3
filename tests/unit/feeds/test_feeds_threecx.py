"""3CX: the order of the columns is the administrator's, and who calls whom is said by types."""

from __future__ import annotations

import datetime as dt

import pytest

from belnota.errors import Refused
from pipelines.feeds.threecx import COLUMNS
from tests.lib.raw_builtin import fault, one, read, reader, threecx_line, threecx_values

KIND = "threecx_cdr"


def test_a_made_call():
    call = one(read(KIND, [threecx_line(7)]))
    assert call | {"raw_line": ""} == {
        "key": "7:4cc2c72490010000_7",
        "line_number": 1,
        "service": "voice",
        "direction": "out",
        "own_number": "201",
        "other_number": "+31612345678",
        "dialled": "0612345678",
        "answered_at": dt.datetime(2026, 10, 5, 10, 0, 5, tzinfo=dt.UTC),
        "is_answered": True,
        "quantity": 60,
        "country": None,
        "raw_line": "",
    }


def test_a_call_from_a_line_is_received_on_the_dialled_number():
    line = threecx_line(
        1, from_type="Line", from_no="0301112223", from_dn="10000", dial_no="0201234567", to_no="Ext.201", to_dn="201"
    )
    call = one(read(KIND, [line]))
    assert (call["direction"], call["own_number"], call["other_number"]) == ("in", "+31201234567", "+31301112223")
    assert one(read(KIND, [line], options={"lines": ["Trunk"]}))["direction"] == "out"


@pytest.mark.parametrize("word", ["Line", "ExternalLine", "provider", "external_line"])
def test_the_words_of_all_versions_for_a_trunk_mean_a_received_call(word):
    line = threecx_line(1, from_type=word, from_no="0301112223", dial_no="0201234567")
    assert one(read(KIND, [line]))["direction"] == "in"


def test_a_record_of_version_20_is_read_as_utc():
    """In the layout of the record in dorel14/3CX-Cdr-Server issue 16, with times and numbers of ours."""
    times = {
        "time_start": "2026/06/30 06:27:28",
        "time_answered": "2026/06/30 06:27:36",
        "time_end": "2026/06/30 06:35:46",
    }
    line = threecx_line(1, from_type="Line", to_type="Queue", final_type="Extension", duration="00:08:10", **times)
    call = one(read(KIND, [line], timezone="UTC"))
    assert (call["answered_at"], call["quantity"]) == (dt.datetime(2026, 6, 30, 6, 27, 36, tzinfo=dt.UTC), 490)


def test_a_call_to_a_colleague_who_sent_it_on_goes_to_the_final_number():
    line = threecx_line(1, to_no="Ext.202", to_type="Extension", final_number="0687654321", final_type="Line")
    assert one(read(KIND, [line]))["other_number"] == "+31687654321"
    inside = threecx_line(1, to_no="Ext.202", to_type="Extension", final_number="Ext.203", final_type="Extension")
    assert one(read(KIND, [inside]))["other_number"] == "202"


def test_our_number_may_be_the_callers_number():
    line = threecx_line(1, from_no="0201234567")
    assert one(read(KIND, [line], options={"own": "from_no"}))["own_number"] == "+31201234567"


def test_an_unanswered_call_has_no_quantity():
    call = one(read(KIND, [threecx_line(1, time_answered="", duration="")]))
    assert (call["is_answered"], call["quantity"]) == (False, 0)


@pytest.mark.parametrize("spell", [str, lambda name: name.replace("_", "-"), str.upper])
def test_the_order_of_the_columns_is_an_option(spell):
    order = [name for name in reversed(COLUMNS) if name not in ("callid", "chain")]
    values = threecx_values(7)
    line = ",".join(values[name] for name in order)
    call = one(read(KIND, [line], options={"columns": [spell(name) for name in order]}))
    assert (call["key"], call["own_number"], call["quantity"]) == ("7", "201", 60)


def test_columns_in_another_order_than_the_option_says_make_no_calls():
    values = threecx_values(1)
    line = ",".join(values[name] for name in sorted(COLUMNS))
    assert read(KIND, [line, line]).records.is_empty()


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (["historyid", "callid"], "lacks duration, time_start"),
        ([*COLUMNS, "colour"], "has unknown colour"),
        ([*COLUMNS, "callid"], "has twice callid"),
    ],
)
def test_a_wrong_order_is_refused_by_name(columns, sentence):
    with pytest.raises(Refused, match=sentence):
        reader(KIND, options={"columns": columns})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"historyid": ""}, "key"),
        ({"historyid": "Conference 7"}, "key"),
        ({"from_type": ""}, "value"),
        ({"time_start": "2026-10-05 12:00:00"}, "time"),
        ({"time_answered": "2026/10/05 24:00:00"}, "time"),
        ({"time_end": ""}, "time"),
        ({"duration": "60"}, "range"),
        ({"duration": "00:60:00"}, "range"),
        ({"duration": "00:02:00"}, "range"),
        ({"from_dn": "", "from_no": ""}, "own_number"),
    ],
)
def test_values_that_cannot_be(changes, reason):
    assert fault(read(KIND, [threecx_line(1, **changes)]))[0] == reason


def test_a_call_over_the_hour_that_occurs_twice_keeps_its_duration():
    times = {"time_start": "2026/10/25 02:50:00", "time_answered": "2026/10/25 02:50:00"}
    line = threecx_line(1, **times, time_end="2026/10/25 02:10:00", duration="00:20:00")
    assert one(read(KIND, [line]))["quantity"] == 1200


def test_a_name_with_a_comma_and_no_quotes_is_rejected_by_its_columns():
    assert fault(read(KIND, [threecx_line(1, from_dispname="Vries, Piet de")]))[0] == "columns"
