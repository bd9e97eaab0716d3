"""The mapping language: what it can say, and each thing it refuses by file, section and key."""

from __future__ import annotations

import datetime as dt

import pytest

from belnota.errors import Refused
from belnota.settings import Feed
from pipelines.feeds import ReadResult, reader_of
from pipelines.feeds.mapping import parse_mapping
from tests.lib.raw_files import GOOD, MOBIEL_TOML, mobiel_line, read

SMALL = """
[key]
columns = ["a", "b", "t", "n"]
unique = false
[time]
column = "t"
format = "%d/%m/%y"
[direction]
column = "d"
values = { I = "in", O = "out" }
[service]
value = "sms"
[quantity]
sms = { column = "n" }
[own]
column = "a"
[other]
column = "b"
[answered]
column = "ok"
values = { "1" = "yes", "0" = "no" }
[leave_out]
state = ["test", "partial"]
""".replace("%d/%m/%y", "%Y/%m/%d %H:%M:%S")
HEADER = "state,ok,n,d,t,b,a,extra"


def _small(*rows: str) -> ReadResult:
    return reader_of(Feed("small", "mapping", "*"), SMALL)("\n".join([HEADER, *rows]).encode())


def test_the_mobile_file_of_the_demo():
    lines = [
        GOOD["mobiel"]()[0],
        mobiel_line(1),
        mobiel_line(2, soort="SMS", bestemming="0031612345678", duur_sec="0"),
        mobiel_line(3, soort="DATA", bestemming="", bytes_op="2200000000", bytes_neer="1", land="DE"),
        mobiel_line(4, land=""),
    ]
    result = read("mobiel", lines)
    columns = ["key", "service", "own_number", "other_number", "quantity", "country"]
    assert result.records.select(columns).rows() == [
        ("M1", "voice", "+31612345678", "+31201234567", 60, "nl"),
        ("M2", "sms", "+31612345678", "+31612345678", 1, "nl"),
        ("M3", "data", "+31612345678", "anonymous", 2_200_000_001, "de"),
        ("M4", "voice", "+31612345678", "+31201234567", 60, None),
    ]
    assert result.records["answered_at"][0] == dt.datetime(2026, 10, 5, 10, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("changes", "reason", "value"),
    [
        ({"soort": "FAX"}, "value", "FAX"),
        ({"land": "NLD"}, "value", "NLD"),
        ({"recordid": ""}, "key", "''"),
        ({"msisdn": ""}, "own_number", "anonymous"),
        ({"start": "5-10-2026 12:00:00"}, "time", "written %d-%m-%Y"),
        ({"duur_sec": "-5"}, "range", "-5"),
        ({"duur_sec": ""}, "range", "''"),
        ({"soort": "DATA", "bytes_op": str(2**53)}, "range", "9007199254740992"),
        ({"soort": "DATA", "bytes_op": str(2**63)}, "range", "9223372036854775808"),
        ({"soort": "DATA", "bytes_op": "12,5"}, "range", "12,5"),
    ],
)
def test_values_that_cannot_be(changes, reason, value):
    if reason == "range" and value == "9007199254740992":
        changes = changes | {"bytes_neer": "1"}
    result = read("mobiel", [GOOD["mobiel"]()[0], mobiel_line(1, **changes)])
    assert result.rejects["reason"].to_list() == [reason]
    assert value in result.rejects["detail"][0]


def test_direction_answer_and_left_out_rows_by_word():
    result = _small(
        "final,1,2,O,2026/10/05 12:00:00,0612345678,0201234567,x",
        "final,0,2,I,2026/10/05 12:00:00,0612345678,0201234567,x",
        "test,1,2,O,2026/10/05 12:00:00,0612345678,0201234567,x",
        "final,9,2,O,2026/10/05 12:00:00,0612345678,0201234567,x",
        "final,1,2,X,2026/10/05 12:00:00,0612345678,0201234567,x",
    )
    assert result.records.select("direction", "is_answered", "quantity").rows() == [("out", True, 2), ("in", False, 0)]
    assert result.filtered_lines == 1
    assert result.rejects.select("line_number", "reason").rows() == [(5, "value"), (6, "value")]


def test_twins_of_a_key_that_is_not_unique_are_numbered():
    row = "final,1,2,O,2026/10/05 12:00:00,0612345678,0201234567,x"
    keys = _small(row, row).records["key"].to_list()
    assert keys[1] == keys[0] + "#2"


def test_column_names_of_ours_in_their_file_do_no_harm():
    text = SMALL.replace('"a"', '"key"').replace('"b"', '"line_number"').replace('"n"', '"fields"')
    raw = "state,ok,fields,d,t,line_number,key,text\nfinal,1,2,O,2026/10/05 12:00:00,0612345678,0201234567,x\n"
    result = reader_of(Feed("small", "mapping", "*"), text)(raw.encode())
    assert result.records.select("own_number", "quantity").rows() == [("+31201234567", 2)]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("[file]", "[file", r"mappings/m.toml: .*line"),
        ("[file]", "[files]", r"mappings/m.toml: unknown key 'files'"),
        ('delimiter = ";"', 'separator = ";"', r"\[file\]: unknown key 'separator'; known are .*delimiter"),
        ('delimiter = ";"', 'delimiter = ";;"', r"\[file\]: delimiter = ';;' must be one character"),
        ('delimiter = ";"', 'delimiter = "\\n"', r"\[file\]: delimiter .* must be one character"),
        ('"utf-8"', '"utf-16"', r"\[file\]: encoding = 'utf-16' is unknown"),
        ('"utf-8"', '"klingon"', r"\[file\]: encoding = 'klingon' is unknown"),
        ('["recordid"]', '"recordid"', r"\[key\]: columns = 'recordid' must be a list"),
        ('["recordid"]', '["recordid"]\nunique = 1', r"\[key\]: unique = 1 must be true or false"),
        ("%d-%m-%Y", "%d-%b-%Y", r"\[time\]: time format .*use each of"),
        ("%H:%M:%S", "%H:%M", r"\[time\]: time format .*use each of"),
        ('column = "start"', 'column = "start"\ntimezone = "Mars"', r"\[time\]: timezone 'Mars' is unknown"),
        ('value = "out"', 'value = "up"', r"\[direction\]: value = 'up' must stand alone and be one of out, in"),
        ('DATA = "data"', 'DATA = "fax"', r"\[service\]: values = .* must translate words to voice, sms, data"),
        ("data = { sum", "fax = { sum", r"\[quantity\]: unknown key 'fax'"),
        ("sms = { value = 1 }", "", r"\[quantity\] does not say how much a sms is"),
        ("{ value = 1 }", "{ value = 1, column = 'x' }", r"\[sms\]: write exactly one of"),
        ("{ value = 1 }", "{ value = -1 }", r"\[sms\]: value = -1 must be a whole number from 0"),
        ('[own]\ncolumn = "msisdn"', "", r"section \[own\] is missing"),
        ('column = "msisdn"', 'column = ""', r"\[own\]: column = '' must be a text"),
    ],
)
def test_a_wrong_mapping_is_refused_by_file_section_and_key(old, new, sentence):
    assert old in MOBIEL_TOML
    with pytest.raises(Refused, match=sentence) as refusal:
        parse_mapping(MOBIEL_TOML.replace(old, new, 1), "mappings/m.toml", "Europe/Amsterdam")
    assert str(refusal.value).startswith("mappings/m.toml")
