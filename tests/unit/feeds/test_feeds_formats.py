"""What each format means: direction, identity, time, quantity; and the values that no record may have."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from belnota.errors import ControlsDoNotBalance, Refused
from pipelines.feeds import RECORD, REJECT, FileRefused, ReadResult, reader_of
from tests.lib.raw_files import (
    GOOD,
    asterisk_line,
    broadworks_file,
    broadworks_line,
    feed,
    mobiel_line,
    read,
    reader,
    wholesale_file,
    wholesale_line,
)


def _utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[misc, arg-type]


def _one(result: ReadResult) -> dict[str, object]:
    assert result.rejects.is_empty(), result.rejects
    return result.records.row(0, named=True)


def _fault(result: ReadResult) -> tuple[str, str]:
    assert result.records.is_empty()
    return result.rejects.select("reason", "detail").row(0)


def test_a_reader_that_loses_a_line_is_stopped():
    with pytest.raises(ControlsDoNotBalance, match="of 3 lines 1 are framing"):
        ReadResult(pl.DataFrame(schema=RECORD), pl.DataFrame(schema=REJECT), lines=3, framing_lines=1)


# --- Asterisk ------------------------------------------------------------------------------------------------------


def test_asterisk_a_made_call():
    call = _one(read("asterisk", [asterisk_line(1)]))
    assert call | {"raw_line": ""} == {
        "key": "1791194400.1:1",
        "line_number": 1,
        "service": "voice",
        "direction": "out",
        "own_number": "+31201234567",
        "other_number": "+31612345678",
        "dialled": "0612345678",
        "answered_at": _utc(2026, 10, 5, 10, 0, 5),
        "is_answered": True,
        "quantity": 60,
        "country": None,
        "raw_line": "",
    }


def test_asterisk_a_received_call_belongs_to_the_number_that_was_called():
    line = asterisk_line(1, dcontext='"from-trunk"', src='"0301112223"', dst='"0201234567"')
    call = _one(read("asterisk", [line], options={"incoming_contexts": ["from-trunk"]}))
    assert (call["direction"], call["own_number"], call["other_number"]) == ("in", "+31201234567", "+31301112223")


def test_asterisk_own_number_from_accountcode():
    line = asterisk_line(1, src='"201"', accountcode='"0201234567"')
    assert _one(read("asterisk", [line], options={"own": "accountcode"}))["own_number"] == "+31201234567"


@pytest.mark.parametrize("disposition", ["NO ANSWER", "BUSY", "FAILED", "CONGESTION"])
def test_asterisk_billsec_without_an_answer_is_no_quantity(disposition):
    call = _one(read("asterisk", [asterisk_line(1, disposition=f'"{disposition}"', answer="")]))
    assert (call["is_answered"], call["quantity"]) == (False, 0)
    assert call["answered_at"] == _utc(2026, 10, 5, 10, 0, 0)


def test_asterisk_legs_of_one_call_are_told_apart_by_sequence_or_channel():
    tried = {"disposition": '"BUSY"'}
    legs = [asterisk_line(1, sequence=str(n), **tried) for n in (8, 15)]
    assert read("asterisk", legs).records["key"].to_list() == ["1791194400.1:8", "1791194400.1:15"]
    short = [
        ",".join(asterisk_line(1, clid='"x"', lastdata='"x"', dstchannel=c, **tried).split(",")[:17])
        for c in ['"a"', '"b"']
    ]
    assert read("asterisk", short).records["key"].to_list() == ["1791194400.1:a", "1791194400.1:b"]


def test_asterisk_answered_legs_of_one_conversation_are_one_call():
    result = read("asterisk", [asterisk_line(1, sequence=str(n), dstchannel=f'"SIP/{n}"') for n in (8, 15)])
    assert (result.records["key"].to_list(), result.filtered_lines) == (["1791194400.1:8"], 1)


def test_asterisk_true_twins_without_uniqueid_are_numbered():
    short = ",".join(asterisk_line(1, clid='"x"', lastdata='"x"').split(",")[:16])
    keys = read("asterisk", [short, short, short]).records["key"].to_list()
    first = "0201234567|0612345678|2026-10-05 12:00:00|65"
    assert keys == [first, first + "#2", first + "#3"]


@pytest.mark.parametrize(
    ("answer", "epoch", "instant"),
    [
        ("02:30:05", 1792888200, (0, 30, 5)),  # the first 02:30 (summer time)
        ("02:30:05", 1792891800, (1, 30, 5)),  # the second one
        ("02:00:05", 1792889940, (1, 0, 5)),  # made at 02:59 summer time, answered 66 s later
        ("02:30:05", 1000000000, (0, 30, 5)),  # an epoch that fits neither: the feed's policy
    ],
)
def test_asterisk_uniqueid_tells_the_two_hours_of_the_dst_night_apart(answer, epoch, instant):
    line = asterisk_line(1, answer=f'"2026-10-25 {answer}"', uniqueid=f'"pbx-{epoch}.7"')
    assert _one(read("asterisk", [line]))["answered_at"] == _utc(2026, 10, 25, *instant)


@pytest.mark.parametrize(("policy", "hour"), [("earliest", 0), ("latest", 1), ("refuse", None)])
def test_the_policy_decides_a_time_that_occurs_twice(policy, hour):
    result = read("mobiel", [GOOD["mobiel"]()[0], mobiel_line(1, start="25-10-2026 02:30:00")], ambiguous=policy)
    if hour is None:
        assert _fault(result)[0] == "time"
    else:
        assert _one(result)["answered_at"] == _utc(2026, 10, 25, hour, 30)


def test_a_time_that_the_zone_skips_is_rejected():
    line = mobiel_line(1, start="29-03-2026 02:30:00")
    reason, detail = _fault(read("mobiel", [GOOD["mobiel"]()[0], line]))
    assert reason == "time"
    assert "29-03-2026 02:30:00" in detail
    utc = read("mobiel", [GOOD["mobiel"]()[0], line], timezone="UTC")
    assert _one(utc)["answered_at"] == _utc(2026, 3, 29, 2, 30)


@pytest.mark.parametrize(
    ("changes", "reason", "value"),
    [
        ({"answer": '"2026-02-30 10:00:00"'}, "time", "2026-02-30"),
        ({"answer": '"2026-02-28 24:00:00"'}, "time", "24:00"),
        ({"answer": '"2026-02-28 10:00:60"'}, "time", ":60"),
        ({"answer": '"0000-00-00 00:00:00"'}, "time", "0000"),
        ({"answer": '"1970-01-01 00:00:00"'}, "time", "1970"),
        ({"answer": ""}, "time", "''"),
        ({"billsec": "-1"}, "range", "-1"),
        ({"billsec": "12.5"}, "range", "12.5"),
        ({"billsec": "1e3"}, "range", "1e3"),
        ({"billsec": "NaN"}, "range", "NaN"),
        ({"billsec": "172801"}, "range", "172801"),
        ({"billsec": "9" * 30}, "range", "999"),
        ({"disposition": '"MAYBE"'}, "value", "MAYBE"),
        ({"uniqueid": '"abc"'}, "value", "abc"),
        ({"src": '""'}, "own_number", "anonymous"),
    ],
)
def test_asterisk_values_that_cannot_be(changes, reason, value):
    found, detail = _fault(read("asterisk", [asterisk_line(1, **changes)]))
    assert found == reason
    assert value in detail


def test_the_longest_call_and_the_shortest_are_calls():
    for billsec in ("172800", "0"):
        assert _one(read("asterisk", [asterisk_line(1, billsec=billsec)]))["quantity"] == int(billsec)


# --- BroadWorks ----------------------------------------------------------------------------------------------------


def _broadworks(*lines: str, **changes: object) -> ReadResult:
    return read("broadworks", [*broadworks_file(0)[:2], *lines, broadworks_file(0)[-1]], **changes)


def test_broadworks_an_originating_record_is_a_made_call():
    call = _one(_broadworks(broadworks_line(1)))
    assert (call["key"], call["direction"]) == ("0000000001001a4b", "out")
    assert (call["own_number"], call["other_number"]) == ("+31201234567", "+31612345678")
    assert call["answered_at"] == dt.datetime(2026, 10, 5, 10, 0, 5, 250_000, tzinfo=dt.UTC)
    assert call["quantity"] == 61  # 60.100 s: a started second counts


def test_broadworks_seconds_are_rounded_as_the_feed_says():
    for mode, expected in (("up", 61), ("half_up", 60), ("down", 60)):
        assert _one(_broadworks(broadworks_line(1), options={"seconds": mode}))["quantity"] == expected


def test_broadworks_a_terminating_record_is_a_received_call():
    line = broadworks_line(1, direction="Terminating", callingNumber="+31301112223")
    call = _one(_broadworks(line))
    assert (call["direction"], call["own_number"], call["other_number"]) == ("in", "+31201234567", "+31301112223")


def test_broadworks_a_withheld_caller_stays_withheld():
    line = broadworks_line(1, direction="Terminating", callingNumber="+31301112223", presentation="Anonymous")
    call = _one(_broadworks(line))
    assert (call["other_number"], call["dialled"]) == ("anonymous", "anonymous")


def test_broadworks_without_called_number_the_dialled_digits_count():
    assert _one(_broadworks(broadworks_line(1, calledNumber="")))["dialled"] == "0612345678"


def test_broadworks_other_types_are_filtered_and_markers_are_framing():
    result = _broadworks(broadworks_line(1), broadworks_line(2, type="Long Duration"))
    assert (result.framing_lines, result.filtered_lines, result.records.height) == (3, 1, 1)


def test_broadworks_an_unanswered_call_has_no_quantity():
    line = broadworks_line(1, answerIndicator="No", answerTime="")
    call = _one(_broadworks(line))
    assert (call["is_answered"], call["quantity"], call["answered_at"]) == (False, 0, _utc(2026, 10, 5, 10))


def test_broadworks_its_encoding_is_the_one_it_declares():
    line = broadworks_line(1, serviceProvider="Caf\xe9")
    start, end = broadworks_file(0)[:2], broadworks_file(0)[2:]
    raw = "\n".join([*start, line, *end]).encode("iso-8859-1")
    assert "Caf\xe9" in _one(reader("broadworks")(raw))["raw_line"]
    with pytest.raises(FileRefused, match="EBCDIC"):
        reader("broadworks")(raw.replace(b"ISO-8859-1", b"EBCDIC"))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"direction": "Sideways"}, "value"),
        ({"answerIndicator": "Perhaps"}, "value"),
        ({"releaseTime": "20261005100000.000"}, "range"),
        ({"releaseTime": ""}, "time"),
        ({"answerTime": "20261305100000.000"}, "time"),
        ({"recordId": ""}, "key"),
        ({"userNumber": ""}, "own_number"),
    ],
)
def test_broadworks_values_that_cannot_be(changes, reason):
    assert _fault(_broadworks(broadworks_line(1, **changes)))[0] == reason


# --- the Dutch wholesale file --------------------------------------------------------------------------------------


def test_wholesale_a_call():
    result = read("wholesale", wholesale_file())
    call = result.records.row(0, named=True)
    assert result.sequence == 7
    assert call["answered_at"] == _utc(2026, 10, 5, 10, 0, 1)
    assert call["quantity"] == 62  # 61.01 s
    assert call["key"] == "0201234567|0612345678|2026100512000100|00010101"


@pytest.mark.parametrize(
    ("type_of_number", "b_number", "canonical"),
    [
        ("001", "2323453", "?2323453"),
        ("001", "6123456789", "?6123456789"),  # ten digits without an area code are no foreign number
        ("001", "0201234567", "+31201234567"),
        ("001", "112", "+31112"),
        ("004", "0049301234567", "+49301234567"),
        ("004", "212", "?212"),  # a carrier knows no extensions
        ("004", "", "anonymous"),
    ],
)
def test_wholesale_numbers(type_of_number, b_number, canonical):
    line = wholesale_line(1, type_of_number=type_of_number, b_number=b_number.ljust(10))
    assert _one(read("wholesale", wholesale_file([line])))["other_number"] == canonical


def test_wholesale_true_twins_are_two_calls():
    line = wholesale_line(1)
    keys = read("wholesale", wholesale_file([line, line])).records["key"].to_list()
    assert keys[1] == keys[0] + "#2"


def test_wholesale_a_bad_time_rejects_the_line_and_the_trailer_still_matches():
    lines = [wholesale_line(1), wholesale_line(2, start="2026023012000000")]
    result = read("wholesale", wholesale_file(lines))
    assert result.rejects.select("line_number", "reason").rows() == [(3, "time")]
    assert result.records.height == 1


@pytest.mark.parametrize(
    "lines",
    [
        wholesale_file([wholesale_line(1), wholesale_line(2, duration="00010102")]),
        wholesale_file([wholesale_line(1), wholesale_line(2, amount="00000010")]),
        wholesale_file([wholesale_line(1), wholesale_line(2, duration="0001x101")]),
        wholesale_file()[:2] + wholesale_file()[3:],
        [*wholesale_file()[:2], *wholesale_file()[1:]],
    ],
    ids=["duration", "amount", "unreadable duration", "a record too few", "a record too many"],
)
def test_wholesale_other_totals_refuse_the_file_whole(lines):
    with pytest.raises(FileRefused, match="the trailer says") as refusal:
        read("wholesale", lines)
    assert refusal.value.reason == "trailer"


def test_wholesale_sequence_numbers_must_agree():
    lines = [wholesale_file()[0], *wholesale_file(sequence=8)[1:]]
    with pytest.raises(FileRefused, match="the header says file number 7, the trailer 8"):
        read("wholesale", lines)


def test_wholesale_two_files_in_one_are_refused():
    with pytest.raises(FileRefused, match="two files in one"):
        read("wholesale", [*wholesale_file(), *wholesale_file()])


# --- settings of a feed --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "changes", "sentence"),
    [
        ("asterisk", {"options": {"own": "clid"}}, "own = 'clid' must be one of src, accountcode"),
        ("asterisk", {"options": {"incoming_contexts": "x"}}, "must be a list of texts"),
        ("asterisk", {"options": {"colour": 1}}, "unknown option 'colour'"),
        ("asterisk", {"timezone": "Europe/Nowhere"}, "timezone 'Europe/Nowhere' is unknown"),
        ("broadworks", {"options": {"seconds": "nearest"}}, "must be one of half_up"),
        ("mobiel", {"options": {"own": "src"}}, "known are complete_after_hours"),
        ("asterisk", {"format": "excel"}, "format 'excel' is unknown"),
    ],
)
def test_wrong_settings_are_refused_by_name(kind, changes, sentence):
    with pytest.raises(Refused, match=sentence):
        reader_of(feed(kind, **changes), "")
