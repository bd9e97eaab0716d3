"""UK Standard CDR v3: voice, SMS and data in one file, columns by name."""

from __future__ import annotations

import datetime as dt

import pytest

from belnota.errors import Refused
from pipelines.feeds import FileRefused
from tests.lib.raw_builtin import UK_HEADER, fault, one, quoted, read, reader, uk_file, uk_line

KIND = "uk_standard_cdr_v3"
DATA = {"Call Type": "G", "Duration": "900", "Telephone Number Dialled": ""}


WORDS = {"sms": ["S"], "data": ["G"]}


def _read(*lines: str, **changes: object):
    return read(KIND, uk_file(list(lines)), **{"options": WORDS} | changes)


@pytest.mark.parametrize("word", ["S", "G"])
def test_a_word_that_nobody_named_is_not_guessed(word):
    reason, detail = fault(_read(uk_line(1, **{"Call Type": word}), options={}))
    assert (reason, "put it in one of the options" in detail) == ("value", True)


def test_a_voice_call():
    call = one(_read(uk_line(7)))
    assert call | {"raw_line": ""} == {
        "key": "R7",
        "line_number": 2,
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


def test_an_sms_is_one_message_whatever_its_duration():
    call = one(_read(uk_line(1, **{"Call Type": "S", "Duration": "0"})))
    assert (call["service"], call["quantity"]) == ("sms", 1)


@pytest.mark.parametrize(
    ("sent", "received", "total", "quantity"),
    [("1000", "2345", "3345", 3345), ("", "", "3345", 3345), ("1000", "2345", "", 3345), ("0", str(2**32), "", 2**32)],
)
def test_data_is_its_total_of_bytes(sent, received, total, quantity):
    volume = {"Bytes Transmitted": sent, "Bytes Received": received, "Total Bytes Transferred": total}
    call = one(_read(uk_line(1, **DATA, **volume)))
    assert (call["service"], call["quantity"], call["other_number"]) == ("data", quantity, "anonymous")


def test_a_total_that_contradicts_its_parts_is_rejected():
    volume = {"Bytes Transmitted": "1000", "Bytes Received": "2345", "Total Bytes Transferred": "9"}
    reason, detail = fault(_read(uk_line(1, **DATA, **volume)))
    assert (reason, "1000 + 2345 = 9" in detail) == ("range", True)


def test_the_words_for_call_types_are_options():
    words = {"voice": ["MOC"], "sms": ["SM"], "data": [], "received": ["MTC"], "leave_out": ["RENTAL"]}
    lines = [uk_line(place, **{"Call Type": word}) for place, word in enumerate(("MOC", "SM", "MTC", "RENTAL", "V"))]
    result = _read(*lines, options=words)
    assert result.records.select("service", "direction").rows() == [("voice", "out"), ("sms", "out"), ("voice", "in")]
    assert result.filtered_lines == 1
    assert result.rejects["detail"][0].startswith("Call Type = 'V': is no Call Type of this feed")
    with pytest.raises(Refused, match="Call Type 'V' is both voice and sms"):
        reader(KIND, options={"sms": ["V"]})


def test_columns_are_found_by_name_also_by_gammas_names_and_in_any_order():
    gamma = {
        "Telephone Number Dialled": "Non-Charged Party",
        "Call Cause": "Call Cause Definition Required",
        "RecordID": "Record ID",
        "Salesprice (pre-bundle)": "Salesprice (Pre-Bundle)",
    }
    header = quoted(*reversed([gamma.get(name, name) for name in UK_HEADER]), "Our own column")
    line = quoted(*reversed(uk_line(7, Description="x")[1:-1].split('","')), "z")
    assert one(read(KIND, [header, line]))["key"] == "R7"


def test_a_repeated_header_is_framing():
    lines = uk_file()
    result = read(KIND, [*lines, lines[0], uk_line(9)])
    assert (result.framing_lines, result.records.height) == (2, 6)


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        (quoted("Date", "Month", "CLI", "Description", "Event", "Total", "Part", "Quantity"), "calls, not charges"),
        (quoted(*UK_HEADER[:-1]), "it has 41"),
        (quoted(*["Duur" if name == "Duration" else name for name in UK_HEADER]), "missing are Duration"),
        (quoted(*UK_HEADER, "duration"), "has Duration more than once"),
    ],
    ids=["recurring charges", "too short", "renamed", "twice"],
)
def test_another_header_is_refused_by_name(header, sentence):
    with pytest.raises(FileRefused, match=sentence) as refusal:
        read(KIND, [header, uk_line(1)])
    assert refusal.value.reason == "header"


def test_records_without_an_id_get_one_from_what_they_say_and_twins_are_numbered():
    line = uk_line(1, RecordID="")
    keys = _read(line, line).records["key"].to_list()
    assert keys[1] == keys[0] + "#2"


@pytest.mark.parametrize(("written", "country"), [("DE", "de"), ("", None), ("nl", "nl")])
def test_the_country_of_origin_is_where_the_phone_was(written, country):
    assert one(_read(uk_line(1, **{"Country of Origin": written})))["country"] == country


def test_a_country_that_is_no_code_is_rejected_unless_it_is_ignored():
    line = uk_line(1, **{"Country of Origin": "DEU"})
    assert fault(_read(line))[0] == "value"
    assert one(_read(line, options={"country": "ignore"}))["country"] is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Call Date": "2026-10-05"}, "time"),
        ({"Call Date": "31/02/2026"}, "time"),
        ({"Call Time": "12:00"}, "time"),
        ({"Duration": "60.5"}, "range"),
        ({"Duration": "00:01:00"}, "range"),
        ({"Duration": ""}, "range"),
        ({"Customer Identifier": ""}, "own_number"),
        ({"Salesprice": "free"}, "value"),
        ({"Salesprice (pre-bundle)": "0,0150"}, "value"),
        ({"NGCS Access Charge": "V"}, "value"),
        ({"NGCS Service Charge": "1.2.3"}, "value"),
    ],
)
def test_values_that_cannot_be(changes, reason):
    assert fault(_read(uk_line(1, **changes)))[0] == reason


def test_an_ngcs_call_and_a_credit_are_read():
    charges = {"NGCS Access Charge": "0.0700", "NGCS Service Charge": "0.4500", "Salesprice": "-0.5200"}
    assert _read(uk_line(1, **charges)).records.height == 1
